"""Letters about lessons: what a person wants, what has changed, who is told of it, and who is reminded.

Desired state: the sweep compares each lesson with what calendars know of it, and that with what people were told.
Nothing depends on who changed the lesson, or on whether the signal was heard.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet

from accounts.actions import record_audit
from accounts.models import Person
from accounts.queries import institutions_of
from classroom.models import (
    STAFF,
    CalendarEntry,
    Enrolment,
    Lesson,
    LessonStatus,
    Letter,
    LetterKind,
    LetterSettings,
    LetterState,
    Notice,
    NoticeKind,
    Reminder,
    ReminderChoice,
)
from classroom.queries import living_enrolments
from common.queue import enqueue_on_commit

FEED_PAST = timedelta(days=30)
# Several edits one after the other become one letter.
SETTLED_AFTER = timedelta(seconds=30)
EVENING_BEGINS = time(18)
EVENING = timedelta(hours=6)
LEAD = {ReminderChoice.QUARTER: timedelta(minutes=15), ReminderChoice.HOUR: timedelta(hours=1)}


def change_letter_settings(*, person: Person, reminders: str, wants_invitations: bool) -> None:
    chosen = {"reminders": reminders, "wants_invitations": wants_invitations}
    LetterSettings.objects.update_or_create(person=person, defaults=chosen)


def unsubscribe(*, person_id: UUID, kind: LetterKind) -> None:
    """No more letters of this kind; the same again changes nothing."""
    off = {"reminders": ReminderChoice.NONE} if kind == LetterKind.REMINDER else {"wants_invitations": False}
    LetterSettings.objects.update_or_create(person_id=person_id, defaults=off)


@transaction.atomic
def renew_feed_addresses(*, person: Person) -> None:
    """Every calendar address this person has given away stops working at once."""
    LetterSettings.objects.get_or_create(person=person)
    LetterSettings.objects.filter(person=person).update(feed_version=F("feed_version") + 1)
    for institution in institutions_of(person):
        record_audit("calendar.renewed", institution=institution, by=person, target=f"person:{person.pk}")


def note_calendar_changes(*, now: datetime) -> int:
    """Lessons that calendars do not know, or know otherwise; each change is the next sequence, once."""
    lessons = Lesson.objects.filter(starts_at__gt=now - FEED_PAST)
    fresh = [_entry_of(lesson, now) for lesson in lessons.filter(calendar_entry__isnull=True)]
    CalendarEntry.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    changed = lessons.filter(_differs()).select_related("calendar_entry")
    return len(fresh) + sum(_note_change(lesson, now) for lesson in changed)


def _differs() -> Q:
    """The same question as `Lesson` against entry in `_entry_of`, for PostgreSQL to answer."""
    cancelled, known = Q(status=LessonStatus.CANCELLED), Q(calendar_entry__is_cancelled=True)
    same = Q(
        title=F("calendar_entry__title"),
        starts_at=F("calendar_entry__starts_at"),
        ends_at=F("calendar_entry__ends_at"),
    )
    return Q(calendar_entry__isnull=False) & (~same | (cancelled & ~known) | (~cancelled & known))


def _entry_of(lesson: Lesson, now: datetime) -> CalendarEntry:
    return CalendarEntry(
        lesson=lesson,
        title=lesson.title,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        is_cancelled=lesson.status == LessonStatus.CANCELLED,
        changed_at=now,
    )


def _note_change(lesson: Lesson, now: datetime) -> int:
    sequence = lesson.calendar_entry.sequence
    return CalendarEntry.objects.filter(lesson=lesson, sequence=sequence).update(
        title=lesson.title,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        is_cancelled=lesson.status == LessonStatus.CANCELLED,
        sequence=sequence + 1,
        changed_at=now,
    )


@transaction.atomic
def write_invitations(*, now: datetime) -> int:
    """One letter a person about all lessons that were scheduled, changed or cancelled; how many letters."""
    if not _is_only_writer():
        return 0
    untold = CalendarEntry.objects.filter(
        told_sequence__lt=F("sequence"), changed_at__lte=now - SETTLED_AFTER
    )
    entries = list(untold.select_related("lesson__institution"))
    coming = [entry for entry in entries if entry.starts_at > now]
    letters = _write_notices(coming, now)
    for entry in entries:
        known = CalendarEntry.objects.filter(pk=entry.pk, sequence=entry.sequence)
        known.update(told_sequence=entry.sequence)
    if letters:
        enqueue_on_commit("dashboard.send_letters")
    return letters


def _is_only_writer() -> bool:
    """Two at once would split a series into two letters."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('invitations', 0))")
        row = cursor.fetchone()
    return bool(row and row[0])


def _write_notices(entries: list[CalendarEntry], now: datetime) -> int:
    lesson_ids = [entry.lesson_id for entry in entries]
    told = {
        (notice.lesson_id, notice.person_id): notice
        for notice in Notice.objects.filter(lesson__in=lesson_ids).select_related("letter")
    }
    guests = _guests_of({entry.lesson.course_id for entry in entries})
    letters: dict[tuple[UUID, UUID], Letter] = {}
    notices, untold = [], []
    for entry in entries:
        for person_id in guests[entry.lesson.course_id]:
            before = told.get((entry.lesson_id, person_id))
            kind = _kind_of(entry, before)
            if kind is None:
                untold += [before.pk] if before and _is_unsent(before) else []
                continue
            key = (person_id, entry.lesson.institution_id)
            letter = letters.setdefault(key, _new_letter(*key, LetterKind.INVITATION, now))
            notices.append(_notice(entry, letter, kind))
    Letter.objects.bulk_create(letters.values(), batch_size=1000)
    Notice.objects.filter(pk__in=untold).delete()
    _keep(notices)
    return len(letters)


