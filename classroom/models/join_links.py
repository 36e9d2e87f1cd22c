"""A way into one lesson for one person, once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models

from accounts.models import Person
from classroom.models.lessons import Lesson

# After the planned end: as long as a lesson may go on.
GRACE = timedelta(hours=1)
LONGEST_STAY = timedelta(hours=8)


class JoinLink(models.Model):
    """Made by another system for a person whom it has signed in; only the hash of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="join_links")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="join_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.UUIDField(help_text="A person's, an API key's or a service account's id.")
    door = models.CharField(max_length=10, default="webrtc", help_text="Where it led when it was made.")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.person} into {self.lesson}"

    def holds_at(self, now: datetime) -> bool:
        """Whether what it began still goes on, as far as the link itself can tell."""
        return self.revoked_at is None and now < self.opens_until

    @property
    def opens_until(self) -> datetime:
        """The end of the session that it began."""
        end = self.lesson.ends_at + GRACE
        return min(end, self.used_at + LONGEST_STAY) if self.used_at else end
