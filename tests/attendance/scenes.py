"""Lessons that were held: who came when, told by the classroom's own actions."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import Person
from classroom import actions as lessons
from classroom.actions.presences import SILENCE, activity_of
from classroom.models import Lesson, Presence, Standing
from classroom.timeline import record_all
from common.clock import to_ms
from quizzes import actions as quizzes
from tests.conftest import Cast
from tests.quizzes.questions import write as write_one
from whiteboard import actions as boards
from whiteboard.board import BoardState, Command

# (person, minute in, minute out or None); minutes from the beginning
Stay = tuple[Person, float, float | None]


def plan(cast: Cast, starts_at: datetime, *, minutes: int = 60) -> Lesson:
    return lessons.schedule_lesson(
        course=cast.course,
        title="Fractions",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        created_by=cast.teacher,
    )


def come(
    lesson: Lesson,
    person: Person,
    minute: float,
    standing: Standing = Standing.STUDENT,
    *,
    has_video: bool = True,
) -> UUID:
    occupant = uuid.uuid4()
    lessons.enter_room(
        room=lesson.room,
        person=person,
        standing=standing,
        occupant=occupant,
        connection=str(occupant),
        now=lesson.starts_at + timedelta(minutes=minute),
        has_video=has_video,
    )
    return occupant


def go(lesson: Lesson, occupant: UUID, minute: float) -> None:
    now = lesson.starts_at + timedelta(minutes=minute)
    lessons.leave_room(room=lesson.room, occupant=occupant, connection=str(occupant), now=now)


def say_of_itself(lesson: Lesson, person: Person, occupant: UUID, activity: str, minute: float) -> None:
    now = lesson.starts_at + timedelta(minutes=minute)
    lessons.note_activity(room=lesson.room, person=person, occupant=occupant, activity=activity, now=now)


def stay_there(lesson: Lesson, person: Person, occupant: UUID, since: float, until: float) -> None:
    """As a page that is looked at tells, from minute to minute."""
    minutes = [since + 4 * number for number in range(math.ceil((until - since) / 4))]
    record_all(
        activity_of(
            room=lesson.room,
            person=person,
            occupant=occupant,
            activity="active",
            now=lesson.starts_at + timedelta(minutes=minute),
        )
        for minute in minutes
    )


def write(lesson: Lesson, person: Person, minute: float, text: str = "Why?") -> None:
    lessons.send_message(
        message_id=uuid.uuid4(),
        room=lesson.room,
        author=person,
        standing=Standing.STUDENT,
        text=text,
        now=lesson.starts_at + timedelta(minutes=minute),
    )


def draw(lesson: Lesson, person: Person, minute: float) -> None:
    """One line."""
    now = lesson.starts_at + timedelta(minutes=minute)
    board = boards.open_board(room=lesson.room, now=lesson.starts_at)
    page = board.edits.get(type="page.added").data["page"]
    line = {"page": page, "colour": "#c4161c", "kind": "line", "width": 4, "from": [0, 0], "to": [9, 9]}
    command = Command("item.add", str(uuid.uuid4()), str(person.pk), line, "staff")
    [drawn] = boards.apply_commands(
        board_id=board.pk, state=BoardState(), commands=[command], at=to_ms(now), even_when_over=True
    )
    assert drawn.edit is not None, drawn.code


def fall_silent(lesson: Lesson, occupant: UUID, minute: float) -> None:
    """The network is gone: nothing was heard of the page since."""
    lost = lesson.starts_at + timedelta(minutes=minute)
    Presence.objects.filter(occupant=occupant).update(last_seen_at=lost)
    others = Presence.objects.exclude(occupant=occupant).values_list("connection", flat=True)
    lessons.see(connections=list(others), now=lost + SILENCE)
    assert lessons.close_silent_presences(now=lost + 1.01 * SILENCE) == 1


def answer_question(lesson: Lesson, cast: Cast, minute: float, seconds: float) -> None:
    """A question is asked in that minute, and Amina answers so much later."""
    asked = lesson.starts_at + timedelta(minutes=minute)
    question = write_one(lesson.course, cast.teacher)
    quiz = quizzes.launch_quiz(
        quiz_id=uuid.uuid4(), room=lesson.room, questions=[question.pk], by=cast.teacher, now=asked
    )
    quizzes.answer_quiz(
        quiz=quiz,
        question=quiz.questions[0]["id"],
        value="1",
        person=cast.amina,
        ref=uuid.uuid4(),
        now=asked + timedelta(seconds=seconds),
    )
    quizzes.close_quiz(quiz=quiz, now=asked + timedelta(seconds=seconds + 1))


def hold(cast: Cast, starts_at: datetime, stays: Iterable[Stay], *, minutes: int = 60) -> Lesson:
    """Tomas is there from the first minute; it ends on time."""
    lesson = plan(cast, starts_at, minutes=minutes)
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    for person, since, until in stays:
        occupant = come(lesson, person, since)
        stay_there(lesson, person, occupant, since, minutes if until is None else until)
        if until is not None:
            go(lesson, occupant, until)
    return end(lesson, cast)


def end(lesson: Lesson, cast: Cast) -> Lesson:
    lesson.refresh_from_db()
    lessons.end_lesson(lesson=lesson, now=lesson.ends_at, by=cast.teacher)
    lesson.refresh_from_db()
    return lesson
