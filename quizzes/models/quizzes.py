"""A quiz: some questions, asked in one room, and what was answered."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models import Lesson, Room


class QuizState(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    REVEALED = "revealed", _("Revealed")


QUIZ_MOVES: dict[str, frozenset[str]] = {
    QuizState.OPEN: frozenset({QuizState.CLOSED}),
    QuizState.CLOSED: frozenset({QuizState.REVEALED}),
    QuizState.REVEALED: frozenset(),
}
# What came in time may still wait to be written: the sweep leaves it a moment, the clock decides.
GRACE = timedelta(seconds=1)


class Desk(models.Model):
    """Where quizzes lie in one room. `seq` counts its durable words; the row's lock makes one order of them."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="quiz_desk")
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Quizzes of {self.room}"


class Quiz(models.Model):
    """`questions` are copies, with what is right. One quiz is open in a room at a time.

    Of an anonymous quiz `salt` makes each person's token, and is thrown away at the close: from then on
    nobody can find out who gave which answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="quizzes")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="quizzes")
    questions = models.JSONField()
    state = models.CharField(max_length=20, choices=QuizState, default=QuizState.OPEN)
    anonymous = models.BooleanField(default=False)
    salt = models.CharField(max_length=64, blank=True, default="")
    may_change = models.BooleanField(
        default=True, help_text="Whether an answer may be replaced until the close."
    )
    shared = models.BooleanField(default=False, help_text="Whether everybody sees the counts.")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    revealed_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["opened_at", "pk"]
        verbose_name_plural = "quizzes"
        constraints = [
            models.UniqueConstraint(
                fields=["room"], condition=models.Q(state=QuizState.OPEN), name="one_open_quiz_a_room"
            )
        ]
        indexes = [
            models.Index(fields=["lesson", "opened_at"], name="quizzes_of_a_lesson"),
            models.Index(fields=["closes_at"], condition=models.Q(state=QuizState.OPEN), name="open_quizzes"),
        ]

    def __str__(self) -> str:
        return str(self.questions[0]["text"])[:80]

    def question(self, question_id: str) -> dict[str, Any] | None:
        return next((one for one in self.questions if one["id"] == question_id), None)


class Answer(models.Model):
    """What one person answered to one question. `who` is one a person: their id, or of an anonymous quiz a token."""

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="answers")
    question = models.UUIDField()
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, null=True, blank=True, related_name="answers"
    )
    who = models.CharField(max_length=64)
    value = models.JSONField()
    refs = models.JSONField(default=list, help_text="Made by the client: the same ref twice is one answer.")
    answered_at = models.DateTimeField()
    latency_ms = models.PositiveIntegerField()
    correct = models.BooleanField(null=True)
    score = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quiz", "question", "who"], name="one_answer_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.value} to {self.quiz}"
