"""What a timetable runs into: people who would be in two lessons at once, and more lessons than recorders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Person
from classroom.capacity import Peak, find_peaks
from classroom.models import STAFF, Course, Enrolment, LessonStatus, Standing
from classroom.queries import lessons_seen_by, recorders_for
from classroom.recurrence import Interval

NAMED = 3

# Once for a whole series. No lesson is longer than twelve hours, which lets the index on starts_at do the work.
OVERLAPS = """
SELECT p.n - 1, l.id, l.starts_at, l.ends_at, l.title, l.course_id, l.substitute_id,
       l.institution_id = %(institution)s
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS p (starts_at, ends_at, n)
JOIN classroom_lesson l ON l.starts_at < p.ends_at AND l.ends_at > p.starts_at
                       AND l.starts_at > p.starts_at - interval '12 hours'
JOIN accounts_institution i ON i.id = l.institution_id
WHERE i.region = %(region)s AND l.status = ANY(%(statuses)s) AND NOT l.id = ANY(%(ignoring)s::uuid[])
ORDER BY p.n, l.starts_at, l.id
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lesson that is not saved yet."""

    interval: Interval
    substitute_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """People of ours who are in another lesson of the school then. `title` is empty for one that the asker may not see."""

    title: str
    starts_at: datetime
    ends_at: datetime
    names: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Of one proposal. `peak` counts every lesson of the region, and is all that is told of other schools."""

    teachers: tuple[Clash, ...]
    students: tuple[Clash, ...]
    peak: Peak
    recorders: int

    @property
    def lacks_recorders(self) -> bool:
        return self.peak.count > self.recorders

    def without_names(self) -> Conflicts:
        """For who may not see who learns where; who teaches stands in the timetable."""
        return replace(self, students=tuple(replace(clash, names=()) for clash in self.students))

    def __bool__(self) -> bool:
        return bool(self.teachers or self.students or self.lacks_recorders)


@dataclass(frozen=True, slots=True)
class _Other:
    """A lesson that exists already."""

    id: UUID
    interval: Interval
    title: str
    course_id: UUID
    substitute_id: UUID | None
    is_ours: bool


def find_conflicts(
    *, course: Course, proposals: Sequence[Proposal], by: Person, ignoring: Collection[UUID] = ()
) -> list[Conflicts]:
    """For each proposal what it runs into; `ignoring` are lessons that are about to move. Five queries at most.

    A substitute stands in for the teacher, who is free then; co-teachers are needed all the same. Other
    schools are only counted: whether a person is busy elsewhere is nobody's business here.
    """
    overlaps = _find_overlaps(course, proposals, ignoring)
    others = {other.id: other for found in overlaps.values() for other in found}
    peaks = find_peaks([one.interval for one in proposals], [other.interval for other in others.values()])
    ours = {other.id: other for other in others.values() if other.is_ours}
    rolls = _Rolls(course, proposals, ours.values())
    seen = set(lessons_seen_by(by).filter(pk__in=ours).values_list("pk", flat=True)) if ours else set()
    found, recorders = [], recorders_for(course.institution.region)
    for number, proposal in enumerate(proposals):
        near = [other for other in overlaps[number] if other.is_ours]
        clashes = [rolls.compare(proposal, other, is_seen=other.id in seen) for other in near]
        found.append(
            Conflicts(
                teachers=tuple(teachers for teachers, _ in clashes if teachers),
                students=tuple(students for _, students in clashes if students),
                peak=peaks[number],
                recorders=recorders,
            )
        )
    return found


def _find_overlaps(
    course: Course, proposals: Sequence[Proposal], ignoring: Collection[UUID]
) -> dict[int, list[_Other]]:
    wanted: dict[str, Any] = {
        "institution": course.institution_id,
        "region": course.institution.region,
        "starts": [one.interval.starts_at for one in proposals],
        "ends": [one.interval.ends_at for one in proposals],
        "statuses": [LessonStatus.SCHEDULED.value, LessonStatus.LIVE.value],
        "ignoring": list(ignoring),
    }
    found: dict[int, list[_Other]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OVERLAPS, wanted)
        for number, pk, starts_at, ends_at, title, course_id, substitute_id, is_ours in cursor.fetchall():
            interval = Interval(starts_at, ends_at)
            found[number].append(_Other(pk, interval, title, course_id, substitute_id, is_ours))
    return found


