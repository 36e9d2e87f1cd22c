"""Dividing a lesson into rooms and bringing everybody back.

Every verb locks the main room first. When the rooms close stands in the row: the sweep warns and closes, so no
process that dies takes the clock with it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actions import record_audit
from accounts.models import Person
from classroom import facts, live, signals, timeline
from classroom.actions.lessons import BREAKOUT_SEATED, close_breakout_rooms, enter_room, lock_room_of
from classroom.models import (
    BREAKOUT_MOVES,
    STAFF,
    Breakout,
    BreakoutPlan,
    BreakoutSeat,
    BreakoutState,
    Division,
    Group,
    GroupMember,
    Lesson,
    Presence,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries import breakout_of, people_to_divide, picture_of, standing_in
from classroom.seating import FEWEST_ROOMS, MOST_ROOMS, deal, fill, rooms_for
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets import codes
from common.sockets.recheck import recheck_sockets

WARNING = timedelta(seconds=60)
LONGEST_MINUTES = 180
MOST_PLANS = 30


@dataclass(frozen=True, slots=True)
class Wish:
    """How to divide: `rooms` or `per_room` for chance and by hand, `plan` for a saved one."""

    division: Division
    rooms: int | None = None
    per_room: int | None = None
    plan: UUID | None = None
    seed: int | None = None


@transaction.atomic
def plan_breakouts(*, lesson: Lesson, wish: Wish, by: Person) -> Breakout:
    """A division that only staff sees until it opens; it replaces one that was planned before.

    Raises Refused("breakouts_open") while rooms are open, Refused("bad_data") for too few or too many rooms,
    Refused("not_found") for a plan of another course.
    """
    _lock(lesson)
    living = breakout_of(lesson)
    if living is not None and living.state == BreakoutState.OPEN:
        raise Refused("breakouts_open")
    if living is not None:
        living.delete()
    seed = secrets.randbits(31) if wish.seed is None else wish.seed
    titles, seated = _divide(lesson, wish, seed)
    breakout = Breakout.objects.create(
        lesson=lesson, planned_by=by, division=wish.division, seed=seed, titles=titles
    )
    _seat(breakout, seated)
    _tell_staff(breakout, "breakouts.planned")
    return breakout


def _divide(lesson: Lesson, wish: Wish, seed: int) -> tuple[list[str], dict[UUID, int]]:
    """The rooms' titles, and who sits in which."""
    inside = set(people_to_divide(lesson))
    if wish.division in (Division.GROUPS, Division.PLAN):
        titles, wanted = _of_groups(lesson) if wish.division == Division.GROUPS else _of_plan(lesson, wish)
        _check_count(len(titles))
        left_over = fill(wanted, inside - set(wanted), range(1, len(titles) + 1), seed=seed)
        return titles, wanted | left_over
    count = wish.rooms or rooms_for(len(inside), per_room=wish.per_room or 0)
    _check_count(count)
    return _numbered(lesson, count), (
        deal(inside, count, seed=seed) if wish.division == Division.RANDOM else {}
    )


def _check_count(rooms: int) -> None:
    if not FEWEST_ROOMS <= rooms <= MOST_ROOMS:
        raise Refused("bad_data")


def _numbered(lesson: Lesson, count: int) -> list[str]:
    """Everybody reads the same title, so it is in the course's language."""
    with translation.override(lesson.course.language):
        return [_("Room %(number)s") % {"number": number} for number in range(1, count + 1)]


def _of_groups(lesson: Lesson) -> tuple[list[str], dict[UUID, int]]:
    """Whoever is in several groups sits in the first."""
    groups = list(Group.objects.filter(course=lesson.course_id).order_by("title", "pk"))
    numbers = {group.pk: number for number, group in enumerate(groups, 1)}
    members = GroupMember.objects.filter(
        group__in=groups, person__enrolments__course=lesson.course_id, person__enrolments__is_active=True
    )
    seated: dict[UUID, int] = {}
    for group, person in members.order_by("group__title", "group_id").values_list("group_id", "person_id"):
        seated.setdefault(person, numbers[group])
    return [group.title[:80] for group in groups], seated


