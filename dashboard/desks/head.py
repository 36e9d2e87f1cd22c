"""The head's home: the day of the school, and what needs a hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from accounts.models import Membership, Person
from classroom.models import Enrolment, Lesson, LessonStatus, Presence, Standing
from dashboard.desks import Desk
from dashboard.desks.lessons import coming_rows, lessons_at, today_rows
from dashboard.navigation import Link, links_for
from recordings.models import GONE, IN_PIPELINE, Reason, RecordingState

SHOWN, COMING = 8, 5
WEEK = timedelta(days=7)
# A recording may take its time; after this it is missed.
PATIENCE = timedelta(hours=2)
OF_RECORDINGS = timedelta(days=30)
OFTEN = {"calendar", "people", "invitations", "roster_import", "courses", "statistics"}


def overview(desk: Desk, person: Person, *, now: datetime) -> dict[str, Any]:
    lessons = lessons_at(desk, person)
    return {
        "today": today_rows(lessons, desk, now=now, most=SHOWN),
        "coming": coming_rows(lessons, desk, now=now, most=COMING),
        "counts": count_lessons(desk, now=now),
        "inside": count_inside(desk),
        "recordings": count_recordings(desk, now=now),
        "never_signed_in": _never_signed_in(desk, now=now),
        "shortcuts": shortcuts(desk),
        "attendance": week_of_attendance(desk, now=now),
    }


def shortcuts(desk: Desk) -> list[Link]:
    """What a head does often, of what there is."""
    return [link for link in links_for(desk, "") if link.name in OFTEN]


def count_lessons(desk: Desk, *, now: datetime) -> dict[str, int]:
    """Today's lessons by status, and `all` of them that take place."""
    begins, ends = desk.day(now)
    today = Lesson.objects.filter(institution=desk.institution, starts_at__gte=begins, starts_at__lt=ends)
    live = Lesson.objects.filter(institution=desk.institution, status=LessonStatus.LIVE)
    counts = today.aggregate(
        all=Count("pk", filter=~Q(status=LessonStatus.CANCELLED)),
        **{status: Count("pk", filter=Q(status=status)) for status in LessonStatus.values},
    )
    return {**counts, LessonStatus.LIVE: live.count()}


def count_inside(desk: Desk) -> int:
    """People in rooms at this moment."""
    inside = Presence.objects.filter(left_at__isnull=True, room__lesson__institution=desk.institution)
    return inside.aggregate(people=Count("person", distinct=True))["people"] or 0


def count_recordings(desk: Desk, *, now: datetime) -> dict[str, int]:
    """Of the last month: `failed`, and `missing`, which should be there by now. What was deleted when its time was over
    is neither."""
    recent = Lesson.objects.filter(
        institution=desk.institution,
        starts_at__gt=now - OF_RECORDINGS,
        status=LessonStatus.ENDED,
        opened_at__isnull=False,
    )
    settled = (RecordingState.PUBLISHED, RecordingState.FAILED, *IN_PIPELINE, *GONE)
    failed = Q(recording__state=RecordingState.FAILED) & ~Q(recording__reason=Reason.NOBODY_CAME)
    absent = Q(recording__isnull=True) | ~Q(recording__state__in=settled)
    return recent.aggregate(
        failed=Count("pk", filter=failed),
        missing=Count("pk", filter=absent & Q(ended_at__lt=now - PATIENCE)),
    )


def _never_signed_in(desk: Desk, *, now: datetime) -> int:
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=now.astimezone(desk.zone).date())
    members = Membership.objects.filter(unexpired, institution=desk.institution, is_active=True)
    waiting = members.filter(person__is_active=True, person__last_login__isnull=True)
    return waiting.aggregate(people=Count("person", distinct=True))["people"] or 0


def week_of_attendance(desk: Desk, *, now: datetime) -> dict[str, int]:
    """Of the last seven days' lessons that took place: students `expected`, those who `came`, `percent`."""
    held = Lesson.objects.filter(
        institution=desk.institution,
        starts_at__gt=now - WEEK,
        starts_at__lte=now,
        status=LessonStatus.ENDED,
        opened_at__isnull=False,
    )
    rosters = Enrolment.objects.filter(standing=Standing.STUDENT, is_active=True, course__lessons__in=held)
    were_there = Presence.objects.filter(standing=Standing.STUDENT, room__lesson__in=held)
    expected, came = rosters.count(), were_there.values("room__lesson", "person").distinct().count()
    # Somebody who has left the course since may have come.
    expected = max(expected, came)
    return {
        "lessons": held.count(),
        "expected": expected,
        "came": came,
        "percent": round(100 * came / expected) if expected else 0,
    }
