"""The quiz socket's words (docs/wire.md), and what of a quiz each viewer is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from common.clock import to_ms
from common.sockets.wire import envelope
from common.sockets.words import Vocabulary
from quizzes import tally
from quizzes.draft import LONGEST_CHOICE, LONGEST_TEXT, MAX_CHOICES, MAX_SECONDS, MIN_SECONDS, Draft
from quizzes.models import Question, Quiz, QuizState
from quizzes.told import NUMBERED, PASSING

Seconds = Annotated[int, msgspec.Meta(ge=MIN_SECONDS, le=MAX_SECONDS)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CHOICE)]
Query = Annotated[str, msgspec.Meta(max_length=200)]
Ids = Annotated[list[UUID], msgspec.Meta(max_length=20)]
Words = Annotated[list[Word], msgspec.Meta(max_length=MAX_CHOICES)]
Chosen = Annotated[list[Word], msgspec.Meta(max_length=MAX_CHOICES)]

Mine = Mapping[str, Mapping[str, Any]]  # question → {value, correct, score}


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class WrittenChoice(msgspec.Struct, forbid_unknown_fields=True):
    text: Word
    right: bool = False


class Written(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: Literal["single", "multiple", "true_false", "numeric", "short_text", "opinion"]
    text: Text
    choices: Annotated[list[WrittenChoice], msgspec.Meta(max_length=MAX_CHOICES)] = []
    is_true: bool = True
    number: float | None = None
    tolerance: float = 0.0
    variants: Words = []
    seconds: Seconds = 60

    def as_draft(self) -> Draft:
        said = msgspec.to_builtins(self)
        said["choices"] = [(one.text, one.right) for one in self.choices]
        return Draft(**said)


class QuizLaunch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    quiz: UUID
    questions: Ids = []
    written: Written | None = None
    keep: bool = False
    seconds: Seconds | None = None
    anonymous: bool = False
    may_change: bool = True
    shared: bool = False


class OfQuiz(msgspec.Struct, forbid_unknown_fields=True):
    quiz: UUID


class QuizShare(msgspec.Struct, forbid_unknown_fields=True):
    quiz: UUID
    on: bool


class AnswerSubmit(msgspec.Struct, forbid_unknown_fields=True):
    quiz: UUID
    question: UUID
    value: Word | float | Chosen


class VariantAccept(msgspec.Struct, forbid_unknown_fields=True):
    quiz: UUID
    question: UUID
    text: Word


class BankSearch(msgspec.Struct, forbid_unknown_fields=True):
    text: Query = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


SHAPES: dict[str, Any] = {
    "quiz.launch": QuizLaunch,
    "quiz.close": OfQuiz,
    "quiz.reveal": OfQuiz,
    "quiz.share": QuizShare,
    "variant.accept": VariantAccept,
    "bank.search": BankSearch,
    "answer.submit": AnswerSubmit,
    "quizzes.ping": Nothing,
}
WORDS = Vocabulary(
    SHAPES,
    snapshots=frozenset({"quizzes.opened"}),
    numbered=NUMBERED,
    passing=PASSING,
)


@dataclass(frozen=True, slots=True)
class Viewer:
    person: str
    standing: str

    @property
    def is_staff(self) -> bool:
        return self.standing == "staff"


@dataclass(frozen=True, slots=True)
class Seen:
    """A quiz as PostgreSQL has it, with its counts."""

    quiz: Quiz
    tallies: list[dict[str, Any]]

    def show(self, *, is_staff: bool) -> dict[str, Any]:
        """The quiz but for what is one person's own. Only staff is told what is right before it is revealed."""
        quiz = self.quiz
        knows = is_staff or quiz.state == QuizState.REVEALED
        return {
            "id": str(quiz.pk),
            "state": quiz.state,
            "anonymous": quiz.anonymous,
            "may_change": quiz.may_change,
            "shared": quiz.shared,
            "opened_at": to_ms(quiz.opened_at),
            "closes_at": to_ms(quiz.closes_at),
            "questions": [tally.show_question(one) for one in quiz.questions],
            "tally": self.counts(is_staff=is_staff),
            "key": [tally.key_of(one) for one in quiz.questions if tally.is_scored(one)] if knows else None,
        }

    def counts(self, *, is_staff: bool) -> list[dict[str, Any]] | None:
        if is_staff:
            return self.tallies
        if not self.quiz.shared:
            return None
        if self.quiz.state != QuizState.OPEN:
            return self.tallies
        pairs = zip(self.tallies, self.quiz.questions, strict=True)
        return [tally.without_words(one, question) for one, question in pairs]

    def show_mine(self, mine: Mine) -> dict[str, Any]:
        """What this one answered, and after the reveal how it was."""
        fields = ("value", "correct", "score") if self.quiz.state == QuizState.REVEALED else ("value",)
        return {question: {name: one[name] for name in fields} for question, one in mine.items()}


def quizzes_opened(
    seen: Seen | None, viewer: Viewer, mine: Mine, *, seq: int, server_at: int
) -> dict[str, Any]:
    you = {
        "person": viewer.person,
        "may_run": viewer.is_staff,
        "may_answer": viewer.standing == "student",
    }
    quiz = None
    if seen is not None:
        quiz = {**seen.show(is_staff=viewer.is_staff), "mine": seen.show_mine(mine)}
    return envelope("quizzes.opened", {"you": you, "quiz": quiz, "server_at": server_at}, seq=seq)


def tally_moved(seen: Seen, *, is_staff: bool) -> dict[str, Any] | None:
    counts = seen.counts(is_staff=is_staff)
    return None if counts is None else envelope("tally.moved", {"quiz": str(seen.quiz.pk), "tally": counts})


def answer_counted(data: AnswerSubmit, ref: str) -> dict[str, Any]:
    told = {"quiz": str(data.quiz), "question": str(data.question), "value": data.value}
    return envelope("answer.counted", told, ref=ref)


def bank_found(questions: list[Question], *, more: bool, ref: str | None) -> dict[str, Any]:
    told = [
        {"id": str(one.pk), "kind": one.kind, "text": one.text, "tags": one.tags, "seconds": one.seconds}
        for one in questions
    ]
    return envelope("bank.found", {"questions": told, "more": more}, ref=ref)
