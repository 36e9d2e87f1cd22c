"""Lessons in which people waited too long for a recorder."""

from __future__ import annotations

import math

from django.db import models

from recordings.models.recordings import Recording


class Alarm(models.Model):
    """The first time that a lesson had people inside and no recorder: its heads and the platform's admins are told."""

    recording = models.OneToOneField(
        Recording, on_delete=models.CASCADE, primary_key=True, related_name="alarm"
    )
    since = models.DateTimeField(help_text="Since when people were inside and nothing was recorded.")
    raised_at = models.DateTimeField()
    repaired_at = models.DateTimeField(null=True, blank=True, help_text="From when on it was recorded.")

    class Meta:
        indexes = [models.Index(fields=["raised_at"], name="alarms_by_time")]

    def __str__(self) -> str:
        return f"{self.recording_id} since {self.since:%H:%M}"

    @property
    def missing_minutes(self) -> int | None:
        """None while nobody knows how many it will be."""
        if self.repaired_at is None:
            return None
        return max(1, math.ceil((self.repaired_at - self.since).total_seconds() / 60))
