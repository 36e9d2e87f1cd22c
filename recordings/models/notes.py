"""What somebody wrote down while watching: for themselves, and for nobody else."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from recordings.models.recordings import Recording


class Note(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="notes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="replay_notes")
    at_seconds = models.FloatField()
    text = models.CharField(max_length=2000)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["at_seconds", "written_at"]
        indexes = [models.Index(fields=["recording", "person"], name="notes_by_person")]

    def __str__(self) -> str:
        return f"A note at {self.at_seconds:.0f} s"
