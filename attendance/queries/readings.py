"""A lesson read from its timeline once, for registers, engagement and the heatmap alike."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from accounts.models import Person
from accounts.policy import read_policy
from attendance.activity import (
    NOT_AWAY,
    Act,
    Activity,
    Claim,
    Stretch,
    clip,
    close,
    has_told,
    name_doors,
    stretches,
    sum_of,
)
from attendance.models import Register
from attendance.presence import PAGE, Event, Interval, Visit, close_gaps, fold, losses
from attendance.trace import Span, trace
from attendance.verdict import Rules, Window, window_of
from classroom.facts import ACTIVITY_CHANGED, HAND_RAISED, PARTICIPANT_JOINED, PARTICIPANT_LEFT
from classroom.models import STAFF, ChatMessage, Door, Enrolment, Fact, Lesson, Standing
from classroom.timeline import facts_of
from quizzes.facts import ANSWER_SUBMITTED
from whiteboard.models import Edit

KINDS = {PARTICIPANT_JOINED: "joined", PARTICIPANT_LEFT: "left"}
ACTS = {ANSWER_SUBMITTED: "answer", HAND_RAISED: "hand"}
# The facts that a register is made of.
TOLD = (*KINDS, *ACTS, ACTIVITY_CHANGED)


@dataclass(slots=True)
class Told:
    """What was heard of one person."""

    events: list[Event] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def add_acts(self, acts: Iterable[tuple[float, str]]) -> None:
        self.acts += [Act(at, kind) for at, kind in acts]


@dataclass(frozen=True)
class Reading:
    """One person in one lesson. `stays` with their short gaps closed."""

    person: Person
    standing: str
    open_stays: tuple[Interval, ...]
    seen: tuple[Visit, ...]
    claims: tuple[Claim, ...]
    acts: tuple[Act, ...]
    silent_after: float = math.inf

    @classmethod
    def of(
        cls,
        person: Person,
        standing: str,
        told: Told,
        inside: Mapping[str, list[Interval]],
        seen: Mapping[str, list[Visit]],
        rules: Rules,
    ) -> Reading:
        """Only students' pages tell of themselves, so only theirs can be silent."""
        return cls(
            person=person,
            standing=standing,
            open_stays=tuple(inside.get(str(person.pk), [])),
            seen=tuple(seen.get(str(person.pk), [])),
            claims=tuple(told.claims),
            acts=tuple(sorted(told.acts, key=lambda act: act.at)),
            silent_after=rules.silent_after if is_expected(standing) else math.inf,
        )

    @cached_property
    def stays(self) -> list[Interval]:
        return close_gaps(self.open_stays)

    @cached_property
    def stretches(self) -> list[Stretch]:
        told = stretches(self.open_stays, self.seen, self.claims, self.acts, self.silent_after)
        return name_doors(close(told, self.stays), self.seen)

    @cached_property
    def losses(self) -> list[Interval]:
        """When the connection was lost; who closes the page and opens it again has lost none."""
        return losses(self.seen)

    @property
    def has_page(self) -> bool:
        return any(visit.door == PAGE for visit in self.seen)

    def inside_seconds(self, window: Window) -> float:
        """As the server saw it, whatever a page said of itself."""
        within = (
            min(one.ends_at, window.ends_at) - max(one.starts_at, window.starts_at) for one in self.stays
        )
        return sum(seconds for seconds in within if seconds > 0)

    def attentive_seconds(self, window: Window) -> float:
        return sum_of(clip(self.stretches, window.starts_at, window.ends_at), NOT_AWAY)

    @property
    def active_seconds(self) -> float | None:
        """None for whoever had no page but one beside the app: nobody could measure it."""
        return sum_of(self.stretches, NOT_AWAY) if has_told(self.seen) else None

    def trace(self, window: Window) -> list[Span]:
        begun, ended = window.starts_at, window.ends_at
        return trace(self.stretches, self.seen, self.claims, self.acts, begun, ended, self.silent_after)


@dataclass(frozen=True)
class LessonReading:
    lesson: Lesson
    people: dict[UUID, Reading]
    window: Window
    rules: Rules
    until: float
    facts: dict[str, Fact]

    @property
    def fact_count(self) -> int:
        return len(self.facts)


