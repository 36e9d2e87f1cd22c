"""What reports are made of: sums and lines from registers, counted by PostgreSQL.

A body is {"sums": {key of a person: SUMS in order}, "courses": the same by course, "days": [[day, expected, present]],
"unmeasured": registers of who was inside without being measured, "lines": [LINE in order]}; what a kind does not need
is not there. Where nothing was measured, "active" is None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Institution, Person, Role
from accounts.queries import institutions_where
from attendance.models import PRESENT_STATUSES, RegisterEntry, RegisterStatus, Report, ReportKind
from attendance.periods import Period
from attendance.queries.notes import bounds_of
from classroom.models import STAFF, Course, Standing

SUMS = ("lessons", "present", "late", "left_early", "absent", "excused", "inside", "active")
Body = dict[str, Any]
Sums = list[int | None]


def entries_in(institution: Institution, period: Period) -> QuerySet[RegisterEntry]:
    since, until = bounds_of(period, institution)
    return RegisterEntry.objects.filter(
        lesson__institution=institution,
        lesson__starts_at__gte=since,
        lesson__starts_at__lt=until,
        standing=Standing.STUDENT,
    )


def period_of_report(report: Report) -> Period:
    return Period("", report.since_on, report.until_on)


def courses_to_count(report: Report) -> list[UUID]:
    entries = entries_in(report.institution, period_of_report(report))
    if report.kind == ReportKind.COURSE:
        entries = entries.filter(lesson__course=report.course_id)
    found = entries.filter(lesson__course__meetings_of__isnull=True).values_list("lesson__course", flat=True)
    return sorted(found.order_by().distinct(), key=str)


def count_courses(report: Report, courses: Sequence[UUID]) -> Body:
    """Of all of them by three questions, however many they are."""
    entries = entries_in(report.institution, period_of_report(report)).filter(lesson__course__in=courses)
    days: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    zone = ZoneInfo(report.institution.time_zone)
    for row in _summed(entries.values("lesson", "lesson__starts_at")):
        day = days[str(row["lesson__starts_at"].astimezone(zone).date())]
        day[0] += row["lessons"] - row["excused"]
        day[1] += row["present"]
    by_course = list(_summed(entries.values("lesson__course")))
    return {
        "sums": {str(row["person"]): _sums(row) for row in _summed(entries.values("person"))},
        "courses": {str(row["lesson__course"]): _sums(row) for row in by_course},
        "days": dict(days),
        "unmeasured": sum(row["unmeasured"] for row in by_course),
    }


def _summed(rows: QuerySet[Any, Any]) -> Iterable[dict[str, Any]]:
    counted: QuerySet[Any, dict[str, Any]] = rows.annotate(
        lessons=Count("pk"),
        present=Count("pk", filter=Q(status__in=PRESENT_STATUSES)),
        late=Count("pk", filter=Q(status=RegisterStatus.LATE)),
        left_early=Count("pk", filter=Q(status=RegisterStatus.LEFT_EARLY)),
        absent=Count("pk", filter=Q(status=RegisterStatus.ABSENT)),
        excused=Count("pk", filter=Q(status=RegisterStatus.EXCUSED)),
        inside=Sum("seconds", default=0),
        active=Sum("active_seconds"),
        unmeasured=Count("pk", filter=Q(seconds__gt=0, active_seconds__isnull=True)),
    )
    return counted.order_by()


def _sums(row: dict[str, Any]) -> Sums:
    return [row[name] for name in SUMS]


def add_up(bodies: Iterable[Body]) -> Body:
    """Sums of pieces: whoever is in courses of two stands in both."""
    total: dict[str, dict[str, Sums]] = {"sums": {}, "courses": {}, "days": {}}
    unmeasured = 0
    for body in bodies:
        unmeasured += body["unmeasured"]
        for name, rows in total.items():
            for key, numbers in body[name].items():
                rows[key] = add_sums([rows[key], numbers]) if key in rows else numbers
    total["days"] = dict(sorted(total["days"].items()))
    return {**total, "unmeasured": unmeasured}


def add_sums(rows: Iterable[Sums]) -> Sums:
    """Column by column; None where none of them is a number."""
    columns = ([one for one in column if one is not None] for column in zip(*rows, strict=True))
    return [sum(known) if known else None for known in columns]


def lines_of_report(report: Report) -> Body:
    """Line by line: one lesson's students, or one student's lessons."""
    if report.kind == ReportKind.LESSON:
        entries = RegisterEntry.objects.filter(lesson=report.lesson_id, standing=Standing.STUDENT)
    else:
        entries = entries_in(report.institution, period_of_report(report)).filter(person=report.person_id)
    lines = [list(_line(entry)) for entry in entries.order_by("lesson__starts_at", "person__name", "pk")]
    return {"lines": lines}


def _line(entry: RegisterEntry) -> Iterator[Any]:
    yield from (str(entry.person_id), str(entry.lesson_id), entry.status)
    yield from (_iso(entry.first_joined_at), _iso(entry.last_left_at))
    yield from (entry.seconds, entry.active_seconds, entry.late_seconds)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def courses_readable(reader: Person) -> QuerySet[Course]:
    """Of which somebody may read everybody's attendance: a head all, staff their own."""
    headed, teaching = institutions_where(reader, Role.HEAD), institutions_where(reader, Role.TEACHER)
    taught = Q(
        enrolments__person=reader,
        enrolments__is_active=True,
        enrolments__standing__in=STAFF,
        institution__in=teaching,
    )
    found = Course.objects.listed().filter(Q(institution__in=headed) | taught)
    return found.select_related("institution").distinct().order_by("title", "pk")


def reports_for(reader: Person) -> QuerySet[Report]:
    """Those that they asked for; whether each may still be read is asked at its door."""
    return Report.objects.filter(reader=reader).select_related(
        "institution", "lesson__course", "course", "person", "plan", "letter"
    )
