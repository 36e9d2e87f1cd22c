"""Who has crossed a threshold, who is to read of it, and what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from accounts.letters import has_mailbox
from accounts.models import Guardianship, Institution, Person, Role
from accounts.policy import read_policy
from accounts.queries import active_memberships, counting_memberships
from attendance.models import (
    FamilyNote,
    NoteRule,
    NoteWay,
    NoteWish,
    NoteWording,
    RegisterEntry,
    RegisterStatus,
    WatchEntry,
    WatchState,
)
from attendance.periods import Period
from attendance.thresholds import ABSENCE, LATENESS, TREND, Crossing, Tally, find_crossing
from classroom.models import Letter, LetterState, Standing
from classroom.queries import children_of

# What is counted in times, by the status that counts.
COUNTED = {ABSENCE: RegisterStatus.ABSENT, LATENESS: RegisterStatus.LATE}


def crossings_of(rule: NoteRule, period: Period) -> dict[UUID, Crossing]:
    """Students of the school, by key, who have crossed it in this period."""
    tallies = _signs(rule, period) if rule.measure == TREND else _counts(rule.institution, period)
    members = counting_memberships().filter(institution=rule.institution_id, role=Role.STUDENT)
    living = set(members.filter(person__is_active=True).values_list("person", flat=True))
    found = {pk: find_crossing(rule.measure, rule.limit, one) for pk, one in tallies.items() if pk in living}
    return {pk: crossing for pk, crossing in found.items() if crossing is not None}


def bounds_of(period: Period, institution: Institution) -> tuple[datetime, datetime]:
    zone = ZoneInfo(institution.time_zone)
    since, until = (datetime.combine(day, time(), tzinfo=zone) for day in (period.since_on, period.until_on))
    return since, until


def _entries(institution: Institution, period: Period) -> QuerySet[RegisterEntry]:
    since, until = bounds_of(period, institution)
    return RegisterEntry.objects.filter(
        lesson__institution=institution,
        lesson__starts_at__gte=since,
        lesson__starts_at__lt=until,
        lesson__course__meetings_of__isnull=True,
        standing=Standing.STUDENT,
    ).exclude(status=RegisterStatus.EXCUSED)


def _counts(institution: Institution, period: Period) -> dict[UUID, Tally]:
    measured = Q(active_seconds__isnull=False, seconds__gt=0)
    rows = (
        _entries(institution, period)
        .values("person")
        .annotate(
            lessons=Count("pk"),
            absent=Count("pk", filter=Q(status=RegisterStatus.ABSENT)),
            late=Count("pk", filter=Q(status=RegisterStatus.LATE)),
            active=Sum("active_seconds", filter=measured, default=0),
            measured=Sum("seconds", filter=measured, default=0),
            measured_lessons=Count("pk", filter=measured),
        )
    )
    return {
        row["person"]: Tally(
            row["lessons"],
            row["absent"],
            row["late"],
            row["active"],
            row["measured"],
            row["measured_lessons"],
        )
        for row in rows.order_by()
    }


def _signs(rule: NoteRule, period: Period) -> dict[UUID, Tally]:
    """Those of the period, and of the week before it where no earlier period told of them: a school that holds no
    lessons looks at nobody, and an entry that stays open is no news."""
    earlier = FamilyNote.objects.filter(rule=rule, person=OuterRef("person"), since_on__lt=period.since_on)
    is_told = Exists(earlier.filter(written_at__gte=OuterRef("changed_at")))
    entries = WatchEntry.objects.filter(
        course__institution=rule.institution,
        state=WatchState.OPEN,
        week_on__gte=period.since_on - timedelta(days=7),
        week_on__lt=period.until_on,
    ).exclude(is_told, week_on__lt=period.since_on)
    signs: dict[UUID, int] = defaultdict(int)
    for person, told in entries.values_list("person", "signs"):
        signs[person] += sum(1 for sign in told if sign.get("stands"))
    return {person: Tally(signs=count) for person, count in signs.items()}


def told_otherwise(rule: NoteRule, period: Period) -> dict[tuple[UUID, UUID], int]:
    """What notes said that were written in this period while the rule still counted by the other length, by student
    and reader: of counts the sum."""
    since, until = bounds_of(period, rule.institution)
    notes = FamilyNote.objects.filter(rule=rule, written_at__gte=since, written_at__lt=until)
    rows = notes.exclude(every=period.every).values("person", "reader").annotate(told=Sum("number"))
    return {(row["person"], row["reader"]): row["told"] for row in rows.order_by()}


def told_by_other_weeks(rule: NoteRule, period: Period) -> dict[tuple[UUID, UUID], int]:
    """What was told while the school's weeks still began on another day, by student and reader: of counts how much of
    this period lies in weeks that had a note; else 0, for a note of such a week that was written since this one began."""
    notes = FamilyNote.objects.filter(
        rule=rule, every=period.every, since_on__lt=period.until_on, until_on__gt=period.since_on
    ).exclude(since_on=period.since_on)
    if rule.measure not in COUNTED:
        written = notes.filter(written_at__gte=bounds_of(period, rule.institution)[0])
        return dict.fromkeys(written.values_list("person", "reader"), 0)
    weeks: dict[tuple[UUID, UUID], list[tuple[date, date]]] = defaultdict(list)
    for person, reader, since_on, until_on in notes.values_list("person", "reader", "since_on", "until_on"):
        weeks[person, reader].append((since_on, until_on))
    days = _days_counted(rule, period, {person for person, _ in weeks})
    return {
        (person, reader): sum(any(since <= day < until for since, until in told) for day in days[person])
        for (person, reader), told in weeks.items()
    }


def _days_counted(rule: NoteRule, period: Period, students: set[UUID]) -> dict[UUID, list[date]]:
    """On which they were what the rule counts; a day with two such lessons stands twice."""
    zone, days = ZoneInfo(rule.institution.time_zone), defaultdict[UUID, list[date]](list)
    entries = _entries(rule.institution, period).filter(person__in=students, status=COUNTED[rule.measure])
    for person, starts_at in entries.values_list("person", "lesson__starts_at"):
        days[person].append(starts_at.astimezone(zone).date())
    return days


def readers_of(rule: NoteRule, students: Iterable[UUID]) -> dict[UUID, dict[UUID, str]]:
    """By student the people who are to be written to, each with the way that they want."""
    students = set(students)
    found: dict[UUID, set[UUID]] = {student: set() for student in students}
    if rule.to_student:
        for student in students:
            found[student].add(student)
    if rule.to_guardian:
        links = Guardianship.objects.filter(institution=rule.institution_id, child__in=students)
        for child, guardian in links.values_list("child", "guardian"):
            found[child].add(guardian)
    ways = _ways_of(rule.institution, set().union(*found.values()))
    return {student: {pk: ways[pk] for pk in readers if pk in ways} for student, readers in found.items()}


def _ways_of(institution: Institution, people: set[UUID]) -> dict[UUID, str]:
    """Only of those whom letters reach, who belong here, and who want notes."""
    here = counting_memberships().filter(institution=institution, role__in=(Role.STUDENT, Role.GUARDIAN))
    rows = Person.objects.filter(pk__in=people, is_active=True, is_guest=False).filter(
        pk__in=here.values("person")
    )
    unasked = read_policy(institution.policy).notes_unasked
    usual = NoteWay.AT_ONCE if unasked else NoteWay.NONE
    told = rows.values_list("pk", "email", "note_wish__way")
    ways = {pk: way or usual for pk, email, way in told if has_mailbox(email)}
    return {pk: way for pk, way in ways.items() if way != NoteWay.NONE}


def way_of(person: Person) -> str:
    """What they have chosen, or "" while they have not."""
    wish = NoteWish.objects.filter(person=person).first()
    return wish.way if wish else ""


def is_unsent(path: str = "letter__") -> Q:
    """Nobody has begun to send it."""
    return Q(**{f"{path}state": LetterState.WAITING, f"{path}attempts": 0})


def notes_of_letter(letter: Letter) -> list[FamilyNote]:
    """Those whose reader may still know of it: a guardian who is none any more, or who wants none, reads nothing."""
    notes = letter.family_notes.select_related("rule__institution", "person", "reader")
    rows = list(notes.order_by("person__name", "rule__measure", "since_on"))
    allowed = {
        rule: readers_of(rule, [note.person_id for note in rows if note.rule_id == rule.pk])
        for rule in {note.rule for note in rows}
    }
    return [note for note in rows if note.reader_id in allowed[note.rule][note.person_id]]


def notes_for(reader: Person) -> QuerySet[FamilyNote]:
    """What was written to them where they still may read it: of themselves, and of who is their child today."""
    here = active_memberships(reader).values("institution")
    of_child = Q(pk__in=[])
    for link in children_of(reader):
        of_child |= Q(person=link.child_id, rule__institution=link.institution_id)
    notes = FamilyNote.objects.filter(reader=reader, rule__institution__in=here)
    return notes.filter(Q(person=reader) | of_child).select_related("rule__institution", "person", "letter")


def notes_of_school(institution: Institution, *, query: str = "", state: str = "") -> QuerySet[FamilyNote]:
    notes = FamilyNote.objects.filter(rule__institution=institution)
    if query:
        notes = notes.filter(Q(person__name__icontains=query) | Q(reader__name__icontains=query))
    if state in LetterState.values:
        notes = notes.filter(letter__state=state)
    return notes.select_related("rule", "person", "reader", "letter")


def wordings_of(institution: Institution, language: str) -> dict[str, NoteWording]:
    rows = NoteWording.objects.filter(institution=institution, language=language)
    return {row.measure: row for row in rows}
