"""Notes to students and guardians: rules, words, wishes, and the sweep that writes what is due.

Desired state: whoever has crossed a threshold in a period is compared with whom a note was written to. What was put
right before its letter left is taken back; what has left stays, and is not written again in the same period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from accounts.policy import read_policy
from accounts.queries import counting_memberships, week_begins
from attendance.models import Every, FamilyNote, Measure, NoteRule, NoteWay, NoteWish, NoteWording
from attendance.models.notes import LONGEST_SUBJECT, LONGEST_TEXT
from attendance.periods import Period, next_digest, next_loud, period_before, period_of
from attendance.queries.notes import (
    COUNTED,
    crossings_of,
    is_unsent,
    readers_of,
    told_by_other_weeks,
    told_otherwise,
)
from attendance.thresholds import LIMITS, Crossing
from attendance.wording import unknown_places
from classroom.models import Letter, LetterKind
from common.queue import enqueue_on_commit
from common.refusals import Refused

# After a night without a server the period that is just over is still looked at.
CATCH_UP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RuleWish:
    is_on: bool
    limit: int
    every: str
    to_student: bool
    to_guardian: bool


@transaction.atomic
def set_note_rules(
    *,
    institution: Institution,
    rules: Mapping[str, RuleWish],
    quiet_from_hour: int,
    quiet_until_hour: int,
    notes_unasked: bool,
    by: Person,
    now: datetime,
) -> None:
    """Raises Refused("bad_limit") and, for a rule that is on and tells nobody, Refused("no_reader")."""
    institution = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    for measure, wish in rules.items():
        _set_rule(institution, measure, wish, now)
    hours = {"quiet_from_hour": quiet_from_hour, "quiet_until_hour": quiet_until_hour}
    institution.policy = {**institution.policy, **hours, "notes_unasked": notes_unasked}
    institution.save(update_fields=["policy"])
    told = {measure: wish.limit for measure, wish in rules.items() if wish.is_on}
    target = f"institution:{institution.pk}"
    record_audit("notes.ruled", institution=institution, by=by, target=target, detail=hours | told)


def _set_rule(institution: Institution, measure: str, wish: RuleWish, now: datetime) -> None:
    low, high = LIMITS[measure]
    if not low <= wish.limit <= high or wish.every not in Every.values:
        raise Refused("bad_limit")
    if wish.is_on and not (wish.to_student or wish.to_guardian):
        raise Refused("no_reader")
    known = NoteRule.objects.filter(institution=institution, measure=measure).first()
    since = (known and known.on_since) or now
    NoteRule.objects.update_or_create(
        institution=institution,
        measure=measure,
        defaults={
            "limit": wish.limit,
            "every": wish.every,
            "to_student": wish.to_student,
            "to_guardian": wish.to_guardian,
            "on_since": since if wish.is_on else None,
        },
    )


@transaction.atomic
def word_note(
    *, institution: Institution, measure: str, language: str, subject: str, text: str, by: Person
) -> NoteWording | None:
    """The school's own words; without any, our own again. Raises Refused("bad_place")."""
    subject, text = " ".join(subject.split()), text.strip()
    if unknown_places(subject) or unknown_places(text):
        raise Refused("bad_place")
    own = NoteWording.objects.filter(institution=institution, measure=measure, language=language)
    about = {"measure": measure, "language": language, "characters": len(text)}
    target = f"institution:{institution.pk}"
    record_audit("notes.worded", institution=institution, by=by, target=target, detail=about)
    if not subject and not text:
        own.delete()
        return None
    if not subject or not text or len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        raise Refused("no_text")
    made, _ = NoteWording.objects.update_or_create(
        institution=institution,
        measure=measure,
        language=language,
        defaults={"subject": subject, "text": text},
    )
    return made


@transaction.atomic
def wish_notes(*, person: Person, way: str, by_link: bool = False) -> None:
    """A line in the log of each school of theirs, which names nobody where `by_link`: whoever holds the link of a
    letter need not be its reader. Raises Refused("bad_way"). The same again changes nothing."""
    if way not in NoteWay.values:
        raise Refused("bad_way")
    wish, is_new = NoteWish.objects.select_for_update().get_or_create(person=person, defaults={"way": way})
    if not is_new and wish.way == way:
        return
    wish.way = way
    wish.save(update_fields=["way"])
    # In one order, so that two who write in several logs never wait for each other.
    schools = Institution.objects.filter(memberships__in=counting_memberships().filter(person=person))
    act, by = ("notes.wished_by_link", None) if by_link else ("notes.wished", person)
    for school in schools.distinct().order_by("pk"):
        record_audit(act, institution=school, by=by, target=f"person:{person.pk}", detail={"way": way})


def write_due_notes(*, now: datetime) -> int:
    """School by school; how many notes were written."""
    schools = Institution.objects.filter(note_rules__on_since__isnull=False).distinct()
    return sum(write_notes(institution=school, now=now) for school in schools)


