"""Who is in Jitsi's rooms right now, and how somebody is put out of one, is muted there, or a room is ended.

Both by our own Prosody modules, on its private HTTP port and with the token that they share with us: what Jitsi
brings for it takes any valid token for any room and needs a second pair of keys (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from django.conf import settings

from classroom.jitsi.border import BorderFailure, alone, ask, read_body, together
from classroom.jitsi.events import Snapshot, Unreadable, read_snapshot


@dataclass(frozen=True, slots=True)
class Orders:
    """What a room owes: `put_out` are (room, nick), `end` are rooms; a room is the part of its address before the @.
    `mute` are (room, nick, nick of whoever wants it, or "")."""

    put_out: Sequence[tuple[str, str]] = ()
    end: Sequence[str] = ()
    mute: Sequence[tuple[str, str, str]] = ()


class RoomControl(Protocol):
    def find_rooms(self) -> Snapshot:
        """Everybody in every room. Raises BorderFailure."""

    def carry_out(self, orders: Orders) -> list[BorderFailure]:
        """Everything at once; what failed. Whoever left by themselves meanwhile is no failure."""


@dataclass(frozen=True, slots=True)
class HttpControl:
    url: str
    token: str = field(repr=False)

    def find_rooms(self) -> Snapshot:
        return alone(self._rooms)

    async def _rooms(self, client: httpx.AsyncClient) -> Snapshot:
        answer = await ask(client, "GET", f"{self._base}/darasa/rooms", headers=self._headers)
        try:
            return read_snapshot(read_body(answer))
        except Unreadable as error:
            raise BorderFailure("unreadable") from error

    def carry_out(self, orders: Orders) -> list[BorderFailure]:
        paths = [f"{_step(room)}/{_step(nick)}" for room, nick in orders.put_out]
        paths += [_step(room) for room in orders.end]
        questions = [self._question("DELETE", path) for path in paths]
        questions += [
            self._question("POST", f"{_step(room)}/{_step(nick)}/mute?by={_step(by)}")
            for room, nick, by in orders.mute
        ]
        answers = together(questions)
        return [one for one in answers if isinstance(one, BorderFailure) and one.code != "missing"]

    def _question(self, method: str, path: str) -> Any:
        address = f"{self._base}/darasa_control/rooms/{path}"
        return lambda client: ask(client, method, address, headers=self._headers)

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _step(name: str) -> str:
    return quote(name, safe="")


def our_control() -> HttpControl | None:
    """None where there is no Prosody of ours to ask."""
    if not (settings.PROSODY_URL and settings.JITSI_HOOK_TOKEN):
        return None
    return HttpControl(settings.PROSODY_URL, settings.JITSI_HOOK_TOKEN)
