"""Weekly lines, and the watch-list that follows from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from statistics import mean
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.policy import read_policy
from attendance.actions.watching import look_after
from attendance.engagement import ROUGH_LOSSES
from attendance.models import (
    PRESENT_STATUSES,
    EngagementLine,
    RegisterEntry,
    RegisterStatus,
    WeeklyLine,
)
from classroom.models import Course, Standing

SUMS = tuple(
    field.name
    for field in WeeklyLine._meta.concrete_fields
    if field.name not in {"id", "course", "person", "week_on"}
)


OF_ENGAGEMENT = frozenset({"score", "answer_ms", "answers", "board_edits", "messages", "rough_links"})
OF_ATTENDANCE = tuple(name for name in SUMS if name not in OF_ENGAGEMENT)
# Lines of weeks that began on another day, by student and the week that has most of theirs.
Past = dict[tuple[UUID, date], WeeklyLine]


@transaction.atomic
def reckon_week(*, course: Course, week_on: date, now: datetime) -> None:
    """One course's week anew from its registers; and who drifts away, as of the last week there is."""
    if course.meetings_of_id is not None:  # instant meetings are no course that somebody could fall behind in
        return
    _leave_other_weeks(course, week_on, now)
    _reckon_lines(course, week_on, now)
    look_after(course=course, week_on=week_on, now=now)


def _leave_other_weeks(course: Course, week_on: date, now: datetime) -> None:
    """Where weeks began on another day until now, all of them anew: beside each other they would count lessons twice.
    What can no longer be seen of an old one goes to the new one that has most of its days."""
    lines = WeeklyLine.objects.filter(course=course).exclude(week_on__iso_week_day=week_on.isoweekday())
    # In one order and before anything is written, so that of two who come the second finds it done.
    others = list(lines.select_for_update(no_key=True).order_by("pk"))
    if not others:
        return
    WeeklyLine.objects.filter(pk__in=[line.pk for line in others]).delete()
    _move_unregistered(course, others, week_on)
    past = {(line.person_id, _most_of(line, week_on)): line for line in others}
    days = {line.week_on + timedelta(days=day) for line in others for day in (0, 6)}
    for week in sorted({_week_like(week_on, day) for day in days}):
        _reckon_lines(course, week, now, past=past)


def _move_unregistered(course: Course, others: list[WeeklyLine], week_on: date) -> None:
    """Weeks whose registers have gone with their days are told by their lines alone."""
    zone = ZoneInfo(course.institution.time_zone)
    entries = RegisterEntry.objects.filter(lesson__course=course, standing=Standing.STUDENT)
    known = {
        (person, _week_like(others[0].week_on, starts_at.astimezone(zone).date()))
        for person, starts_at in entries.values_list("person", "lesson__starts_at")
    }
    gone = [line for line in others if (line.person_id, line.week_on) not in known]
    for line in gone:
        line.pk, line.week_on = None, _most_of(line, week_on)
    WeeklyLine.objects.bulk_create(gone, ignore_conflicts=True)


def _most_of(line: WeeklyLine, week_on: date) -> date:
    """The week that has most of its days."""
    return _week_like(week_on, line.week_on + timedelta(days=3))


def _week_like(week_on: date, day: date) -> date:
    """The first day of the week of `day`, where weeks begin as that of `week_on` does."""
    return day - timedelta(days=(day - week_on).days % 7)


def _reckon_lines(course: Course, week_on: date, now: datetime, *, past: Past | None = None) -> None:
    entries, lines = _rows(course, week_on)
    students = defaultdict[UUID, list[RegisterEntry]](list)
    for entry in entries:
        students[entry.person_id].append(entry)
    weeks = [_line(course, person, week_on, own, lines) for person, own in students.items()]
    is_forgotten = _is_forgotten(course, entries, now)
    if is_forgotten and past:
        _remember(weeks, past)
    WeeklyLine.objects.bulk_create(
        weeks,
        update_conflicts=True,
        unique_fields=["course", "person", "week_on"],
        update_fields=OF_ATTENDANCE if is_forgotten else SUMS,
    )


def _remember(weeks: list[WeeklyLine], past: Past) -> None:
    for line in weeks:
        old = past.get((line.person_id, line.week_on))
        for name in OF_ENGAGEMENT if old else ():
            setattr(line, name, getattr(old, name))


def _is_forgotten(course: Course, entries: list[RegisterEntry], now: datetime) -> bool:
    """Whether engagement lines of this week are gone by now (`forget_raw_activity`): its sums of them stay as they are."""
    until = now - timedelta(days=read_policy(course.institution.policy).engagement_days)
    return any(entry.lesson.ended_at is not None and entry.lesson.ended_at < until for entry in entries)


def _rows(
    course: Course, week_on: date
) -> tuple[list[RegisterEntry], dict[tuple[UUID, UUID], EngagementLine]]:
    zone = ZoneInfo(course.institution.time_zone)
    since = datetime.combine(week_on, time(), tzinfo=zone)
    until = datetime.combine(week_on + timedelta(days=7), time(), tzinfo=zone)
    within = {
        "lesson__course": course,
        "lesson__starts_at__gte": since,
        "lesson__starts_at__lt": until,
    }
    entries = RegisterEntry.objects.filter(standing=Standing.STUDENT, **within).select_related("lesson")
    lines = EngagementLine.objects.filter(**within)
    return list(entries), {(line.person_id, line.lesson_id): line for line in lines}


def _line(
    course: Course,
    person: UUID,
    week_on: date,
    entries: list[RegisterEntry],
    lines: dict[tuple[UUID, UUID], EngagementLine],
) -> WeeklyLine:
    told = [entry.status for entry in entries]
    own = [lines[key] for entry in entries if (key := (person, entry.lesson_id)) in lines]
    active = [entry.active_seconds for entry in entries if entry.active_seconds is not None]
    return WeeklyLine(
        course=course,
        person_id=person,
        week_on=week_on,
        lessons=len(entries),
        present=sum(status in PRESENT_STATUSES for status in told),
        late=told.count(RegisterStatus.LATE),
        left_early=told.count(RegisterStatus.LEFT_EARLY),
        absent=told.count(RegisterStatus.ABSENT),
        excused=told.count(RegisterStatus.EXCUSED),
        lesson_seconds=round(sum(_length(entry) for entry in entries)),
        seconds=sum(entry.seconds for entry in entries),
        active_seconds=sum(active) if active else None,
        **_of_engagement(own),
    )


def _length(entry: RegisterEntry) -> float:
    lesson = entry.lesson
    if lesson.ended_at is None or lesson.opened_at is None:
        return 0.0
    return max(0.0, (lesson.ended_at - lesson.opened_at).total_seconds())


def _of_engagement(lines: list[EngagementLine]) -> dict[str, Any]:
    measures = [line.measures for line in lines]
    edits = [one["edits"] for one in measures if one.get("edits") is not None]
    return {
        "score": _mean(line.score for line in lines),
        "answer_ms": _mean(one.get("answer_ms") for one in measures),
        "answers": sum(one.get("answered") or 0 for one in measures),
        "board_edits": sum(edits) if edits else None,
        "messages": sum(one.get("said") or 0 for one in measures),
        "rough_links": sum((one.get("breaks") or 0) >= ROUGH_LOSSES for one in measures),
    }


def _mean(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(mean(known)) if known else None
