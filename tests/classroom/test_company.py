"""Guests in a divided lesson: never alone with one student, whoever moves, comes or goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import Person
from classroom import actions, facts, rules
from classroom.actions import Wish
from classroom.actions.company import ARRIVING
from classroom.models import Breakout, BreakoutSeat, Division, Fact, Lesson, Presence, Room, Standing
from common.refusals import Refused
from tests.classroom.test_breakouts import come, make_pupil, now, room_of
from tests.classroom.test_guests import knock_at, let_in, make_link
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
__all__ = ["now"]


@pytest.fixture
def rosa(cast: Cast, lesson: Lesson, now: datetime) -> Person:
    """A guest, inside."""
    guest = let_in(knock_at(make_link(lesson, cast)[0]), cast)
    come(lesson.room, guest, now, Standing.GUEST)
    return guest


def plan(cast: Cast, lesson: Lesson, division: Division = Division.RANDOM) -> Breakout:
    wish = Wish(division, rooms=2, seed=1)
    return actions.plan_breakouts(lesson=lesson, wish=wish, by=cast.teacher)


def open_rooms(cast: Cast, lesson: Lesson, now: datetime) -> None:
    actions.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)


def move(cast: Cast, lesson: Lesson, person: Person, number: int, now: datetime) -> bool:
    return actions.move_person(lesson=lesson, person=person, number=number, by=cast.teacher, now=now)


def number_of(person: Person) -> int | None:
    return BreakoutSeat.objects.filter(person=person).values_list("number", flat=True).first()


def together(cast: Cast, lesson: Lesson, rosa: Person, now: datetime) -> Room:
    """Amina, Bilal and the guest are in room 1, which is open."""
    plan(cast, lesson, Division.HAND)
    for person in (cast.amina, cast.bilal, rosa):
        assert move(cast, lesson, person, 1, now)
    open_rooms(cast, lesson, now)
    room = room_of(rosa)
    come(room, cast.amina, now)
    come(room, cast.bilal, now)
    come(room, rosa, now, Standing.GUEST)
    return room


def test_two_students_in_two_rooms_leave_the_guest_in_the_main_room(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    plan(cast, lesson)
    assert number_of(rosa) is None
    open_rooms(cast, lesson, now)
    assert (number_of(rosa), {number_of(cast.amina), number_of(cast.bilal)}) == (None, {1, 2})
    assert not actions.place_latecomer(lesson=lesson, person=rosa, standing=Standing.GUEST, now=now)


def test_a_move_that_leaves_a_guest_with_one_student_is_refused(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    together(cast, lesson, rosa, now)
    with pytest.raises(Refused, match="guest_alone"):
        move(cast, lesson, cast.amina, 2, now)
    assert number_of(cast.amina) == 1
    assert move(cast, lesson, rosa, 2, now), "where nobody is, a guest may wait"
    with pytest.raises(Refused, match="guest_alone"):
        move(cast, lesson, cast.amina, 2, now)
    chidi = make_pupil(cast, "Chidi")
    come(lesson.room, chidi, now)
    assert number_of(chidi) == 1, "who comes late is not sent to the guest alone"
    assert move(cast, lesson, rosa, 1, now)
    assert move(cast, lesson, cast.amina, 2, now)
    with pytest.raises(Refused, match="guest_alone"):
        move(cast, lesson, rosa, 2, now)


def test_a_plan_by_hand_is_held_to_it_as_well(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    plan(cast, lesson, Division.HAND)
    assert move(cast, lesson, cast.amina, 1, now)
    with pytest.raises(Refused, match="guest_alone"):
        move(cast, lesson, rosa, 1, now)


def test_whoever_has_a_seat_and_is_not_there_is_no_company(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    plan(cast, lesson, Division.HAND)
    for person in (cast.amina, cast.bilal, rosa):
        move(cast, lesson, person, 1, now)
    Presence.objects.filter(person=cast.bilal).update(left_at=now)
    open_rooms(cast, lesson, now)
    assert (number_of(cast.amina), number_of(rosa)) == (1, None)
    with pytest.raises(Refused, match="guest_alone"):
        move(cast, lesson, rosa, 1, now)


def test_a_guest_whom_a_student_leaves_alone_with_another_is_in_the_main_room_again(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    room = together(cast, lesson, rosa, now)
    late = now + ARRIVING + timedelta(seconds=1)
    assert actions.tend_breakouts(now=late) == 0
    come(room, cast.teacher, late, Standing.TEACHER)  # who is no company for good
    Presence.objects.filter(person=cast.bilal, room=room).update(left_at=late)
    assert actions.tend_breakouts(now=late) == 1
    assert actions.tend_breakouts(now=late) == 0
    assert (number_of(rosa), number_of(cast.amina)) == (None, 1)
    assert rules.may_go_into(rosa, room) is None
    told = Fact.objects.filter(type=facts.SEAT_MOVED, person=rosa).latest("pk")
    assert (told.data["number"], told.data["by"]) == (None, None)
    come(lesson.room, rosa, late, Standing.GUEST)
    assert number_of(rosa) is None


def test_both_have_half_a_minute_to_arrive_unless_one_leaves_the_lesson(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    plan(cast, lesson, Division.HAND)
    for person in (cast.amina, cast.bilal, rosa):
        move(cast, lesson, person, 1, now)
    open_rooms(cast, lesson, now)
    come(room_of(cast.amina), cast.amina, now)
    assert actions.tend_breakouts(now=now + timedelta(seconds=5)) == 0
    Presence.objects.filter(person=cast.bilal).update(left_at=now)
    assert actions.tend_breakouts(now=now + timedelta(seconds=5)) == 1
    assert number_of(rosa) is None


def test_who_was_just_moved_there_counts_and_later_only_who_is_there(
    cast: Cast, lesson: Lesson, now: datetime, rosa: Person
) -> None:
    together(cast, lesson, rosa, now)
    chidi, late = make_pupil(cast, "Chidi"), now + timedelta(minutes=5)
    come(lesson.room, chidi, late)
    assert number_of(chidi) == 2
    move(cast, lesson, chidi, 1, late)
    move(cast, lesson, cast.bilal, 2, late)
    assert actions.tend_breakouts(now=late + timedelta(seconds=2)) == 0
    assert actions.tend_breakouts(now=late + ARRIVING + timedelta(seconds=1)) == 1
    assert number_of(rosa) is None
