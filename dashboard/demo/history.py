"""Seven weeks of the demo's mathematics. What a lesson is goes through the actions; who came and what they said are rows
by the batch, written as the actions write them, because a first start should not wait for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Person
from attendance import actions as memory
from attendance.models import ContactWay, Every, Measure, NoteWay, ReportKind, WatchEntry
from attendance.periods import period_before, period_of
from attendance.queries import week_of
from attendance.thresholds import LIMITS, USUAL
from classroom import actions as lessons
from classroom import timeline
from classroom.actions.presences import activity_of, fact_of
from classroom.facts import PARTICIPANT_JOINED, PARTICIPANT_LEFT
from classroom.models import Course, Fact, Lesson, Presence, Standing
from common.clock import to_ms
from dashboard.demo.drawing import BLUE, line
from dashboard.demo.habits import DAYS, EXCUSED, HABITS, MISSED_YESTERDAY, QUIET, UNITS, Habit, stays_of
from quizzes import actions as quizzes
from quizzes.actions.answers import Submission
from quizzes.models import Question
from recordings.models import Recording, RecordingState
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import Command
from whiteboard.queries import load_state

MINUTES, AT = 45, time(9)
# So often a page tells that it is looked at.
AGAIN = timedelta(minutes=4)
ASKED_AFTER, DRAWN_AFTER = timedelta(minutes=20), timedelta(minutes=30)
# Places in the bank of what is asked each time, with an answer.
ASKED = ((0, "2"), (3, 0.125), (4, "denominator"))
# So much longer takes whoever is quiet; and others are a little quicker or slower from lesson to lesson.
SLOW, SWAY = 3.2, (1.0, 0.92, 1.07, 0.96, 1.04)
# Who, which tab, from when, until when.
Stay = tuple[Person, uuid.UUID, datetime, datetime]
SPOKEN = "Shares a telephone with two sisters in the mornings. We agreed on the recording, and on Group A."


def remember_weeks(
    course: Course,
    cast: Mapping[str, Person],
    class_: Sequence[Person],
    bank: list[Question],
    *,
    until: datetime,
) -> None:
    """`until`: when yesterday's lesson begins, whose week is the last."""
    known = {person.name: person for person in class_}
    habits = [(known[one.name], one) for one in HABITS]
    for number, (title, starts_at) in enumerate(_meetings(course, until)):
        letters = [(person, habit, habit.letters[number]) for person, habit in habits]
        _Meeting(course, title, starts_at, cast["teacher"], number).hold(letters, bank)
    _look_after(course, known["Dmitri Orlov"], cast["teacher"], until)
    _order_reports(course, cast)
    _rule_notes(course, cast)


def _meetings(course: Course, until: datetime) -> Iterator[tuple[str, datetime]]:
    school = course.institution
    zone, last_week = ZoneInfo(school.time_zone), week_of(until, school)
    *before, _last = HABITS[0].came.split()
    for ago, title, week in zip(range(len(before), 0, -1), UNITS, before, strict=False):
        for day in DAYS[: len(week)]:
            on = last_week - timedelta(weeks=ago) + timedelta(days=day)
            yield title, datetime.combine(on, AT, tzinfo=zone)
    # On yesterday's own day, so that it lies in the same week whatever day it is.
    is_early = until.astimezone(zone).hour < 2
    yield UNITS[-1], until + (timedelta(hours=1) if is_early else -timedelta(hours=2))


