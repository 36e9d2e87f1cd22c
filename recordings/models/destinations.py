"""Where a lesson's stream is also sent: a place outside that its staff named."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from classroom.models import Lesson


class SendingState(models.TextChoices):
    OFF = "off", _("Off")
    CONNECTING = "connecting", _("Connecting …")
    SENDING = "sending", _("Sending")
    INTERRUPTED = "interrupted", _("Interrupted")


class SendingReason(models.TextChoices):
    """Why it is interrupted; the first five are words of `common.outward`."""

    ADDRESS_REFUSED = "address_refused", _("The address leads into a private network.")
    UNKNOWN_HOST = "unknown_host", _("No server has this name.")
    TIMEOUT = "timeout", _("No answer came in time.")
    TLS = "tls", _("The server’s certificate is not valid for its name.")
    NO_CONNECTION = "no_connection", _("Nobody answers at this address.")
    REFUSED = "refused", _("The other side does not take it. Is the key right?")
    LOST = "lost", _("The other side ended the connection.")
    STALLED = "stalled", _("The other side takes nothing more.")
    PROTECTED = "protected", _("Somebody takes part who must not be recorded.")


class Destination(models.Model):
    """One a lesson. `is_wanted` is what staff wants, `state` what the station says of it.

    `key_sealed` opens the other side to whoever holds it: it is shown to nobody, and what it was sealed with is SECRET_KEY.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.OneToOneField(Lesson, on_delete=models.CASCADE, related_name="destination")
    address = models.CharField(max_length=500)
    key_sealed = models.TextField()
    is_wanted = models.BooleanField(default=False)
    state = models.CharField(max_length=20, choices=SendingState, default=SendingState.OFF)
    reason = models.CharField(max_length=20, choices=SendingReason, blank=True, default="")
    state_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.state}"
