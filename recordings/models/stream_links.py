"""Addresses by which people without an account watch one lesson's stream."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models

from accounts.models import Person
from accounts.policy import read_policy
from classroom.models import Lesson

# After the planned end: as long as a lesson may go on.
AFTER_THE_END = timedelta(hours=1)
# Whoever has not asked for so long has gone.
ABSENT_AFTER = timedelta(seconds=45)


class StreamLink(models.Model):
    """Of its secret we keep only the fingerprint, of its password only the hash. `viewers` counts browsers, ever."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="stream_links")
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    label = models.CharField(max_length=80, blank=True, default="")
    fingerprint = models.CharField(max_length=64, unique=True)
    password = models.CharField(max_length=200, blank=True, default="")
    most_viewers = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Null for an hour after the lesson.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    viewers = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.label or self.pk} of {self.lesson}"

    @property
    def runs_out_at(self) -> datetime:
        return self.expires_at or self.lesson.ends_at + AFTER_THE_END

    def is_open_at(self, now: datetime) -> bool:
        allowed = read_policy(self.lesson.institution.policy).guests_allowed
        return allowed and self.revoked_at is None and self.lesson.is_streamed and now < self.runs_out_at


class OutsideViewer(models.Model):
    """A browser behind a link: a number that it made up, and when it last asked. Nobody learns more of them."""

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(StreamLink, on_delete=models.CASCADE, related_name="seen_viewers")
    viewer = models.UUIDField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "viewer"], name="an_outside_viewer_counts_once")
        ]

    def __str__(self) -> str:
        return f"{self.viewer} by {self.link_id}"
