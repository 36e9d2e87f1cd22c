"""The fleet: the Jibris that this house may use, what they told, and the folders that belong to nobody."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class RecorderState(models.TextChoices):
    SILENT = "silent", _("Silent")
    IDLE = "idle", _("Free")
    BUSY = "busy", _("At work")
    UNHEALTHY = "unhealthy", _("Unhealthy")
    EXPIRED = "expired", _("Used up")


class Recorder(models.Model):
    """One Jibri. Its lease is the open capture that names it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    base_url = models.CharField(
        max_length=200, blank=True, default="", help_text="Empty: known by its own words only, never started."
    )
    pool = models.SlugField(
        max_length=40,
        blank=True,
        default="",
        help_text="A region's or an institution's word; empty: anybody's.",
    )
    is_listed = models.BooleanField(default=False, help_text="Whether JIBRI_URLS names it.")
    state = models.CharField(max_length=20, choices=RecorderState, default=RecorderState.SILENT)
    detail = models.CharField(max_length=300, blank=True, default="")
    state_at = models.DateTimeField()
    seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was asked the last time that it answered."
    )
    heard_at = models.DateTimeField(null=True, blank=True, help_text="The last word that it sent by itself.")
    next_poll_at = models.DateTimeField()
    rests_until = models.DateTimeField(
        null=True, blank=True, help_text="Not tried again before, after a failure."
    )
    leased_at = models.DateTimeField(null=True, blank=True)
    drained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NoticeState(models.TextChoices):
    PENDING = "pending", "pending"
    DONE = "done", "done"
    UNREADABLE = "unreadable", "unreadable"


class RecorderNotice(models.Model):
    """What a Jibri or its finalize script posted, as it came. Kept first, understood afterwards."""

    kind = models.CharField(max_length=20)
    body = models.TextField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=NoticeState, default=NoticeState.PENDING)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(state="pending"), name="pending_recorder_notice"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.received_at:%H:%M:%S}"


class Orphan(models.Model):
    """A finished folder under RECORDINGS_DIR whose room no lesson has."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=255, unique=True)
    room_name = models.CharField(max_length=200, blank=True, default="")
    found_at = models.DateTimeField()
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["-found_at", "name"]

    def __str__(self) -> str:
        return self.name
