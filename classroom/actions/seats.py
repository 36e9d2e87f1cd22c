"""Somebody's place while a lesson is divided: moved, given to who comes late, asked about."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Person
from classroom.actions.company import check_company, look_at_seats
from classroom.actions.dividing import (
    lock_main_room,
    note_move,
    open_breakout_of,
    seat_people,
    tell_class,
    tell_staff,
)
from classroom.actions.entrances import enter_room
from classroom.models import (
    STAFF,
    Breakout,
    BreakoutSeat,
    BreakoutState,
    Lesson,
    Presence,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries import breakout_of, standing_in
from classroom.seating import fill
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets

# Who is sent into breakout rooms; those who hold the lesson go where they like.
BREAKOUT_SEATED = frozenset({Standing.STUDENT, Standing.GUEST})


@transaction.atomic
def move_person(*, lesson: Lesson, person: Person, number: int, by: Person, now: datetime) -> bool:
    """To another room, planned or open; False when they sat there already.

    Raises Refused("not_found") for somebody who does not come to this lesson or holds it, and for no such room;
    Refused("guest_alone") when a guest would sit with one student alone.
    """
    main = lock_main_room(lesson)
    breakout = breakout_of(lesson)
    if breakout is None or not 1 <= number <= len(breakout.titles):
        raise Refused("not_found")
    if standing_in(person, lesson) not in BREAKOUT_SEATED:
        raise Refused("not_found")
    if breakout.seats.filter(person=person, number=number).exists():
        return False
    check_company(breakout, person, number, now=now)
    is_open = breakout.state == BreakoutState.OPEN
    room = _room_of(breakout, number) if is_open else None
    BreakoutSeat.objects.update_or_create(
        breakout=breakout, person=person, defaults={"number": number, "room": room, "help_asked_at": None}
    )
    if not is_open:
        tell_staff(breakout, "breakouts.planned")
        return True
    note_move(breakout, person, number, by=by, now=now)
    tell_class(main, breakout, "seat.moved")
    recheck_sockets(person.pk)  # what they had open of the room before
    enqueue_on_commit("classroom.keep_order")
    return True


def _room_of(breakout: Breakout, number: int) -> Room:
    return Room.objects.get(
        lesson=breakout.lesson_id, kind=RoomKind.BREAKOUT, number=number, closed_at__isnull=True
    )


@transaction.atomic
def come_in(
    *,
    room: Room,
    person: Person,
    standing: Standing,
    occupant: UUID,
    connection: str,
    now: datetime,
    has_video: bool = True,
) -> Presence:
    """`enter_room`, and what it means to a divided lesson: whoever comes late is given a seat, and where somebody
    who holds the lesson comes in, help has come."""
    presence = enter_room(
        room=room,
        person=person,
        standing=standing,
        occupant=occupant,
        connection=connection,
        has_video=has_video,
        now=now,
    )
    if room.is_breakout and standing in STAFF:
        answer_help(room=room)
    elif not room.is_breakout:
        place_latecomer(lesson=room.lesson, person=person, standing=standing, now=now)
    return presence


@transaction.atomic
def place_latecomer(*, lesson: Lesson, person: Person, standing: Standing, now: datetime) -> bool:
    """Whoever comes while rooms are open sits in the smallest that suits them; False when they have a seat, need none,
    or stay in the main room because they would be alone with a guest, or a guest alone with a student."""
    if standing not in BREAKOUT_SEATED or not _is_open(lesson):
        return False
    main = lock_main_room(lesson)
    breakout = breakout_of(lesson)
    if breakout is None or breakout.state != BreakoutState.OPEN:
        return False
    seats = look_at_seats(breakout, now=now, coming=person)
    if person.pk in seats.numbers:
        return False
    numbers = range(1, len(breakout.titles) + 1)
    placed = fill(
        seats.numbers, [person.pk], numbers, seed=breakout.seed, guests=seats.guests, away=seats.away
    )
    if not placed:
        return False
    number = placed[person.pk]
    seat_people(breakout, {person.pk: number}, {number: _room_of(breakout, number)})
    note_move(breakout, person, number, by=None, now=now)
    tell_class(main, breakout, "seat.moved")
    return True


def _is_open(lesson: Lesson) -> bool:
    """Without a lock: nearly nobody comes while rooms are open."""
    return Breakout.objects.filter(lesson=lesson, state=BreakoutState.OPEN).exists()


@transaction.atomic
def ask_for_help(*, lesson: Lesson, person: Person, now: datetime) -> bool:
    """Staff sees which room; False when they had asked before. Raises Refused("not_found") for nobody's seat."""
    breakout = open_breakout_of(lesson)
    mine = breakout.seats.filter(person=person.pk)
    if not mine.exists():
        raise Refused("not_found")
    asked = mine.filter(help_asked_at__isnull=True).update(help_asked_at=now)
    if asked:
        tell_staff(breakout, "help.asked", person.pk)
    return bool(asked)


@transaction.atomic
def answer_help(*, room: Room) -> bool:
    """Somebody who holds the lesson has come into this room; False when nobody there had asked."""
    asking = room.seats.filter(help_asked_at__isnull=False)
    people = list(asking.values_list("person", flat=True))
    answered = asking.update(help_asked_at=None) if people else 0
    breakout = breakout_of(room.lesson) if answered else None
    if breakout is not None:
        tell_staff(breakout, "help.answered", *people)
    return bool(answered)
