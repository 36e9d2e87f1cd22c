"""Coming into a room together: to each the same as alone, by fewer questions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import add_person
from accounts.models import Person, Role
from classroom import actions
from classroom.actions import Arrival, come_in_together
from classroom.models import BreakoutSeat, Division, Fact, Lesson, Presence, Room, Standing
from common.refusals import Refused
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(cast: Cast, lesson: Lesson) -> datetime:
    """The teacher has opened the lesson."""
    at = timezone.now()
    come([arrive(lesson.room, cast.teacher, Standing.TEACHER)], at)
    lesson.refresh_from_db()
    return at


@pytest.fixture
def pupils(cast: Cast) -> list[Person]:
    people = [
        add_person(
            institution=cast.school, email=f"pupil{n}@uhuru.example", name=f"Pupil {n}", role=Role.STUDENT
        )
        for n in range(8)
    ]
    for person in people:
        actions.enrol(course=cast.course, person=person, standing=Standing.STUDENT)
    return people


def arrive(
    room: Room, person: Person, standing: Standing = Standing.STUDENT, *, has_video: bool = False
) -> Arrival:
    return Arrival(room, person, standing, uuid.uuid4(), uuid.uuid4().hex, has_video)


def come(arrivals: Sequence[Arrival], now: datetime) -> list[Presence]:
    outcomes = come_in_together(arrivals=arrivals, now=now)
    assert all(isinstance(one, Presence) for one in outcomes), outcomes
    return [one for one in outcomes if isinstance(one, Presence)]


def again(one: Arrival) -> Arrival:
    return Arrival(one.room, one.person, one.standing, one.occupant, uuid.uuid4().hex, one.has_video)


def joined(lesson: Lesson) -> list[object]:
    told = Fact.objects.filter(lesson=lesson, type="participant.joined").order_by("pk")
    return list(told.values_list("person", flat=True))


def test_each_has_a_presence_a_fact_and_a_number(lesson: Lesson, pupils: list[Person], now: datetime) -> None:
    before = Room.objects.get(pk=lesson.room.pk).seq
    presences = come([arrive(lesson.room, one) for one in pupils], now)
    assert [one.person for one in presences] == pupils
    assert joined(lesson)[1:] == [one.pk for one in pupils]
    assert Room.objects.get(pk=lesson.room.pk).seq == before + len(pupils)


def test_who_comes_back_is_the_same_presence(lesson: Lesson, pupils: list[Person], now: datetime) -> None:
    tabs = [arrive(lesson.room, one) for one in pupils]
    first, back = come(tabs, now), [again(one) for one in tabs]
    seq = Room.objects.get(pk=lesson.room.pk).seq
    assert [one.pk for one in come(back, now)] == [one.pk for one in first]
    stored = Presence.objects.filter(pk__in=[one.pk for one in first]).order_by("pk")
    assert list(stored.values_list("connection", flat=True)) == [one.connection for one in back]
    assert Room.objects.get(pk=lesson.room.pk).seq == seq
    assert len(joined(lesson)) == 1 + len(pupils)


def test_one_is_refused_and_nobody_else_notices(lesson: Lesson, pupils: list[Person], now: datetime) -> None:
    (old,) = come([arrive(lesson.room, pupils[0])], now)
    thief = Arrival(lesson.room, pupils[1], Standing.STUDENT, old.occupant, "thief")
    outcomes = come_in_together(
        arrivals=[arrive(lesson.room, pupils[2]), thief, arrive(lesson.room, pupils[3])], now=now
    )
    assert isinstance(outcomes[1], Refused) and outcomes[1].code == "not_found"
    assert [isinstance(one, Presence) for one in outcomes] == [True, False, True]
    assert joined(lesson)[1:] == [pupils[n].pk for n in (0, 2, 3)]


def test_pictures_find_as_many_places_as_alone(lesson: Lesson, pupils: list[Person], now: datetime) -> None:
    outcomes = come_in_together(
        arrivals=[arrive(lesson.room, one, has_video=True) for one in pupils], now=now
    )
    places = actions.PEER_ROOM_SEATS - 1
    assert [isinstance(one, Presence) for one in outcomes] == [n < places for n in range(len(pupils))]


def test_of_three_tabs_that_come_together_two_stay(
    lesson: Lesson, pupils: list[Person], now: datetime
) -> None:
    come([arrive(lesson.room, pupils[0]) for _ in range(3)], now)
    assert Presence.objects.filter(person=pupils[0], left_at__isnull=True).count() == 2


def test_the_first_of_a_lesson_open_it_also_together(
    cast: Cast, lesson: Lesson, pupils: list[Person]
) -> None:
    come([arrive(lesson.room, one) for one in pupils], timezone.now())
    assert Fact.objects.filter(lesson=lesson, type="lesson.opened").count() == 1
    assert len(joined(lesson)) == len(pupils)


def test_nobody_comes_in_together_when_it_is_over(
    cast: Cast, lesson: Lesson, pupils: list[Person], now: datetime
) -> None:
    actions.end_lesson(lesson=lesson, now=now)
    outcomes = come_in_together(arrivals=[arrive(lesson.room, one) for one in pupils], now=now)
    assert {one.code for one in outcomes if isinstance(one, Refused)} == {"lesson_over"}
    assert len(joined(lesson)) == 1


def test_who_comes_late_to_a_divided_lesson_is_given_a_seat_and_who_sits_keeps_theirs(
    cast: Cast, lesson: Lesson, pupils: list[Person], now: datetime
) -> None:
    tabs = [arrive(lesson.room, one) for one in pupils[:6]]
    come(tabs, now)
    wish = actions.Wish(Division.RANDOM, rooms=2, seed=1)
    actions.plan_breakouts(lesson=lesson, wish=wish, by=cast.teacher)
    breakout = actions.open_breakouts(lesson=lesson, minutes=10, by=cast.teacher, now=now)
    seats = dict(breakout.seats.values_list("person", "room"))
    come([*map(again, tabs), *(arrive(lesson.room, one) for one in pupils[6:])], now)
    now_seated = dict(BreakoutSeat.objects.values_list("person", "room"))
    assert seats.items() <= now_seated.items()
    assert now_seated.keys() == {one.pk for one in pupils}
    rooms = {room.pk: room for room in Room.objects.filter(lesson=lesson).select_related("lesson")}
    come([arrive(rooms[now_seated[one.pk]], one) for one in pupils], now)
    assert all(rooms[pk].presences.count() == 4 for pk in set(now_seated.values()))


def test_many_cost_as_many_questions_as_few(lesson: Lesson, pupils: list[Person], now: datetime) -> None:
    costs = []
    for some in (pupils[:3], pupils[3:]):
        with CaptureQueriesContext(connection) as asked:
            come([arrive(lesson.room, one) for one in some], now)
        costs.append(len(asked))
    assert costs[0] == costs[1]
