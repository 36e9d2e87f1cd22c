"""The heatmap of a lesson that goes on, looked at again and again: what is new is read, the rest is kept."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Person
from attendance.heatmap import Moment, Picture, Row, draw_cells, needs_of, state_now
from attendance.presence import fold
from attendance.queries.readings import TOLD, Reading, is_expected, rules_of, sort_facts
from classroom.models import ChatMessage, Enrolment, Fact, Hand, Lesson, Standing
from quizzes.facts import ANSWER_SUBMITTED
from quizzes.models import Quiz, QuizState
from whiteboard.models import Edit

# Rows get their numbers before they are committed, so one may appear behind our back. What is that new is read again,
# and all of it so often.
OVERLAP = timedelta(seconds=5)
ANEW = timedelta(seconds=30)


class Known:
    """Rows seen, and up to which number no older one is expected any more."""

    def __init__(self) -> None:
        self.upto = 0
        self._recent: dict[int, float] = {}

    def is_new(self, number: int, at: float) -> bool:
        """`at` in seconds, when it was written. To be asked once of each row that is read."""
        if number in self._recent:
            return False
        self._recent[number] = at
        return True

    def settle(self) -> None:
        newest = max(self._recent.values(), default=0.0)
        old = [number for number, at in self._recent.items() if at <= newest - OVERLAP.total_seconds()]
        self.upto = max([self.upto, *old])
        self._recent = {number: at for number, at in self._recent.items() if number > self.upto}


class Watcher:
    """One lesson. Not for several threads at once."""

    def __init__(self, lesson_id: UUID) -> None:
        self.lesson_id = lesson_id
        self._read_at: datetime | None = None

    def look(self, now: datetime) -> Picture:
        if self._read_at is None or now - self._read_at >= ANEW:
            self._read_all(now)
        else:
            self._read_new(now)
        return self._draw(now.timestamp())

    def _read_all(self, now: datetime) -> None:
        self.lesson = Lesson.objects.select_related("institution", "course").get(pk=self.lesson_id)
        self.facts: dict[int, Fact] = {}
        self.acts: defaultdict[UUID, set[tuple[float, str]]] = defaultdict(set)
        self.readings: dict[UUID, tuple[float, Reading]] = {}
        self._known_facts, self._known_edits = Known(), Known()
        self._said_at = self.lesson.starts_at - timedelta(days=1)
        self._read_at = now
        self._read_new(now)
        self.people = self._students()

    def _read_new(self, now: datetime) -> None:
        touched = self._read_facts() | self._read_messages() | self._read_edits()
        for person in touched:
            self.readings.pop(person, None)
        quizzes = Quiz.objects.filter(lesson=self.lesson_id, state=QuizState.OPEN, anonymous=False)
        self.quiz = quizzes.filter(room__kind="main").first()
        up = Hand.objects.filter(room__lesson=self.lesson_id, lowered_at=None)
        self.hands = {person: at.timestamp() for person, at in up.values_list("person", "raised_at")}

    def _read_facts(self) -> set[UUID]:
        known = self._known_facts
        rows = Fact.objects.filter(lesson=self.lesson_id, type__in=TOLD, pk__gt=known.upto).order_by("pk")
        touched = set()
        for fact in rows:
            if known.is_new(fact.pk, fact.recorded_at.timestamp()):
                self.facts[fact.pk] = fact
                if fact.person_id:
                    touched.add(fact.person_id)
        known.settle()
        return touched

    def _read_messages(self) -> set[UUID]:
        said = ChatMessage.objects.filter(room__lesson=self.lesson_id, sent_at__gt=self._said_at - OVERLAP)
        touched = set()
        for author, at in said.order_by("sent_at").values_list("author", "sent_at"):
            act = (at.timestamp(), "message")
            if act not in self.acts[author]:
                self.acts[author].add(act)
                touched.add(author)
            self._said_at = max(self._said_at, at)
        return touched

    def _read_edits(self) -> set[UUID]:
        known = self._known_edits
        rows = Edit.objects.filter(board__room__lesson=self.lesson_id, pk__gt=known.upto).order_by("pk")
        touched = set()
        for pk, author, milliseconds in rows.values_list("pk", "author", "at"):
            if known.is_new(pk, milliseconds / 1000):
                # One a second is enough to know that somebody draws.
                self.acts[author].add((float(milliseconds // 1000), "edit"))
                touched.add(author)
        known.settle()
        return touched

    def _students(self) -> list[Person]:
        rows = Enrolment.objects.filter(
            course=self.lesson.course_id, is_active=True, standing=Standing.STUDENT
        )
        people = {row.person_id: row.person for row in rows.select_related("person")}
        came = {
            fact.person_id
            for fact in self.facts.values()
            if fact.person_id is not None and is_expected(fact.data.get("role", ""))
        }
        others = Person.objects.filter(pk__in=came - set(people))
        return sorted([*people.values(), *others], key=lambda one: (one.name.casefold(), str(one.pk)))

    def _draw(self, now: float) -> Picture:
        lesson = self.lesson
        starts_at = lesson.starts_at.timestamp()
        if now < starts_at and lesson.opened_at is not None:
            starts_at = lesson.opened_at.timestamp()
        self._fold_touched(now)
        answered = self._answered()
        rows = tuple(self._row(person, starts_at, now, answered) for person in self.people)
        return Picture(starts_at, rows)

    def _fold_touched(self, now: float) -> None:
        """Those of whom something new was heard, and everybody once a minute: an act proves presence for one."""
        wanted = {one.pk for one in self.people if now - self.readings.get(one.pk, (0.0, None))[0] >= 60}
        if not wanted:
            return
        told = sort_facts(fact for fact in self.facts.values() if fact.person_id in wanted)
        events = [event for one in told.values() for event in one.events]
        far = now + 600.0
        inside, seen = fold(events, far)
        rules = rules_of(self.lesson)
        for person in self.people:
            if person.pk in wanted:
                known = told[person.pk]
                known.add_acts(self.acts[person.pk])
                reading = Reading.of(person, str(Standing.STUDENT), known, inside, seen, rules)
                self.readings[person.pk] = (now, reading)

    def _answered(self) -> set[Any]:
        if self.quiz is None:
            return set()
        since, quiz = self.quiz.opened_at, str(self.quiz.pk)
        return {
            fact.person_id
            for fact in self.facts.values()
            if fact.type == ANSWER_SUBMITTED and fact.at >= since and fact.data.get("quiz") == quiz
        }

    def _row(self, person: Person, starts_at: float, now: float, answered: set[Any]) -> Row:
        """Folded as if they stayed: what lies after `now` is cut off."""
        reading = self.readings[person.pk][1]
        told = [one.until(now) for one in reading.stretches if one.starts_at < now]
        stays = [stay for stay in reading.stays if stay.starts_at <= now]
        waits = None
        if self.quiz is not None and person.pk not in answered:
            waits = self.quiz.opened_at.timestamp()
        late_after = self.lesson.starts_at.timestamp() + 60 * rules_of(self.lesson).late_minutes
        moment = Moment(now, self.lesson.starts_at.timestamp(), late_after, self.hands.get(person.pk), waits)
        needs = needs_of(told, stays, [one for one in reading.open_stays if one.ends_at < now], moment)
        acts = [act for act in reading.acts if act.at <= now]
        cells = draw_cells(told, acts, starts_at, now)
        return Row(str(person.pk), person.name, cells, state_now(told, now)[0], needs)
