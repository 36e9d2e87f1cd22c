"""What can be done with series, and with lessons as parts of one."""

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom import signals
from classroom.actions.lessons import make_lesson
from classroom.models import Course, Lesson, LessonStatus, Series
from classroom.queries import possible_substitutes
from classroom.recurrence import BadRule, Expansion, parse_rule, zone_of
from classroom.timetable import LessonChanges, PlannedEdit, Scope, plan_edit, plan_series, reached_lessons
from common.refusals import Refused

# What a change of a column is called in `own_fields`.
OWN_WORDS = {"starts_at": "time", "title": "title", "substitute_id": "substitute", "continues_board": "board"}


@transaction.atomic
def schedule_series(
    *,
    course: Course,
    title: str,
    rule: str,
    first_on: date,
    at: time,
    seconds: int,
    time_zone: str,
    created_by: Person,
    now: datetime,
    key: UUID | None = None,
    is_streamed: bool = False,
    room_seats: int | None = None,
    continues_board: bool = False,
) -> Series:
    """A series and all its lessons, but for those on holidays; the same `key` twice is the same series.

    Raises Refused with the codes of `plan_series` and `parse_rule`, "unknown_zone" and "key_taken".
    """
    try:
        parsed, zone = parse_rule(rule), zone_of(time_zone)
    except BadRule as bad:
        raise Refused(bad.code) from None
    found = plan_series(
        institution=course.institution,
        rule=parsed,
        first_on=first_on,
        at=at,
        seconds=seconds,
        zone=zone,
        now=now,
    )
    series, is_new = Series.objects.get_or_create(
        pk=key or uuid4(),
        defaults={
            "institution": course.institution,
            "course": course,
            "title": title,
            "rule": parsed.text,
            "first_on": found.in_order[0].on,
            "last_on": found.in_order[-1].on,
            "local_start": at,
            "duration_seconds": seconds,
            "time_zone": time_zone,
            "skipped_on": [one.on.isoformat() for one in found.skipped],
            "created_by": created_by,
        },
    )
    if is_new:
        _materialise(
            series, found, is_streamed=is_streamed, room_seats=room_seats, continues_board=continues_board
        )
    elif (series.course_id, series.created_by_id) != (course.pk, created_by.pk):
        raise Refused("key_taken")
    return series


def _materialise(
    series: Series, found: Expansion, *, is_streamed: bool, room_seats: int | None, continues_board: bool
) -> None:
    for one in found.kept:
        make_lesson(
            course=series.course,
            title=series.title,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            created_by=series.created_by,
            time_zone=series.time_zone,
            series=series,
            occurrence_on=one.on,
            is_streamed=is_streamed,
            room_seats=room_seats,
            continues_board=continues_board,
        )
    record_audit(
        "series.scheduled",
        institution=series.institution,
        by=series.created_by,
        target=f"series:{series.pk}",
        detail={"lessons": len(found.kept), "skipped": len(found.skipped)},
    )


@transaction.atomic
def edit_lessons(
    *, lesson: Lesson, scope: Scope, changes: LessonChanges, by: Person | UUID, now: datetime
) -> int:
    """How many lessons changed; repeated, it changes none. "following" splits the series there.

    Raises Refused: those of `reached_lessons` and `plan_edit`, "not_a_substitute", "somebody_was_first".
    """
    _check_substitute(lesson, changes)
    reached = _lock_reached(lesson, scope, now)
    planned = plan_edit(lesson, reached, changes, scope=scope, now=now)
    if not planned:
        return 0
    if scope != Scope.THIS:
        _change_series(_split(lesson) if scope == Scope.FOLLOWING else _series_of(lesson), changes)
    for one in planned:
        _apply(one, is_alone=scope == Scope.THIS and lesson.series_id is not None)
    record_audit(
        "lesson.changed",
        institution=lesson.institution,
        by=by,
        target=f"lesson:{lesson.pk}",
        detail={
            "scope": scope.value,
            "lessons": len(planned),
            "fields": sorted({name for one in planned for name in one.changed}),
        },
    )
    lesson.refresh_from_db()
    return len(planned)


def change_lesson(
    *,
    lesson: Lesson,
    by: Person | UUID,
    now: datetime,
    title: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    continues_board: bool | None = None,
) -> bool:
    """This lesson alone, by instants; False when it was so already. Refuses as `edit_lessons` does."""
    begins, ends = starts_at or lesson.starts_at, ends_at or lesson.ends_at
    if ends <= begins:
        raise Refused("ends_before_start")
    seconds = round((ends - begins).total_seconds())
    changes = LessonChanges(
        title=title, starts_at=starts_at, seconds=seconds, continues_board=continues_board
    )
    return bool(edit_lessons(lesson=lesson, scope=Scope.THIS, changes=changes, by=by, now=now))


