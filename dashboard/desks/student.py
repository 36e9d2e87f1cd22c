"""The student's home: what is next, today, what is new to watch, where watching stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import Person
from classroom.models import Standing
from dashboard.desks import Desk
from dashboard.desks.lessons import coming_rows, lessons_as, next_row, today_rows
from dashboard.rows import rows_of
from recordings.models import RecordingState, Watch

NEW = timedelta(days=14)
MOST = 6


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A replay in the middle; `percent` of it is seen."""

    id: UUID
    title: str
    course: str
    percent: int
    minutes_left: int


def overview(desk: Desk, person: Person, *, now: datetime) -> dict[str, Any]:
    lessons = lessons_as(desk, person, Standing.STUDENT, Standing.GUEST)
    published = lessons.filter(
        recording__state=RecordingState.PUBLISHED, recording__published_at__gt=now - NEW
    )
    seen = Watch.objects.filter(person=person).values("recording")
    unseen = published.exclude(recording__in=seen).order_by("-recording__published_at", "pk")
    nearest = next_row(lessons, now=now)
    return {
        "next": nearest,
        "today": [
            row for row in today_rows(lessons, desk, now=now) if nearest is None or row.id != nearest.id
        ],
        "coming": [
            row
            for row in coming_rows(lessons, desk, now=now, most=MOST)
            if nearest is None or row.id != nearest.id
        ],
        "replays": rows_of(unseen[:MOST], now=now),
        "unfinished": _unfinished(desk, person),
    }


def _unfinished(desk: Desk, person: Person) -> list[Unfinished]:
    """The recordings in which `person` stopped, the latest first; not those of courses they have left."""
    watches = Watch.objects.filter(
        person=person,
        position_seconds__gt=5,
        position_seconds__lt=F("recording__duration_seconds") - 30,
        recording__state=RecordingState.PUBLISHED,
        recording__lesson__institution=desk.institution,
        recording__lesson__course__enrolments__person=person,
        recording__lesson__course__enrolments__is_active=True,
    )
    latest = watches.select_related("recording__lesson__course").order_by("-updated_at", "pk")[:MOST]
    return [_unfinished_of(watch) for watch in latest]


def _unfinished_of(watch: Watch) -> Unfinished:
    lesson, whole = watch.recording.lesson, watch.recording.duration_seconds or 1.0
    return Unfinished(
        id=lesson.pk,
        title=lesson.title,
        course=lesson.course.title,
        percent=round(100 * watch.position_seconds / whole),
        minutes_left=max(1, round((whole - watch.position_seconds) / 60)),
    )
