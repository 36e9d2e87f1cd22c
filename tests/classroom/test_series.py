"""Series over the change of clocks, and how far an edit reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from accounts import actions as people
from accounts.models import AuditEvent, Role
from classroom import actions, signals
from classroom.models import Holiday, Lesson, LessonStatus, Room, Series, Standing
from classroom.queries import lessons_for, standing_in
from classroom.timetable import LessonChanges, Scope
from common.refusals import Refused
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
HOUR = 3600


def schedule(cast: Cast, **changes: Any) -> Series:
    wanted: dict[str, Any] = {
        "course": cast.course,
        "title": "Algebra",
        "rule": "FREQ=WEEKLY;COUNT=4",
        "first_on": date(2026, 10, 13),
        "at": time(10),
        "seconds": HOUR,
        "time_zone": "Europe/Zurich",
        "created_by": cast.teacher,
        "now": NOW,
    }
    return actions.schedule_series(**(wanted | changes))


def lessons_of(series: Series) -> list[Lesson]:
    return list(series.lessons.order_by("occurrence_on"))


def edit(cast: Cast, lesson: Lesson, scope: Scope, now: datetime = NOW, **changes: Any) -> int:
    return actions.edit_lessons(
        lesson=lesson, scope=scope, changes=LessonChanges(**changes), by=cast.teacher, now=now
    )


def wall(series: Series) -> list[tuple[str, str]]:
    zone = ZoneInfo(series.time_zone)
    found = [lesson.starts_at.astimezone(zone) for lesson in lessons_of(series)]
    return [(f"{at:%m-%d}", f"{at:%H:%M}") for at in found]


@pytest.mark.parametrize(
    ("zone", "first_on", "hours"),
    [
        ("Europe/Zurich", date(2026, 10, 13), [8, 8, 9, 9]),
        ("Europe/Zurich", date(2027, 3, 16), [9, 9, 8, 8]),
        ("Africa/Nairobi", date(2026, 10, 13), [7, 7, 7, 7]),
        ("America/New_York", date(2026, 10, 20), [14, 14, 15, 15]),
    ],
)
def test_a_series_meets_at_ten_on_both_sides_of_the_change(
    cast: Cast, zone: str, first_on: date, hours: list[int]
) -> None:
    series = schedule(cast, time_zone=zone, first_on=first_on)
    assert [lesson.starts_at.hour for lesson in lessons_of(series)] == hours
    assert {at for _, at in wall(series)} == {"10:00"}


def test_every_lesson_has_a_room_of_its_own_and_the_day_it_stands_for(cast: Cast) -> None:
    series = schedule(cast)
    assert Room.objects.filter(lesson__series=series).values("name").distinct().count() == 4
    assert [lesson.occurrence_on for lesson in lessons_of(series)] == [
        date(2026, 10, 13) + timedelta(weeks=week) for week in range(4)
    ]


def test_the_same_key_twice_is_the_same_series(cast: Cast) -> None:
    key = uuid4()
    assert schedule(cast, key=key) == schedule(cast, key=key)
    assert Lesson.objects.count() == 4
    assert AuditEvent.objects.filter(act="series.scheduled").count() == 1
    with pytest.raises(Refused, match="key_taken"):
        schedule(cast, key=key, created_by=cast.head)


def test_holidays_are_left_out_and_remembered(cast: Cast) -> None:
    free: dict[str, Any] = {"first_on": date(2026, 10, 19), "last_on": date(2026, 10, 23)}
    actions.add_holiday(institution=cast.school, name="Autumn", by=cast.head, **free)
    actions.add_holiday(institution=cast.elsewhere, name="Theirs", by=cast.stranger, **free)
    series = schedule(cast)
    assert [day for day, _ in wall(series)] == ["10-13", "10-27", "11-03"]
    assert series.skipped_on == ["2026-10-20"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rule": "FREQ=DAILY;COUNT=10000"}, "too_many"),
        ({"rule": "FREQ=WEEKLY"}, "unbounded"),
        ({"rule": "nonsense"}, "bad_rule"),
        ({"time_zone": "Mars/Olympus"}, "unknown_zone"),
        ({"time_zone": "../../etc/passwd"}, "unknown_zone"),
        ({"first_on": date(2026, 9, 1)}, "in_the_past"),
        ({"seconds": -HOUR}, "bad_length"),
        ({"seconds": 13 * HOUR}, "bad_length"),
    ],
)
def test_what_cannot_be_a_series_leaves_nothing_behind(
    cast: Cast, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused, match=code):
        schedule(cast, **changes)
    assert not Series.objects.exists() and not Lesson.objects.exists()


def test_nothing_but_holidays_is_no_series(cast: Cast) -> None:
    actions.add_holiday(
        institution=cast.school,
        name="All",
        first_on=date(2026, 10, 1),
        last_on=date(2026, 12, 1),
        by=cast.head,
    )
    with pytest.raises(Refused, match="only_holidays"):
        schedule(cast)


def test_this_changes_one_and_wider_changes_then_leave_it(cast: Cast) -> None:
    series = schedule(cast)
    first, second, *_ = lessons_of(series)
    assert edit(cast, second, Scope.THIS, on=date(2026, 10, 21), at=time(15)) == 1
    assert wall(series)[1] == ("10-21", "15:00")
    assert edit(cast, first, Scope.ALL, at=time(11), title="Geometry") == 4
    assert [at for _, at in wall(series)] == ["11:00", "15:00", "11:00", "11:00"]
    assert {lesson.title for lesson in lessons_of(series)} == {"Geometry"}
    assert lessons_of(series)[1].occurrence_on == date(2026, 10, 20)


def test_following_splits_the_series(cast: Cast) -> None:
    series = schedule(cast)
    third = lessons_of(series)[2]
    assert edit(cast, third, Scope.FOLLOWING, at=time(14), seconds=HOUR // 2) == 2
    series.refresh_from_db()
    rest = Series.objects.get(split_from=series)
    assert wall(series) == [("10-13", "10:00"), ("10-20", "10:00")]
    assert wall(rest) == [("10-27", "14:00"), ("11-03", "14:00")]
    assert {(lesson.ends_at - lesson.starts_at).seconds for lesson in lessons_of(rest)} == {HOUR // 2}
    assert (series.rule, rest.rule) == ("FREQ=WEEKLY;UNTIL=20261026", "FREQ=WEEKLY;UNTIL=20261103")
    assert (rest.local_start, rest.duration_seconds) == (time(14), HOUR // 2)


def test_following_from_the_first_on_needs_no_split(cast: Cast) -> None:
    series = schedule(cast)
    edit(cast, lessons_of(series)[0], Scope.FOLLOWING, title="Geometry")
    series.refresh_from_db()
    assert (Series.objects.count(), series.title) == (1, "Geometry")


def test_the_same_edit_again_changes_nothing_and_is_not_noted(cast: Cast) -> None:
    third = lessons_of(schedule(cast))[2]
    assert edit(cast, third, Scope.FOLLOWING, at=time(14)) == 2
    assert edit(cast, third, Scope.FOLLOWING, at=time(14)) == 0
    assert Series.objects.count() == 2
    assert AuditEvent.objects.filter(act="lesson.changed").count() == 1


def test_what_is_past_live_or_over_is_never_changed(cast: Cast) -> None:
    series = schedule(cast)
    past, live, gone, coming = lessons_of(series)
    now = past.starts_at + timedelta(days=1)
    for lesson, status in ((live, LessonStatus.LIVE), (gone, LessonStatus.CANCELLED)):
        Lesson.objects.filter(pk=lesson.pk).update(status=status)
    assert edit(cast, coming, Scope.ALL, now=now, title="New") == 1
    assert [lesson.title for lesson in lessons_of(series)] == ["Algebra"] * 3 + ["New"]
    for lesson in (past, live, gone):
        with pytest.raises(Refused, match="lesson_begun"):
            edit(cast, lesson, Scope.THIS, now=now, title="Late")


def test_only_one_lesson_moves_to_another_day(cast: Cast) -> None:
    first = lessons_of(schedule(cast))[0]
    with pytest.raises(Refused, match="day_of_one"):
        edit(cast, first, Scope.ALL, on=date(2026, 10, 14))


def test_nothing_is_moved_into_the_past(cast: Cast) -> None:
    first = lessons_of(schedule(cast))[0]
    with pytest.raises(Refused, match="in_the_past"):
        edit(cast, first, Scope.THIS, on=date(2026, 9, 1))


def test_a_lesson_alone_has_no_others(cast: Cast, lesson: Lesson) -> None:
    before = lesson.starts_at - timedelta(hours=1)
    with pytest.raises(Refused, match="no_series"):
        edit(cast, lesson, Scope.ALL, now=before, title="x")


def test_moving_into_a_gap_lands_behind_it(cast: Cast) -> None:
    first = lessons_of(schedule(cast, first_on=date(2027, 3, 28)))[0]
    edit(cast, first, Scope.THIS, at=time(2, 30))
    assert first.starts_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 in Zurich


def test_a_lesson_is_moved_by_instants_too(cast: Cast) -> None:
    first = lessons_of(schedule(cast))[0]
    starts_at = datetime(2026, 10, 14, 6, tzinfo=UTC)
    moved: dict[str, Any] = {
        "lesson": first,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
    }
    assert actions.change_lesson(**moved, by=cast.teacher, now=NOW)
    assert (first.starts_at, first.ends_at) == (starts_at, starts_at + timedelta(minutes=45))
    assert not actions.change_lesson(**moved, by=cast.teacher, now=NOW)
    with pytest.raises(Refused, match="ends_before_start"):
        actions.change_lesson(**moved | {"ends_at": starts_at}, by=cast.teacher, now=NOW)


def test_an_instant_is_exact_also_in_the_hour_that_comes_twice(cast: Cast) -> None:
    """And it is the lesson's own from then on: an edit of its series leaves it."""
    first, second = lessons_of(schedule(cast))[:2]
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Zurich, for the second time
    assert actions.change_lesson(
        lesson=first,
        title="Own",
        starts_at=again,
        ends_at=again + timedelta(hours=1),
        by=cast.teacher,
        now=NOW,
    )
    assert (first.starts_at, first.title) == (again, "Own")
    edit(cast, second, Scope.ALL, title="All")
    first.refresh_from_db()
    assert first.title == "Own"


