"""A lesson as a live stream: wanted while it is planned so and goes on, kept up by a host of stations."""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from classroom.models import Lesson
from recordings.models.recorders import Recorder


class BroadcastState(models.TextChoices):
    WANTED = "wanted", _("About to begin")
    LISTENING = "listening", _("Waiting for the picture")
    LIVE = "live", _("Live")
    INTERRUPTED = "interrupted", _("Interrupted")
    OVER = "over", _("Over")


OPEN_BROADCAST = (
    BroadcastState.WANTED,
    BroadcastState.LISTENING,
    BroadcastState.LIVE,
    BroadcastState.INTERRUPTED,
)


def make_nonce() -> str:
    return secrets.token_hex(16)


class Broadcast(models.Model):
    """One lesson's stream. The key of whoever sends is made of `nonce` and SECRET_KEY and stands nowhere.

    `host` is the process that keeps its station, `port` where that one listens; `shown_at` the first piece. `sender`
    is leased while it is named, as an open capture leases its recorder.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="broadcast")
    state = models.CharField(max_length=20, choices=BroadcastState, default=BroadcastState.WANTED)
    state_at = models.DateTimeField()
    nonce = models.CharField(max_length=40, default=make_nonce, editable=False)
    host = models.CharField(max_length=120, blank=True, default="")
    address = models.CharField(max_length=120, blank=True, default="")
    port = models.PositiveIntegerField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    shown_at = models.DateTimeField(null=True, blank=True)
    sender = models.ForeignKey(
        Recorder,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="broadcasts",
        help_text="A Jibri that only sends, beside the one that writes the recording.",
    )
    sender_asked_at = models.DateTimeField(null=True, blank=True)
    interruptions = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["seen_at"],
                condition=models.Q(state__in=["wanted", "listening", "live", "interrupted"]),
                name="open_broadcasts",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sender"],
                condition=models.Q(sender__isnull=False),
                name="one_broadcast_a_sender",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lesson}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_BROADCAST
