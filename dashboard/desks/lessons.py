"""What more than one desk shows of lessons."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, QuerySet, When

from accounts.models import Person
from classroom.models import Enrolment, Lesson, LessonStatus
from classroom.queries import lessons_for
from dashboard.desks import Desk
from dashboard.rows import LessonRow, lesson_row, rows_of

LIVE_FIRST = Case(When(status=LessonStatus.LIVE, then=0), default=1)


def lessons_at(desk: Desk, person: Person) -> QuerySet[Lesson]:
    """What `person` may see of the desk's institution, with recordings; cancelled lessons left out."""
    assert desk.institution is not None  # noqa: S101  only the platform's desk has none, and it shows no lessons
    seen = lessons_for(person).filter(institution=desk.institution)
    return seen.exclude(status=LessonStatus.CANCELLED).select_related("recording")


def lessons_as(desk: Desk, person: Person, *standings: str) -> QuerySet[Lesson]:
    """Those of them in whose courses `person` has one of these standings."""
    own = Enrolment.objects.filter(person=person, is_active=True, standing__in=standings)
    return lessons_at(desk, person).filter(course__in=own.values("course"))


def next_row(lessons: QuerySet[Lesson], *, now: datetime) -> LessonRow | None:
    """The lesson to go to: the one that is live, else the nearest that is not over."""
    open_ = lessons.filter(status__in=(LessonStatus.LIVE, LessonStatus.SCHEDULED), ends_at__gt=now)
    lesson = open_.order_by(LIVE_FIRST, "starts_at", "pk").first()
    return lesson_row(lesson, now=now) if lesson else None


def coming_rows(lessons: QuerySet[Lesson], desk: Desk, *, now: datetime, most: int) -> list[LessonRow]:
    """The nearest lessons after today."""
    _begins, ends = desk.day(now)
    coming = lessons.filter(status=LessonStatus.SCHEDULED, starts_at__gte=ends)
    return rows_of(coming.order_by("starts_at", "pk")[:most], now=now)


def today_rows(
    lessons: QuerySet[Lesson], desk: Desk, *, now: datetime, most: int | None = None
) -> list[LessonRow]:
    begins, ends = desk.day(now)
    today = lessons.filter(starts_at__gte=begins, starts_at__lt=ends)
    return rows_of(today.order_by(LIVE_FIRST, "starts_at", "pk")[:most], now=now)