@transaction.atomic
def cancel_lessons(*, lesson: Lesson, scope: Scope, reason: str, by: Person | UUID, now: datetime) -> int:
    """How many lessons do not take place. Raises Refused as `reached_lessons`, and "somebody_was_first"."""
    reached = _lock_reached(lesson, scope, now)
    cancelled = Lesson.objects.filter(
        pk__in=[one.pk for one in reached], status=LessonStatus.SCHEDULED
    ).update(status=LessonStatus.CANCELLED, cancelled_at=now, cancel_reason=reason)
    if cancelled != len(reached):
        raise Refused("somebody_was_first")
    for one in reached:
        signals.lesson_cancelled.send(Lesson, lesson=one)
    record_audit(
        "lesson.cancelled",
        institution=lesson.institution,
        by=by,
        target=f"lesson:{lesson.pk}",
        detail={"scope": scope.value, "lessons": cancelled},
    )
    lesson.refresh_from_db()
    return cancelled


def _check_substitute(lesson: Lesson, changes: LessonChanges) -> None:
    if changes.substitute and not possible_substitutes(lesson.institution).contains(changes.substitute):
        raise Refused("not_a_substitute")


def _lock_reached(lesson: Lesson, scope: Scope, now: datetime) -> list[Lesson]:
    """The series' row comes first, then its lessons by key: two who edit it never wait for each other."""
    seen_in = lesson.series_id
    if seen_in:
        Series.objects.select_for_update().get(pk=seen_in)
    lesson.refresh_from_db()
    if lesson.series_id != seen_in:
        raise Refused("somebody_was_first")
    reached = list(
        reached_lessons(lesson, scope, now)
        .select_for_update(of=("self",))
        .select_related("institution")
        .order_by("pk")
    )
    if lesson not in reached:
        raise Refused("lesson_begun")
    return reached


def _apply(planned: PlannedEdit, *, is_alone: bool) -> None:
    """A conditional update: whoever opened the lesson meanwhile was first."""
    values = dict(planned.changed)
    if is_alone:
        own = {OWN_WORDS[name] for name in values if name in OWN_WORDS}
        own |= {"duration"} if _changes_length(planned) else set()
        values["own_fields"] = sorted({*planned.lesson.own_fields, *own})
    waiting = Lesson.objects.filter(pk=planned.lesson.pk, status=LessonStatus.SCHEDULED)
    if waiting.update(**values) != 1:
        raise Refused("somebody_was_first")
    for name, value in values.items():
        setattr(planned.lesson, name, value)
    signals.lesson_changed.send(Lesson, lesson=planned.lesson)


def _changes_length(planned: PlannedEdit) -> bool:
    lesson, interval = planned.lesson, planned.interval
    return interval.ends_at - interval.starts_at != lesson.ends_at - lesson.starts_at


def _series_of(lesson: Lesson) -> Series:
    series = lesson.series
    assert series is not None  # noqa: S101  reached_lessons refuses a wide scope without a series
    return series


def _change_series(series: Series, changes: LessonChanges) -> None:
    series.title = changes.title if changes.title is not None else series.title
    series.local_start = changes.at if changes.at is not None else series.local_start
    series.duration_seconds = changes.seconds if changes.seconds is not None else series.duration_seconds
    series.save(update_fields=["title", "local_start", "duration_seconds"])


def _split(lesson: Lesson) -> Series:
    """The series from `lesson` on, as one of its own; the same one when nothing lies before."""
    series, day = _series_of(lesson), lesson.occurrence_on
    assert day is not None  # noqa: S101  as above
    if not series.lessons.filter(occurrence_on__lt=day).exists():
        return series
    rule, skipped = parse_rule(series.rule), series.skipped_on
    rest = Series.objects.create(
        institution=series.institution,
        course=series.course,
        title=series.title,
        rule=rule.ending(series.last_on).text,
        first_on=day,
        last_on=series.last_on,
        local_start=series.local_start,
        duration_seconds=series.duration_seconds,
        time_zone=series.time_zone,
        skipped_on=[one for one in skipped if one >= day.isoformat()],
        split_from=series,
        created_by=series.created_by,
    )
    series.lessons.filter(occurrence_on__gte=day).update(series=rest)
    series.last_on = day - timedelta(days=1)
    series.rule = rule.ending(series.last_on).text
    series.skipped_on = [one for one in skipped if one < day.isoformat()]
    series.save(update_fields=["last_on", "rule", "skipped_on"])
    return rest
