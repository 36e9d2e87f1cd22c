"""Series of lessons, and the days on which a school is closed."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Institution, Person
from classroom.models.courses import Course


class Series(models.Model):
    """Lessons that were planned together. `rule` is RFC 5545 without the start (classroom.recurrence).

    `local_start` is the wall time in `time_zone` that the rule repeats. Every meeting is a `Lesson` of its own
    from the start; `skipped_on` lists the days of the rule that have none, because the school was closed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="series")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="series")
    title = models.CharField(max_length=200)
    rule = models.CharField(max_length=200)
    first_on = models.DateField()
    last_on = models.DateField()
    local_start = models.TimeField()
    duration_seconds = models.PositiveIntegerField()
    time_zone = models.CharField(max_length=64)
    skipped_on = models.JSONField(default=list, blank=True, help_text="ISO days.")
    split_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.title


class Holiday(models.Model):
    """Days without lessons; `last_on` is the last one of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="holidays")
    name = models.CharField(max_length=120)
    first_on = models.DateField()
    last_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="holiday_ends_later"
            ),
        ]
        indexes = [models.Index(fields=["institution", "first_on"], name="holidays_by_day")]

    def __str__(self) -> str:
        return self.name
