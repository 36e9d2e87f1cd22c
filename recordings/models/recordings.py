"""A recording's life: expected from scheduling on, published or failed with a reason at the end."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Person
from classroom.models import Lesson


class RecordingState(models.TextChoices):
    EXPECTED = "expected", _("Expected")
    STARTING = "starting", _("The recorder is starting")
    RECORDING = "recording", pgettext_lazy("state", "Recording")
    LOST_RECORDER = "lost_recorder", _("Interrupted, restarting")
    NO_RECORDER = "no_recorder", _("No recorder came")
    CAPTURED = "captured", _("Captured")
    COMPOSING = "composing", _("Being composed")
    STORING = "storing", _("Being stored")
    PUBLISHED = "published", _("Ready to watch")
    FAILED = "failed", _("Failed")
    EXPIRING = "expiring", _("Being deleted")
    EXPIRED = "expired", _("Deleted when its time was over")


_S = RecordingState
RECORDING_MOVES: dict[str, frozenset[str]] = {
    _S.EXPECTED: frozenset({_S.STARTING, _S.NO_RECORDER, _S.CAPTURED, _S.FAILED}),
    _S.STARTING: frozenset({_S.RECORDING, _S.LOST_RECORDER, _S.NO_RECORDER, _S.CAPTURED, _S.FAILED}),
    _S.RECORDING: frozenset({_S.LOST_RECORDER, _S.CAPTURED, _S.FAILED}),
    _S.LOST_RECORDER: frozenset({_S.STARTING, _S.NO_RECORDER, _S.CAPTURED, _S.FAILED}),
    # Still looked for: a recorder that comes after all records what is left of the lesson.
    _S.NO_RECORDER: frozenset({_S.RECORDING, _S.CAPTURED, _S.FAILED}),
    _S.CAPTURED: frozenset({_S.COMPOSING, _S.FAILED}),
    # Back when another folder is found meanwhile.
    _S.COMPOSING: frozenset({_S.STORING, _S.FAILED, _S.CAPTURED}),
    _S.STORING: frozenset({_S.PUBLISHED, _S.FAILED, _S.CAPTURED}),
    # Composed anew when the store has lost it, or when a head asks for it.
    _S.PUBLISHED: frozenset({_S.CAPTURED, _S.EXPIRING}),
    # Published at once when the store holds it and only the row was lost.
    _S.FAILED: frozenset({_S.CAPTURED, _S.PUBLISHED, _S.EXPIRING}),
    _S.EXPIRING: frozenset({_S.EXPIRED}),
    _S.EXPIRED: frozenset(),
}
CAPTURING = (_S.STARTING, _S.RECORDING, _S.LOST_RECORDER, _S.NO_RECORDER)
UNRECORDED = (_S.EXPECTED, _S.STARTING, _S.LOST_RECORDER)
AT_REST = (_S.PUBLISHED, _S.FAILED)
GONE = (_S.EXPIRING, _S.EXPIRED)
IN_PIPELINE = (_S.CAPTURED, _S.COMPOSING, _S.STORING)


class Reason(models.TextChoices):
    """Why a recording failed, in words for a teacher."""

    NOBODY_CAME = "nobody_came", _("Nobody came to this lesson, so there is nothing to watch.")
    NO_RECORDER = "no_recorder", _("No recorder could join this lesson. The administrator has been told.")
    NO_VIDEO = "no_video", _("The recorder left a folder without a video. What it left is kept.")
    NOT_A_VIDEO = (
        "not_a_video",
        _("The file that the recorder left is not a video. It is kept for inspection."),
    )
    TRUNCATED = "truncated", _("The video file was cut off before it could be read. It is kept for repair.")
    EMPTY = "empty", _("The video file is empty. The recorder may have lost its disk.")
    NO_PICTURE_OR_SOUND = "no_picture_or_sound", _("The video file holds neither picture nor sound.")
    COMPOSING_FAILED = "composing_failed", _("The video could not be composed. The original is kept.")
    STORAGE_REFUSED = (
        "storage_refused",
        _("The storage did not keep the video as sent. The original is kept."),
    )


class Look(models.TextChoices):
    """How the video is laid out."""

    BESIDE = "beside", _("Speaker and board")
    BOARD = "board", _("Board large")
    SPEAKER = "speaker", _("Speaker only")
    SCREEN = "screen", _("Shared screen large")


class Recording(models.Model):
    """The recording that a lesson owes. Worked on by whoever holds the lease."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="recording")
    state = models.CharField(
        max_length=20, choices=RecordingState, default=RecordingState.EXPECTED, db_index=True
    )
    reason = models.CharField(max_length=40, choices=Reason, blank=True, default="")
    state_at = models.DateTimeField()
    step = models.CharField(max_length=20, blank=True, default="")
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.FloatField(null=True, blank=True)
    video_key = models.CharField(max_length=300, blank=True, default="")
    poster_key = models.CharField(max_length=300, blank=True, default="")
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    left_out = models.JSONField(default=list, blank=True, help_text="[[file, reason], …] not usable")
    composed = models.JSONField(
        null=True,
        blank=True,
        help_text="{session: {file: bytes}}: the footage that the video was made of, or that was left out of it.",
    )
    made_more_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was composed again by itself, since more footage had come: once.",
    )
    unrecorded_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when people are inside and nothing is being recorded."
    )
    gaps = models.JSONField(
        default=list,
        blank=True,
        help_text="[{starts_at, ends_at, at_seconds, seconds, cause}, …]: people were inside, nothing was recorded",
    )
    captured = models.JSONField(
        default=list, blank=True, help_text="[[from, to], …] epoch seconds: what its recorders left, usable."
    )
    shown = models.JSONField(
        default=list, blank=True, help_text="[[from, to], …] epoch seconds: which time the video shows."
    )
    published_at = models.DateTimeField(null=True, blank=True)
    originals_gone_at = models.DateTimeField(
        null=True, blank=True, help_text="When what its recorders left was deleted, by the school's policy."
    )
    checked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the store was asked the last time whether it still holds it."
    )
    look = models.CharField(
        max_length=20, choices=Look, blank=True, default="", help_text="Empty: as the institution says."
    )
    loudness = models.FloatField(null=True, blank=True, help_text="LUFS, as it was before it was levelled.")

    class Meta:
        indexes = [
            models.Index(
                fields=["checked_at"],
                condition=models.Q(state="published"),
                name="published_by_last_check",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lesson}: {self.state}"

    @property
    def is_published(self) -> bool:
        return self.state == RecordingState.PUBLISHED


class Watch(models.Model):
    """Where somebody stopped watching."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="watches")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="watches")
    position_seconds = models.FloatField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "person"], name="one_watch_a_person")]

    def __str__(self) -> str:
        return f"{self.person} at {self.position_seconds:.0f} s"