class _Rolls:
    """Who is in the course, and in which of the other lessons' courses these people are as well."""

    def __init__(self, course: Course, proposals: Sequence[Proposal], others: Iterable[_Other]) -> None:
        enrolments = Enrolment.objects.filter(course=course, is_active=True).select_related("person")
        self.roll: dict[UUID, str] = {}
        self.names: dict[UUID, str] = {}
        for enrolment in enrolments:
            self.roll[enrolment.person_id] = enrolment.standing
            self.names[enrolment.person_id] = enrolment.person.name
        standing_in = {one.substitute_id for one in proposals if one.substitute_id} - self.names.keys()
        if standing_in:
            self.names |= dict(Person.objects.filter(pk__in=standing_in).values_list("pk", "name"))
        self.elsewhere: dict[UUID, dict[UUID, str]] = defaultdict(dict)
        courses = {other.course_id for other in others}
        shared = Enrolment.objects.filter(course__in=courses, person__in=self.names, is_active=True)
        for course_id, person_id, standing in (
            shared.values_list("course_id", "person_id", "standing") if courses else ()
        ):
            self.elsewhere[course_id][person_id] = standing

    def compare(
        self, proposal: Proposal, other: _Other, *, is_seen: bool
    ) -> tuple[Clash | None, Clash | None]:
        """The teachers, and the students, who would be in both."""
        here = _taking_part(self.roll, proposal.substitute_id)
        there = _taking_part(self.elsewhere[other.course_id], other.substitute_id)
        both = sorted(here.keys() & there.keys(), key=lambda person: self.names[person])
        teaching = [person for person in both if STAFF & {here[person], there[person]}]
        learning = [person for person in both if person not in teaching]
        return self._clash(other, teaching, is_seen), self._clash(other, learning, is_seen)

    def _clash(self, other: _Other, people: list[UUID], is_seen: bool) -> Clash | None:
        if not people:
            return None
        return Clash(
            title=other.title if is_seen else "",
            starts_at=other.interval.starts_at,
            ends_at=other.interval.ends_at,
            names=tuple(self.names[person] for person in people[:NAMED]),
            count=len(people),
        )


def _taking_part(roll: dict[UUID, str], substitute_id: UUID | None) -> dict[UUID, str]:
    if substitute_id is None:
        return roll
    others = {person: standing for person, standing in roll.items() if standing != Standing.TEACHER}
    return others | {substitute_id: Standing.TEACHER}


def describe_conflicts(conflicts: Conflicts, zone: ZoneInfo) -> list[tuple[str, str]]:
    """A word and a sentence for each, by the clocks of `zone`."""
    found = [("teacher_busy", _teacher_warning(clash, zone)) for clash in conflicts.teachers]
    found += [("students_busy", _student_warning(clash, zone)) for clash in conflicts.students]
    if conflicts.lacks_recorders:
        found.append(("too_few_recorders", _recorder_warning(conflicts, zone)))
    return found


def _teacher_warning(clash: Clash, zone: ZoneInfo) -> str:
    return ngettext(
        "%(names)s is in %(lesson)s then, from %(start)s to %(end)s.",
        "%(names)s are in %(lesson)s then, from %(start)s to %(end)s.",
        clash.count,
    ) % _values(clash, zone)


def _student_warning(clash: Clash, zone: ZoneInfo) -> str:
    return ngettext(
        "%(count)s student is in %(lesson)s then, from %(start)s to %(end)s: %(names)s",
        "%(count)s students are in %(lesson)s then, from %(start)s to %(end)s: %(names)s",
        clash.count,
    ) % _values(clash, zone)


def _values(clash: Clash, zone: ZoneInfo) -> dict[str, Any]:
    names = ", ".join(isolated(name) for name in clash.names)
    return {
        "count": clash.count,
        "names": f"{names} …".strip() if clash.count > len(clash.names) else names,
        "lesson": f"“{isolated(clash.title)}”" if clash.title else _("another lesson"),
        "start": f"{clash.starts_at.astimezone(zone):%H:%M}",
        "end": f"{clash.ends_at.astimezone(zone):%H:%M}",
    }


def _recorder_warning(conflicts: Conflicts, zone: ZoneInfo) -> str:
    at = conflicts.peak.at.astimezone(zone)
    return _("%(weekday)s %(time)s needs %(needed)s recorders, you have %(had)s.") % {
        "weekday": date_format(at, "l"),
        "time": f"{at:%H:%M}",
        "needed": conflicts.peak.count,
        "had": conflicts.recorders,
    }


def isolated(text: str) -> str:
    """What `<bdi>` is in HTML: a name in another script turns nothing around it."""
    return f"\u2068{text}\u2069"
