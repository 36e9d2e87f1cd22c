"""The timetable as capacity sees it, and what earlier weeks teach about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from classroom.capacity import Habits, Meeting, State
from classroom.models import Lesson, LessonStatus, MachinePool, PoolKind, Presence, Standing

# No lesson is longer than twelve hours: the index on starts_at finds them all.
LONGEST = timedelta(hours=12)
LEARNT_FROM = timedelta(days=28)
# A school that has held fewer lessons teaches nothing yet.
ENOUGH_LESSONS = 50
SCHOOL_HOURS = 8.0


def lessons_between(begins: datetime, ends: datetime, zone: str) -> QuerySet[Lesson]:
    """Those of the zone's schools that were not cancelled and touch that time; of all schools without a zone."""
    near = Lesson.objects.filter(starts_at__gt=begins - LONGEST, starts_at__lt=ends, ends_at__gt=begins)
    near = near.exclude(status=LessonStatus.CANCELLED).order_by()
    return near.filter(institution__region=zone) if zone else near


def meetings_between(begins: datetime, ends: datetime, zone: str, running: Q) -> list[Meeting]:
    """`running` says of lessons whether they are at work now."""
    active = Q(course__enrolments__is_active=True) & ~Q(course__enrolments__standing=Standing.GUEST)
    rows = lessons_between(begins, ends, zone).annotate(people=Count("course__enrolments", filter=active))
    at_work = set(Lesson.objects.filter(running).values_list("pk", flat=True))
    return [
        Meeting(starts_at, ends_at, _state(status, pk in at_work), people)
        for pk, starts_at, ends_at, status, people in rows.values_list(
            "pk", "starts_at", "ends_at", "status", "people"
        )
    ]


def _state(status: str, is_at_work: bool) -> State:
    if is_at_work:
        return State.RUNNING
    return State.OVER if status == LessonStatus.ENDED else State.PLANNED


def people_inside() -> Q:
    """Lessons with somebody in one of their rooms."""
    inside = Presence.objects.filter(room__lesson=OuterRef("pk"), left_at__isnull=True)
    return Q(Exists(inside), status=LessonStatus.LIVE)


def learn_habits(zone: str, *, now: datetime) -> Habits:
    """How many planned lessons were held, and how many nobody had planned, in the last four weeks."""
    usual, since = Habits(), now - LEARNT_FROM
    attended = Exists(Presence.objects.filter(room__lesson=OuterRef("pk")))
    past = lessons_between(since, now, zone).filter(ends_at__lt=now)
    counted: dict[str, Any] = past.aggregate(
        planned=Count("pk", filter=Q(course__meetings_of__isnull=True)),
        held=Count("pk", filter=Q(attended, course__meetings_of__isnull=True)),
        meetings=Count("pk", filter=Q(course__meetings_of__isnull=False)),
    )
    if counted["planned"] < ENOUGH_LESSONS:
        return usual
    days = max(1, past.dates("starts_at", "day").count())
    return Habits(
        show_up=min(0.99, max(0.5, counted["held"] / counted["planned"])),
        unplanned_per_hour=round(counted["meetings"] / days / SCHOOL_HOURS, 2),
    )


def habits_of(pool: MachinePool) -> Habits:
    return Habits(**pool.habits)


def recorders_for(zone: str) -> int:
    """How many lessons of the zone can be recorded at once: as many as may be started, or as were set up by hand."""
    if settings.MACHINE_POOLS:
        pools = MachinePool.objects.filter(kind=PoolKind.RECORDERS, is_fixed=False, looked_at__isnull=False)
        most = (
            pools.filter(Q(zone=zone) | Q(zone="")).order_by("-zone").values_list("most", flat=True).first()
        )
        if most is not None:
            return most
    return int(settings.RECORDER_CAPACITY)


def found_addresses(kind: str, port: int) -> list[tuple[str, str, str]]:
    """(name, address, zone) of every machine of our pools that has an address."""
    pools = MachinePool.objects.filter(kind=kind, is_fixed=False)
    return [
        (name, f"http://{address}:{port}", pool.zone)
        for pool in pools
        for name, address in sorted(pool.machines.items())
        if address
    ]
