"""Captures: the sessions of recorders that one recording is made of."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recordings.models.recorders import Recorder
from recordings.models.recordings import Recording


class Engine(models.TextChoices):
    EMBEDDED = "embedded", "embedded"
    JIBRI = "jibri", "jibri"


class CaptureState(models.TextChoices):
    WANTED = "wanted", _("Wanted")
    RUNNING = "running", _("Running")
    CLOSED = "closed", _("Closed")
    LOST = "lost", _("Lost")


class Starter(models.TextChoices):
    """Who asked the recorder to begin."""

    HOST = "host", _("The host of the built-in recorders")
    MODULE = "module", _("The module in Prosody")
    HTTP = "http", _("Darasa itself")
    NOBODY = "nobody", _("Nobody that is known: its folder was found")


class EndCause(models.TextChoices):
    """Why a capture ended while the lesson went on, in words for whoever watches the gap after it."""

    NONE = "", ""
    DIED = "recorder_died", _("The recorder broke down.")
    LEFT = "recorder_left", _("The recorder left the room too early.")
    FAILED = "recorder_failed", _("The recorder reported a fault.")
    NEVER_STARTED = "never_started", _("The recorder did not begin.")


def gap_texts() -> dict[str, str]:
    """`gap.<cause>` for whatever a gap of a recording names, in the language of the moment."""
    return {
        **{f"gap.{cause.value}": str(cause.label) for cause in EndCause if cause.value},
        "gap.late_start": gettext("The recorder came late."),
        "gap.early_end": gettext("The recorder ended early."),
        "gap.unknown": gettext("The recorder was interrupted."),
    }


OPEN_CAPTURE = (CaptureState.WANTED, CaptureState.RUNNING)


class Capture(models.Model):
    """One session of one recorder: one folder under RECORDINGS_DIR. A restart makes another one.

    An open capture that names a recorder is the lease on it: PostgreSQL allows one a recorder, so
    that two workers can never give the same one to two lessons.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="captures")
    engine = models.CharField(max_length=20, choices=Engine)
    session_id = models.CharField(max_length=120, unique=True)
    state = models.CharField(max_length=20, choices=CaptureState, default=CaptureState.WANTED)
    host = models.CharField(max_length=120, blank=True, default="")
    recorder = models.ForeignKey(
        Recorder, on_delete=models.SET_NULL, null=True, blank=True, related_name="captures"
    )
    is_streamed = models.BooleanField(
        default=False, help_text="It sends a stream instead of writing a file; our own end of it writes that."
    )
    started_by = models.CharField(max_length=10, choices=Starter, default=Starter.HOST)
    refusals = models.JSONField(default=list, blank=True, help_text="[[recorder, code], …] who would not")
    wanted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When a recorder accepted the start.")
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="The first sign that it records.")
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_cause = models.CharField(max_length=20, choices=EndCause, blank=True, default=EndCause.NONE)
    film_starts = models.JSONField(
        default=dict,
        blank=True,
        help_text="{file: epoch seconds}: first pictures, as they were taken for what is composed already",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recorder"],
                condition=models.Q(state__in=["wanted", "running"]),
                name="one_open_capture_a_recorder",
            ),
            models.UniqueConstraint(
                fields=["recording"],
                condition=models.Q(state__in=["wanted", "running"]),
                name="one_open_capture_a_recording",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engine} {self.session_id}"