def _keep(notices: list[Notice]) -> None:
    Notice.objects.bulk_create(
        notices,
        update_conflicts=True,
        unique_fields=["lesson", "person"],
        update_fields=["letter", "kind", "sequence"],
        batch_size=1000,
    )


def _guests_of(course_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Who of each course wants invitations."""
    wanting = living_enrolments().exclude(person__letter_settings__wants_invitations=False)
    guests: dict[UUID, list[UUID]] = defaultdict(list)
    for course_id, person_id in wanting.filter(course__in=course_ids).values_list("course_id", "person_id"):
        guests[course_id].append(person_id)
    return guests


def _kind_of(entry: CalendarEntry, before: Notice | None) -> NoticeKind | None:
    """What there is to say to somebody who heard `before`; None for nothing."""
    if entry.is_cancelled:
        heard = before is not None and before.kind != NoticeKind.CANCELLED
        return NoticeKind.CANCELLED if heard and before and not _is_unsent(before) else None
    if before is None or before.kind == NoticeKind.CANCELLED or _is_unsent(before):
        return NoticeKind.NEW
    return NoticeKind.CHANGED


def _is_unsent(notice: Notice) -> bool:
    """A first notice that nobody has begun to send: the person knows nothing of the lesson yet."""
    return (
        notice.kind == NoticeKind.NEW
        and notice.letter.state == LetterState.WAITING
        and notice.letter.attempts == 0
    )


def _notice(entry: CalendarEntry, letter: Letter, kind: NoticeKind) -> Notice:
    return Notice(
        lesson_id=entry.lesson_id,
        person_id=letter.person_id,
        letter=letter,
        kind=kind,
        sequence=entry.sequence,
    )


def _new_letter(person_id: UUID, institution_id: UUID, kind: LetterKind, now: datetime) -> Letter:
    return Letter(
        person_id=person_id, institution_id=institution_id, kind=kind, written_at=now, next_attempt_at=now
    )


@transaction.atomic
def warn_of_lesson(*, lesson: Lesson, people: Iterable[Person], kind: LetterKind, now: datetime) -> None:
    """A letter of this kind to each of them; once a lesson, however often it is asked for."""
    letters = [_new_letter(person.pk, lesson.institution_id, kind, now) for person in people]
    for letter in letters:
        letter.lesson = lesson
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    enqueue_on_commit("dashboard.send_letters")


def write_reminders(*, now: datetime) -> int:
    """Reminders that are due, each once; how many."""
    soon = _coming(now, timedelta(hours=1))
    tonight = [lesson for lesson in _coming(now, timedelta(hours=31)) if _is_evening_before(lesson, now)]
    evening = living_enrolments().filter(person__letter_settings__reminders=ReminderChoice.EVENING)
    due = [pair for pair in _pairs(soon, living_enrolments()) if _is_due(*pair, now)]
    count = sum(_remind(lesson, one, now) for lesson, one in [*due, *_pairs(tonight, evening)])
    if count:
        enqueue_on_commit("dashboard.send_letters")
    return count


def _coming(now: datetime, within: timedelta) -> list[Lesson]:
    coming = Lesson.objects.filter(
        status=LessonStatus.SCHEDULED, starts_at__gt=now, starts_at__lte=now + within
    )
    return list(coming.select_related("institution"))


def _pairs(lessons: list[Lesson], enrolments: QuerySet[Enrolment]) -> list[tuple[Lesson, Enrolment]]:
    """Who might be reminded of what: everybody enrolled who has not been."""
    if not lessons:
        return []
    done = set(Reminder.objects.filter(lesson__in=lessons).values_list("lesson_id", "person_id"))
    by_course = defaultdict(list)
    concerned = enrolments.filter(course__in={lesson.course_id for lesson in lessons})
    for one in concerned.select_related("person__letter_settings"):
        by_course[one.course_id].append(one)
    every = ((lesson, one) for lesson in lessons for one in by_course[lesson.course_id])
    return [(lesson, one) for lesson, one in every if (lesson.pk, one.person_id) not in done]


def _is_due(lesson: Lesson, enrolment: Enrolment, now: datetime) -> bool:
    lead = LEAD.get(reminder_choice(lesson, enrolment))
    return lead is not None and lesson.starts_at - lead <= now


def reminder_choice(lesson: Lesson, enrolment: Enrolment) -> ReminderChoice:
    """What the person chose, or what the institution does: its policy `reminders` is off, staff or everyone."""
    policy = lesson.institution.policy.get("reminders", "staff")
    own: LetterSettings | None = getattr(enrolment.person, "letter_settings", None)
    if policy == "off":
        return ReminderChoice.NONE
    if own and own.reminders:
        return ReminderChoice(own.reminders)
    by_default = policy == "everyone" or enrolment.standing in STAFF
    return ReminderChoice.QUARTER if by_default else ReminderChoice.NONE


def _is_evening_before(lesson: Lesson, now: datetime) -> bool:
    if lesson.institution.policy.get("reminders") == "off":
        return False
    zone = ZoneInfo(lesson.institution.time_zone)
    day_before = lesson.starts_at.astimezone(zone).date() - timedelta(days=1)
    begins = datetime.combine(day_before, EVENING_BEGINS, zone)
    return begins <= now < begins + EVENING


def _remind(lesson: Lesson, enrolment: Enrolment, now: datetime) -> bool:
    """Whoever inserts the row has written the reminder; False for everybody else."""
    letter = _new_letter(enrolment.person_id, lesson.institution_id, LetterKind.REMINDER, now)
    try:
        with transaction.atomic():
            letter.save(force_insert=True)
            Reminder.objects.create(lesson=lesson, person_id=enrolment.person_id, letter=letter)
    except IntegrityError:
        return False
    return True
