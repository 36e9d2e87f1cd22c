"""What the demo remembers: seven weeks in which one drifts away and one is late again and again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts import actions as people
from accounts.models import Role
from attendance import actions
from attendance.models import ContactNote, RegisterEntry, Report, ReportState, WatchEntry, WeeklyLine
from classroom import actions as lessons
from classroom.models import Course, Lesson, Standing
from dashboard.demo.habits import HABITS, UNITS, stays_of
from dashboard.demo.history import remember_weeks
from dashboard.demo.quizzes import fill_bank
from recordings.actions import expect_recordings


def test_every_habit_has_a_letter_for_every_lesson() -> None:
    shapes = {tuple(len(week) for week in habit.came.split()) for habit in HABITS}
    assert len(shapes) == 1
    assert [len(shape) for shape in shapes] == [len(UNITS)]


def test_stays_of_a_breaking_connection_are_apart_and_in_order() -> None:
    edges = [edge for stay in stays_of("b", 3, 45) for edge in stay]
    assert edges == sorted(set(edges))


@pytest.fixture
def course(db: None) -> Course:
    """A school as the demo's, with its past, seen on a Thursday."""
    until = datetime(2026, 11, 19, 8, tzinfo=UTC)
    school = people.create_institution(
        name="Field Office", slug="field", time_zone="Africa/Nairobi", language="en"
    )
    course = lessons.create_course(institution=school, title="Mathematics 7b", language="en")
    cast = {
        key: people.add_person(institution=school, email=f"{key}@demo.test", name=key.title(), role=role)
        for key, role in (("head", Role.HEAD), ("teacher", Role.TEACHER), ("guardian", Role.GUARDIAN))
    }
    lessons.enrol(course=course, person=cast["teacher"], standing=Standing.TEACHER, by=cast["head"])
    class_ = [
        people.add_person(institution=school, email=f"s{n}@demo.test", name=one.name, role=Role.STUDENT)
        for n, one in enumerate(HABITS)
    ]
    for student in class_:
        lessons.enrol(course=course, person=student, standing=Standing.STUDENT, by=cast["head"])
    remember_weeks(course, cast, class_, fill_bank(course, cast["teacher"]), until=until)
    return course


@pytest.mark.deep
def test_the_past_of_the_demo_says_what_its_table_says(course: Course) -> None:
    """One test, because the past is made once: registers, weeks, the watch-list, reports, and nothing to record."""
    _look_at_watch_list(course)
    assert Lesson.objects.filter(course=course, status="ended", register__isnull=False).count() == 14
    told = dict.fromkeys(("present", "late", "left_early", "absent", "excused"), 0)
    for status in RegisterEntry.objects.filter(standing=Standing.STUDENT).values_list("status", flat=True):
        told[status] += 1
    letters = "".join(habit.letters for habit in HABITS)
    counted = {"late": "l", "left_early": "e", "absent": "-", "excused": "x"}
    assert {word: told[word] for word in counted} == {
        word: letters.count(one) for word, one in counted.items()
    }
    assert WeeklyLine.objects.filter(course=course).count() == len(UNITS) * len(HABITS)
    assert not actions.settle_due(now=timezone.now()), "the past is settled as it stands"
    assert not expect_recordings(now=timezone.now()), "nobody waits for recordings of the past"
    actions.make_due_reports()
    assert {report.state for report in Report.objects.all()} == {ReportState.READY}


def _look_at_watch_list(course: Course) -> None:
    """One drifts away and one is late again, with what speaks for and against."""
    on_list = {entry.person.name: entry for entry in WatchEntry.objects.filter(course=course)}
    assert set(on_list) == {"Dmitri Orlov", "Kofi Mensah"}
    signs = {sign["rule"]: sign for sign in on_list["Dmitri Orlov"].signs}
    assert set(signs) == {"attendance_falling", "answers_slower", "board_silent"}
    assert [one["code"] for one in signs["attendance_falling"]["speaks_against"]] == ["was_excused"]
    assert [sign["rule"] for sign in on_list["Kofi Mensah"].signs if sign["stands"]] == ["late_again"]
    assert ContactNote.objects.filter(entry=on_list["Dmitri Orlov"]).count() == 1
