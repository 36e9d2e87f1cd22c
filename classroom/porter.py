"""Who comes to a room's sockets, looked at together: when a class divides or a server is lost, all come at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.utils import timezone

from classroom import actions
from classroom.models import Lesson, Presence, Room, Standing
from classroom.passes import visitor_of
from classroom.protection import OPEN, Shield, shields_for
from classroom.rules import is_kept_waiting, may_enter_now, may_go_into_each
from common.refusals import Refused
from common.sockets.batches import Batched

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """`person` may be a guest, or nobody; without a `standing` they may not know that there is a room."""

    room: Room
    person: Any
    standing: Standing | None

    @property
    def lesson(self) -> Lesson:
        return self.room.lesson

    def own(self) -> Self:
        """With a room of their own: of those who come together each goes on in another thread."""
        room = copy(self.room)
        room.lesson = copy(self.room.lesson)
        return type(self)(room, self.person, self.standing)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A caller at the room's own socket: whether they may come in by now, and what their place there means."""

    caller: Caller
    is_welcome: bool
    shield: Shield = OPEN


def look_at(asked: Sequence[tuple[Scope, Room]]) -> list[Caller]:
    visitors = [visitor_of(dict(scope), room.lesson_id) for scope, room in asked]
    pairs = [(visitor, room) for visitor, (_, room) in zip(visitors, asked, strict=True)]
    standings = may_go_into_each(pairs)
    return [Caller(room, person, standing) for (person, room), standing in zip(pairs, standings, strict=True)]


def _look_at_rooms(asked: Sequence[tuple[Scope, str]]) -> list[Caller | None]:
    wanted = {UUID(room_id) for _, room_id in asked}
    rooms = Room.objects.select_related("lesson__institution").in_bulk(wanted)
    known = [(scope, rooms[UUID(room_id)]) for scope, room_id in asked if UUID(room_id) in rooms]
    looked = iter(look_at(known))
    return [next(looked).own() if UUID(room_id) in rooms else None for _, room_id in asked]


def _look_at_newcomers(asked: Sequence[tuple[Scope, str]]) -> list[Newcomer | None]:
    callers, now = _look_at_rooms(asked), timezone.now()
    known = [one for one in callers if one is not None]
    shields = shields_for([(one.person, one.room, one.standing) for one in known if one.standing is not None])
    ready = iter(shields)
    newcomers = iter(
        [
            Newcomer(one, False)
            if one.standing is None
            else Newcomer(one, _is_welcome(one, now), next(ready))
            for one in known
        ]
    )
    return [None if one is None else next(newcomers) for one in callers]


def _is_welcome(caller: Caller, now: datetime) -> bool:
    """Also after the lesson, to be told that it is over."""
    if is_kept_waiting(caller.person, caller.lesson, caller.standing):
        return False
    return caller.lesson.is_over or may_enter_now(caller.standing, caller.lesson, now=now)


_callers = Batched(_look_at_rooms)
_newcomers = Batched(_look_at_newcomers)


async def look_at_caller(scope: Scope, room_id: object) -> Caller:
    """Raises Refused for no such room; whether this one may come in is in `standing`."""
    caller = await _callers.ask((scope, str(room_id)))
    if caller is None:
        raise Refused("not_found")
    return caller


async def look_at_newcomer(scope: Scope, room_id: object) -> Newcomer:
    """The same with what the room's own socket has to know besides."""
    newcomer = await _newcomers.ask((scope, str(room_id)))
    if newcomer is None:
        raise Refused("not_found")
    return newcomer


def _let_in(arrivals: Sequence[actions.Arrival]) -> list[Presence | Refused]:
    return actions.come_in_together(arrivals=arrivals, now=timezone.now())


_arrivals = Batched(_let_in)


async def let_in(arrival: actions.Arrival) -> Presence:
    """Raises Refused as `come_in` does."""
    outcome = await _arrivals.ask(arrival)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome
