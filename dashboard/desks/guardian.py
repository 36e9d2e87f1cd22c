"""The guardian's home: for each child what is next, how the last lessons went, and what may be watched together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.models import Person
from attendance.queries import minutes_inside
from classroom.models import Lesson, LessonStatus
from classroom.queries import children_of
from dashboard.desks import Desk
from dashboard.desks.lessons import LIVE_FIRST, lessons_at
from dashboard.rows import LessonRow, lesson_row
from recordings.models import RecordingState

LAST = 3


@dataclass(frozen=True, slots=True)
class Attended:
    """A lesson of the past and the child's minutes in it; 0 when they did not come."""

    lesson: LessonRow
    minutes: float


@dataclass(frozen=True, slots=True)
class Child:
    id: UUID
    name: str
    next: LessonRow | None
    last: list[Attended]
    replays: list[LessonRow]


def overview(desk: Desk, person: Person, *, now: datetime) -> dict[str, Any]:
    """`children`, in the same number of questions for one child as for five."""
    assert desk.institution is not None  # noqa: S101  a guardian sits in a school
    links = children_of(person).filter(institution=desk.institution).select_related("child")
    children = sorted((link.child for link in links), key=lambda child: child.name.casefold())
    lessons = _lessons_of(children, desk, person)
    watchable = desk.institution.policy.get("guardians_may_watch") is True
    coming, held = _next_of(lessons, now), list(_latest(lessons.filter(status=LessonStatus.ENDED)))
    published = lessons.filter(recording__state=RecordingState.PUBLISHED)
    replays = list(_latest(published)) if watchable else []
    minutes = minutes_inside(people=children, lessons=held)
    return {
        "children": [
            Child(
                id=child.pk,
                name=child.name,
                next=lesson_row(coming[child.pk], now=now) if child.pk in coming else None,
                last=[
                    Attended(lesson_row(one, now=now), minutes.get((child.pk, one.pk), 0.0))
                    for one in _of(held, child)
                ],
                replays=[lesson_row(one, now=now) for one in _of(replays, child)],
            )
            for child in children
        ],
        "watchable": watchable,
    }


def _lessons_of(children: list[Person], desk: Desk, person: Person) -> QuerySet[Lesson]:
    """A row for each child and lesson, with `.child`: one filter, so that both conditions mean one enrolment."""
    theirs = lessons_at(desk, person).filter(
        course__enrolments__person__in=children, course__enrolments__is_active=True
    )
    return theirs.annotate(child=F("course__enrolments__person"))


def _next_of(lessons: QuerySet[Lesson], now: datetime) -> dict[UUID, Lesson]:
    open_ = lessons.filter(status__in=(LessonStatus.LIVE, LessonStatus.SCHEDULED), ends_at__gt=now)
    nearest = open_.order_by(F("child"), LIVE_FIRST, "starts_at", "pk").distinct("child")  # type: ignore[misc]  # an annotation of our own
    return {getattr(lesson, "child"): lesson for lesson in nearest}  # noqa: B009  an annotation


def _latest(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    rank = Window(RowNumber(), partition_by=F("child"), order_by=[F("starts_at").desc(), F("pk").asc()])
    return lessons.annotate(rank=rank).filter(rank__lte=LAST).order_by("-starts_at", "pk")


def _of(lessons: list[Lesson], child: Person) -> list[Lesson]:
    return [lesson for lesson in lessons if getattr(lesson, "child") == child.pk]  # noqa: B009  an annotation
