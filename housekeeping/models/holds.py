"""A legal hold: what is under it is neither deleted when its time is over nor erased on request."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Institution, Person
from classroom.models import Lesson


class Hold(models.Model):
    """On one lesson, or on one person and with them on every lesson they were in. Released, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="holds")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    released_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lesson__isnull=True) ^ models.Q(person__isnull=True),
                name="hold_on_a_lesson_or_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Hold on {self.lesson or self.person}"

    @property
    def target(self) -> str:
        return f"lesson:{self.lesson_id}" if self.lesson_id else f"person:{self.person_id}"
