"""Launching, closing, revealing and sharing. Every move is one conditional UPDATE: the second to come finds it done."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from accounts.models import Person
from classroom import timeline
from classroom.models import LessonStatus, Room
from common.refusals import Refused
from quizzes import facts
from quizzes.actions.counts import record_hidden, record_shown
from quizzes.actions.questions import write_question
from quizzes.bell import announce
from quizzes.draft import MAX_SECONDS, Draft, faults_of
from quizzes.models import GRACE, QUIZ_MOVES, Desk, Question, Quiz, QuizState
from quizzes.queries import counts_of, questions_of
from quizzes.tally import show_question

MAX_QUESTIONS = 20
OVER = (LessonStatus.ENDED, LessonStatus.CANCELLED)


@transaction.atomic
def launch_quiz(
    *,
    quiz_id: UUID,
    room: Room,
    by: Person,
    now: datetime,
    questions: Sequence[UUID] = (),
    written: Draft | None = None,
    keep: bool = False,
    seconds: int | None = None,
    anonymous: bool = False,
    may_change: bool = True,
    shared: bool = False,
) -> Quiz:
    """Ask these `questions` of the course's bank, or one `written` on the spot, which the bank may `keep`.

    The same `quiz_id` again is the same quiz. Without `seconds` there is as much time as the questions say.
    Raises Refused("lesson_over"), Refused("not_found"), Refused("bad_data") and, while another one goes on,
    Refused("quiz_open").
    """
    desk = lock_desk(room)
    known = Quiz.objects.filter(pk=quiz_id).first()
    if known is not None:
        return _same(known, room, by)
    _refuse_when_busy(room)
    asked = _collect(room, questions, written, keep, by)
    seconds = seconds or min(MAX_SECONDS, sum(one.seconds for one in asked))
    quiz = Quiz.objects.create(
        pk=quiz_id,
        lesson_id=room.lesson_id,
        room=room,
        questions=[one.freeze() for one in asked],
        anonymous=anonymous,
        salt=secrets.token_hex(32) if anonymous else "",
        may_change=may_change,
        shared=shared,
        opened_at=now,
        closes_at=now + timedelta(seconds=seconds),
        by=by,
    )
    _record(quiz, facts.QUIZ_OPENED, now, by, questions=len(asked), seconds=seconds)
    if shared:
        record_shown(quiz, now)
    tell(desk, "quiz.launched", quiz)
    return quiz


def _refuse_when_busy(room: Room) -> None:
    if Room.objects.select_related("lesson").get(pk=room.pk).is_shut:
        raise Refused("lesson_over")
    if Quiz.objects.filter(room=room, state=QuizState.OPEN).exists():
        raise Refused("quiz_open")


def _collect(
    room: Room, questions: Sequence[UUID], written: Draft | None, keep: bool, by: Person
) -> list[Question]:
    """In the order they were named; what is written and not kept never becomes a row."""
    course = room.lesson.course
    if written is not None:
        if keep:
            return [write_question(course=course, draft=written, by=by)]
        if any(faults_of(written)):
            raise Refused("bad_data")
        return [Question(course=course, **written.fields())]
    found = questions_of(course).in_bulk(list(questions))
    if not questions or len(questions) > MAX_QUESTIONS or len(set(questions)) < len(questions):
        raise Refused("bad_data")
    if len(found) < len(questions):
        raise Refused("not_found")
    return [found[one] for one in questions]


def _same(known: Quiz, room: Room, by: Person) -> Quiz:
    # An id is not a key: another room's quiz under the same id is no answer.
    if known.room_id != room.pk or known.by_id != by.pk:
        raise Refused("bad_data")
    return known


def lock_desk(room: Room) -> Desk:
    """The row that makes one order of everything said in this room."""
    Desk.objects.get_or_create(room=room)
    return Desk.objects.select_for_update(of=("self",)).get(room=room)


def tell(desk: Desk, type_: str, quiz: Quiz) -> None:
    """The next durable word of this room, said to everybody once the transaction commits."""
    Desk.objects.filter(pk=desk.pk).update(seq=F("seq") + 1)
    desk.refresh_from_db(fields=["seq"])
    announce(desk.room_id, desk.seq, type_, quiz.pk)


@transaction.atomic
def close_quiz(*, quiz: Quiz, now: datetime) -> bool:
    """False when somebody, or the sweep, was first."""
    desk = lock_desk(quiz.room)
    if not _move(quiz, QuizState.OPEN, QuizState.CLOSED, closed_at=now, salt=""):
        return False
    _record(quiz, facts.QUIZ_CLOSED, now, None, counts=_totals(quiz))
    if quiz.shared:
        _record_counts(quiz, now)
    tell(desk, "quiz.closed", quiz)
    return True


@transaction.atomic
def reveal_quiz(*, quiz: Quiz, now: datetime) -> bool:
    """What is right, and each one's own result, from here on. Raises Refused("still_open")."""
    desk = lock_desk(quiz.room)
    quiz.refresh_from_db()
    if quiz.state == QuizState.OPEN:
        raise Refused("still_open")
    moved = _move(quiz, QuizState.CLOSED, QuizState.REVEALED, revealed_at=now)
    if moved:
        tell(desk, "quiz.revealed", quiz)
    return moved


@transaction.atomic
def share_results(*, quiz: Quiz, on: bool, now: datetime) -> bool:
    """Whether everybody sees the counts; they are kept for the recording as they were shown after the close."""
    desk = lock_desk(quiz.room)
    if not Quiz.objects.filter(pk=quiz.pk, shared=not on).update(shared=on):
        return False
    quiz.refresh_from_db()
    if quiz.state == QuizState.OPEN:
        record_shown(quiz, now) if on else record_hidden(quiz, now)
    elif on:
        _record_counts(quiz, now)
    tell(desk, "quiz.shared", quiz)
    return True


def close_overdue_quizzes(*, now: datetime) -> int:
    """Compare what should be open with what is: the time is up, or the lesson is over."""
    over = Q(lesson__status__in=OVER)
    overdue = Quiz.objects.filter(over | Q(closes_at__lt=now - GRACE), state=QuizState.OPEN)
    return sum(
        close_quiz(quiz=quiz, now=min(now, quiz.closes_at))
        for quiz in overdue.select_related("room", "lesson")
    )


def _move(quiz: Quiz, old: str, new: str, **changes: Any) -> bool:
    if new not in QUIZ_MOVES[old]:
        raise ValueError(f"{old} does not become {new}")
    moved = Quiz.objects.filter(pk=quiz.pk, state=old).update(state=new, **changes)
    quiz.refresh_from_db()
    return bool(moved)


def _totals(quiz: Quiz) -> list[int]:
    return [one["answered"] for one in counts_of([quiz])[quiz.pk]]


def _record_counts(quiz: Quiz, now: datetime) -> None:
    shown = [show_question(one) for one in quiz.questions]
    tallies = counts_of([quiz])[quiz.pk]
    _record(quiz, facts.QUIZ_SHARED, now, None, questions=shown, tally=tallies)


def _record(quiz: Quiz, type_: str, at: datetime, person: Person | None, **data: Any) -> None:
    timeline.record(
        quiz.lesson,
        type_,
        at=at,
        source="quizzes",
        key=f"{type_}:{quiz.pk}",
        person=person,
        data={"quiz": str(quiz.pk), "room": str(quiz.room_id), **data},
    )
