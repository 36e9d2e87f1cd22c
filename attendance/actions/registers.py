"""Registers as rows: reckoned when a lesson is over, again when facts come late, and put right by people."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from attendance.actions.lines import is_raw_over, reckon_engagement
from attendance.actions.weeks import reckon_week
from attendance.models import Correction, Register, RegisterEntry, RegisterStatus
from attendance.queries import LessonReading, Reading, excused_from, lessons_to_settle, read_lesson, week_of
from attendance.queries.registers import verdict_of
from classroom.models import Lesson, LessonStatus
from common.refusals import Refused

log = logging.getLogger(__name__)
# Of a backlog so many at once: the sweep comes again.
MOST_AT_ONCE = 50
RECKONED = (
    *("standing", "status", "reckoned", "first_joined_at", "last_left_at", "seconds", "active_seconds"),
    *("late_seconds", "early_seconds", "rejoins", "reckoned_at"),
)


def settle_due(*, now: datetime) -> int:
    """Compare which registers should stand with those that do."""
    due = lessons_to_settle(now=now).select_related("course", "institution")[:MOST_AT_ONCE]
    return sum(_settle_or_log(lesson, now) for lesson in due)


def _settle_or_log(lesson: Lesson, now: datetime) -> bool:
    """One lesson that stumbles holds up no other; the next sweep tries it again."""
    try:
        return settle_lesson(lesson=lesson, now=now)
    except Exception:
        log.exception("The register of lesson %s could not be reckoned", lesson.pk)
        return False


@transaction.atomic
def settle_lesson(*, lesson: Lesson, now: datetime) -> bool:
    """Reckon register, engagement and week anew; False for a lesson that was not held or is not over.

    What somebody corrected stays as they said; what the facts say is kept beside it. Once raw activity may be gone
    nobody can tell anew how active somebody was: what was reckoned of that stays, and where nothing was it is unknown.
    """
    lesson = _lock(lesson)
    if lesson.status != LessonStatus.ENDED or lesson.opened_at is None:
        return False
    reading = read_lesson(lesson, now=now)
    _write_entries(reading, now)
    Register.objects.update_or_create(
        lesson=lesson,
        defaults={"fact_count": reading.fact_count, "settled_at": now, "rules": reading.rules.as_json()},
    )
    reckon_engagement(reading, now=now)
    reckon_week(course=lesson.course, week_on=week_of(lesson.starts_at, lesson.institution), now=now)
    return True


def _lock(lesson: Lesson) -> Lesson:
    """Two that reckon the same lesson come one after the other."""
    rows = Lesson.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("course", "institution").get(pk=lesson.pk)


def _write_entries(reading: LessonReading, now: datetime) -> None:
    known = {entry.person_id: entry for entry in RegisterEntry.objects.filter(lesson=reading.lesson)}
    is_forgotten = is_raw_over(reading.lesson, now=now)
    holding = _holding([entry.pk for entry in known.values()])
    excused = excused_from(reading.lesson)
    new: list[RegisterEntry] = []
    changed: list[RegisterEntry] = []
    for one in reading.people.values():
        entry = known.get(one.person.pk)
        row = entry or RegisterEntry(lesson=reading.lesson, person=one.person)
        _fill(row, reading, one, is_excused=one.person.pk in excused, now=now)
        if not is_forgotten:
            row.active_seconds = None if one.active_seconds is None else round(one.active_seconds)
        if row.pk not in holding:
            row.status = row.reckoned
        (changed if entry else new).append(row)
    RegisterEntry.objects.bulk_create(new)
    RegisterEntry.objects.bulk_update(changed, RECKONED)


def _holding(entries: list[UUID]) -> set[UUID]:
    rows = Correction.objects.filter(entry__in=entries, undone_at=None)
    return set(rows.values_list("entry", flat=True))


def _fill(
    row: RegisterEntry, reading: LessonReading, one: Reading, *, is_excused: bool, now: datetime
) -> None:
    verdict, stays = verdict_of(reading, one, is_excused=is_excused), one.stays
    row.standing, row.reckoned = one.standing, verdict.status
    row.first_joined_at = _moment(stays[0].starts_at) if stays else None
    row.last_left_at = _moment(stays[-1].ends_at) if stays else None
    row.seconds = round(sum(stay.seconds for stay in stays))
    row.late_seconds, row.early_seconds = round(verdict.late_seconds), round(verdict.early_seconds)
    row.rejoins, row.reckoned_at = verdict.rejoins, now


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)


@transaction.atomic
def correct_entry(*, entry: RegisterEntry, status: str, reason: str, by: Person, now: datetime) -> Correction:
    """Raises Refused("no_reason"), Refused("bad_status") and, for what it says already, Refused("same_status")."""
    entry = _lock_entry(entry)
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("no_reason")
    if status not in RegisterStatus.values:
        raise Refused("bad_status")
    if status == entry.status:
        raise Refused("same_status")
    made = Correction.objects.create(
        entry=entry, status=status, before=entry.status, reason=reason, by=by, at=now
    )
    _set_status(entry, status)
    _audit("register.corrected", entry, by, before=made.before, after=status)
    return made


@transaction.atomic
def undo_correction(*, entry: RegisterEntry, by: Person, now: datetime) -> bool:
    """Take the last correction back: what was before it holds again. False when there is none."""
    entry = _lock_entry(entry)
    holding = list(Correction.objects.filter(entry=entry, undone_at=None)[:2])
    if not holding:
        return False
    Correction.objects.filter(pk=holding[0].pk).update(undone_at=now, undone_by=by)
    before = entry.status
    _set_status(entry, holding[1].status if len(holding) > 1 else entry.reckoned)
    _audit("register.restored", entry, by, before=before, after=entry.status)
    return True


def _lock_entry(entry: RegisterEntry) -> RegisterEntry:
    """The lesson first, as whoever reckons it does."""
    _lock(Lesson(pk=entry.lesson_id))
    rows = RegisterEntry.objects.select_for_update(of=("self",))
    return rows.select_related("lesson__course", "lesson__institution").get(pk=entry.pk)


def _set_status(entry: RegisterEntry, status: str) -> None:
    entry.status = status
    entry.save(update_fields=["status"])
    lesson = entry.lesson
    reckon_week(
        course=lesson.course,
        week_on=week_of(lesson.starts_at, lesson.institution),
        now=entry.reckoned_at,
    )


def _audit(act: str, entry: RegisterEntry, by: Person, **detail: str) -> None:
    target, about = f"person:{entry.person_id}", {"lesson": str(entry.lesson_id), **detail}
    record_audit(act, institution=entry.lesson.institution, by=by, target=target, detail=about)