class _Meeting:
    """One lesson of the past, from beginning to register."""

    def __init__(self, course: Course, title: str, starts_at: datetime, teacher: Person, number: int) -> None:
        self.course, self.title, self.teacher, self.number = course, title, teacher, number
        self.starts_at, self.ends_at = starts_at, starts_at + timedelta(minutes=MINUTES)
        self.away: set[uuid.UUID] = set()

    @transaction.atomic
    def hold(self, letters: Sequence[tuple[Person, Habit, str]], bank: list[Question]) -> None:
        self.lesson = self._open()
        self._excuse(person for person, _, letter in letters if letter == EXCUSED)
        sit_in(self.lesson, list(self._stays(letters)), away=self.away)
        here = [one for one in letters if stays_of(one[2], 0, MINUTES)]
        self._ask(here, bank)
        self._draw(here)
        lessons.end_lesson(lesson=self.lesson, now=self.ends_at, by=self.teacher)
        # What was heard is as old as it says: the sweep for facts that come late has nothing to do here.
        Fact.objects.filter(lesson=self.lesson).update(recorded_at=F("at"))
        memory.settle_lesson(lesson=self.lesson, now=self.ends_at + timedelta(minutes=1))

    def _open(self) -> Lesson:
        lesson = lessons.schedule_lesson(
            course=self.course,
            title=self.title,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            created_by=self.teacher,
        )
        # Nothing is left to watch of it.
        Recording.objects.create(lesson=lesson, state=RecordingState.EXPIRED, state_at=self.ends_at)
        lessons.enter_room(
            room=lesson.room,
            person=self.teacher,
            standing=Standing.TEACHER,
            occupant=uuid.uuid4(),
            connection="",
            now=self.starts_at - timedelta(minutes=3),
        )
        lesson.refresh_from_db()
        return lesson

    def _excuse(self, people: Iterable[Person]) -> None:
        at = self.starts_at - timedelta(hours=2)
        for one in people:
            memory.excuse_absence(lesson=self.lesson, person=one, reason="Doctor", by=self.teacher, now=at)

    def _stays(self, letters: Sequence[tuple[Person, Habit, str]]) -> Iterator[Stay]:
        for place, (person, _, letter) in enumerate(letters):
            occupant = uuid.uuid4()
            for since, until in stays_of(letter, place, MINUTES):
                yield person, occupant, self._at(since), self._at(until)
            if letter == QUIET:
                self._look_away(person, occupant)
                self.away.add(occupant)

    def _at(self, minutes: float) -> datetime:
        return self.starts_at + timedelta(minutes=minutes)

    def _look_away(self, person: Person, occupant: uuid.UUID) -> None:
        for minutes, activity in ((6, "hidden"), (19, "active"), (24, "hidden")):
            lessons.note_activity(
                room=self.lesson.room,
                person=person,
                occupant=occupant,
                activity=activity,
                now=self._at(minutes),
            )

    def _ask(self, here: Sequence[tuple[Person, Habit, str]], bank: list[Question]) -> None:
        opened_at = self.starts_at + ASKED_AFTER
        asked = [(bank[place].pk, value) for place, value in ASKED]
        quiz = quizzes.launch_quiz(
            quiz_id=uuid.uuid4(),
            room=self.lesson.room,
            questions=[pk for pk, _ in asked],
            by=self.teacher,
            now=opened_at,
        )
        said = [
            Submission(
                str(uuid.uuid4()), str(quiz.pk), str(pk), value, str(person.pk), to_ms(opened_at) + took
            )
            for place, (person, habit, letter) in enumerate(here)
            for pk, value, took in self._answers(asked, habit, letter, place)
        ]
        quizzes.take_answers(room_id=self.lesson.room.pk, submissions=said)
        quizzes.close_quiz(quiz=quiz, now=quiz.closes_at)

    def _answers(
        self, asked: Sequence[tuple[uuid.UUID, object]], habit: Habit, letter: str, place: int
    ) -> Iterator[tuple[uuid.UUID, object, int]]:
        pace = habit.seconds * SWAY[(self.number + place) % len(SWAY)] * (SLOW if letter == QUIET else 1)
        return ((pk, value, round(1000 * pace * (1 + n / 2))) for n, (pk, value) in enumerate(asked))

    def _draw(self, here: Sequence[tuple[Person, Habit, str]]) -> None:
        at = self.starts_at + DRAWN_AFTER
        board = open_board(room=self.lesson.room, now=self.starts_at)
        state = load_state(board.pk)
        commands = [
            _stroke(person, state.current_page, 60 + 70 * place, 80 + 60 * number)
            for place, (person, habit, letter) in enumerate(here)
            for number in range(0 if letter == QUIET else habit.lines)
        ]
        apply_commands(board_id=board.pk, state=state, commands=commands, at=to_ms(at))


