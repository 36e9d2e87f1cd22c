"""The question bank, quizzes, and what was answered."""

from quizzes.models.questions import (
    Kind,
    Question,
)
from quizzes.models.quizzes import (
    GRACE,
    QUIZ_MOVES,
    Answer,
    Desk,
    Quiz,
    QuizState,
)

__all__ = [
    "GRACE",
    "QUIZ_MOVES",
    "Answer",
    "Desk",
    "Kind",
    "Question",
    "Quiz",
    "QuizState",
]
