"""What somebody is told of a room who comes in: read and encoded once for all who ask at about the same time.

A newcomer is told the whole. Whoever comes back and says what they heard last is told what is different since then
(`classroom/missed.py`), where that is known and short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from classroom import messages
from classroom.missed import Missed, Question, find_missed
from classroom.models import Fact, Lesson, Room
from classroom.queries import breakout_of, count_audience, picture_of, shown_in
from common.refusals import Refused
from common.sockets.batches import Batched


@dataclass(frozen=True, slots=True)
class Inside:
    """After word `seq`. `shared` goes into everybody's `word`, `picture` only cut to each one's own part."""

    word: str
    seq: int
    you: dict[str, Any] | None
    shared: Mapping[str, msgspec.Raw]
    picture: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Whole:
    participants: dict[str, dict[str, Any]]
    encoded: msgspec.Raw


def _look(asked: Sequence[Question]) -> list[Inside | None]:
    # The numbers first: words that follow are said again, and change nothing.
    rooms = Room.objects.select_related("lesson").in_bulk({one.room for one in asked})
    missed = find_missed(rooms, asked, now=timezone.now())
    wholes = _wholes(rooms[one.room] for one in asked if one.room in rooms and one not in missed)
    states = recording_states(room.lesson for room in rooms.values())
    shared = {pk: _shared(room, states.get(room.lesson_id, "expected")) for pk, room in rooms.items()}
    pictures = {pk: _picture(room) for pk, room in rooms.items()}

    def answer(one: Question) -> Inside | None:
        if one.room not in rooms:
            return None
        words, rest = missed.get(one), (shared[one.room], pictures[one.room])
        tell = _tell_whole(wholes[one.room], one, *rest) if words is None else _tell_rest(words, *rest)
        word, you, told, picture = tell
        return Inside(word, rooms[one.room].seq, you, told, picture)

    return [answer(one) for one in asked]


Told = tuple[str, dict[str, Any] | None, Mapping[str, msgspec.Raw], dict[str, Any] | None]


def _tell_whole(
    whole: _Whole, one: Question, shared: dict[str, msgspec.Raw], picture: dict[str, Any] | None
) -> Told:
    you = whole.participants.get(str(one.occupant))
    return "room.entered", you, {"participants": whole.encoded, **shared}, picture


def _tell_rest(words: Missed, shared: dict[str, msgspec.Raw], picture: dict[str, Any] | None) -> Told:
    return "room.resumed", words.you, {"facts": words.facts, **shared}, picture


def _wholes(rooms: Iterable[Room]) -> dict[UUID, _Whole]:
    wholes = {}
    for pk, presences in shown_in(rooms).items():
        participants = [messages.participant(presence) for presence in presences]
        encoded = msgspec.Raw(msgspec.json.encode(participants))
        wholes[pk] = _Whole({one["occupant"]: one for one in participants}, encoded)
    return wholes


def _shared(room: Room, recording: str) -> dict[str, msgspec.Raw]:
    shared = {
        "lesson": messages.lesson_in_brief(room.lesson),
        "recording": {"state": recording},
        "audience": count_audience(room.lesson),
    }
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in shared.items()}


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


async def look_inside(question: Question) -> Inside:
    inside = await _looks.ask(question)
    if inside is None:
        raise Refused("not_found")
    return inside
