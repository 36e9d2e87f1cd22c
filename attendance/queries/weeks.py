"""Weeks of students, and who of them somebody should look after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import mean
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from accounts.models import Institution, Person, Role
from accounts.queries import institutions_where, week_begins
from attendance.models import EngagementLine, RegisterEntry, WatchEntry, WatchState, WeeklyLine
from attendance.trend import RECENT_WEEKS, USUAL_WEEKS, Week
from classroom.models import STAFF, Course, Enrolment, Lesson

TREND_WEEKS = USUAL_WEEKS + RECENT_WEEKS


def week_of(moment: datetime, institution: Institution) -> date:
    """The first day of the week in which this lies, by the institution's calendar."""
    day = moment.astimezone(ZoneInfo(institution.time_zone)).date()
    return day - timedelta(days=(day.isoweekday() - week_begins(institution)) % 7)


def weeks_of(course: Course, people: Iterable[Person | UUID] | None = None) -> QuerySet[WeeklyLine]:
    found = WeeklyLine.objects.filter(course=course).select_related("person")
    return found if people is None else found.filter(person__in=list(people))


def weeks_of_person(person: Person, institution: Institution) -> QuerySet[WeeklyLine]:
    own = WeeklyLine.objects.filter(person=person, course__institution=institution)
    return own.select_related("course").order_by("-week_on", "course__title")


def trends_of(course: Course, *, until: date) -> dict[UUID, list[tuple[date, Week]]]:
    """Per person the weeks that the rules look at, oldest first, with how much of the class came."""
    since = until - timedelta(weeks=TREND_WEEKS - 1)
    rows = list(WeeklyLine.objects.filter(course=course, week_on__gte=since, week_on__lte=until))
    shares: dict[date, list[float]] = defaultdict(list)
    for row in rows:
        if row.lessons > row.excused:
            shares[row.week_on].append(100 * row.present / (row.lessons - row.excused))
    found: dict[UUID, list[tuple[date, Week]]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: one.week_on):
        share = mean(shares[row.week_on]) if shares[row.week_on] else None
        found[row.person_id].append((row.week_on, as_week(row, share)))
    return found


def as_week(row: WeeklyLine, class_percent: float | None = None) -> Week:
    return Week(
        lessons=row.lessons,
        present=row.present,
        late=row.late,
        absent=row.absent,
        excused=row.excused,
        answer_ms=row.answer_ms,
        answers=row.answers,
        board_edits=row.board_edits,
        rough_links=row.rough_links,
        class_percent=class_percent,
    )


def entries_between(
    institution: Institution, since: datetime, until: datetime, *, person: Person | None = None
) -> QuerySet[RegisterEntry]:
    """Of lessons that began in this time, by lesson."""
    within = RegisterEntry.objects.filter(
        lesson__institution=institution, lesson__starts_at__gte=since, lesson__starts_at__lt=until
    )
    own = within if person is None else within.filter(person=person)
    return own.select_related("lesson__course", "person").order_by("lesson__starts_at", "person__name", "pk")


def engagement_of(lesson: Lesson) -> QuerySet[EngagementLine]:
    return (
        EngagementLine.objects.filter(lesson=lesson).select_related("person").order_by("person__name", "pk")
    )


def watched_by(person: Person) -> QuerySet[WatchEntry]:
    """What somebody may know of who drifts away: a head of all, a teacher of those in their courses; nobody of
    themselves as one of the staff."""
    if not (person.is_authenticated and person.is_active):
        return WatchEntry.objects.none()
    taught = Enrolment.objects.filter(person=person, is_active=True, standing__in=STAFF)
    headed = institutions_where(person, Role.HEAD)
    teaching = institutions_where(person, Role.TEACHER)
    return (
        WatchEntry.objects.filter(
            Q(course__institution__in=headed)
            | Q(course__in=taught.values("course"), course__institution__in=teaching)
        )
        .select_related("course__institution", "person")
        .order_by("state", "-changed_at", "pk")
    )


def open_entries(course: Course) -> QuerySet[WatchEntry]:
    return WatchEntry.objects.filter(course=course, state=WatchState.OPEN)
