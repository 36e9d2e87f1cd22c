"""What everybody is told of a room who comes in: read and encoded once for all who ask at about the same time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from classroom import messages
from classroom.models import Fact, Lesson, Room
from classroom.queries import breakout_of, count_audience, picture_of, shown_in
from common.refusals import Refused
from common.sockets.batches import Batched


@dataclass(frozen=True, slots=True)
class Inside:
    """After word `seq`. `shared` goes into everybody's `room.entered`, `picture` only cut to each one's own part."""

    seq: int
    participants: dict[str, dict[str, Any]]
    shared: dict[str, msgspec.Raw]
    picture: dict[str, Any] | None


def _look(asked: Sequence[UUID]) -> list[Inside | None]:
    # The numbers first: words that follow are said again, and change nothing.
    rooms = Room.objects.select_related("lesson").in_bulk(set(asked))
    shown, states = shown_in(rooms.values()), recording_states(room.lesson for room in rooms.values())
    inside = {}
    for pk, room in rooms.items():
        participants = [messages.participant(presence) for presence in shown[pk]]
        shared = {
            "participants": participants,
            "lesson": messages.lesson_in_brief(room.lesson),
            "recording": {"state": states.get(room.lesson_id, "expected")},
            "audience": count_audience(room.lesson),
        }
        inside[pk] = Inside(
            room.seq,
            {one["occupant"]: one for one in participants},
            {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in shared.items()},
            _picture(room),
        )
    return [inside.get(pk) for pk in asked]


def _picture(room: Room) -> dict[str, Any] | None:
    """In the main room, where everybody stays connected while the lesson is divided."""
    breakout = None if room.is_breakout else breakout_of(room.lesson)
    return None if breakout is None else picture_of(breakout)


def recording_states(lessons: Iterable[Lesson]) -> dict[UUID, str]:
    """The last state that each recording announced to its lesson's timeline."""
    told = Fact.objects.filter(lesson__in=list(lessons), type="recording.changed")
    last = told.order_by("lesson", "-pk").distinct("lesson")
    return {lesson: str(data["state"]) for lesson, data in last.values_list("lesson", "data")}


_looks = Batched(_look)


async def look_inside(room_id: UUID) -> Inside:
    inside = await _looks.ask(room_id)
    if inside is None:
        raise Refused("not_found")
    return inside
