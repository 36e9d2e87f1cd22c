"""Renditions: what else is made of a recording, each a file (or a folder of files) of its own in the store."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Person
from recordings.models.recordings import Recording


class RenditionKind(models.TextChoices):
    RAW = "raw", _("As recorded")
    LOW = "low", _("Small picture")
    AUDIO = "audio", _("Sound only")
    LADDER = "ladder", _("Several sizes")
    THUMBNAILS = "thumbnails", _("Preview pictures")
    CAPTIONS = "captions", _("Captions")
    PACK = "pack", _("Light pack")
    LAYOUT = "layout", _("Composed again")


# Made of the published video, and made again when that becomes another one, or when the store loses them. Captions are
# not among them: they may have been corrected by hand since.
MADE_OF_VIDEO = (
    RenditionKind.LOW,
    RenditionKind.AUDIO,
    RenditionKind.LADDER,
    RenditionKind.THUMBNAILS,
    RenditionKind.PACK,
)


class RenditionState(models.TextChoices):
    WANTED = "wanted", _("Wanted")
    MAKING = "making", _("Being made")
    READY = "ready", pgettext_lazy("rendition", "Ready")
    FAILED = "failed", _("Failed")


_S = RenditionState
RENDITION_MOVES: dict[str, frozenset[str]] = {
    _S.WANTED: frozenset({_S.MAKING, _S.FAILED}),
    _S.MAKING: frozenset({_S.WANTED, _S.READY, _S.FAILED}),
    _S.READY: frozenset({_S.WANTED}),
    _S.FAILED: frozenset({_S.WANTED}),
}
TO_MAKE = (_S.WANTED, _S.MAKING)


class Rendition(models.Model):
    """One of each kind and language. Made by whoever holds the lease; gone with its recording.

    `object_key` of a ladder is that of its master playlist: the other files lie under the same prefix.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=20, choices=RenditionKind)
    language = models.CharField(max_length=20, blank=True, default="")
    state = models.CharField(
        max_length=20, choices=RenditionState, default=RenditionState.WANTED, db_index=True
    )
    reason = models.CharField(max_length=40, blank=True, default="")
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    object_key = models.CharField(max_length=300, blank=True, default="")
    extra_keys = models.JSONField(default=list, blank=True, help_text="Other objects that belong to it.")
    content_type = models.CharField(max_length=80, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    about = models.JSONField(default=dict, blank=True, help_text="What a reader of the file should know.")
    asked_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="asked_renditions"
    )
    wanted_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "kind", "language"], name="one_rendition_a_kind_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recording_id}: {self.state}"

    @property
    def is_ready(self) -> bool:
        return self.state == RenditionState.READY

    @property
    def keys(self) -> list[str]:
        """Everything in the store that goes when it goes."""
        return [key for key in (self.object_key, *self.extra_keys) if key]
