"""The question bank of a course."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models import Course
from quizzes import tally
from quizzes.draft import MAX_SECONDS


class Kind(models.TextChoices):
    SINGLE = tally.SINGLE, _("Single choice")
    MULTIPLE = tally.MULTIPLE, _("Multiple choice")
    TRUE_FALSE = tally.TRUE_FALSE, _("True or false")
    NUMERIC = tally.NUMERIC, _("Number")
    SHORT_TEXT = tally.SHORT_TEXT, _("Short text")
    OPINION = tally.OPINION, _("Opinion poll")


class Question(models.Model):
    """One question; a quiz keeps a copy of its own, so that changing the bank changes no result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(max_length=20, choices=Kind)
    text = models.TextField(max_length=2000)
    choices = models.JSONField(default=list, blank=True, help_text="[{id, text, correct}]")
    number = models.FloatField(null=True, blank=True)
    tolerance = models.FloatField(default=0)
    variants = models.JSONField(default=list, blank=True, help_text="Texts that count as right.")
    tags = models.JSONField(default=list, blank=True)
    explanation = models.TextField(max_length=2000, blank=True, default="")
    seconds = models.PositiveSmallIntegerField(default=60)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "pk"]
        indexes = [models.Index(fields=["course", "-created_at"], name="questions_of_a_course")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seconds__gte=1, seconds__lte=MAX_SECONDS),
                name="seconds_of_a_question",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def freeze(self) -> dict[str, Any]:
        """The copy that a quiz keeps (see `tally`)."""
        return {
            "id": str(self.pk),
            "kind": self.kind,
            "text": self.text,
            "choices": self.choices,
            "number": self.number,
            "tolerance": self.tolerance,
            "variants": self.variants,
            "explanation": self.explanation,
        }
