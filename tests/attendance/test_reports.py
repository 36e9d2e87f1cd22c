"""Reports: what they count, for whom, once a period, caught up with, cancelled, gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import AuditEvent, Person, Role
from attendance import actions
from attendance.actions import Subject, settle_lesson
from attendance.actions.reports import AT_ONCE
from attendance.models import Every, RegisterEntry, Report, ReportKind, ReportPlan, ReportState
from attendance.periods import Period
from attendance.queries.reports import SUMS, add_sums, add_up, count_courses, courses_to_count
from attendance.rules import may_read_report
from classroom import actions as lessons
from classroom.models import Course, Enrolment, Lesson, Letter, LetterKind, Standing
from common.refusals import Refused
from tests.attendance.scenes import hold
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db
WEEK = Period("week", date(2026, 3, 2), date(2026, 3, 9))
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
AFTER = datetime(2026, 3, 10, 6, tzinfo=UTC)


def held(cast: Cast) -> list[Lesson]:
    """Bilal is in both, Amina late in one; and one of the week before."""
    made = [
        hold(cast, MONDAY, [(cast.bilal, 0, None), (cast.amina, 20, None)]),
        hold(cast, MONDAY + timedelta(days=1), [(cast.bilal, 0, None)]),
        hold(cast, MONDAY - timedelta(days=7), [(cast.amina, 0, None)]),
    ]
    for lesson in made:
        settle_lesson(lesson=lesson, now=lesson.ends_at)
    return made


def about(cast: Cast, kind: str, **what: object) -> Subject:
    return Subject(kind, cast.school, **what)  # type: ignore[arg-type]


def order(subject: Subject, reader: Person) -> Report:
    report = actions.order_report(subject=subject, period=WEEK, reader=reader, now=AFTER)
    actions.make_due_reports(clock=lambda: AFTER)
    report.refresh_from_db()
    return report


def test_a_course_and_a_school_are_counted_by_person_by_course_and_by_day(cast: Cast) -> None:
    held(cast)
    for subject in (
        about(cast, ReportKind.COURSE, course=cast.course),
        about(cast, ReportKind.INSTITUTION),
    ):
        report = order(subject, cast.head)
        assert report.state == ReportState.READY
        sums = report.body["sums"]
        assert sums[str(cast.amina.pk)][:6] == [2, 1, 1, 0, 1, 0]
        assert sums[str(cast.bilal.pk)][:7] == [2, 2, 0, 0, 0, 0, 7200]
        assert report.body["courses"][str(cast.course.pk)][:2] == [4, 3]
        assert report.body["days"] == {"2026-03-02": [2, 2], "2026-03-03": [2, 1]}
        assert "Amina" not in str(report.body)


def test_many_courses_are_counted_by_as_few_questions_as_one(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    held(cast)
    report = order(about(cast, ReportKind.INSTITUTION), cast.head)
    for title, who in (("Physics", cast.amina), ("Art", cast.bilal)):
        course = lessons.create_course(institution=cast.school, title=title, language="en")
        lessons.enrol(course=course, person=cast.teacher, standing=Standing.TEACHER)
        lessons.enrol(course=course, person=who, standing=Standing.STUDENT)
        lesson = hold(replace(cast, course=course), MONDAY + timedelta(hours=3), [(who, 0, None)])
        settle_lesson(lesson=lesson, now=lesson.ends_at)
    courses = courses_to_count(report)
    assert len(courses) == 3
    with django_assert_num_queries(3):
        whole = count_courses(report, courses)
    pieces = add_up([count_courses(report, [course]) for course in courses])
    assert pieces == {**whole, "days": dict(sorted(whole["days"].items()))}
    assert whole["sums"][str(cast.amina.pk)][:3] == [3, 2, 1]
    assert {key: numbers[:2] for key, numbers in whole["courses"].items()} == {
        str(course): [4, 3] if course == cast.course.pk else [1, 1] for course in courses
    }


def test_where_nothing_was_measured_nothing_is_said_and_nought_is_nought(cast: Cast) -> None:
    _first, second, _before = held(cast)
    RegisterEntry.objects.filter(person=cast.bilal).update(active_seconds=None)
    active = SUMS.index("active")
    body = order(about(cast, ReportKind.COURSE, course=cast.course), cast.teacher).body
    assert (body["sums"][str(cast.bilal.pk)][active], body["unmeasured"]) == (None, 2)
    assert body["sums"][str(cast.amina.pk)][active] == 2400  # in one lesson; in the other she was absent
    RegisterEntry.objects.filter(person=cast.bilal, lesson=second).update(active_seconds=0)
    body = order(about(cast, ReportKind.COURSE, course=cast.course), cast.teacher).body
    assert (body["sums"][str(cast.bilal.pk)][active], body["unmeasured"]) == (0, 1)
    assert add_sums([[1, None, None], [2, 5, None]]) == [3, 5, None]


def test_a_lesson_and_a_student_are_told_line_by_line(cast: Cast) -> None:
    first, *_ = held(cast)
    lines = order(about(cast, ReportKind.LESSON, lesson=first), cast.teacher).body["lines"]
    assert [(line[0], line[2]) for line in lines] == [
        (str(cast.amina.pk), "late"),
        (str(cast.bilal.pk), "present"),
    ]
    lines = order(about(cast, ReportKind.STUDENT, person=cast.amina), cast.guardian).body["lines"]
    assert [line[2] for line in lines] == ["late", "absent"]


def test_each_reader_may_order_what_they_may_read_and_nothing_else(cast: Cast) -> None:
    subjects = {
        "lesson": about(cast, ReportKind.LESSON, lesson=held(cast)[0]),
        "course": about(cast, ReportKind.COURSE, course=cast.course),
        "amina": about(cast, ReportKind.STUDENT, person=cast.amina),
        "bilal": about(cast, ReportKind.STUDENT, person=cast.bilal),
        "school": about(cast, ReportKind.INSTITUTION),
    }
    allowed = {
        cast.head: set(subjects),
        cast.teacher: {"lesson", "course"},
        cast.amina: {"amina"},
        cast.guardian: {"amina"},
        cast.stranger: set(),
        cast.guest: set(),
    }
    for reader, mine in allowed.items():
        for name, subject in subjects.items():
            if name in mine:
                order(subject, reader)
                continue
            with pytest.raises(Refused):
                order(subject, reader)


def test_who_may_no_longer_read_it_is_told_nothing_and_gets_no_more(cast: Cast) -> None:
    subject = about(cast, ReportKind.COURSE, course=cast.course)
    report = order(subject, cast.teacher)
    actions.plan_report(subject=subject, every=Every.WEEK, reader=cast.teacher, now=MONDAY)
    Enrolment.objects.filter(person=cast.teacher).update(is_active=False)
    assert not may_read_report(cast.teacher, report)
    assert actions.order_due_reports(now=AFTER) == 0


def test_a_plan_makes_one_report_a_period_and_tells_its_reader(cast: Cast) -> None:
    held(cast)
    subject = about(cast, ReportKind.INSTITUTION)
    plans = {actions.plan_report(subject=subject, every="week", reader=cast.head, now=MONDAY) for _ in "ab"}
    assert len(plans) == 1
    assert actions.order_due_reports(now=MONDAY + timedelta(days=3)) == 0
    assert [actions.order_due_reports(now=AFTER) for _ in range(2)] == [1, 0]
    assert [actions.make_due_reports(clock=lambda: AFTER) for _ in range(2)] == [1, 0]
    report = Report.objects.get()
    assert (report.since_on, report.last_on) == (WEEK.since_on, date(2026, 3, 8))
    assert report.letter == Letter.objects.get(kind=LetterKind.REPORT, person=cast.head)


def test_what_was_missed_without_a_server_is_made_afterwards(cast: Cast) -> None:
    subject = about(cast, ReportKind.INSTITUTION)
    actions.plan_report(subject=subject, every="week", reader=cast.head, now=MONDAY)
    assert actions.order_due_reports(now=AFTER + timedelta(days=21)) == 4
    weeks = Report.objects.order_by("since_on").values_list("since_on", flat=True)
    assert [day.day for day in weeks] == [2, 9, 16, 23]
    assert actions.order_due_reports(now=AFTER + timedelta(days=365)) == 8


def test_the_database_keeps_one_report_a_plan_and_period(cast: Cast) -> None:
    plan = actions.plan_report(
        subject=about(cast, ReportKind.INSTITUTION), every="month", reader=cast.head, now=MONDAY
    )
    actions.order_due_reports(now=AFTER + timedelta(days=30))
    known = Report.objects.get()
    again = Report(plan=plan, institution=cast.school, reader=cast.head, kind="institution")
    again.since_on, again.until_on = known.since_on, known.until_on
    again.asked_at = again.expires_at = AFTER
    Report.objects.bulk_create([again], ignore_conflicts=True)
    assert Report.objects.count() == 1


def test_a_report_can_be_cancelled_while_it_waits_and_while_it_is_made(cast: Cast) -> None:
    held(cast)
    subject = about(cast, ReportKind.INSTITUTION)
    waiting = actions.order_report(subject=subject, period=WEEK, reader=cast.head, now=AFTER)
    assert actions.cancel_report(report=waiting) and not actions.cancel_report(report=waiting)
    assert actions.make_due_reports(clock=lambda: AFTER) == 0
    actions.order_report(subject=subject, period=WEEK, reader=cast.head, now=AFTER)
    claimed = actions.claim_report(now=AFTER)
    assert claimed and actions.cancel_report(report=claimed)
    assert not actions.make_report(report=claimed, clock=lambda: AFTER)
    claimed.refresh_from_db()
    assert (claimed.state, claimed.body) == (ReportState.CANCELLED, {})


def test_what_a_dead_worker_held_is_made_by_another(cast: Cast) -> None:
    subject = about(cast, ReportKind.INSTITUTION)
    actions.order_report(subject=subject, period=WEEK, reader=cast.head, now=AFTER)
    assert actions.claim_report(now=AFTER) is not None
    assert actions.make_due_reports(clock=lambda: AFTER) == 0
    assert actions.make_due_reports(clock=lambda: AFTER + timedelta(minutes=3)) == 1


def test_no_other_sweep_takes_what_a_busy_one_has_in_hand(cast: Cast) -> None:
    """Six reports one after the other, the last of four pieces, and each look at the clock a minute later."""
    school = about(cast, ReportKind.INSTITUTION)
    for number in range(6):
        actions.order_report(
            subject=school, period=WEEK, reader=cast.head, now=AFTER - timedelta(hours=6 - number)
        )
    courses = lessons_in_courses(cast, 3 * AT_ONCE + 1)
    looks: list[list[Report]] = []

    def later() -> datetime:
        moment = AFTER + timedelta(minutes=len(looks))
        looks.append(list(Report.objects.filter(state=ReportState.MAKING, lease_until__lt=moment)))
        return moment

    assert actions.make_due_reports(clock=later) == 6
    assert len(looks) > 6 * 5 and not any(looks)
    made = Report.objects.all()
    assert {(one.state, one.attempts, one.total) for one in made} == {("ready", 1, courses)}


def lessons_in_courses(cast: Cast, number: int) -> int:
    """So many courses with a lesson and a line each."""
    school = cast.school
    courses = Course.objects.bulk_create(
        Course(institution=school, title=f"Course {one}", language="en") for one in range(number)
    )
    begun = {"starts_at": MONDAY, "ends_at": MONDAY + timedelta(hours=1), "created_by": cast.teacher}
    held = Lesson.objects.bulk_create(
        Lesson(institution=school, course=course, title="One", **begun) for course in courses
    )
    RegisterEntry.objects.bulk_create(
        RegisterEntry(
            lesson=lesson,
            person=cast.amina,
            standing="student",
            status="present",
            reckoned="present",
            reckoned_at=AFTER,
        )
        for lesson in held
    )
    return number


def test_reports_go_after_their_days_and_their_plan_can_end(cast: Cast) -> None:
    report = order(about(cast, ReportKind.INSTITUTION), cast.head)
    assert actions.forget_reports(now=report.expires_at - timedelta(seconds=1)) == 0
    assert actions.forget_reports(now=report.expires_at) == 1
    subject = about(cast, ReportKind.INSTITUTION)
    plan = actions.plan_report(subject=subject, every="week", reader=cast.head, now=MONDAY)
    actions.end_report_plan(plan=plan, by=cast.head)
    assert not ReportPlan.objects.exists() and actions.order_due_reports(now=AFTER) == 0
    acts = set(AuditEvent.objects.filter(institution=cast.school).values_list("act", flat=True))
    assert {"report.ordered", "report.planned", "report.unplanned"} <= acts


def test_a_head_who_teaches_reads_a_course_once(cast: Cast) -> None:
    belong_to(cast.school, cast.head, Role.TEACHER)
    lessons.enrol(course=cast.course, person=cast.head, standing=Standing.TEACHER)
    assert order(about(cast, ReportKind.COURSE, course=cast.course), cast.head).state == ReportState.READY