@pytest.mark.parametrize(("scope", "left"), [(Scope.THIS, 3), (Scope.FOLLOWING, 2), (Scope.ALL, 0)])
def test_cancelling_reaches_as_far_as_it_says(cast: Cast, scope: Scope, left: int) -> None:
    series = schedule(cast)
    third = lessons_of(series)[2]
    cancelled = actions.cancel_lessons(lesson=third, scope=scope, reason="Storm", by=cast.teacher, now=NOW)
    assert (cancelled, series.lessons.filter(status=LessonStatus.SCHEDULED).count()) == (4 - left, left)
    assert (third.status, third.cancelled_at, third.cancel_reason) == (LessonStatus.CANCELLED, NOW, "Storm")
    with pytest.raises(Refused, match="lesson_begun"):
        actions.cancel_lessons(lesson=third, scope=scope, reason="Storm", by=cast.teacher, now=NOW)


def test_nobody_enters_a_cancelled_lesson(cast: Cast) -> None:
    first = lessons_of(schedule(cast))[0]
    actions.cancel_lessons(lesson=first, scope=Scope.THIS, reason="", by=cast.teacher, now=NOW)
    with pytest.raises(Refused, match="lesson_over"):
        actions.enter_room(
            room=first.room,
            person=cast.amina,
            standing=Standing.STUDENT,
            occupant=uuid4(),
            connection="c",
            now=first.starts_at,
        )


