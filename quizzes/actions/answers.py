"""Answers: many in one transaction, each person counted once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Person
from classroom import timeline
from classroom.models import Fact, Room
from common.clock import from_ms, to_ms
from common.refusals import Refused
from quizzes import facts, tally
from quizzes.actions.quizzes import lock_desk, tell
from quizzes.draft import MAX_VARIANTS
from quizzes.models import Answer, Quiz, QuizState
from quizzes.tally import NotAnAnswer, Said, Standing

Key = tuple[str, str, str]  # quiz, question, who


@dataclass(frozen=True, slots=True)
class Submission:
    """One answer as it came in; `at` is the server's clock in milliseconds when it did."""

    ref: str
    quiz: str
    question: str
    value: Any
    person: str
    at: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is empty for an answer that counts, or did before; `is_new` when something changed."""

    code: str = ""
    is_new: bool = False


@transaction.atomic
def take_answers(*, room_id: UUID | str, submissions: Sequence[Submission]) -> list[Outcome]:
    """Judge and keep these in one transaction; one outcome each, in their order.

    The quiz's row is locked: an answer is before its close or after it, for every process.
    """
    wanted = {one.quiz for one in submissions}
    rows = Quiz.objects.filter(pk__in=wanted, room_id=room_id).select_related("lesson")
    quizzes = {
        str(quiz.pk): quiz for quiz in rows.select_for_update(of=("self",), no_key=True).order_by("pk")
    }
    rows_by_key = _rows_for(quizzes, submissions)
    known = set(rows_by_key)
    outcomes = [_take_one(quizzes.get(one.quiz), one, rows_by_key) for one in submissions]
    changed = {
        _key(quizzes[one.quiz], one) for one, out in zip(submissions, outcomes, strict=True) if out.is_new
    }
    _keep(
        [rows_by_key[key] for key in changed if key not in known],
        [rows_by_key[key] for key in changed & known],
    )
    _record(quizzes.values(), [rows_by_key[key] for key in changed - known])
    return outcomes


def answer_quiz(*, quiz: Quiz, question: str, value: Any, person: Person, ref: UUID, now: datetime) -> None:
    """One answer. Raises Refused("late"), Refused("lesson_over") for a room that is closed, Refused("answered"),
    Refused("bad_data") or Refused("not_found")."""
    one = Submission(str(ref), str(quiz.pk), question, value, str(person.pk), to_ms(now))
    (outcome,) = take_answers(room_id=quiz.room_id, submissions=[one])
    if outcome.code:
        raise Refused(outcome.code)


def who_is(quiz: Quiz, person_id: str) -> str:
    """One a person and quiz. Of an anonymous quiz it leads back to nobody once the salt is gone."""
    if not quiz.anonymous:
        return person_id
    return hmac.new(quiz.salt.encode(), person_id.encode(), hashlib.sha256).hexdigest()


def _key(quiz: Quiz, one: Submission) -> Key:
    return one.quiz, one.question, who_is(quiz, one.person)


def _rows_for(quizzes: dict[str, Quiz], submissions: Iterable[Submission]) -> dict[Key, Answer]:
    """The answers that the same people gave before."""
    who = {who_is(quizzes[one.quiz], one.person) for one in submissions if one.quiz in quizzes}
    rows = Answer.objects.filter(quiz__in=quizzes.values(), who__in=who)
    return {(str(row.quiz_id), str(row.question), row.who): row for row in rows}


def _take_one(quiz: Quiz | None, one: Submission, rows: dict[Key, Answer]) -> Outcome:
    question = quiz.question(one.question) if quiz is not None else None
    if quiz is None or question is None:
        return Outcome("not_found")
    key = _key(quiz, one)
    row = rows.get(key)
    if row is not None and one.ref in row.refs:
        return Outcome()  # what was acknowledged stays so, also after the close
    if quiz.state != QuizState.OPEN or one.at > to_ms(quiz.closes_at):
        return Outcome() if _was_kept(quiz, one) else Outcome(_why_late(quiz))
    if row is not None and not quiz.may_change:
        return Outcome("answered")
    try:
        value = tally.read_value(question, one.value)
    except NotAnAnswer:
        return Outcome("bad_data")
    row = row or Answer(quiz=quiz, question=UUID(one.question), who=key[2], refs=[])
    standing = Standing(list(row.refs))
    if not standing.hear(Said(one.ref, value, one.at)):
        return Outcome("bad_data")
    rows[key] = _write(row, quiz, question, one, value, standing)
    return Outcome(is_new=True)


def _why_late(quiz: Quiz) -> str:
    """A room takes its panel along: what comes after it is told to its author elsewhere."""
    return "lesson_over" if quiz.room.is_shut else "late"


def _was_kept(quiz: Quiz, one: Submission) -> bool:
    """Whether this counted before an anonymous quiz forgot who is who: only its sender knows the ref."""
    if not quiz.anonymous:
        return False
    return Answer.objects.filter(quiz=quiz, question=one.question, refs__contains=[one.ref]).exists()


def _write(
    row: Answer, quiz: Quiz, question: dict[str, Any], one: Submission, value: tally.Value, standing: Standing
) -> Answer:
    verdict = tally.judge(question, value)
    row.person_id = None if quiz.anonymous else UUID(one.person)
    row.value, row.refs = value, standing.refs
    row.correct, row.score = verdict.correct, verdict.score
    row.answered_at = from_ms(one.at)
    row.latency_ms = max(0, one.at - to_ms(quiz.opened_at))
    return row


def _keep(new: list[Answer], changed: list[Answer]) -> None:
    if new:
        Answer.objects.bulk_create(new)
    if changed:
        fields = ["value", "refs", "correct", "score", "answered_at", "latency_ms"]
        Answer.objects.bulk_update(changed, fields)


def _record(quizzes: Iterable[Quiz], rows: list[Answer]) -> None:
    """First answers only; of an anonymous quiz none, or the instant would tell who it was."""
    for quiz in quizzes:
        told = [_fact(quiz, row) for row in rows if row.quiz_id == quiz.pk and not quiz.anonymous]
        timeline.record_all(told)


def _fact(quiz: Quiz, row: Answer) -> Fact:
    return Fact(
        lesson=quiz.lesson,
        type=facts.ANSWER_SUBMITTED,
        at=row.answered_at,
        source="quizzes",
        key=f"answer:{quiz.pk}:{row.question}:{row.who}",
        person_id=row.person_id,
        data={"quiz": str(quiz.pk), "question": str(row.question), "latency_ms": row.latency_ms},
    )


@transaction.atomic
def accept_variant(*, quiz: Quiz, question: str, text: str) -> bool:
    """This text counts as right too, also for those who wrote it already. False when it did before.

    Raises Refused("not_found") for a question that is none of short text, and Refused("bad_data").
    """
    desk = lock_desk(Room(pk=quiz.room_id))
    quiz = Quiz.objects.select_for_update(of=("self",), no_key=True).get(pk=quiz.pk)
    asked = quiz.question(question)
    if asked is None or asked["kind"] != tally.SHORT_TEXT:
        raise Refused("not_found")
    if not tally.normalise(text) or len(text) > tally.MAX_TEXT or len(asked["variants"]) >= MAX_VARIANTS:
        raise Refused("bad_data")
    if tally.judge(asked, text).correct:
        return False
    asked["variants"] = [*asked["variants"], " ".join(text.split())]
    quiz.save(update_fields=["questions"])
    _score_again(quiz, asked)
    tell(desk, "variant.accepted", quiz)
    return True


def _score_again(quiz: Quiz, asked: dict[str, Any]) -> None:
    wrong = list(Answer.objects.filter(quiz=quiz, question=asked["id"], correct=False))
    for row in wrong:
        verdict = tally.judge(asked, row.value)
        row.correct, row.score = verdict.correct, verdict.score
    Answer.objects.bulk_update([row for row in wrong if row.correct], ["correct", "score"])
