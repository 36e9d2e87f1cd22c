"""Breakouts as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import Person
from classroom.models import (
    STAFF,
    Breakout,
    BreakoutPlan,
    BreakoutSeat,
    BreakoutState,
    Lesson,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries.rooms import presences_inside
from common.clock import to_ms

NOT_DIVIDED = frozenset({*STAFF, Standing.OBSERVER})


def breakout_of(lesson: Lesson) -> Breakout | None:
    """The one that is open or being planned."""
    living = (BreakoutState.PLANNED, BreakoutState.OPEN)
    breakout = Breakout.objects.filter(lesson=lesson, state__in=living).first()
    if breakout is not None:
        breakout.lesson = lesson
    return breakout


def plans_of(lesson: Lesson) -> list[dict[str, str]]:
    """Divisions that were saved for the course, for those who divide the lesson."""
    saved = BreakoutPlan.objects.filter(course=lesson.course_id).order_by("name")
    return [{"id": str(plan.pk), "name": plan.name} for plan in saved]


def open_rooms(lesson: Lesson) -> list[Room]:
    return list(
        Room.objects.filter(lesson=lesson, kind=RoomKind.BREAKOUT, closed_at__isnull=True).order_by("number")
    )


def seats_among(asked: Sequence[tuple[Person, Room]]) -> set[tuple[UUID, UUID]]:
    """(person, room) of those who have a seat in that room."""
    if not asked:
        return set()
    here = BreakoutSeat.objects.filter(
        room__in={room.pk for _, room in asked}, person__in={person.pk for person, _ in asked}
    )
    return {(person, room) for person, room in here.values_list("person", "room") if room is not None}


def room_for(person: Person, lesson: Lesson) -> Room:
    """Where somebody belongs now: the open breakout room in which they sit, else the main room."""
    seated = Room.objects.filter(lesson=lesson, closed_at__isnull=True, seats__person=person.pk)
    room = seated.filter(kind=RoomKind.BREAKOUT).first()
    if room is None:
        return lesson.room
    room.lesson = lesson
    return room


def people_to_divide(lesson: Lesson) -> dict[Any, Person]:
    """Who is inside and does not hold the lesson, by id."""
    inside = presences_inside(lesson).exclude(standing__in=NOT_DIVIDED)
    return {presence.person_id: presence.person for presence in inside}


def picture_of(breakout: Breakout) -> dict[str, Any]:
    """All of it, as staff sees it; what others are told of it is cut out by `messages.breakouts_for`."""
    rooms = {room.number: room for room in open_rooms(breakout.lesson)}
    shown: dict[int, dict[str, Any]] = {}
    for number, title in enumerate(breakout.titles, 1):
        room = rooms.get(number)
        shown[number] = {
            "room": str(room.pk) if room else None,
            "name": room.name if room else None,
            "number": number,
            "title": title,
            "people": [],
            "help": [],
        }
    seats = breakout.seats.select_related("person").order_by("person__name", "person_id")
    for seat in seats:
        place = shown[seat.number]
        place["people"].append({"person": str(seat.person_id), "name": seat.person.name})
        if seat.help_asked_at is not None:
            place["help"].append(str(seat.person_id))
    return {
        "session": str(breakout.pk),
        "state": breakout.state,
        "opened_at": to_ms(breakout.opened_at) if breakout.opened_at else None,
        "closes_at": to_ms(breakout.closes_at) if breakout.closes_at else None,
        "warned": breakout.warned_at is not None,
        "note": _note(breakout),
        "rooms": list(shown.values()),
    }


def _note(breakout: Breakout) -> dict[str, Any] | None:
    return {"text": breakout.note, "at": to_ms(breakout.noted_at)} if breakout.noted_at else None
