"""The report of a month in a school of 2,000: counted, as CSV and on paper, in a process of its own for its memory.

With `seed` as the only argument it fills the database; without, it makes the report and prints figures as JSON.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from datetime import UTC, date, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import actions as people  # noqa: E402
from accounts.models import Institution, Membership, Person, Role  # noqa: E402
from attendance.actions import make_due_reports, order_report  # noqa: E402
from attendance.actions.reports import Subject  # noqa: E402
from attendance.models import RegisterEntry, RegisterStatus, Report, ReportKind, ReportState  # noqa: E402
from attendance.periods import MONTH, period_of  # noqa: E402
from classroom import actions as lessons  # noqa: E402
from classroom.models import Course, Enrolment, Lesson, LessonStatus, Standing  # noqa: E402
from common.queue import find_task  # noqa: E402
from common.sheets import write_sheet  # noqa: E402
from dashboard.printing import printer  # noqa: E402
from dashboard.report_sheets import for_paper, sheet_of  # noqa: E402
from dashboard.views.reports import print_report  # noqa: E402

PEOPLE, COURSES_EACH, CLASS, LESSONS_A_COURSE = 2000, 3, 25, 8
FIRST = date(2026, 10, 1)
HEAD, SLUG = "head@month.test", "month"


def main() -> int:
    if sys.argv[1:] == ["seed"]:
        seed()
    else:
        print(json.dumps(measure()))
    return 0


def seed() -> None:
    chance = random.Random(11)  # noqa: S311  the same month each time
    school = people.create_institution(name="Month", slug=SLUG, time_zone="UTC", language="en")
    head = people.add_person(institution=school, email=HEAD, name="Head", role=Role.HEAD)
    students = Person.objects.bulk_create(
        Person(email=f"m{number}@month.test", name=f"Student {number}") for number in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(institution=school, person=one, role=Role.STUDENT) for one in students
    )
    for number in range(PEOPLE * COURSES_EACH // CLASS):
        course = lessons.create_course(institution=school, title=f"Course {number}", language="en")
        first = number * CLASS % PEOPLE
        hold_month(chance, course, head, students[first : first + CLASS])


def hold_month(chance: random.Random, course: Course, teacher: Person, pupils: list[Person]) -> None:
    standing = Standing.STUDENT
    Enrolment.objects.bulk_create(Enrolment(course=course, person=one, standing=standing) for one in pupils)
    begun = [
        datetime(FIRST.year, FIRST.month, 1 + 3 * number, 8, tzinfo=UTC) for number in range(LESSONS_A_COURSE)
    ]
    held = Lesson.objects.bulk_create(
        Lesson(
            institution=course.institution,
            course=course,
            title="Lesson",
            starts_at=at,
            ends_at=at + timedelta(hours=1),
            opened_at=at,
            ended_at=at + timedelta(hours=1),
            status=LessonStatus.ENDED,
            created_by=teacher,
        )
        for at in begun
    )
    statuses, weights = list(RegisterStatus), (80, 8, 4, 6, 2)
    RegisterEntry.objects.bulk_create(
        RegisterEntry(
            lesson=lesson,
            person=one,
            standing=standing,
            status=(status := chance.choices(statuses, weights)[0]),
            reckoned=status,
            seconds=chance.randint(0, 3600),
            active_seconds=chance.randint(0, 3000),
            reckoned_at=lesson.ends_at,
        )
        for lesson in held
        for one in pupils
    )


def measure() -> dict[str, float]:
    """Seconds, and how many bytes the process had at most."""
    school, head = Institution.objects.get(slug=SLUG), Person.objects.get(email=HEAD)
    subject = Subject(ReportKind.INSTITUTION, school)
    # As every process that serves has done: the first look for a task imports them all.
    find_task("dashboard.send_letters")
    began = time.perf_counter()
    ordered = order_report(
        subject=subject, period=period_of(MONTH, FIRST, 1), reader=head, now=timezone.now()
    )
    make_due_reports()
    made = Report.objects.select_related("institution").get(pk=ordered.pk)
    if made.state != ReportState.READY or len(made.body["sums"]) != PEOPLE:
        raise RuntimeError(f"the report is {made.state} and has {len(made.body.get('sums', ()))} people")
    counted = time.perf_counter()
    table = sheet_of(made).tables[-1]
    csv = write_sheet([table.columns, *table.rows])
    written = time.perf_counter()
    paper = print_report(made, sheet_of(made)) if printer() else b""
    printed = time.perf_counter()
    on_paper = len(for_paper(sheet_of(made)).tables[-1].rows) if paper else 0
    return {
        "month_people": len(table.rows),
        "month_entries": RegisterEntry.objects.filter(lesson__institution=school).count(),
        "month_report_seconds": printed - began,
        "month_count_seconds": counted - began,
        "month_csv_seconds": written - counted,
        "month_csv_bytes": len(csv),
        "month_pdf_seconds": printed - written,
        "month_pdf_bytes": len(paper),
        # Of so many people; a longer table ends with how many more the CSV has.
        "month_pdf_rows": on_paper,
        "month_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "bare_group_seconds": count_bare(school),
    }


def count_bare(school: Institution) -> float:
    """The least that has to be done: PostgreSQL counts the same rows by person in one go."""
    statement = (
        "SELECT person_id, count(*), sum(seconds), sum(active_seconds) FROM attendance_registerentry e "
        "JOIN classroom_lesson l ON l.id = e.lesson_id WHERE l.institution_id = %s GROUP BY person_id"
    )
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, [school.pk])
        cursor.fetchall()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
