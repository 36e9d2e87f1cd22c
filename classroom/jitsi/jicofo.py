"""What jicofo knows of a conference: who is in it, and whose microphone and camera are on, app users' too.

`/debug/conference/<jid>` is a debugging aid without promise. Everything read from it is read here, whatever is
missing or of another kind is left out, and a failure has a name: nothing but the camera and microphone signs
of people in the app depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from classroom.jitsi.border import BorderFailure, alone, ask, read_object, together

# The members lie two steps deep today; so deep they are searched for.
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Member:
    """One endpoint. `endpoint` is the resource of its address in the room; None says that jicofo did not say."""

    endpoint: str
    jid: str = ""
    microphone: bool | None = None
    camera: bool | None = None
    is_recorder: bool = False
    region: str = ""


@dataclass(frozen=True, slots=True)
class FocusStats:
    conferences: int
    participants: int
    recorders: int
    recorders_free: int
    bridges: int


class Focus(Protocol):
    def read_stats(self) -> FocusStats:
        """Raises BorderFailure."""

    def find_members(self, room_jids: Sequence[str]) -> Mapping[str, list[Member] | BorderFailure]:
        """By room; an empty list for a conference that jicofo does not have."""

    def open_room(self, room_jid: str) -> bool:
        """As for the first to come; whether jicofo is inside. Past the timetable, which only Prosody asks."""


@dataclass(frozen=True, slots=True)
class HttpFocus:
    url: str

    def read_stats(self) -> FocusStats:
        return alone(self._stats)

    async def _stats(self, client: httpx.AsyncClient) -> FocusStats:
        return parse_stats(read_object(await ask(client, "GET", f"{self.url.rstrip('/')}/stats")))

    def find_members(self, room_jids: Sequence[str]) -> Mapping[str, list[Member] | BorderFailure]:
        answers = together([partial(self._members, jid) for jid in room_jids])
        return dict(zip(room_jids, answers, strict=True))

    async def _members(self, jid: str, client: httpx.AsyncClient) -> list[Member]:
        address = f"{self.url.rstrip('/')}/debug/conference/{quote(jid, safe='@')}"
        try:
            return parse_members(read_object(await ask(client, "GET", address)))
        except BorderFailure as failure:
            if failure.code == "missing":
                return []
            raise

    def open_room(self, room_jid: str) -> bool:
        return alone(partial(self._open, room_jid))

    async def _open(self, room_jid: str, client: httpx.AsyncClient) -> bool:
        address = f"{self.url.rstrip('/')}/conference-request/v1"
        answer = read_object(await ask(client, "POST", address, said={"room": room_jid, "properties": {}}))
        return answer.get("ready") is True


def parse_stats(said: Mapping[str, Any]) -> FocusStats:
    jibris, bridges = (_object(said.get(name)) for name in ("jibri_detector", "bridge_selector"))
    return FocusStats(
        conferences=_count(said.get("conferences")),
        participants=_count(said.get("participants")),
        recorders=_count(jibris.get("count")),
        recorders_free=_count(jibris.get("available")),
        bridges=_count(bridges.get("operational_bridge_count", bridges.get("bridge_count"))),
    )


def parse_members(said: Mapping[str, Any]) -> list[Member]:
    """`{}` is how jicofo says that it has no such conference. BorderFailure("unreadable") for anything else
    without members."""
    members = _find_members(said, DEEPEST)
    if members is None:
        if said:
            raise BorderFailure("unreadable")
        return []
    return [_member(endpoint, one) for endpoint, one in members.items() if isinstance(one, dict)]


def _find_members(said: Any, depth: int) -> dict[str, Any] | None:
    if not isinstance(said, dict) or depth == 0:
        return None
    members = _object(said.get("chat_room")).get("members")
    if isinstance(members, dict):
        return members
    found = (_find_members(value, depth - 1) for value in said.values())
    return next((one for one in found if one is not None), None)


def _member(endpoint: str, said: Mapping[str, Any]) -> Member:
    jid, region = said.get("jid"), said.get("region")
    return Member(
        endpoint=endpoint,
        jid=jid if isinstance(jid, str) else "",
        microphone=_is_on(said.get("is_audio_muted")),
        camera=_is_on(said.get("is_video_muted")),
        is_recorder=said.get("is_jibri") is True,
        region=region if isinstance(region, str) and region != "null" else "",
    )


def _is_on(muted: Any) -> bool | None:
    return None if not isinstance(muted, bool) else not muted


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
