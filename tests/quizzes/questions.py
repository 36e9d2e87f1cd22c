"""One question of each kind."""

from __future__ import annotations

from typing import Any

from accounts.models import Person
from classroom.models import Course
from quizzes import tally
from quizzes.actions import write_question
from quizzes.draft import Draft
from quizzes.models import Question

DRAFTS: dict[str, Draft] = {
    "single": Draft(
        "single",
        "Which is the largest?",
        choices=[("1/2", False), ("3/4", True), ("2/3", False)],
        explanation="Three quarters are 0.75.",
        tags=["fractions"],
    ),
    "multiple": Draft(
        "multiple", "Which equal one half?", choices=[("2/4", True), ("3/6", True), ("2/3", False)]
    ),
    "true_false": Draft("true_false", "A half is less than a third.", is_true=False),
    "numeric": Draft("numeric", "What is 1/3 as a decimal?", number=0.333, tolerance=0.001),
    "short_text": Draft("short_text", "What is the number below the line?", variants=["denominator"]),
    "opinion": Draft("opinion", "How was the pace?", choices=[("Too fast", False), ("Right", False)]),
}
# A right answer to each, and a wrong one where there is any.
RIGHT: dict[str, Any] = {
    "single": "2",
    "multiple": ["1", "2"],
    "true_false": "false",
    "numeric": 0.3335,
    "short_text": " Denominator. ",
    "opinion": "1",
}
WRONG: dict[str, Any] = {
    "single": "1",
    "multiple": ["1", "3"],
    "true_false": "true",
    "numeric": 3,
    "short_text": "numerator",
}
KINDS = sorted(DRAFTS)


def frozen(kind: str) -> tally.Question:
    return {"id": "0" * 8, **DRAFTS[kind].fields()}


def write(course: Course, by: Person, kind: str = "single") -> Question:
    return write_question(course=course, draft=DRAFTS[kind], by=by)
