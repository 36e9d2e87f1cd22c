"""Chunks: the stretches of a lesson that are composed while it is still going on."""

from __future__ import annotations

import uuid

from django.db import models

from recordings.models.recordings import Recording


class ChunkState(models.TextChoices):
    WANTED = "wanted", "wanted"
    READY = "ready", "ready"
    DAMAGED = "damaged", "damaged"


class Chunk(models.Model):
    """A stretch of the video, as an errand for whichever worker is free.

    `fingerprint` says what it is made of; the film lies under that name in the work folder. One that is
    made of something else by now (another layout, somebody left out, more strokes) is wanted again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=40)
    seconds = models.FloatField()
    state = models.CharField(max_length=20, choices=ChunkState, default=ChunkState.WANTED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    wanted_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "number"], name="one_chunk_a_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.recording_id}: {self.state}"
