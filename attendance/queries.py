"""The register of a lesson, read from its timeline."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from accounts.models import Person
from attendance.presence import Event, Interval, intervals
from classroom.facts import PARTICIPANT_JOINED, PARTICIPANT_LEFT
from classroom.models import Door, Enrolment, Fact, Lesson, Standing
from classroom.timeline import facts_of

PLACES = {str(Standing.STUDENT): 1, str(Standing.GUEST): 2}
KINDS = {PARTICIPANT_JOINED: "joined", PARTICIPANT_LEFT: "left"}


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One person's row; somebody enrolled who never came has no times."""

    person: Person
    standing: str
    first_joined_at: datetime | None
    last_left_at: datetime | None
    seconds: float
    rejoins: int
    is_inside: bool

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def role(self) -> str:
        return str(Standing(self.standing).label)

    @property
    def minutes(self) -> float:
        """Minutes inside, to a tenth."""
        return round(self.seconds / 60, 1)


def register_of(lesson: Lesson, *, now: datetime) -> list[RegisterLine]:
    """Everybody enrolled and everybody who came, staff first, guests last, then by name."""
    facts = list(facts_of(lesson, KINDS).select_related("person"))
    until = (lesson.ended_at or now).timestamp()
    inside = intervals(_events(facts), until)
    people = _people(lesson, facts)
    lines = [
        _line(person, standing, inside.get(str(person.pk), []), until, lesson) for person, standing in people
    ]
    return sorted(lines, key=lambda line: (PLACES.get(line.standing, 0), line.person.name.casefold()))


def minutes_inside(*, people: Iterable[Person], lessons: Iterable[Lesson]) -> dict[tuple[UUID, UUID], float]:
    """Minutes of these people in these lessons, which are over, by (person, lesson); nothing for who did not come."""
    ends = {lesson.pk: (lesson.ended_at or lesson.ends_at).timestamp() for lesson in lessons}
    facts = Fact.objects.filter(lesson__in=ends, person__in=list(people), type__in=list(KINDS))
    by_lesson: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts.order_by("at", "pk"):
        by_lesson[fact.lesson_id].append(fact)
    return {
        (UUID(person), lesson): round(sum(stay.seconds for stay in stays) / 60, 1)
        for lesson, told in by_lesson.items()
        for person, stays in intervals(_events(told), ends[lesson]).items()
    }


def _events(facts: list[Fact]) -> list[Event]:
    return [_event(fact) for fact in facts if fact.person_id]


def _event(fact: Fact) -> Event:
    seen_at = fact.data.get("seen_at")
    return Event(
        person=str(fact.person_id),
        occupant=fact.data["occupant"],
        kind=KINDS[fact.type],
        at=fact.at.timestamp(),
        door=fact.data.get("door", Door.PAGE),
        reason=fact.data.get("reason", ""),
        is_inferred=fact.data.get("inferred", False),
        seen_at=None if seen_at is None else seen_at / 1000,
    )


def _people(lesson: Lesson, facts: list[Fact]) -> list[tuple[Person, str]]:
    enrolled = Enrolment.objects.filter(course=lesson.course, is_active=True).select_related("person")
    people = {fact.person_id: (fact.person, fact.data["role"]) for fact in facts if fact.person}
    return list((people | {one.person_id: (one.person, one.standing) for one in enrolled}).values())


def lesson_minutes(lesson: Lesson, *, now: datetime) -> float:
    """From opening to the end, or to now while it runs; 0 before."""
    if lesson.opened_at is None:
        return 0.0
    return round(((lesson.ended_at or now) - lesson.opened_at).total_seconds() / 60, 1)


def _line(person: Person, standing: str, stays: list[Interval], until: float, lesson: Lesson) -> RegisterLine:
    is_inside = bool(stays) and lesson.ended_at is None and stays[-1].ends_at >= until
    return RegisterLine(
        person=person,
        standing=standing,
        first_joined_at=_moment(stays[0].starts_at) if stays else None,
        last_left_at=_moment(stays[-1].ends_at) if stays and not is_inside else None,
        seconds=sum(stay.seconds for stay in stays),
        rejoins=max(0, len(stays) - 1),
        is_inside=is_inside,
    )


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)
