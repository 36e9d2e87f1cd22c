"""What is said in a recording, in words: one track a language, kept cue by cue so that it can be searched."""

from __future__ import annotations

import uuid

from django.db import models

from recordings.models.recordings import Recording


class Captions(models.Model):
    """`is_automatic` while a speech engine wrote it; whoever uploads one replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=12)
    is_automatic = models.BooleanField(default=False)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "language"], name="one_captions_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.recording}: {self.language}"


class Cue(models.Model):
    captions = models.ForeignKey(Captions, on_delete=models.CASCADE, related_name="cues")
    position = models.PositiveIntegerField()
    starts_seconds = models.FloatField()
    ends_seconds = models.FloatField()
    text = models.TextField(help_text="As WebVTT has it, with no other tags than recordings/vtt.py allows.")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["captions", "position"], name="one_cue_a_position")]

    def __str__(self) -> str:
        return self.text[:40]