def _stroke(person: Person, page: str, x: float, y: float) -> Command:
    ink = {
        "kind": "pen",
        "colour": BLUE,
        "width": 3.0,
        "points": line((x, y), (x + 40, y + 20)),
        "duration_ms": 500,
    }
    return Command("item.add", str(uuid.uuid4()), str(person.pk), {"page": page, **ink})


def sit_in(lesson: Lesson, stays: Iterable[Stay], *, away: Set[uuid.UUID] = frozenset()) -> None:
    """Rows and facts as of people whose tabs came and went; the room has fewer seats than a class. All tabs but those
    that were `away` told that they were looked at."""
    presences = Presence.objects.bulk_create(
        Presence(
            room=lesson.room,
            occupant=occupant,
            person=person,
            standing=Standing.STUDENT,
            joined_at=since,
            last_seen_at=until,
            left_at=until,
        )
        for person, occupant, since, until in stays
    )
    timeline.record_all(
        fact_of(one, type_, at=at)
        for one in presences
        for type_, at in ((PARTICIPANT_JOINED, one.joined_at), (PARTICIPANT_LEFT, one.last_seen_at))
    )
    timeline.record_all(fact for one in presences if one.occupant not in away for fact in _still_there(one))


def _still_there(presence: Presence) -> Iterator[Fact]:
    """As a page tells that it is looked at."""
    at = presence.joined_at
    while at < presence.last_seen_at:
        yield activity_of(
            room=presence.room, person=presence.person, occupant=presence.occupant, activity="active", now=at
        )
        at += AGAIN


def sit_in_yesterday(lesson: Lesson, class_: Sequence[Person], begun: datetime, ended: datetime) -> None:
    """All but the two who come by themselves, and who did not come."""
    came = [person for person in class_[2:] if person.name not in MISSED_YESTERDAY]
    seconds = enumerate(came, start=1)
    sit_in(lesson, ((one, uuid.uuid4(), begun + timedelta(seconds=n), ended) for n, one in seconds))


def _look_after(course: Course, person: Person, teacher: Person, until: datetime) -> None:
    entry = WatchEntry.objects.select_related("course__institution").get(course=course, person=person)
    memory.add_contact(
        entry=entry, way=ContactWay.CALL, text=SPOKEN, by=teacher, now=until - timedelta(days=1)
    )


def _order_reports(course: Course, cast: Mapping[str, Person]) -> None:
    """Of the last week and month, for who teaches and for the head; and one every week."""
    now, school = timezone.now(), course.institution
    of_course = memory.Subject(ReportKind.COURSE, school, course=course)
    of_school = memory.Subject(ReportKind.INSTITUTION, school)
    today = now.astimezone(ZoneInfo(school.time_zone)).date()
    first_day = week_of(now, school).isoweekday()
    for subject, reader in ((of_course, cast["teacher"]), (of_school, cast["head"])):
        for every in Every.values:
            period = period_before(period_of(every, today, first_day))
            memory.order_report(subject=subject, period=period, reader=reader, now=now)
    memory.plan_report(subject=of_course, every=Every.WEEK, reader=cast["teacher"], now=now)


def _rule_notes(course: Course, cast: Mapping[str, Person]) -> None:
    """Absence and lateness are written about; Amina's guardian wants each note at once."""
    on = {Measure.ABSENCE, Measure.LATENESS}
    rules = {
        measure: memory.RuleWish(
            measure in on, USUAL[measure], Every.WEEK, to_student=False, to_guardian=True
        )
        for measure in LIMITS
    }
    memory.set_note_rules(
        institution=course.institution,
        rules=rules,
        quiet_from_hour=20,
        quiet_until_hour=7,
        notes_unasked=False,
        by=cast["head"],
        now=timezone.now(),
    )
    memory.wish_notes(person=cast["guardian"], way=NoteWay.AT_ONCE)