def _of_plan(lesson: Lesson, wish: Wish) -> tuple[list[str], dict[UUID, int]]:
    """Of those who may still come: whoever has left the course since is left out."""
    plans = BreakoutPlan.objects.filter(course=lesson.course_id)
    plan = plans.filter(pk=wish.plan).first() if wish.plan is not None else None
    if plan is None:
        raise Refused("not_found")
    seated = {UUID(one): number for number, room in enumerate(plan.rooms, 1) for one in room["people"]}
    enrolled = lesson.course.enrolments.filter(
        is_active=True, standing=Standing.STUDENT, person__in=seated
    ).values_list("person", flat=True)
    return [room["title"] for room in plan.rooms], {person: seated[person] for person in enrolled}


def _seat(breakout: Breakout, seated: dict[UUID, int], rooms: dict[int, Room] | None = None) -> None:
    BreakoutSeat.objects.bulk_create(
        BreakoutSeat(
            breakout=breakout, person_id=person, number=number, room=rooms[number] if rooms else None
        )
        for person, number in seated.items()
    )


@transaction.atomic
def open_breakouts(*, lesson: Lesson, minutes: int | None, by: Person, now: datetime) -> Breakout:
    """Makes the rooms and sends everybody in, those too who had no seat yet.

    Raises Refused("not_found") when nothing is planned, Refused("breakouts_open"), Refused("bad_data") for the minutes,
    Refused("lesson_over").
    """
    main = _lock(lesson)
    breakout = breakout_of(lesson)
    if breakout is None:
        raise Refused("not_found")
    closes_at = now + _minutes(minutes) if minutes is not None else None
    if not _move(breakout, BreakoutState.OPEN, opened_at=now, closes_at=closes_at):
        raise Refused("breakouts_open")
    rooms = _make_rooms(breakout)
    seated = dict(breakout.seats.values_list("person", "number"))
    late = set(people_to_divide(lesson)) - set(seated)
    _seat(breakout, fill(seated, late, list(rooms), seed=breakout.seed))
    for number, room in rooms.items():
        breakout.seats.filter(number=number).update(room=room)
    _note_fact(breakout, facts.BREAKOUTS_OPENED, by=by, now=now)
    _tell(main, breakout, "breakouts.opened")
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
def move_person(*, lesson: Lesson, person: Person, number: int, by: Person, now: datetime) -> bool:
    """To another room, planned or open; False when they sat there already.

    Raises Refused("not_found") for somebody who does not come to this lesson or holds it, and for no such room.
    """
    main = _lock(lesson)
    breakout = breakout_of(lesson)
    if breakout is None or not 1 <= number <= len(breakout.titles):
        raise Refused("not_found")
    if standing_in(person, lesson) not in BREAKOUT_SEATED:
        raise Refused("not_found")
    is_open = breakout.state == BreakoutState.OPEN
    room = _room_of(breakout, number) if is_open else None
    seat, is_new = BreakoutSeat.objects.get_or_create(
        breakout=breakout, person=person, defaults={"number": number, "room": room}
    )
    if not is_new and seat.number == number:
        return False
    BreakoutSeat.objects.filter(pk=seat.pk).update(number=number, room=room, help_asked_at=None)
    if not is_open:
        _tell_staff(breakout, "breakouts.planned")
        return True
    _note_move(breakout, person, number, by=by, now=now)
    _tell(main, breakout, "seat.moved")
    recheck_sockets(person.pk)  # what they had open of the room before
    enqueue_on_commit("classroom.keep_order")
    return True


def _room_of(breakout: Breakout, number: int) -> Room:
    return Room.objects.get(
        lesson=breakout.lesson_id, kind=RoomKind.BREAKOUT, number=number, closed_at__isnull=True
    )


