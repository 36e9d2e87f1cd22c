"""What is said before anything is saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import actions as people
from accounts.models import Institution, Person, Role
from classroom import actions
from classroom.conflicts import Conflicts, Proposal, find_conflicts
from classroom.models import Course, Lesson, Standing
from classroom.recurrence import Interval
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


def at(hours: float, length: float = 1) -> Interval:
    return Interval(TEN + timedelta(hours=hours), TEN + timedelta(hours=hours + length))


def another_course(school: Institution, title: str = "Chemistry", **standings: Person) -> Course:
    course = actions.create_course(institution=school, title=title, language="en")
    for standing, person in standings.items():
        actions.enrol(course=course, person=person, standing=Standing(standing))
    return course


def book(course: Course, by: Person, hours: float = 0, length: float = 1) -> Lesson:
    interval = at(hours, length)
    return actions.schedule_lesson(
        course=course,
        title=f"{course.title} {hours}",
        starts_at=interval.starts_at,
        ends_at=interval.ends_at,
        created_by=by,
    )


def ask(cast: Cast, *proposals: Proposal, by: Person | None = None, **more: Any) -> list[Conflicts]:
    return find_conflicts(
        course=cast.course, proposals=proposals or [Proposal(at(0))], by=by or cast.teacher, **more
    )


def test_an_empty_timetable_has_no_conflicts(cast: Cast) -> None:
    assert [bool(found) for found in ask(cast)] == [False]


def test_a_teacher_is_in_one_lesson_at_a_time(cast: Cast) -> None:
    book(another_course(cast.school, teacher=cast.teacher), cast.teacher, 0.5)
    found = ask(cast)[0]
    assert [(clash.title, clash.names) for clash in found.teachers] == [("Chemistry 0.5", ("Tomas",))]
    assert not found.students


def test_lessons_that_follow_each_other_do_not_clash(cast: Cast) -> None:
    other = another_course(cast.school, teacher=cast.teacher, student=cast.amina)
    book(other, cast.teacher, 1)
    book(other, cast.teacher, -1)
    assert not ask(cast)[0]


def test_students_are_counted_and_three_are_named(cast: Cast) -> None:
    other = another_course(cast.school)
    for number in range(4):
        child = people.add_person(
            institution=cast.school, email=f"c{number}@here.test", name=f"Child {number}", role=Role.STUDENT
        )
        for course in (cast.course, other):
            actions.enrol(course=course, person=child, standing=Standing.STUDENT)
    book(other, cast.head)
    clash = ask(cast)[0].students[0]
    assert (clash.count, clash.names) == (4, ("Child 0", "Child 1", "Child 2"))


def test_the_title_of_a_lesson_that_one_may_not_see_is_not_told(cast: Cast) -> None:
    book(another_course(cast.school, student=cast.amina), cast.head)
    assert ask(cast)[0].students[0].title == ""
    assert ask(cast, by=cast.head)[0].students[0].title == "Chemistry 0"


def test_of_another_school_only_the_recorders_are_counted(cast: Cast, settings: Any) -> None:
    settings.RECORDER_CAPACITY = 1
    for person, role in ((cast.teacher, Role.TEACHER), (cast.amina, Role.STUDENT)):
        belong_to(cast.elsewhere, person, role)
    theirs = another_course(cast.elsewhere, "Secret", teacher=cast.teacher, student=cast.amina)
    book(theirs, cast.stranger)
    found = ask(cast)[0]
    assert (found.teachers, found.students) == ((), ())
    assert (found.peak.count, found.lacks_recorders) == (2, True)
    Institution.objects.filter(pk=cast.elsewhere.pk).update(region="elsewhere")
    assert ask(cast)[0].peak.count == 1


def test_the_peak_is_exact_not_the_number_of_overlaps(cast: Cast, settings: Any) -> None:
    settings.RECORDER_CAPACITY = 2
    for hours in (0, 0.5):
        book(another_course(cast.school, f"C{hours}"), cast.head, hours, 0.5)
    found = ask(cast)[0]
    assert (found.peak.count, found.lacks_recorders) == (2, False)
    book(another_course(cast.school, "C"), cast.head, 0.25, 0.5)
    found = ask(cast)[0]
    assert (found.peak.count, found.peak.at) == (3, TEN + timedelta(minutes=15))


def test_a_long_lesson_of_the_morning_is_still_seen_in_the_evening(cast: Cast) -> None:
    book(another_course(cast.school, teacher=cast.teacher), cast.teacher, -11, 12)
    assert ask(cast)[0].teachers


def test_cancelled_and_ignored_lessons_are_no_conflict(cast: Cast) -> None:
    other = another_course(cast.school, teacher=cast.teacher)
    cancelled, ignored = book(other, cast.teacher), book(other, cast.teacher)
    Lesson.objects.filter(pk=cancelled.pk).update(status="cancelled")
    assert not ask(cast, ignoring=[ignored.pk])[0]


def test_a_substitute_frees_the_teacher_and_is_bound(cast: Cast) -> None:
    deputy = people.add_person(institution=cast.school, email="d@here.test", name="Dora", role=Role.TEACHER)
    other = another_course(cast.school, teacher=cast.teacher)
    lesson = book(other, cast.teacher)
    assert not ask(cast, Proposal(at(0), deputy.pk))[0]
    Lesson.objects.filter(pk=lesson.pk).update(substitute=deputy)
    assert not ask(cast)[0]
    assert ask(cast, Proposal(at(0), deputy.pk))[0].teachers[0].names == ("Dora",)


def test_a_series_asks_no_more_of_the_database_than_one_lesson(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    other = another_course(cast.school, teacher=cast.teacher, student=cast.amina)
    for day in range(40):
        book(other, cast.teacher, 24 * day)
    with django_assert_num_queries(4):
        assert len([one for one in ask(cast) if one]) == 1
    with django_assert_num_queries(4):
        many = ask(cast, *[Proposal(at(24 * day)) for day in range(50)])
    assert [bool(one) for one in many] == [True] * 40 + [False] * 10
