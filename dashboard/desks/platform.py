"""The platform admin's home: numbers of every institution and the recorders' day, and no name of a lesson or person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Institution, Membership
from classroom.models import Lesson, LessonStatus, Presence
from dashboard.charts import Steps, count_at_once, draw_steps
from dashboard.desks import Desk
from dashboard.navigation import address_of
from recordings.models import Reason, Recording, RecordingState

STEP = timedelta(minutes=15)
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """One institution in numbers."""

    url: str | None
    name: str
    region: str
    people: int
    today: int
    live: int
    inside: int
    failed: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Need:
    """How many recorders today needs, quarter of an hour by quarter of an hour, against those there are."""

    chart: Steps
    capacity: int
    most: int
    most_at: datetime
    hours: list[tuple[datetime, int]]

    @property
    def is_short(self) -> bool:
        return self.most > self.capacity


def overview(desk: Desk, *, now: datetime, query: str = "", page: str | None = None) -> dict[str, Any]:
    found = Institution.objects.filter(name__icontains=query).order_by("name", "pk")
    page_obj = Paginator(found, PAGE_SIZE).get_page(page)
    return {
        "page_obj": page_obj,
        "q": query,
        "institutions": _rows(page_obj, desk, now),
        "totals": _totals(desk, now),
        "unattended": Recording.objects.filter(
            state=RecordingState.NO_RECORDER, lesson__status=LessonStatus.LIVE
        ).count(),
        "need": need_of(desk, now=now),
    }


def _rows(page: Page[Institution], desk: Desk, now: datetime) -> list[InstitutionRow]:
    """Six questions, however many institutions."""
    shown = [institution.pk for institution in page.object_list]
    begins, ends = desk.day(now)
    lessons = Lesson.objects.filter(institution__in=shown).exclude(status=LessonStatus.CANCELLED)
    today = lessons.filter(starts_at__gte=begins, starts_at__lt=ends)
    recordings = Recording.objects.filter(lesson__institution__in=shown)
    people = Count("person", distinct=True)
    members = _by(Membership.objects.filter(institution__in=shown, is_active=True), "institution", people)
    inside = _by(
        Presence.objects.filter(left_at__isnull=True, room__lesson__institution__in=shown),
        "room__lesson__institution",
        people,
    )
    held, live = (
        _by(some, "institution", Count("pk")) for some in (today, lessons.filter(status=LessonStatus.LIVE))
    )
    failed = _by(recordings.filter(_FAILED), "lesson__institution", Count("pk"))
    stored = _by(recordings, "lesson__institution", Sum("size_bytes"))
    return [
        InstitutionRow(
            url=address_of("institution", one.slug) or address_of("institution", str(one.pk)),
            name=one.name,
            region=one.region,
            people=members.get(one.pk, 0),
            today=held.get(one.pk, 0),
            live=live.get(one.pk, 0),
            inside=inside.get(one.pk, 0),
            failed=failed.get(one.pk, 0),
            bytes=stored.get(one.pk, 0),
        )
        for one in page.object_list
    ]


_FAILED = Q(state=RecordingState.FAILED) & ~Q(reason=Reason.NOBODY_CAME)


def _by(rows: QuerySet[Any], key: str, number: Count | Sum) -> dict[UUID, int]:
    return {row[key]: row["number"] or 0 for row in rows.order_by().values(key).annotate(number=number)}


def _totals(desk: Desk, now: datetime) -> dict[str, int]:
    begins, ends = desk.day(now)
    in_day = Q(starts_at__gte=begins, starts_at__lt=ends) & ~Q(status=LessonStatus.CANCELLED)
    lessons = Lesson.objects.aggregate(
        today=Count("pk", filter=in_day), live=Count("pk", filter=Q(status=LessonStatus.LIVE))
    )
    kept = Recording.objects.aggregate(failed=Count("pk", filter=_FAILED), bytes=Sum("size_bytes"))
    inside = Presence.objects.filter(left_at__isnull=True).aggregate(inside=Count("person", distinct=True))
    return {key: number or 0 for key, number in {**lessons, **kept, **inside}.items()}


def need_of(desk: Desk, *, now: datetime) -> Need:
    """Lessons of today on the desk's clock; every one of them owes a recording."""
    begins, ends = desk.day(now)
    planned = Lesson.objects.filter(starts_at__lt=ends, ends_at__gt=begins).exclude(
        status=LessonStatus.CANCELLED
    )
    spans = planned.order_by().values_list("starts_at", "ends_at").annotate(number=Count("pk"))
    counts = count_at_once(spans, begins, ends, STEP)
    most = max(counts)
    moments = [(begins + place * STEP).astimezone(desk.zone) for place in range(len(counts))]
    return Need(
        chart=draw_steps(counts, settings.RECORDER_CAPACITY),
        capacity=settings.RECORDER_CAPACITY,
        most=most,
        most_at=moments[counts.index(most)],
        hours=[(moments[place], max(counts[place : place + 4])) for place in range(0, len(counts), 4)],
    )
