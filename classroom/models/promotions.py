"""Who helps to hold one lesson."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from classroom.models.lessons import Lesson


class Promotion(models.Model):
    """A teacher or head of the school who is co-teacher of this lesson, and of no other by it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="promotions")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="promotions")
    promoted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    promoted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_promotion_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} helps in {self.lesson}"