@transaction.atomic
def write_notes(*, institution: Institution, now: datetime) -> int:
    _wait_for_writers(institution)
    rules = NoteRule.objects.filter(institution=institution, on_since__isnull=False)
    rules = rules.select_related("institution")
    written = sum(_compare(rule, period, now) for rule in rules for period in _periods(rule, now))
    if written:
        enqueue_on_commit("dashboard.send_letters")
    return written


def _wait_for_writers(institution: Institution) -> None:
    """Of two sweeps the second sees what the first has written; the constraint would only let it stumble."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notes:{institution.pk}"])


def _periods(rule: NoteRule, now: datetime) -> list[Period]:
    zone = ZoneInfo(rule.institution.time_zone)
    today = now.astimezone(zone).date()
    current = period_of(rule.every, today, week_begins(rule.institution))
    last = period_before(current)
    on_since = rule.on_since.astimezone(zone).date() if rule.on_since else today
    is_missed = on_since < last.until_on and today - last.until_on < CATCH_UP
    # Signs are of today alone.
    return [last, current] if is_missed and rule.measure != Measure.TREND else [current]


def _compare(rule: NoteRule, period: Period, now: datetime) -> int:
    crossings = crossings_of(rule, period)
    wanted = {
        (student, reader): way
        for student, readers in readers_of(rule, crossings).items()
        for reader, way in readers.items()
    }
    notes = FamilyNote.objects.filter(rule=rule, every=period.every, since_on=period.since_on)
    known = set(notes.values_list("person", "reader")) | _no_news(rule, period, crossings)
    # Locked, so that nobody sends what goes.
    ready = notes.filter(is_unsent()).select_related("letter").select_for_update(of=("self", "letter"))
    for note in ready:
        _renew(
            note, rule, crossings.get(note.person_id), is_wanted=(note.person_id, note.reader_id) in wanted
        )
    for (student, reader), way in wanted.items():
        if (student, reader) not in known:
            _write(rule, period, student, reader, crossings[student], way, now)
    return len(wanted.keys() - known)


def _no_news(rule: NoteRule, period: Period, crossings: Mapping[UUID, Crossing]) -> set[tuple[UUID, UUID]]:
    """Students and readers who were told of the same before the rule went from weeks to months, or back, or the
    school's weeks began on another day."""
    return {
        (student, reader)
        for told in (told_otherwise(rule, period), told_by_other_weeks(rule, period))
        for (student, reader), number in told.items()
        if student in crossings and (rule.measure not in COUNTED or crossings[student].number <= number)
    }


def _renew(note: FamilyNote, rule: NoteRule, crossing: Crossing | None, *, is_wanted: bool) -> None:
    """What lies ready says what is so now, or goes."""
    if crossing is None or not is_wanted:
        _withdraw(note, rule)
        return
    said = (crossing.number, crossing.lessons, rule.limit)
    if (note.number, note.lessons, note.limit) != said:
        note.number, note.lessons, note.limit = said
        note.save(update_fields=["number", "lessons", "limit"])


def _withdraw(note: FamilyNote, rule: NoteRule) -> None:
    about = {"note": str(note.pk), "reader": str(note.reader_id), "number": note.number, "limit": note.limit}
    target = f"person:{note.person_id}"
    note.delete()
    record_audit("note.withdrawn", institution=rule.institution, by=None, target=target, detail=about)


def _write(
    rule: NoteRule, period: Period, student: UUID, reader: UUID, crossing: Crossing, way: str, now: datetime
) -> None:
    letter = _letter_to(reader, rule.institution, way, now)
    note = FamilyNote.objects.create(
        rule=rule,
        person_id=student,
        reader_id=reader,
        every=period.every,
        since_on=period.since_on,
        until_on=period.until_on,
        number=crossing.number,
        limit=rule.limit,
        lessons=crossing.lessons,
        written_at=now,
        letter=letter,
    )
    about = {"note": str(note.pk), "reader": str(reader), "number": crossing.number, "limit": rule.limit}
    target = f"person:{student}"
    record_audit("note.written", institution=rule.institution, by=None, target=target, detail=about)


def _letter_to(reader: UUID, institution: Institution, way: str, now: datetime) -> Letter:
    """The one that lies ready for them, or a new one. Whoever sends it meanwhile has it locked: we then see that it
    is no longer ready."""
    ready = Letter.objects.filter(is_unsent(""), kind=LetterKind.NOTE, institution=institution, person=reader)
    letter = ready.select_for_update().order_by("written_at").first()
    due = due_at(institution, way, now)
    return letter or Letter.objects.create(
        kind=LetterKind.NOTE, institution=institution, person_id=reader, written_at=due, next_attempt_at=due
    )


def due_at(institution: Institution, way: str, now: datetime) -> datetime:
    """When a letter may go: as its reader wants, and never in the quiet hours."""
    policy, local = read_policy(institution.policy), now.astimezone(ZoneInfo(institution.time_zone))
    gathered = {NoteWay.DAILY: "day", NoteWay.WEEKLY: Every.WEEK}.get(NoteWay(way))
    if gathered:
        local = next_digest(local, gathered, week_begins(institution))
    return next_loud(local, policy.quiet_from_hour, policy.quiet_until_hour).astimezone(UTC)
