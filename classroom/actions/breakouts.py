"""Dividing a lesson into rooms and bringing everybody back.

Every verb locks the main room first. When the rooms close stands in the row: the sweep warns and closes, so no
process that dies takes the clock with it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Person
from classroom import facts, signals, timeline
from classroom.actions.company import settle_seats, take_seats_back
from classroom.actions.dividing import (
    audit_division,
    lock_main_room,
    open_breakout_of,
    tell_class,
    tell_staff,
)
from classroom.actions.rooms import close_breakout_rooms
from classroom.models import BREAKOUT_MOVES, Breakout, BreakoutState, Lesson, Room, RoomKind
from classroom.queries import breakout_of
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets import codes

WARNING = timedelta(seconds=60)
LONGEST_MINUTES = 180


@transaction.atomic
def open_breakouts(*, lesson: Lesson, minutes: int | None, by: Person, now: datetime) -> Breakout:
    """Makes the rooms and sends everybody in, those too who had no seat yet.

    Raises Refused("not_found") when nothing is planned, Refused("breakouts_open"), Refused("bad_data") for the minutes,
    Refused("lesson_over").
    """
    main = lock_main_room(lesson)
    breakout = breakout_of(lesson)
    if breakout is None:
        raise Refused("not_found")
    closes_at = now + _minutes(minutes) if minutes is not None else None
    if not _move(breakout, BreakoutState.OPEN, opened_at=now, closes_at=closes_at):
        raise Refused("breakouts_open")
    rooms = _make_rooms(breakout)
    settle_seats(breakout, rooms)
    for number, room in rooms.items():
        breakout.seats.filter(number=number).update(room=room)
    _note_fact(breakout, facts.BREAKOUTS_OPENED, by=by, now=now)
    tell_class(main, breakout, "breakouts.opened")
    signals.breakouts_opened.send(Breakout, breakout=breakout)
    return breakout


def _minutes(minutes: int) -> timedelta:
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Refused("bad_data")
    return timedelta(minutes=minutes)


def _make_rooms(breakout: Breakout) -> dict[int, Room]:
    rooms = Room.objects.bulk_create(
        Room(lesson=breakout.lesson, kind=RoomKind.BREAKOUT, number=number, title=title)
        for number, title in enumerate(breakout.titles, 1)
    )
    return {room.number: room for room in rooms}


@transaction.atomic
def send_note(*, lesson: Lesson, text: str, now: datetime) -> None:
    """To everybody in every room."""
    main = lock_main_room(lesson)
    breakout = open_breakout_of(lesson)
    if not text.strip():
        raise Refused("bad_data")
    breakout.note, breakout.noted_at = text.strip()[:500], now
    breakout.save(update_fields=["note", "noted_at"])
    tell_class(main, breakout, "breakouts.noted")


@transaction.atomic
def extend(*, lesson: Lesson, minutes: int, now: datetime) -> None:
    """More time, counted from the end that was planned, or from now where there was none; warned anew."""
    main = lock_main_room(lesson)
    breakout = open_breakout_of(lesson)
    closes_at = max(breakout.closes_at or now, now) + _minutes(minutes)
    if closes_at > now + timedelta(minutes=LONGEST_MINUTES):
        raise Refused("bad_data")
    breakout.closes_at, breakout.warned_at = closes_at, None
    breakout.save(update_fields=["closes_at", "warned_at"])
    tell_class(main, breakout, "breakouts.extended")


@transaction.atomic
def close_breakouts(*, lesson: Lesson, now: datetime, by: Person | None = None) -> bool:
    """Everybody comes back; False when somebody else was first."""
    main = lock_main_room(lesson, even_when_over=True)
    breakout = breakout_of(lesson)
    return breakout is not None and _close(main, breakout, by=by, now=now)


def _close(main: Room, breakout: Breakout, *, by: Person | None, now: datetime) -> bool:
    if not _move(breakout, BreakoutState.CLOSED, closed_at=now):
        return False
    close_breakout_rooms(main.lesson, code=codes.BREAKOUT_OVER, now=now)
    if breakout.opened_at is None:
        tell_staff(breakout, "breakouts.planned")
        return True
    _note_fact(breakout, facts.BREAKOUTS_CLOSED, by=by, now=now)
    tell_class(main, breakout, "breakouts.closed")
    enqueue_on_commit("classroom.keep_order")
    return True


def tend_breakouts(*, now: datetime) -> int:
    """What should have been warned of or closed by now, and guests who were left with one student. Two sweeps at once
    do each only once."""
    running = Breakout.objects.filter(state=BreakoutState.OPEN).select_related("lesson")
    soon = running.filter(warned_at__isnull=True, closes_at__lte=now + WARNING, closes_at__gt=now)
    warned = sum(_warn(breakout, now) for breakout in soon)
    closed = sum(_close_due(breakout, now) for breakout in running.filter(closes_at__lte=now))
    return warned + closed + take_seats_back(now=now)


@transaction.atomic
def _warn(breakout: Breakout, now: datetime) -> bool:
    main = lock_main_room(breakout.lesson, even_when_over=True)
    unwarned = _due(breakout, now + WARNING).filter(warned_at__isnull=True)
    if not unwarned.update(warned_at=now):
        return False
    breakout.refresh_from_db()
    tell_class(main, breakout, "breakouts.warned")
    return True


@transaction.atomic
def _close_due(breakout: Breakout, now: datetime) -> bool:
    main = lock_main_room(breakout.lesson, even_when_over=True)
    return _due(breakout, now).exists() and _close(main, breakout, by=None, now=now)


def _due(breakout: Breakout, at: datetime) -> QuerySet[Breakout]:
    """Asked again under the lock: somebody may have given them more time."""
    return Breakout.objects.filter(pk=breakout.pk, state=BreakoutState.OPEN, closes_at__lte=at)


def _move(breakout: Breakout, state: BreakoutState, **changes: object) -> bool:
    if state not in BREAKOUT_MOVES[breakout.state]:
        return False
    moved = Breakout.objects.filter(pk=breakout.pk, state=breakout.state).update(state=state, **changes)
    breakout.refresh_from_db()
    return moved == 1


def _note_fact(breakout: Breakout, type_: str, *, by: Person | None, now: datetime) -> None:
    timeline.record(
        breakout.lesson,
        type_,
        at=now,
        source="room",
        key=f"{type_}:{breakout.pk}",
        person=by,
        data={"session": str(breakout.pk), "rooms": len(breakout.titles)},
    )
    if by is not None:
        audit_division(type_, breakout, by)
