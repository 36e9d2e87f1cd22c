"""What the Jitsi stack tells us: each delivery as it came, each event once, and who it is that speaks.

Links to no school: an event names a room, and which lesson's that is, is found out when it is applied.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

ALARMING_OFFSET = timedelta(seconds=10)


class HookSource(models.TextChoices):
    EVENTS = "events", _("Darasa's own module")
    EVENT_SYNC = "event_sync", _("The event sync component")
    RESERVATIONS = "reservations", _("Reservations")


class DeliveryReading(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    READ = "read", _("Read")


class HookDelivery(models.Model):
    """One request, byte by byte, kept before anybody has tried to understand it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=20, choices=HookSource)
    about = models.CharField(
        max_length=60, blank=True, default="", help_text="What the address said, e.g. occupant/joined."
    )
    body = models.BinaryField(help_text="May hold names: it goes after a few days.")
    received_at = models.DateTimeField()
    offset_ms = models.BigIntegerField(
        null=True, help_text="Our clock minus the sender's, and the way; null when the sender told no time."
    )
    reading = models.CharField(max_length=20, choices=DeliveryReading, default=DeliveryReading.WAITING)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"], condition=models.Q(reading="waiting"), name="deliveries_unread"
            ),
            models.Index(fields=["received_at"], name="deliveries_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.about} at {self.received_at:%H:%M:%S}"


class EventState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    DONE = "done", _("Applied")
    QUARANTINED = "quarantined", _("Put aside")
    DISMISSED = "dismissed", _("Dismissed")


EVENT_MOVES: dict[str, frozenset[str]] = {
    EventState.PENDING: frozenset({EventState.DONE, EventState.QUARANTINED}),
    EventState.DONE: frozenset(),
    EventState.QUARANTINED: frozenset({EventState.PENDING, EventState.DISMISSED}),
    EventState.DISMISSED: frozenset({EventState.PENDING}),
}


class PutAside(models.TextChoices):
    """Why an event changed nothing, in words for whoever runs the platform."""

    NOT_JSON = "not_json", _("The body is not JSON.")
    NOT_AN_OBJECT = "not_an_object", _("The body has another shape than an event.")
    TOO_MANY = "too_many", _("There are more events in it than a delivery may carry.")
    BAD_TEXT = "bad_text", _("There are characters in it that cannot be kept.")
    UNKNOWN_TYPE = "unknown_type", _("Events of this type are not known.")
    BAD_ID = "bad_id", _("The event has no usable id.")
    BAD_TIME = "bad_time", _("The event has no usable time.")
    BAD_ROOM = "bad_room", _("The event names no room.")
    BAD_OCCUPANT = "bad_occupant", _("The event says nothing usable about who came or went.")
    UNKNOWN_ROOM = "unknown_room", _("There is no lesson with this room.")
    NO_PERSON = "no_person", _("Somebody was inside without a token of ours.")
    UNKNOWN_PERSON = "unknown_person", _("The school of this room does not know the person.")
    STUMBLED = "stumbled", _("It could not be applied, several times; the worker's log says why.")


class HookEvent(models.Model):
    """One event, however often it was delivered: `key` is the sender's id, or made of what never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    delivery = models.ForeignKey(HookDelivery, on_delete=models.CASCADE, related_name="events")
    key = models.CharField(max_length=200, unique=True)
    type = models.CharField(max_length=40, blank=True, default="")
    room = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(null=True, help_text="By our clock; null when it could not be read.")
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=EventState, default=EventState.PENDING)
    reason = models.CharField(max_length=40, choices=PutAside, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], condition=models.Q(state="pending"), name="events_pending"),
            models.Index(
                fields=["-received_at"], condition=models.Q(state="quarantined"), name="events_put_aside"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.room} {self.state}"


class Prosody(models.Model):
    """A Prosody that has spoken to us, by the name that it gives itself: when last, and by which clock."""

    name = models.CharField(primary_key=True, max_length=100)
    heard_at = models.DateTimeField()
    offset_ms = models.BigIntegerField(default=0, help_text="Our clock minus its own.")
    snapshot_at = models.DateTimeField(null=True, help_text="When it last answered who is inside.")

    def __str__(self) -> str:
        return self.name

    @property
    def offset_seconds(self) -> float:
        return self.offset_ms / 1000

    @property
    def is_off(self) -> bool:
        """Whether its clock is so wrong that somebody should mend it."""
        return abs(self.offset_ms) > ALARMING_OFFSET / timedelta(milliseconds=1)