def _note_move(breakout: Breakout, person: Person, number: int, *, by: Person | None, now: datetime) -> None:
    timeline.record(
        breakout.lesson,
        facts.SEAT_MOVED,
        at=now,
        source="room",
        key=f"{facts.SEAT_MOVED}:{secrets.token_hex(8)}",
        person=person,
        data={"session": str(breakout.pk), "number": number, "by": str(by.pk) if by else None},
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
    """Whoever comes while rooms are open sits in the smallest one; False when they have a seat, or need none."""
    if standing not in BREAKOUT_SEATED or not _is_open(lesson):
        return False
    main = _lock(lesson)
    breakout = breakout_of(lesson)
    if breakout is None or breakout.state != BreakoutState.OPEN:
        return False
    seated = dict(breakout.seats.values_list("person", "number"))
    if person.pk in seated:
        return False
    numbers = range(1, len(breakout.titles) + 1)
    number = fill(seated, [person.pk], numbers, seed=breakout.seed)[person.pk]
    _seat(breakout, {person.pk: number}, {number: _room_of(breakout, number)})
    _note_move(breakout, person, number, by=None, now=now)
    _tell(main, breakout, "seat.moved")
    return True


def _is_open(lesson: Lesson) -> bool:
    """Without a lock: nearly nobody comes while rooms are open."""
    return Breakout.objects.filter(lesson=lesson, state=BreakoutState.OPEN).exists()


@transaction.atomic
def send_note(*, lesson: Lesson, text: str, now: datetime) -> None:
    """To everybody in every room."""
    main = _lock(lesson)
    breakout = _open_breakout(lesson)
    if not text.strip():
        raise Refused("bad_data")
    breakout.note, breakout.noted_at = text.strip()[:500], now
    breakout.save(update_fields=["note", "noted_at"])
    _tell(main, breakout, "breakouts.noted")


@transaction.atomic
def ask_for_help(*, lesson: Lesson, person: Person, now: datetime) -> bool:
    """Staff sees which room; False when they had asked before. Raises Refused("not_found") for nobody's seat."""
    breakout = _open_breakout(lesson)
    mine = breakout.seats.filter(person=person.pk)
    if not mine.exists():
        raise Refused("not_found")
    asked = mine.filter(help_asked_at__isnull=True).update(help_asked_at=now)
    if asked:
        _tell_staff(breakout, "help.asked", person.pk)
    return bool(asked)


@transaction.atomic
def answer_help(*, room: Room) -> bool:
    """Somebody who holds the lesson has come into this room; False when nobody there had asked."""
    asking = room.seats.filter(help_asked_at__isnull=False)
    people = list(asking.values_list("person", flat=True))
    answered = asking.update(help_asked_at=None) if people else 0
    breakout = breakout_of(room.lesson) if answered else None
    if breakout is not None:
        _tell_staff(breakout, "help.answered", *people)
    return bool(answered)


@transaction.atomic
def extend(*, lesson: Lesson, minutes: int, now: datetime) -> None:
    """More time, counted from the end that was planned, or from now where there was none; warned anew."""
    main = _lock(lesson)
    breakout = _open_breakout(lesson)
    closes_at = max(breakout.closes_at or now, now) + _minutes(minutes)
    if closes_at > now + timedelta(minutes=LONGEST_MINUTES):
        raise Refused("bad_data")
    breakout.closes_at, breakout.warned_at = closes_at, None
    breakout.save(update_fields=["closes_at", "warned_at"])
    _tell(main, breakout, "breakouts.extended")


@transaction.atomic
def close_breakouts(*, lesson: Lesson, now: datetime, by: Person | None = None) -> bool:
    """Everybody comes back; False when somebody else was first."""
    main = _lock(lesson, even_when_over=True)
    breakout = breakout_of(lesson)
    return breakout is not None and _close(main, breakout, by=by, now=now)


def _close(main: Room, breakout: Breakout, *, by: Person | None, now: datetime) -> bool:
    if not _move(breakout, BreakoutState.CLOSED, closed_at=now):
        return False
    close_breakout_rooms(main.lesson, code=codes.BREAKOUT_OVER, now=now)
    if breakout.opened_at is None:
        _tell_staff(breakout, "breakouts.planned")
        return True
    _note_fact(breakout, facts.BREAKOUTS_CLOSED, by=by, now=now)
    _tell(main, breakout, "breakouts.closed")
    enqueue_on_commit("classroom.keep_order")
    return True


def tend_breakouts(*, now: datetime) -> int:
    """What should have been warned of or closed by now. Two sweeps at once do each only once."""
    running = Breakout.objects.filter(state=BreakoutState.OPEN).select_related("lesson")
    soon = running.filter(warned_at__isnull=True, closes_at__lte=now + WARNING, closes_at__gt=now)
    warned = sum(_warn(breakout, now) for breakout in soon)
    return warned + sum(_close_due(breakout, now) for breakout in running.filter(closes_at__lte=now))


@transaction.atomic
def _warn(breakout: Breakout, now: datetime) -> bool:
    main = _lock(breakout.lesson, even_when_over=True)
    unwarned = _due(breakout, now + WARNING).filter(warned_at__isnull=True)
    if not unwarned.update(warned_at=now):
        return False
    breakout.refresh_from_db()
    _tell(main, breakout, "breakouts.warned")
    return True


@transaction.atomic
def _close_due(breakout: Breakout, now: datetime) -> bool:
    main = _lock(breakout.lesson, even_when_over=True)
    return _due(breakout, now).exists() and _close(main, breakout, by=None, now=now)


def _due(breakout: Breakout, at: datetime) -> QuerySet[Breakout]:
    """Asked again under the lock: somebody may have given them more time."""
    return Breakout.objects.filter(pk=breakout.pk, state=BreakoutState.OPEN, closes_at__lte=at)


@transaction.atomic
def save_plan(*, lesson: Lesson, name: str, by: Person) -> BreakoutPlan:
    """The division as it is now, for the course; the same name again replaces it.

    Raises Refused("not_found") without a division, Refused("bad_data") without a name or with too many plans.
    """
    breakout = breakout_of(lesson)
    name = name.strip()[:80]
    if breakout is None:
        raise Refused("not_found")
    plans = BreakoutPlan.objects.filter(course=lesson.course_id)
    known = plans.filter(name__iexact=name).first()
    if not name or (known is None and plans.count() >= MOST_PLANS):
        raise Refused("bad_data")
    enrolled = lesson.course.enrolments.filter(standing=Standing.STUDENT).values("person")
    rooms: list[dict[str, Any]] = [{"title": title, "people": []} for title in breakout.titles]
    for seat in breakout.seats.filter(person__in=enrolled).order_by("pk"):
        rooms[seat.number - 1]["people"].append(str(seat.person_id))
    plan = known or BreakoutPlan(course=lesson.course, name=name)
    plan.rooms = rooms
    plan.save()
    _audit("breakouts.saved", breakout, by)
    return plan


def _lock(lesson: Lesson, *, even_when_over: bool = False) -> Room:
    main = lock_room_of(lesson)
    if main.lesson.is_over and not even_when_over:
        raise Refused("lesson_over")
    return main


def _open_breakout(lesson: Lesson) -> Breakout:
    breakout = breakout_of(lesson)
    if breakout is None or breakout.state != BreakoutState.OPEN:
        raise Refused("not_found")
    return breakout


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
        _audit(type_, breakout, by)


def _audit(act: str, breakout: Breakout, by: Person) -> None:
    record_audit(
        act,
        institution=breakout.lesson.institution,
        by=by,
        target=f"lesson:{breakout.lesson_id}",
        detail={"session": str(breakout.pk), "rooms": len(breakout.titles)},
    )


def _tell(main: Room, breakout: Breakout, type_: str) -> None:
    """Everybody in the main room hears of it, each their own part."""
    live.tell_breakouts(main, type_, picture_of(breakout), seq=live.next_seq(main))


def _tell_staff(breakout: Breakout, type_: str, *people: UUID) -> None:
    """And those whom it concerns. Without `seq`: the others, who do not hear of it, must not see a gap."""
    picture, ids = picture_of(breakout), [str(person) for person in people]
    live.tell_breakouts(breakout.lesson.room, type_, picture, seq=None, people=ids)
