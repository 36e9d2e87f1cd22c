"""The teacher's home: the next room one click away, today, what is to be looked at again, the own courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import Person
from classroom.models import STAFF, Course, Enrolment, LessonStatus, Standing
from dashboard.desks import Desk
from dashboard.desks.lessons import coming_rows, lessons_as, next_row, today_rows
from dashboard.rows import rows_of

LAST = 5


def overview(desk: Desk, person: Person, *, now: datetime) -> dict[str, Any]:
    lessons = lessons_as(desk, person, *STAFF)
    last = lessons.filter(status=LessonStatus.ENDED).order_by("-starts_at", "pk")
    nearest = next_row(lessons, now=now)
    return {
        "next": nearest,
        "today": [
            row for row in today_rows(lessons, desk, now=now) if nearest is None or row.id != nearest.id
        ],
        "coming": [
            row
            for row in coming_rows(lessons, desk, now=now, most=LAST)
            if nearest is None or row.id != nearest.id
        ],
        "last": rows_of(last[:LAST], now=now),
        "courses": list(courses_of(desk, person)),
    }


def courses_of(desk: Desk, person: Person) -> QuerySet[Course]:
    """The courses that `person` teaches, each with `.students` counted."""
    taught = Enrolment.objects.filter(person=person, is_active=True, standing__in=STAFF)
    students = Q(enrolments__standing=Standing.STUDENT, enrolments__is_active=True)
    return (
        Course.objects.listed()
        .filter(institution=desk.institution, pk__in=taught.values("course"))
        .annotate(students=Count("enrolments", filter=students))
        .order_by("title", "pk")
    )