def rules_of(lesson: Lesson) -> Rules:
    policy = read_policy(lesson.institution.policy)
    return Rules(
        policy.late_minutes, policy.leave_minutes, policy.absent_percent, silent_minutes=policy.silent_minutes
    )


def _rules_for(lesson: Lesson, now: datetime) -> Rules:
    """Today's; but nobody is silent whose page was not asked to tell, or whose page's words are removed."""
    rules = rules_of(lesson)
    kept = timedelta(days=read_policy(lesson.institution.policy).engagement_days)
    settled = Register.objects.filter(lesson=lesson).values_list("rules", flat=True).first()
    is_forgotten = lesson.ended_at is not None and lesson.ended_at < now - kept
    if is_forgotten or (settled is not None and settled.get("silent_minutes") is None):
        return replace(rules, silent_minutes=None)
    return rules


def read_lesson(lesson: Lesson, *, now: datetime) -> LessonReading:
    """Everybody enrolled and everybody who came. Recorders are nobody; those who only look on stand in no register."""
    facts = list(facts_of(lesson, TOLD).select_related("person"))
    until = (lesson.ended_at or now).timestamp()
    told = sort_facts(facts)
    _add_rows(lesson, told)
    events = [event for one in told.values() for event in one.events]
    inside, seen = fold(events, until)
    rules = _rules_for(lesson, now)
    people = {
        person.pk: Reading.of(person, standing, told[person.pk], inside, seen, rules)
        for person, standing in people_in(lesson, facts)
    }
    window = _window(lesson, people, until)
    return LessonReading(lesson, people, window, rules, until, {str(fact.pk): fact for fact in facts})


def people_in(lesson: Lesson, facts: Iterable[Fact]) -> list[tuple[Person, str]]:
    """With how they stand; a place in the course says more than the way somebody came in once."""
    enrolled = Enrolment.objects.filter(course=lesson.course, is_active=True).select_related("person")
    people = {
        fact.person_id: (fact.person, fact.data["role"])
        for fact in facts
        if fact.person and fact.type in KINDS and fact.data["role"] != Standing.OBSERVER
    }
    rows = enrolled.exclude(standing=Standing.OBSERVER)
    return list((people | {one.person_id: (one.person, one.standing) for one in rows}).values())


def _window(lesson: Lesson, people: dict[UUID, Reading], until: float) -> Window:
    staff = [one.stays for one in people.values() if one.standing in STAFF]
    return window_of(
        planned=Interval(lesson.starts_at.timestamp(), lesson.ends_at.timestamp()),
        opened_at=lesson.opened_at.timestamp() if lesson.opened_at else None,
        ended_at=until,
        staff=staff,
    )


def sort_facts(facts: Iterable[Fact]) -> defaultdict[UUID | None, Told]:
    told: defaultdict[UUID | None, Told] = defaultdict(Told)
    for fact in facts:
        if fact.person_id is None:
            continue
        if fact.type in KINDS:
            told[fact.person_id].events.append(event_of(fact))
        elif fact.type == ACTIVITY_CHANGED:
            activity = Activity(fact.data["activity"])
            told[fact.person_id].claims.append(
                Claim(fact.data["occupant"], fact.at.timestamp(), activity, str(fact.pk))
            )
        else:
            told[fact.person_id].acts.append(Act(fact.at.timestamp(), ACTS[fact.type], str(fact.pk)))
    return told


def _add_rows(lesson: Lesson, told: defaultdict[UUID | None, Told]) -> None:
    """What leaves rows but no facts: messages, and lines on the boards. Their keys are those of their rows."""
    said = ChatMessage.objects.filter(room__lesson=lesson).values_list("author", "sent_at", "pk")
    for author, at, pk in said:
        told[author].acts.append(Act(at.timestamp(), "message", f"message:{pk}"))
    drawn = Edit.objects.filter(board__room__lesson=lesson).values_list("author", "at", "pk")
    for author, milliseconds, number in drawn:
        told[author].acts.append(Act(milliseconds / 1000, "edit", f"edit:{number}"))


def event_of(fact: Fact) -> Event:
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
        is_companion=fact.data.get("companion", False),
        key=str(fact.pk),
    )


def is_expected(standing: str) -> bool:
    """Whose coming a register judges."""
    return standing == Standing.STUDENT
