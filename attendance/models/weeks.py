"""One student's week in one course."""

from __future__ import annotations

from django.db import models

from accounts.models import Person
from classroom.models import Course


class WeeklyLine(models.Model):
    """`week_on` is its first day, as the institution counts weeks. Sums of the registers and engagement lines of the
    lessons in it; made again whenever one of those changes."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="weekly_lines")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="weekly_lines")
    week_on = models.DateField()
    lessons = models.PositiveSmallIntegerField(default=0)
    present = models.PositiveSmallIntegerField(default=0, help_text="Also those who came late or left early.")
    late = models.PositiveSmallIntegerField(default=0)
    left_early = models.PositiveSmallIntegerField(default=0)
    absent = models.PositiveSmallIntegerField(default=0)
    excused = models.PositiveSmallIntegerField(default=0)
    lesson_seconds = models.PositiveIntegerField(default=0)
    seconds = models.PositiveIntegerField(default=0)
    active_seconds = models.PositiveIntegerField(null=True, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="The mean of the lessons'.")
    answer_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="The mean of the lessons' medians."
    )
    answers = models.PositiveIntegerField(default=0)
    board_edits = models.PositiveIntegerField(null=True, blank=True, help_text="null: no board to draw on.")
    messages = models.PositiveIntegerField(default=0)
    rough_links = models.PositiveSmallIntegerField(default=0, help_text="Lessons with a bad connection.")

    class Meta:
        ordering = ["week_on"]
        constraints = [
            models.UniqueConstraint(fields=["course", "person", "week_on"], name="one_weekly_line_a_week")
        ]
        indexes = [models.Index(fields=["person", "week_on"], name="weeks_of_person")]

    def __str__(self) -> str:
        return f"{self.person} in the week of {self.week_on}"
