"""What is told on the quiz socket, word by word (docs/wire.md)."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET, UnsetType

from common.sockets.told import NothingTold, Told

Kind = Literal["single", "multiple", "true_false", "numeric", "short_text", "opinion"]
Value = str | float | list[str]


class ChoiceTold(Told):
    id: str
    text: str


class QuestionTold(Told):
    id: UUID
    kind: Kind
    text: str
    choices: list[ChoiceTold]


class TallyTold(Told):
    question: UUID
    answered: int
    bars: list[tuple[str, int]]


class KeyTold(Told):
    question: UUID
    choices: list[str]
    number: float | None
    tolerance: float
    variants: list[str]
    explanation: str


class AnswerTold(Told):
    """How it was, once that is revealed."""

    value: Value
    correct: bool | UnsetType | None = UNSET
    score: float | UnsetType | None = UNSET


class QuizTold(Told):
    id: UUID
    state: Literal["open", "closed", "revealed"]
    anonymous: bool
    may_change: bool
    shared: bool
    opened_at: int
    closes_at: int
    questions: list[QuestionTold]
    tally: list[TallyTold] | None
    key: list[KeyTold] | None
    mine: dict[str, AnswerTold]


class QuizzerTold(Told):
    person: UUID
    may_run: bool
    may_answer: bool


class QuizzesOpenedTold(Told):
    you: QuizzerTold
    quiz: QuizTold | None
    server_at: int


class QuizOnlyTold(Told):
    quiz: QuizTold


class CountedTold(Told):
    quiz: UUID
    question: UUID
    value: Value


class TalliesTold(Told):
    quiz: UUID
    tally: list[TallyTold]


class BankedTold(Told):
    id: UUID
    kind: Kind
    text: str
    tags: list[str]
    seconds: int


class BankTold(Told):
    questions: list[BankedTold]
    more: bool


NUMBERED: dict[str, Any] = {
    "quizzes.opened": QuizzesOpenedTold,
    "quiz.launched": QuizOnlyTold,
    "quiz.closed": QuizOnlyTold,
    "quiz.revealed": QuizOnlyTold,
    "quiz.shared": QuizOnlyTold,
    "variant.accepted": QuizOnlyTold,
}
PASSING: dict[str, Any] = {
    "answer.counted": CountedTold,
    "tally.moved": TalliesTold,
    "bank.found": BankTold,
    "command.done": NothingTold,
    "quizzes.ponged": NothingTold,
}
