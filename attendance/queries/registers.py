"""The register of a lesson: of a lesson that is over as it was settled, of one that goes on from its timeline."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Person
from attendance.models import Excuse, RegisterEntry, RegisterStatus
from attendance.presence import close_gaps, intervals
from attendance.queries.readings import (
    KINDS,
    TOLD,
    LessonReading,
    Reading,
    event_of,
    is_expected,
    read_lesson,
)
from attendance.verdict import Verdict, judge
from classroom.models import Fact, Lesson, LessonStatus, Standing

PLACES = {str(Standing.STUDENT): 1, str(Standing.GUEST): 2}
# What Prosody tells later than this nobody reckons again.
LATE_FACTS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One person's row; somebody enrolled who never came has no times. `status` is None of those whose coming nobody
    judges, and of somebody who may still come. `entry` once the lesson is settled."""

    person: Person
    standing: str
    first_joined_at: datetime | None
    last_left_at: datetime | None
    seconds: float
    rejoins: int
    is_inside: bool
    status: str | None = None
    late_seconds: float = 0.0
    early_seconds: float = 0.0
    active_seconds: float | None = None
    entry: RegisterEntry | None = None
    is_corrected: bool = False

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

    @property
    def late_minutes(self) -> int:
        return round(self.late_seconds / 60)

    @property
    def early_minutes(self) -> int:
        return round(self.early_seconds / 60)

    @property
    def active_minutes(self) -> float | None:
        return None if self.active_seconds is None else round(self.active_seconds / 60, 1)

    @property
    def status_label(self) -> str:
        return str(RegisterStatus(self.status).label) if self.status else ""


def register_of(lesson: Lesson, *, now: datetime) -> list[RegisterLine]:
    """Everybody enrolled and everybody who came, staff first, guests last, then by name."""
    lines = _settled(lesson) if lesson.is_over else []
    return in_order(lines or lines_of(read_lesson(lesson, now=now), excused=excused_from(lesson)))


def in_order(lines: Iterable[RegisterLine]) -> list[RegisterLine]:
    return sorted(lines, key=lambda line: (PLACES.get(line.standing, 0), line.person.name.casefold()))


def lines_of(reading: LessonReading, *, excused: set[UUID]) -> list[RegisterLine]:
    return [_line(reading, one, is_excused=one.person.pk in excused) for one in reading.people.values()]


def verdict_of(reading: LessonReading, one: Reading, *, is_excused: bool) -> Verdict:
    is_over = reading.lesson.ended_at is not None
    return judge(one.stays, reading.window, reading.rules, is_excused=is_excused, is_over=is_over)


def excused_from(lesson: Lesson) -> set[UUID]:
    return set(Excuse.objects.filter(lesson=lesson, withdrawn_at=None).values_list("person", flat=True))


def _line(reading: LessonReading, one: Reading, *, is_excused: bool) -> RegisterLine:
    lesson, stays, until = reading.lesson, one.stays, reading.until
    is_inside = bool(stays) and lesson.ended_at is None and stays[-1].ends_at >= until
    verdict = verdict_of(reading, one, is_excused=is_excused)
    may_still_come = lesson.ended_at is None and verdict.status == RegisterStatus.ABSENT
    is_judged = is_expected(one.standing) and not may_still_come
    return RegisterLine(
        person=one.person,
        standing=one.standing,
        first_joined_at=_moment(stays[0].starts_at) if stays else None,
        last_left_at=_moment(stays[-1].ends_at) if stays and not is_inside else None,
        seconds=sum(stay.seconds for stay in stays),
        rejoins=max(0, len(stays) - 1),
        is_inside=is_inside,
        status=verdict.status if is_judged else None,
        late_seconds=verdict.late_seconds,
        early_seconds=verdict.early_seconds,
        active_seconds=one.active_seconds,
    )


def entries_of(lesson: Lesson) -> QuerySet[RegisterEntry]:
    """With `.holding`, how many corrections hold. Whoever only looked on has a row in registers of before."""
    holding = Count("corrections", filter=Q(corrections__undone_at=None))
    entries = RegisterEntry.objects.filter(lesson=lesson).exclude(standing=Standing.OBSERVER)
    return entries.select_related("person").annotate(holding=holding)


def _settled(lesson: Lesson) -> list[RegisterLine]:
    return [_of_entry(entry, is_corrected=bool(entry.holding)) for entry in entries_of(lesson)]  # type: ignore[attr-defined]


def _of_entry(entry: RegisterEntry, *, is_corrected: bool) -> RegisterLine:
    return RegisterLine(
        person=entry.person,
        standing=entry.standing,
        first_joined_at=entry.first_joined_at,
        last_left_at=entry.last_left_at,
        seconds=entry.seconds,
        rejoins=entry.rejoins,
        is_inside=False,
        status=entry.status if is_expected(entry.standing) else None,
        late_seconds=entry.late_seconds,
        early_seconds=entry.early_seconds,
        active_seconds=entry.active_seconds,
        entry=entry,
        is_corrected=is_corrected,
    )


def lessons_to_settle(*, now: datetime) -> QuerySet[Lesson]:
    """Over, really held, and either never settled or with facts told since."""
    told = Fact.objects.filter(lesson=OuterRef("pk"), type__in=TOLD).order_by()
    count = Coalesce(Subquery(told.values("lesson").annotate(n=Count("pk")).values("n")), 0)
    held = Lesson.objects.filter(status=LessonStatus.ENDED, opened_at__isnull=False)
    new = held.filter(Exists(told), register__isnull=True)
    since = Fact.objects.filter(recorded_at__gt=now - LATE_FACTS, type__in=TOLD).values("lesson")
    changed = held.filter(pk__in=since).annotate(told=count).exclude(told=F("register__fact_count"))
    return Lesson.objects.filter(Q(pk__in=new.values("pk")) | Q(pk__in=changed.values("pk"))).order_by(
        "ended_at"
    )


def minutes_inside(*, people: Iterable[Person], lessons: Iterable[Lesson]) -> dict[tuple[UUID, UUID], float]:
    """Minutes of these people in these lessons, which are over, by (person, lesson), as their registers have them;
    0 or nothing for who did not come."""
    people, lessons = list(people), list(lessons)
    entries = RegisterEntry.objects.filter(lesson__in=lessons, person__in=people)
    settled = {(entry.person_id, entry.lesson_id): entry.minutes for entry in entries}
    return _minutes_told(people, lessons) | settled


def _minutes_told(people: list[Person], lessons: list[Lesson]) -> dict[tuple[UUID, UUID], float]:
    """From the facts of lessons that are not settled yet."""
    ends = {lesson.pk: (lesson.ended_at or lesson.ends_at).timestamp() for lesson in lessons}
    facts = Fact.objects.filter(lesson__in=ends, person__in=people, type__in=list(KINDS))
    by_lesson: dict[UUID, list[Fact]] = defaultdict(list)
    for fact in facts.filter(lesson__register=None).order_by("at", "pk"):
        by_lesson[fact.lesson_id].append(fact)
    return {
        (UUID(person), lesson): round(sum(stay.seconds for stay in close_gaps(stays)) / 60, 1)
        for lesson, told in by_lesson.items()
        for person, stays in intervals(map(event_of, told), ends[lesson]).items()
    }


def lesson_minutes(lesson: Lesson, *, now: datetime) -> float:
    """From opening to the end, or to now while it runs; 0 before."""
    if lesson.opened_at is None:
        return 0.0
    return round(((lesson.ended_at or now) - lesson.opened_at).total_seconds() / 60, 1)


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)
