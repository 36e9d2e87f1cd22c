"""The watch-list: opened by rules, closed by people, with a log of what was done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from attendance.models import ContactNote, ContactWay, WatchEntry, WatchState, WeeklyLine
from attendance.models.watching import LONGEST_NOTE
from attendance.queries import open_entries, trends_of
from attendance.trend import find_signs
from classroom.models import Course, Enrolment, Standing
from common.refusals import Refused


def look_after(*, course: Course, week_on: date, now: datetime) -> None:
    """Compare who should stand on the list with who does. Only the last week that there is decides; the caller's
    transaction holds. Who was closed in this week, or in one of which it has days, is not opened again by it."""
    if WeeklyLine.objects.filter(course=course, week_on__gt=week_on).exists():
        return
    rows = Enrolment.objects.filter(course=course, is_active=True, standing=Standing.STUDENT)
    enrolled = set(rows.values_list("person", flat=True))
    known = {entry.person_id: entry for entry in open_entries(course)}
    closed = WatchEntry.objects.filter(course=course, state=WatchState.CLOSED)
    done = closed.filter(week_on__gt=week_on - timedelta(days=7))
    settled = set(done.values_list("person", flat=True))
    new, changed = [], []
    for person, weeks in trends_of(course, until=week_on).items():
        signs = [sign.as_json() for sign in find_signs([week for _, week in weeks])]
        entry = known.get(person)
        if entry is not None and (entry.signs, entry.week_on) != (signs, week_on):
            entry.signs, entry.week_on, entry.changed_at = signs, week_on, now
            changed.append(entry)
        elif entry is None and person in enrolled - settled and any(sign["stands"] for sign in signs):
            new.append(_entry(course, person, signs, week_on, now))
    WatchEntry.objects.bulk_create(new, ignore_conflicts=True)
    WatchEntry.objects.bulk_update(changed, ["signs", "week_on", "changed_at"])


def _entry(
    course: Course, person: UUID, signs: list[dict[str, object]], week_on: date, now: datetime
) -> WatchEntry:
    return WatchEntry(
        course=course, person_id=person, signs=signs, week_on=week_on, opened_at=now, changed_at=now
    )


@transaction.atomic
def add_contact(*, entry: WatchEntry, way: str, text: str, by: Person, now: datetime) -> ContactNote:
    """Raises Refused("no_text") and Refused("bad_way")."""
    text = text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise Refused("no_text")
    if way not in ContactWay.values:
        raise Refused("bad_way")
    note = ContactNote.objects.create(entry=entry, way=way, text=text, by=by, at=now)
    _audit("watch.contacted", entry, by, note=str(note.pk))
    return note


@transaction.atomic
def close_watch(*, entry: WatchEntry, by: Person, now: datetime) -> bool:
    """False when somebody was first."""
    closed = WatchEntry.objects.filter(pk=entry.pk, state=WatchState.OPEN).update(
        state=WatchState.CLOSED, closed_at=now, closed_by=by, changed_at=now
    )
    if closed:
        _audit("watch.closed", entry, by)
    return bool(closed)


def _audit(act: str, entry: WatchEntry, by: Person, **detail: str) -> None:
    target, about = f"person:{entry.person_id}", {"course": str(entry.course_id), **detail}
    record_audit(act, institution=entry.course.institution, by=by, target=target, detail=about)
