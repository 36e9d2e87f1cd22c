"""How somebody took part in one lesson, signal by signal."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from classroom.models import Lesson


class EngagementLine(models.Model):
    """`signals` are `attendance.engagement.Signal` as JSON; `score` is theirs, 0 to 100, or null where too little
    could be seen. Goes with the raw activity (`Policy.engagement_days`)."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="engagement_lines")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="engagement_lines")
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    signals = models.JSONField(default=list)
    measures = models.JSONField(default=dict, help_text="What was counted: the next lessons' baseline.")
    reckoned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lesson", "person"], name="one_engagement_line_a_person")
        ]
        indexes = [models.Index(fields=["person", "lesson"], name="engagement_of_person")]

    def __str__(self) -> str:
        return f"{self.person} in {self.lesson}: {self.score}"