def test_a_substitute_teaches_this_lesson_and_no_other(cast: Cast) -> None:
    deputy = people.add_person(institution=cast.school, email="d@here.test", name="Dora", role=Role.TEACHER)
    first, second, *_ = lessons_of(schedule(cast))
    assert standing_in(deputy, first) is None
    edit(cast, first, Scope.THIS, substitute=deputy, changes_substitute=True)
    second.refresh_from_db()
    assert (standing_in(deputy, first), standing_in(deputy, second)) == (Standing.TEACHER, None)
    assert list(lessons_for(deputy)) == [first]
    people.suspend_person(institution=cast.school, person=deputy)
    assert standing_in(deputy, first) is None and not lessons_for(deputy).exists()


@pytest.mark.parametrize("who", ["amina", "guardian", "guest", "stranger"])
def test_only_a_teacher_of_the_school_stands_in(cast: Cast, who: str) -> None:
    first = lessons_of(schedule(cast))[0]
    with pytest.raises(Refused, match="not_a_substitute"):
        edit(cast, first, Scope.THIS, substitute=getattr(cast, who), changes_substitute=True)


def test_a_new_holiday_cancels_only_what_lies_on_it_and_only_when_asked(cast: Cast) -> None:
    series = schedule(cast)
    days: dict[str, Any] = {"first_on": date(2026, 10, 20), "last_on": date(2026, 10, 27)}
    holiday = actions.add_holiday(institution=cast.school, name="Elections", by=cast.head, **days)
    assert series.lessons.filter(status=LessonStatus.SCHEDULED).count() == 4
    assert actions.cancel_lessons_on_holiday(holiday=holiday, by=cast.head, now=NOW) == 2
    assert actions.cancel_lessons_on_holiday(holiday=holiday, by=cast.head, now=NOW) == 0
    assert [lesson.cancel_reason for lesson in lessons_of(series)] == ["", "Elections", "Elections", ""]


