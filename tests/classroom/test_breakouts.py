"""A lesson divides, people move, the time runs out, everybody comes back; `now` is always an argument."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts import actions as people
from accounts.models import Person, Role
from attendance.queries import register_of
from classroom import actions, facts, rules
from classroom.actions import Wish
from classroom.jitsi.reservations import Refusal, reserve
from classroom.jitsi.welcome import find_unwelcome
from classroom.messages import breakouts_for
from classroom.models import (
    Breakout,
    BreakoutSeat,
    BreakoutState,
    Division,
    Fact,
    Hand,
    Lesson,
    LessonStatus,
    Presence,
    Room,
    RoomKind,
    Standing,
)
from classroom.queries import picture_of, room_for
from common.clock import to_ms
from common.refusals import Refused
from quizzes.rules import quiz_standing
from recordings.actions.recordings import with_people_inside
from recordings.models import Recording
from recordings.queries import recording_of_room
from tests.classroom.jitsi.speech import joined, occupant
from tests.classroom.test_visits import look, tell
from tests.conftest import Cast
from whiteboard.actions import open_board
from whiteboard.rules import standing_at_board

pytestmark = pytest.mark.django_db


def come(room: Room, person: Person, now: datetime, standing: Standing = Standing.STUDENT) -> Presence:
    return actions.come_in(
        room=room, person=person, standing=standing, occupant=uuid.uuid4(), connection="c", now=now
    )


@pytest.fixture
def now(cast: Cast, lesson: Lesson) -> datetime:
    """Amina, Bilal and their teacher are inside."""
    at = timezone.now()
    come(lesson.room, cast.teacher, at, Standing.TEACHER)
    come(lesson.room, cast.amina, at)
    come(lesson.room, cast.bilal, at)
    lesson.refresh_from_db()
    return at


def divide(cast: Cast, lesson: Lesson, now: datetime, minutes: int | None = 10) -> Breakout:
    wish = Wish(Division.RANDOM, rooms=2, seed=1)
    actions.plan_breakouts(lesson=lesson, wish=wish, by=cast.teacher)
    return actions.open_breakouts(lesson=lesson, minutes=minutes, by=cast.teacher, now=now)


def room_of(person: Person) -> Room:
    room = BreakoutSeat.objects.get(person=person).room
    assert room is not None
    return room


def test_a_lesson_has_one_main_room_and_each_breakout_a_name_of_its_own(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    rooms = list(Room.objects.filter(lesson=lesson).order_by("number"))
    assert [room.kind for room in rooms] == [RoomKind.MAIN, RoomKind.BREAKOUT, RoomKind.BREAKOUT]
    assert [room.title for room in rooms] == ["", "Room 1", "Room 2"]
    assert len({room.name for room in rooms}) == 3
    assert Lesson.objects.get(pk=lesson.pk).room == rooms[0]
    assert room_of(cast.amina) != room_of(cast.bilal)
    assert [fact.data["rooms"] for fact in Fact.objects.filter(type=facts.BREAKOUTS_OPENED)] == [2]


def test_only_members_and_those_who_hold_the_lesson_come_into_a_breakout(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    room = Room.objects.select_related("lesson__institution").get(pk=room_of(cast.amina).pk)
    board = open_board(room=room, now=now)
    everybody = (cast.teacher, cast.amina, cast.bilal, cast.head, cast.guardian, cast.stranger)
    standings = [Standing.TEACHER, Standing.STUDENT, None, None, None, None]
    assert [rules.may_go_into(one, room) for one in everybody] == standings
    assert [standing_at_board(one, lesson, rules.may_go_into(one, room)) for one in everybody] == [
        "staff",
        "student",
        None,
        None,
        None,
        None,
    ]
    assert [quiz_standing(one, lesson, rules.may_go_into(one, room)) for one in everybody] == [
        "staff",
        "student",
        None,
        None,
        None,
        None,
    ]
    assert board.pk == room.pk


def test_a_student_learns_of_their_own_room_alone_and_of_nothing_before_it_opens(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    planned = actions.plan_breakouts(lesson=lesson, wish=Wish(Division.RANDOM, rooms=2), by=cast.teacher)
    assert breakouts_for(picture_of(planned), str(cast.amina.pk), sees_all=False) is None
    actions.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)
    actions.ask_for_help(lesson=lesson, person=cast.bilal, now=now)
    picture = picture_of(Breakout.objects.get())
    mine = breakouts_for(picture, str(cast.amina.pk), sees_all=False)
    assert mine is not None
    assert (mine["yours"], len(mine["rooms"])) == (str(room_of(cast.amina).pk), 1)
    assert str(cast.bilal.pk) not in str(mine)
    assert room_of(cast.bilal).name not in str(mine)
    whole = breakouts_for(picture, str(cast.teacher.pk), sees_all=True)
    assert whole is not None
    assert sorted(len(room["help"]) for room in whole["rooms"]) == [0, 1]
    assert breakouts_for(picture, str(cast.head.pk), sees_all=False)["rooms"] == []  # type: ignore[index]


def test_the_sweep_warns_once_and_closes_once_by_what_stands_in_the_row(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now, minutes=5)
    room = room_of(cast.amina)
    inside = come(room, cast.amina, now)
    assert actions.tend_breakouts(now=now + timedelta(minutes=3)) == 0
    assert actions.tend_breakouts(now=now + timedelta(minutes=4, seconds=1)) == 1
    assert actions.tend_breakouts(now=now + timedelta(minutes=4, seconds=3)) == 0
    assert actions.tend_breakouts(now=now + timedelta(minutes=5)) == 1
    assert actions.tend_breakouts(now=now + timedelta(minutes=6)) == 0
    room.refresh_from_db()
    breakout = Breakout.objects.get()
    assert (breakout.state, room.closed_at) == (BreakoutState.CLOSED, now + timedelta(minutes=5))
    assert Fact.objects.filter(type=facts.BREAKOUTS_CLOSED).count() == 1
    with pytest.raises(Refused, match="breakout_over"):
        come(room, cast.amina, now + timedelta(minutes=6))
    assert inside.left_at is None  # its own socket ends it


def test_more_time_is_warned_of_anew_and_a_sweep_that_came_too_late_closes_nothing(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now, minutes=1)
    assert actions.tend_breakouts(now=now + timedelta(seconds=1)) == 1
    actions.extend(lesson=lesson, minutes=5, now=now + timedelta(seconds=30))
    assert actions.tend_breakouts(now=now + timedelta(minutes=2)) == 0
    assert Breakout.objects.get().warned_at is None
    assert actions.tend_breakouts(now=now + timedelta(minutes=5, seconds=5)) == 1
    with pytest.raises(Refused, match="bad_data"):
        actions.extend(lesson=lesson, minutes=180, now=now)


def test_whoever_comes_late_sits_in_the_smallest_room_and_keeps_the_seat(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    actions.plan_breakouts(lesson=lesson, wish=Wish(Division.HAND, rooms=3), by=cast.teacher)
    for person, number in ((cast.amina, 1), (cast.bilal, 2)):
        actions.move_person(lesson=lesson, person=person, number=number, by=cast.teacher, now=now)
    actions.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)
    late = make_pupil(cast, "Late")
    come(lesson.room, late, now)
    assert room_of(late).number == 3
    come(lesson.room, late, now)
    assert BreakoutSeat.objects.filter(person=late).count() == 1
    come(lesson.room, cast.head, now, Standing.OBSERVER)
    assert not BreakoutSeat.objects.filter(person=cast.head).exists()


def make_pupil(cast: Cast, name: str) -> Person:
    pupil = people.add_person(
        institution=cast.school, email=f"{name.lower()}@here.test", name=name, role=Role.STUDENT
    )
    actions.enrol(course=cast.course, person=pupil, standing=Standing.STUDENT)
    return pupil


def test_moving_somebody_opens_one_room_to_them_and_shuts_the_other(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    before, there = room_of(cast.amina), room_of(cast.bilal)
    moved: dict[str, Any] = {"lesson": lesson, "number": there.number, "by": cast.teacher, "now": now}
    assert actions.move_person(person=cast.amina, **moved)
    assert not actions.move_person(person=cast.amina, **moved)
    assert rules.may_go_into(cast.amina, there) == Standing.STUDENT
    assert rules.may_go_into(cast.amina, before) is None
    for nobody in (cast.stranger, cast.guardian, cast.teacher, cast.head):
        with pytest.raises(Refused, match="not_found"):
            actions.move_person(person=nobody, **moved)
    with pytest.raises(Refused, match="not_found"):
        actions.move_person(person=cast.amina, **(moved | {"number": 9}))


def test_groups_become_rooms_and_whoever_is_in_none_comes_into_the_smallest(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    for title, members in (("Blue", [cast.amina]), ("Red", [])):
        group = actions.create_group(course=cast.course, title=title, by=cast.head)
        group.people.set(members)
    breakout = actions.plan_breakouts(lesson=lesson, wish=Wish(Division.GROUPS), by=cast.teacher)
    assert breakout.titles == ["Blue", "Red"]
    seated = dict(breakout.seats.values_list("person__name", "number"))
    assert seated == {"Amina": 1, "Bilal": 2}


def test_a_division_is_saved_and_used_again_without_those_who_left(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    plan = actions.save_plan(lesson=lesson, name="Pairs", by=cast.teacher)
    again = actions.save_plan(lesson=lesson, name="pairs", by=cast.teacher)
    assert plan == again
    assert sorted(len(room["people"]) for room in again.rooms) == [1, 1]
    actions.close_breakouts(lesson=lesson, by=cast.teacher, now=now)
    actions.unenrol(course=cast.course, person=cast.bilal)
    Presence.objects.filter(person=cast.bilal).update(left_at=now)
    breakout = actions.plan_breakouts(lesson=lesson, wish=Wish(Division.PLAN, plan=plan.pk), by=cast.teacher)
    assert list(breakout.seats.values_list("person", flat=True)) == [cast.amina.pk]
    with pytest.raises(Refused, match="not_found"):
        actions.plan_breakouts(lesson=lesson, wish=Wish(Division.PLAN, plan=uuid.uuid4()), by=cast.teacher)


def test_help_is_asked_for_once_and_has_come_when_staff_comes_in(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    assert actions.ask_for_help(lesson=lesson, person=cast.amina, now=now)
    assert not actions.ask_for_help(lesson=lesson, person=cast.amina, now=now)
    come(room_of(cast.bilal), cast.teacher, now, Standing.TEACHER)
    assert BreakoutSeat.objects.filter(help_asked_at__isnull=False).count() == 1
    come(room_of(cast.amina), cast.teacher, now, Standing.TEACHER)
    assert not BreakoutSeat.objects.filter(help_asked_at__isnull=False).exists()


@pytest.mark.parametrize("rooms", [1, 51])
def test_there_are_two_to_fifty_rooms(cast: Cast, lesson: Lesson, now: datetime, rooms: int) -> None:
    with pytest.raises(Refused, match="bad_data"):
        actions.plan_breakouts(lesson=lesson, wish=Wish(Division.HAND, rooms=rooms), by=cast.teacher)


def test_nothing_opens_twice_and_nothing_is_planned_meanwhile(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    with pytest.raises(Refused, match="not_found"):
        actions.open_breakouts(lesson=lesson, minutes=1, by=cast.teacher, now=now)
    divide(cast, lesson, now)
    with pytest.raises(Refused, match="breakouts_open"):
        actions.open_breakouts(lesson=lesson, minutes=1, by=cast.teacher, now=now)
    with pytest.raises(Refused, match="breakouts_open"):
        actions.plan_breakouts(lesson=lesson, wish=Wish(Division.HAND, rooms=2), by=cast.teacher)
    assert actions.close_breakouts(lesson=lesson, by=cast.teacher, now=now)
    assert not actions.close_breakouts(lesson=lesson, by=cast.teacher, now=now)
    divide(cast, lesson, now)
    assert Room.objects.filter(lesson=lesson, closed_at__isnull=True, kind=RoomKind.BREAKOUT).count() == 2


def test_the_end_of_the_lesson_closes_everything(cast: Cast, lesson: Lesson, now: datetime) -> None:
    divide(cast, lesson, now)
    come(room_of(cast.amina), cast.amina, now)
    actions.end_lesson(lesson=lesson, now=now + timedelta(minutes=1), by=cast.teacher)
    assert Breakout.objects.get().state == BreakoutState.CLOSED
    assert not Presence.objects.filter(room__lesson=lesson, left_at__isnull=True).exists()
    assert not Room.objects.filter(kind=RoomKind.BREAKOUT, closed_at__isnull=True).exists()
    with pytest.raises(Refused, match="lesson_over"):
        divide(cast, lesson, now)


def test_a_lesson_goes_on_and_is_recorded_while_somebody_sits_in_a_breakout(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    Presence.objects.filter(room=lesson.room).update(left_at=now)
    come(room_of(cast.amina), cast.amina, now)
    Recording.objects.get_or_create(lesson=lesson, defaults={"state_at": now})
    assert with_people_inside().filter(lesson=lesson).exists()
    late = lesson.ends_at + timedelta(minutes=10)
    assert actions.end_overdue_lessons(now=late) == 0
    Presence.objects.update(left_at=now)
    assert actions.end_overdue_lessons(now=late) == 1
    assert Lesson.objects.get(pk=lesson.pk).status == LessonStatus.ENDED


def test_time_in_two_rooms_at_once_counts_once_in_the_register(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    come(room_of(cast.amina), cast.amina, now)
    actions.end_lesson(lesson=lesson, now=now + timedelta(minutes=10))
    lesson = Lesson.objects.get(pk=lesson.pk)
    seconds = {line.person: line.seconds for line in register_of(lesson, now=timezone.now())}
    assert seconds[cast.amina] == pytest.approx(600, abs=1)


def test_jitsi_lets_only_members_stay_and_closed_rooms_end(cast: Cast, lesson: Lesson, now: datetime) -> None:
    divide(cast, lesson, now)
    room = room_of(cast.amina)
    everybody = {cast.amina.pk, cast.bilal.pk, cast.teacher.pk, cast.head.pk}
    unwelcome, over = find_unwelcome({room.name: everybody, lesson.room.name: everybody})
    assert unwelcome == {(room.name, cast.bilal.pk), (room.name, cast.head.pk)}
    assert over == set()
    assert not isinstance(reserve(room.name, now=now), Refusal)
    actions.close_breakouts(lesson=lesson, by=cast.teacher, now=now)
    assert find_unwelcome({room.name: everybody})[1] == {room.name}
    assert isinstance(reserve(room.name, now=now), Refusal)


def test_who_sits_in_a_breakouts_jitsi_is_in_the_lesson_and_no_recorder_is_missed_there(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    room, begun = room_of(cast.amina), int(now.timestamp() * 1000)
    recorder = occupant(None, begun, kind="recorder")
    assert tell(joined(lesson.room.name, recorder)) == ["done"]
    tell(joined(room.name, occupant(cast.amina.pk, begun)))
    assert Presence.objects.filter(room=room, person=cast.amina, door="jitsi").exists()
    look(begun + 60_000, room.name, occupant(cast.amina.pk, begun))
    assert Fact.objects.filter(lesson=lesson, type=facts.RECORDER_JOINED).count() == 1


def test_the_module_is_told_to_record_the_main_room_only(cast: Cast, lesson: Lesson, now: datetime) -> None:
    divide(cast, lesson, now)
    Recording.objects.get_or_create(lesson=lesson, defaults={"state_at": now})
    main, other = recording_of_room(lesson.room.name), recording_of_room(room_of(cast.amina).name)
    assert main is not None
    assert main[1] is not None
    assert other == (room_of(cast.amina).name, None)


def test_nothing_is_said_or_asked_in_a_breakout_that_is_closed(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    room = room_of(cast.amina)
    actions.close_breakouts(lesson=lesson, by=cast.teacher, now=now)
    who: dict[str, Any] = {"room": room, "standing": Standing.STUDENT, "now": now}
    with pytest.raises(Refused, match="lesson_over"):
        actions.send_message(message_id=uuid.uuid4(), author=cast.amina, text="Still here?", **who)
    with pytest.raises(Refused, match="lesson_over"):
        actions.raise_hand(person=cast.amina, **who)


def test_who_comes_late_by_jitsi_alone_is_given_a_seat_and_the_companion_leads_there(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    breakout = divide(cast, lesson, now)
    chidi = make_pupil(cast, "Chidi")
    for person in (chidi, cast.teacher):
        tell(joined(lesson.room.name, occupant(person.pk, to_ms(now))))
    assert breakout.seats.count() == 3
    seat = breakout.seats.get(person=chidi)
    assert room_for(chidi, lesson) == seat.room


def test_a_colleague_who_was_promoted_goes_into_every_breakout_by_jitsi_as_well(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    room = room_of(cast.amina)
    inside_now = {room.name: [cast.head.pk, cast.bilal.pk]}
    assert find_unwelcome(inside_now)[0] == {(room.name, cast.head.pk), (room.name, cast.bilal.pk)}
    actions.promote(lesson=lesson, person=cast.head, by=cast.teacher, now=now)
    assert find_unwelcome(inside_now)[0] == {(room.name, cast.bilal.pk)}


def test_a_hand_comes_down_with_its_room_or_when_its_owner_sits_elsewhere(
    cast: Cast, lesson: Lesson, now: datetime
) -> None:
    divide(cast, lesson, now)
    rooms = {person.pk: room_of(person) for person in (cast.amina, cast.bilal)}
    for person in (cast.amina, cast.bilal):
        actions.raise_hand(room=rooms[person.pk], person=person, standing=Standing.STUDENT, now=now)
    assert actions.lower_left_hands(now=now) == 0
    number = rooms[cast.bilal.pk].number
    actions.move_person(lesson=lesson, person=cast.amina, number=number, by=cast.teacher, now=now)
    assert actions.lower_left_hands(now=now) == 1
    assert Hand.objects.get(person=cast.amina).how == "left"
    actions.close_breakouts(lesson=lesson, now=now, by=cast.teacher)
    assert actions.lower_left_hands(now=now) == 1
    assert Hand.objects.get(person=cast.bilal).how == "over"


def test_of_the_same_command_said_twice_one_has_an_effect(cast: Cast, lesson: Lesson, now: datetime) -> None:
    breakout = divide(cast, lesson, now, minutes=5)
    ref = uuid.uuid4()

    def extend(by: Person) -> bool:
        act = partial(actions.extend, lesson=lesson, minutes=2, now=now)
        return actions.carry_out_once(room_id=lesson.room.pk, ref=ref, by=by, now=now, act=act)

    assert [extend(cast.teacher), extend(cast.teacher)] == [True, False]
    breakout.refresh_from_db()
    assert breakout.closes_at == now + timedelta(minutes=7)
    assert extend(cast.head), "somebody else's ref is another one"


def test_what_was_refused_may_be_said_again(cast: Cast, lesson: Lesson, now: datetime) -> None:
    ref = uuid.uuid4()

    def note() -> bool:
        act = partial(actions.send_note, lesson=lesson, text="Come back", now=now)
        return actions.carry_out_once(room_id=lesson.room.pk, ref=ref, by=cast.teacher, now=now, act=act)

    with pytest.raises(Refused):
        note()
    divide(cast, lesson, now)
    assert note()
