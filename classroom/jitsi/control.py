"""Who is in Jitsi's rooms right now, and how somebody is put out of one or a room is ended.

Both by our own Prosody modules, on its private HTTP port and with the token that they share with us: what Jitsi
brings for it takes any valid token for any room and needs a second pair of keys (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from django.conf import settings

from classroom.jitsi.border import BorderFailure, ask, read_object, together


@dataclass(frozen=True, slots=True)
class Occupant:
    """`nick` is the resource in the room, Jitsi's endpoint id; `person` the id in the token, or empty."""

    nick: str
    person: str = ""
    kind: str = "human"
    jid: str = ""


@dataclass(frozen=True, slots=True)
class JitsiRoom:
    name: str
    jid: str
    occupants: Sequence[Occupant] = ()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a room owes: `put_out` are (room, nick), `end` are rooms."""

    put_out: Sequence[tuple[str, str]] = ()
    end: Sequence[str] = ()


class RoomControl(Protocol):
    def find_rooms(self) -> list[JitsiRoom]:
        """Raises BorderFailure."""

    def carry_out(self, orders: Orders) -> list[BorderFailure]:
        """Everything at once; what failed. Whoever left by themselves meanwhile is no failure."""


@dataclass(frozen=True, slots=True)
class HttpControl:
    url: str
    token: str = field(repr=False)

    def find_rooms(self) -> list[JitsiRoom]:
        (rooms,) = together([self._rooms])
        if isinstance(rooms, BorderFailure):
            raise rooms
        return rooms

    async def _rooms(self, client: httpx.AsyncClient) -> list[JitsiRoom]:
        said = read_object(await ask(client, "GET", f"{self._base}/darasa/rooms", headers=self._headers))
        return parse_rooms(said)

    def carry_out(self, orders: Orders) -> list[BorderFailure]:
        paths = [f"{_step(room)}/{_step(nick)}" for room, nick in orders.put_out]
        paths += [_step(room) for room in orders.end]
        answers = together([self._deletion(path) for path in paths])
        return [one for one in answers if isinstance(one, BorderFailure) and one.code != "missing"]

    def _deletion(self, path: str) -> Any:
        address = f"{self._base}/darasa_control/rooms/{path}"
        return lambda client: ask(client, "DELETE", address, headers=self._headers)

    @property
    def _base(self) -> str:
        return self.url.rstrip("/")

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _step(name: str) -> str:
    return quote(name, safe="")


def our_control() -> HttpControl | None:
    """None where there is no Jitsi, or no way to its Prosody."""
    if not (settings.JITSI_DOMAIN and settings.PROSODY_URL and settings.JITSI_HOOK_TOKEN):
        return None
    return HttpControl(settings.PROSODY_URL, settings.JITSI_HOOK_TOKEN)


def parse_rooms(said: Mapping[str, Any]) -> list[JitsiRoom]:
    rooms = said.get("rooms")
    if not isinstance(rooms, list):
        # Lua knows one empty table, and writes it as an object.
        if rooms == {}:
            return []
        raise BorderFailure("unreadable")
    return [_room(one) for one in rooms if isinstance(one, dict) and isinstance(one.get("room"), str)]


def _room(said: Mapping[str, Any]) -> JitsiRoom:
    inside = said.get("occupants")
    occupants = (
        [_occupant(one) for one in inside if isinstance(one, dict)] if isinstance(inside, list) else []
    )
    return JitsiRoom(said["room"], _text(said.get("room_jid")), [one for one in occupants if one.nick])


def _occupant(said: Mapping[str, Any]) -> Occupant:
    texts = {name: _text(said.get(name)) for name in ("nick", "person", "jid")}
    return Occupant(**texts, kind=_text(said.get("kind")) or "other")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