def test_a_holiday_is_the_schools_own_day_not_greenwichs(cast: Cast) -> None:
    late = schedule(cast, rule="FREQ=DAILY;COUNT=2", at=time(0, 30), time_zone="Africa/Nairobi")
    holiday = actions.add_holiday(
        institution=cast.school,
        name="Day",
        first_on=date(2026, 10, 13),
        last_on=date(2026, 10, 13),
        by=cast.head,
    )
    assert actions.cancel_lessons_on_holiday(holiday=holiday, by=cast.head, now=NOW) == 1
    assert lessons_of(late)[0].status == LessonStatus.CANCELLED


def test_holidays_are_changed_and_removed_once(cast: Cast) -> None:
    day = date(2026, 12, 24)
    holiday = actions.add_holiday(institution=cast.school, name="X", first_on=day, last_on=day, by=cast.head)
    new: dict[str, Any] = {"name": "Y", "first_on": day, "last_on": date(2026, 12, 26)}
    assert actions.change_holiday(holiday=holiday, by=cast.head, **new)
    assert not actions.change_holiday(holiday=holiday, by=cast.head, **new)
    for first_on, last_on in ((date(2026, 12, 26), day), (date(2026, 1, 1), date(2027, 6, 1))):
        with pytest.raises(Refused):
            actions.change_holiday(
                holiday=Holiday.objects.get(), name="Z", first_on=first_on, last_on=last_on, by=cast.head
            )
    gone = Holiday.objects.get()
    assert actions.remove_holiday(holiday=gone, by=cast.head)
    assert not actions.remove_holiday(holiday=holiday, by=cast.head)
    acts = AuditEvent.objects.filter(act__startswith="holiday.").order_by("seq").values_list("act", flat=True)
    assert list(acts) == ["holiday.added", "holiday.changed", "holiday.removed"]


def test_whoever_listens_hears_of_each_lesson_that_changes_or_falls(cast: Cast) -> None:
    heard: list[tuple[str, object]] = []

    def hear_change(lesson: Lesson, **_: object) -> None:
        heard.append(("changed", lesson.pk))

    def hear_end(lesson: Lesson, **_: object) -> None:
        heard.append(("cancelled", lesson.pk))

    signals.lesson_changed.connect(hear_change)
    signals.lesson_cancelled.connect(hear_end)
    *_, third, fourth = lessons_of(schedule(cast))
    edit(cast, third, Scope.FOLLOWING, title="New")
    fourth.refresh_from_db()  # it is in the new series now
    actions.cancel_lessons(lesson=fourth, scope=Scope.THIS, reason="", by=cast.teacher.pk, now=NOW)
    assert sorted(heard, key=str) == sorted(
        [("changed", third.pk), ("changed", fourth.pk), ("cancelled", fourth.pk)], key=str
    )
