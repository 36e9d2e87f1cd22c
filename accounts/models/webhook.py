"""What another platform wants to hear, what happened, and who was told of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Institution, Person


class EventType(models.TextChoices):
    LESSON_STARTED = "lesson.started", _("A lesson started")
    LESSON_ENDED = "lesson.ended", _("A lesson ended")
    RECORDING_READY = "recording.ready", _("A recording is ready")
    REGISTER_READY = "register.ready", _("A register is complete")
    PERSON_CHANGED = "person.changed", _("A person was added, changed or suspended")


# Sent by the button on the page; nobody subscribes to it.
TEST_EVENT = "webhook.test"


class OffReason(models.TextChoices):
    BY_HAND = "by_hand", _("Turned off by the school")
    GONE = "gone", _("The receiver answered that it is gone for good (410)")
    FAILING = "failing", _("Every delivery failed for 24 hours")


class Webhook(models.Model):
    """An address of another platform. While `former_secret` lives, deliveries bear both signatures."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    event_types = models.JSONField(default=list)
    secret = models.CharField(max_length=80, help_text="whsec_ and 24 random bytes; signs, so it is kept.")
    former_secret = models.CharField(max_length=80, blank=True, default="")
    former_secret_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=20, choices=OffReason, blank=True, default="")
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.url


class WebhookEvent(models.Model):
    """The outbox: written in the transaction of the act. Its id is the receiver's `webhook-id`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="webhook_events")
    type = models.CharField(max_length=40)
    payload = models.JSONField(help_text="Ids, instants and links; no names.")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["institution", "created_at"], name="webhook_events_by_age")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not accepted")
    ABANDONED = "abandoned", _("Given up")


# A replay leads back to pending. `failed` is for good: the receiver is gone, or the webhook was turned off.
DELIVERY_MOVES: dict[str, frozenset[str]] = {
    DeliveryState.PENDING: frozenset(
        {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.ABANDONED}
    ),
    DeliveryState.DELIVERED: frozenset({DeliveryState.PENDING}),
    DeliveryState.FAILED: frozenset({DeliveryState.PENDING}),
    DeliveryState.ABANDONED: frozenset({DeliveryState.PENDING}),
}


class WebhookDelivery(models.Model):
    """One event on its way to one webhook. Whoever holds the lease sends; nobody else does meanwhile."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=20, choices=DeliveryState, default=DeliveryState.PENDING)
    queued_at = models.DateTimeField(help_text="24 hours later it is given up; a replay begins anew.")
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    last_attempt_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    last_status = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=40, blank=True, default="")
    last_latency_ms = models.PositiveIntegerField(null=True)
    last_answer = models.TextField(blank=True, default="", help_text="The beginning of what was answered.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "webhook"], name="one_delivery_an_event_and_webhook"),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=models.Q(state="pending"), name="deliveries_due"
            ),
            models.Index(fields=["webhook", "-queued_at"], name="deliveries_by_webhook"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.webhook_id}: {self.state}"
