"""The demo's question bank, and what was asked yesterday."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import Person
from classroom.models import Course, Lesson
from quizzes import actions
from quizzes.draft import Draft
from quizzes.models import Question

BANK = (
    Draft(
        "single",
        "Which fraction is the largest?",
        choices=[("1/2", False), ("3/4", True), ("2/3", False), ("5/8", False)],
        explanation="As decimals: 0.5, 0.75, 0.67 and 0.625.",
        tags=["fractions", "comparing"],
    ),
    Draft(
        "multiple",
        "Which of these equal one half?",
        choices=[("2/4", True), ("3/6", True), ("2/3", False), ("4/8", True)],
        tags=["fractions"],
    ),
    Draft("true_false", "A half is less than a third.", is_true=False, tags=["comparing"], seconds=30),
    Draft(
        "numeric",
        "What is 1/8 as a decimal?",
        number=0.125,
        tolerance=0.001,
        tags=["fractions", "decimals"],
    ),
    Draft(
        "short_text",
        "What is the number below the line of a fraction called?",
        variants=["denominator", "the denominator"],
        tags=["words"],
    ),
    Draft(
        "opinion",
        "How was the pace today?",
        choices=[("Too slow", False), ("Just right", False), ("Too fast", False)],
        seconds=30,
    ),
)
# Who said what after how many seconds, to the first and the fifth question of the bank.
SAID = (
    ("student", 0, "2", 6),
    ("student-2", 0, "3", 9),
    ("student", 4, "Denominator", 11),
    ("student-2", 4, "numerator", 14),
)
CLOSED_AFTER_SECONDS = 18


def fill_bank(course: Course, teacher: Person) -> list[Question]:
    return [actions.write_question(course=course, draft=draft, by=teacher) for draft in BANK]


def hold_quiz(lesson: Lesson, bank: list[Question], cast: Mapping[str, Person], at: datetime) -> None:
    """Two questions, asked, answered, closed and revealed."""
    quiz = actions.launch_quiz(
        quiz_id=uuid.uuid4(),
        room=lesson.room,
        questions=[bank[0].pk, bank[4].pk],
        by=cast["teacher"],
        now=at,
    )
    for key, place, value, seconds in SAID:
        actions.answer_quiz(
            quiz=quiz,
            question=str(bank[place].pk),
            value=value,
            person=cast[key],
            ref=uuid.uuid4(),
            now=at + timedelta(seconds=seconds),
        )
    closed_at = at + timedelta(seconds=CLOSED_AFTER_SECONDS)
    actions.close_quiz(quiz=quiz, now=closed_at)
    actions.share_results(quiz=quiz, on=True, now=closed_at)
    actions.reveal_quiz(quiz=quiz, now=closed_at)
