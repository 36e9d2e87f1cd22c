"""What a schedule or an edit would make, before anything is saved: the preview and the action read the same plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import Institution, Person
from classroom.models import Holiday, Lesson, LessonStatus
from classroom.recurrence import (
    LONGEST_LESSON,
    LONGEST_SERIES,
    BadRule,
    Edge,
    Expansion,
    Interval,
    Rule,
    days_between,
    expand,
    place,
)
from common.refusals import Refused

# Whoever fills in a form for "now" is a few minutes late when it is sent.
GRACE = timedelta(minutes=5)


class Scope(StrEnum):
    """How far an edit reaches; only lessons that have not begun are ever reached."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonChanges:
    """What is to be different; None: as it was. `on` and `at` are wall time in the lesson's zone.

    `starts_at` is for one lesson alone, instead of them: an instant, which is exact also where the clocks go back.
    """

    title: str | None = None
    on: date | None = None
    at: time | None = None
    seconds: int | None = None
    substitute: Person | None = None
    changes_substitute: bool = False
    continues_board: bool | None = None
    starts_at: datetime | None = None
    is_streamed: bool | None = None
    room_seats: int | None = None
    changes_seats: bool = False


@dataclass(frozen=True, slots=True)
class PlannedEdit:
    """One lesson as it would be: `changed` are its new values, by field."""

    lesson: Lesson
    changed: dict[str, Any]
    edge: Edge

    @property
    def interval(self) -> Interval:
        return Interval(
            self.changed.get("starts_at", self.lesson.starts_at),
            self.changed.get("ends_at", self.lesson.ends_at),
        )

    @property
    def substitute_id(self) -> UUID | None:
        value: UUID | None = self.changed.get("substitute_id", self.lesson.substitute_id)
        return value


def holidays_of(institution: Institution, first_on: date, last_on: date) -> dict[date, str]:
    """The closed days from `first_on` to `last_on`, with the name of why."""
    found = Holiday.objects.filter(institution=institution, first_on__lte=last_on, last_on__gte=first_on)
    spans = found.order_by("first_on", "pk").values_list("first_on", "last_on", "name")
    return days_between((max(first, first_on), min(last, last_on), name) for first, last, name in spans)


def plan_series(
    *,
    institution: Institution,
    rule: Rule,
    first_on: date,
    at: time,
    seconds: int,
    zone: ZoneInfo,
    now: datetime,
) -> Expansion:
    """Every meeting of a new series. Raises Refused with BadRule's codes, "in_the_past" and "only_holidays"."""
    last_on = date.fromordinal(min(first_on.toordinal() + LONGEST_SERIES.days, date.max.toordinal()))
    holidays = holidays_of(institution, first_on, last_on)
    try:
        found = expand(rule, first_on=first_on, at=at, seconds=seconds, zone=zone, holidays=holidays)
    except BadRule as bad:
        raise Refused(bad.code) from None
    if not found.kept:
        raise Refused("only_holidays")
    if found.in_order[0].starts_at < now - GRACE:
        raise Refused("in_the_past")
    return found


def reached_lessons(lesson: Lesson, scope: Scope, now: datetime) -> QuerySet[Lesson]:
    """What an edit of `lesson` reaches. Raises Refused("lesson_begun") and, without a series, ("no_series")."""
    waiting = Lesson.objects.filter(status=LessonStatus.SCHEDULED, starts_at__gt=now)
    if lesson.status != LessonStatus.SCHEDULED or lesson.starts_at <= now:
        raise Refused("lesson_begun")
    if scope == Scope.THIS:
        return waiting.filter(pk=lesson.pk)
    if lesson.series_id is None or lesson.occurrence_on is None:
        raise Refused("no_series")
    siblings = waiting.filter(series_id=lesson.series_id)
    return siblings if scope == Scope.ALL else siblings.filter(occurrence_on__gte=lesson.occurrence_on)


def plan_edit(
    lesson: Lesson, reached: Iterable[Lesson], changes: LessonChanges, *, scope: Scope, now: datetime
) -> list[PlannedEdit]:
    """The reached lessons that would change; what another has of its own (`own_fields`) stays.

    Raises Refused: "day_of_one" (only one lesson moves to another day), "in_the_past", "too_long".
    """
    moves_day = changes.on is not None and changes.on != lesson.starts_at.astimezone(lesson.zone).date()
    if moves_day and scope != Scope.THIS:
        raise Refused("day_of_one")
    if changes.seconds is not None and not 0 < changes.seconds <= LONGEST_LESSON.total_seconds():
        raise Refused("too_long")
    planned = [_plan_one(one, changes, kept=_kept(one, lesson)) for one in reached]
    if any("starts_at" in one.changed and one.changed["starts_at"] <= now for one in planned):
        raise Refused("in_the_past")
    return [one for one in planned if one.changed]


def _kept(one: Lesson, edited: Lesson) -> frozenset[str]:
    return frozenset() if one.pk == edited.pk else frozenset(one.own_fields)


def _plan_one(lesson: Lesson, changes: LessonChanges, *, kept: frozenset[str]) -> PlannedEdit:
    wanted: dict[str, Any] = {}
    starts_at, edge = lesson.starts_at, Edge.NONE
    if "time" not in kept:
        starts_at, edge = _moved(lesson, changes)
    seconds = (lesson.ends_at - lesson.starts_at).total_seconds()
    if changes.seconds is not None and "duration" not in kept:
        seconds = changes.seconds
    wanted |= {"starts_at": starts_at, "ends_at": starts_at + timedelta(seconds=seconds)}
    if changes.title is not None and "title" not in kept:
        wanted["title"] = changes.title
    if changes.changes_substitute and "substitute" not in kept:
        wanted["substitute_id"] = changes.substitute.pk if changes.substitute else None
    if changes.is_streamed is not None:
        wanted["is_streamed"] = changes.is_streamed
    if changes.changes_seats:
        wanted["room_seats"] = changes.room_seats
    if changes.continues_board is not None and "board" not in kept:
        wanted["continues_board"] = changes.continues_board
    changed = {name: value for name, value in wanted.items() if getattr(lesson, name) != value}
    return PlannedEdit(lesson, changed, edge)


def _moved(lesson: Lesson, changes: LessonChanges) -> tuple[datetime, Edge]:
    """Its start as the changes want it. A time that is named again, though it stays, moves nothing."""
    if changes.starts_at is not None:
        return changes.starts_at, Edge.NONE
    wall = lesson.starts_at.astimezone(lesson.zone).replace(tzinfo=None, fold=0)
    at = changes.at if changes.at is not None else wall.time()
    target = datetime.combine(changes.on or wall.date(), at)
    return (lesson.starts_at, Edge.NONE) if target == wall else place(target, lesson.zone)


def lessons_on_holiday(holiday: Holiday) -> QuerySet[Lesson]:
    """Scheduled lessons that begin, on the school's own calendar, on a day of `holiday`."""
    zone = ZoneInfo(holiday.institution.time_zone)
    first, _ = place(datetime.combine(holiday.first_on, time()), zone)
    after, _ = place(datetime.combine(holiday.last_on, time()) + timedelta(days=1), zone)
    return Lesson.objects.filter(
        institution=holiday.institution,
        status=LessonStatus.SCHEDULED,
        starts_at__gte=first,
        starts_at__lt=after,
    ).order_by("starts_at", "pk")
