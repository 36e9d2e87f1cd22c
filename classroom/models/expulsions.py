"""Who was put out of a lesson."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from classroom.models.lessons import Lesson


class Expulsion(models.Model):
    """A person who may not come back into this lesson, until staff lets them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="expulsions")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="expulsions")
    put_out_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    put_out_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_expulsion_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} out of {self.lesson}"
