"""Guests are never one-to-one with a student: where they may sit, and the seat that is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import Person
from classroom import facts
from classroom.actions.dividing import lock_main_room, note_move, seat_people, tell_class
from classroom.models import Breakout, BreakoutState, Fact, Presence
from classroom.queries import breakout_of, people_to_divide
from classroom.seating import lone_rooms, settle
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets

# So long after the opening or a move, whoever is in the lesson counts as being on the way to their room.
ARRIVING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Seats:
    """`numbers`: person → room; `guests`: who of them, or who comes, is one; `away`: who has a seat and is not there,
    looked up only where there are guests."""

    numbers: dict[UUID, int]
    guests: frozenset[UUID]
    away: frozenset[UUID] = frozenset()


def look_at_seats(breakout: Breakout, *, now: datetime, coming: Person | None = None) -> Seats:
    """`coming`: who is on the way just now. In a division that is only planned nobody counts as away."""
    rows = list(breakout.seats.values_list("person", "number", "person__is_guest"))
    numbers = {person: number for person, number, _ in rows}
    guests = frozenset(person for person, _, is_guest in rows if is_guest)
    if coming is not None and coming.is_guest:
        guests |= {coming.pk}
    if not guests or breakout.state != BreakoutState.OPEN:
        return Seats(numbers, guests)
    there = _there(breakout, now=now, coming=coming)
    return Seats(numbers, guests, frozenset(set(numbers) - there))


def _there(breakout: Breakout, *, now: datetime, coming: Person | None) -> set[UUID]:
    """In the room where their seat is, or on the way there."""
    inside = Presence.objects.filter(left_at__isnull=True)
    mine = breakout.seats.filter(room__presences__in=inside, room__presences__person=F("person"))
    return set(mine.values_list("person", flat=True)) | _arriving(breakout, now=now, coming=coming)


def _arriving(breakout: Breakout, *, now: datetime, coming: Person | None) -> set[UUID]:
    inside = set(people_to_divide(breakout.lesson))
    if breakout.opened_at is not None and breakout.opened_at > now - ARRIVING:
        return inside
    moves = Fact.objects.filter(lesson=breakout.lesson_id, type=facts.SEAT_MOVED, at__gt=now - ARRIVING)
    moved = {person for person in moves.values_list("person", flat=True) if person is not None}
    return inside & (moved | ({coming.pk} if coming is not None else set()))


def check_company(breakout: Breakout, person: Person, number: int, *, now: datetime) -> None:
    """Raises Refused("guest_alone") when this move would leave guests with one student alone, there or where they
    sat before."""
    seats = look_at_seats(breakout, now=now, coming=person)
    before = lone_rooms(seats.numbers, seats.guests, away=seats.away)
    after = lone_rooms(seats.numbers | {person.pk: number}, seats.guests, away=seats.away)
    if after - (before - {number}):
        raise Refused("guest_alone")


def settle_seats(breakout: Breakout, numbers: Iterable[int]) -> None:
    """As the rooms open: those inside who have no seat are given one, and no guest sits with one student alone."""
    inside = people_to_divide(breakout.lesson)
    rows = list(breakout.seats.values_list("person", "number", "person__is_guest"))
    seated = {person: number for person, number, _ in rows}
    guests = {person for person, _, is_guest in rows if is_guest}
    guests |= {pk for pk, person in inside.items() if person.is_guest}
    late, away = set(inside) - set(seated), set(seated) - set(inside)
    settled = settle(seated, late, list(numbers), seed=breakout.seed, guests=guests, away=away)
    stay = {person for person, number in seated.items() if settled.get(person) == number}
    breakout.seats.exclude(person__in=stay).delete()
    seat_people(breakout, {person: number for person, number in settled.items() if person not in stay})


def take_seats_back(*, now: datetime) -> int:
    """Of guests whom the students beside them have left: they are in the main room again."""
    with_guests = Breakout.objects.filter(state=BreakoutState.OPEN, seats__person__is_guest=True)
    return sum(
        _take_back(one, now)
        for one in with_guests.distinct().select_related("lesson")
        if _lone_guests(one, now)  # without a lock: nearly always nobody
    )


@transaction.atomic
def _take_back(breakout: Breakout, now: datetime) -> int:
    main = lock_main_room(breakout.lesson, even_when_over=True)
    living = breakout_of(breakout.lesson)
    alone = _lone_guests(living, now) if living is not None and living == breakout else []
    if living is None or living.state != BreakoutState.OPEN or not alone:
        return 0
    living.seats.filter(person__in=alone).delete()
    for guest in alone:
        note_move(living, guest, None, by=None, now=now)
    tell_class(main, living, "seat.moved")
    recheck_sockets(*(guest.pk for guest in alone))
    enqueue_on_commit("classroom.keep_order")
    return len(alone)


def _lone_guests(breakout: Breakout, now: datetime) -> list[Person]:
    seats = look_at_seats(breakout, now=now)
    lone = lone_rooms(seats.numbers, seats.guests, away=seats.away)
    alone = [guest for guest in seats.guests if seats.numbers[guest] in lone]
    return list(Person.objects.filter(pk__in=alone)) if alone else []
