"""One delivery from claim to outcome: claim (lease) → send, with no transaction open → settle.

A worker that dies after sending has not settled; the lease runs out and the event is sent again under the same
`webhook-id`. So it comes at least once, and two workers never send one delivery at the same time.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from accounts.actions.webhooks import turn_off
from accounts.models import DeliveryState, OffReason, Webhook, WebhookDelivery
from common.crashpoints import crash_point
from common.outward import Unreachable, post
from common.refusals import Refused

TIMEOUT_SECONDS = 10
LEASE = timedelta(seconds=60)  # longer than any attempt, name server included
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 4 * 3600
REST_OF_THE_SILENT = timedelta(seconds=60)
ANSWER_KEPT = 2000
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt; `status` is None when no answer came, and `error` says why."""

    status: int | None
    error: str
    latency_ms: int
    answer: str

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver_due() -> int:
    """Sends what is due until nothing is; how many attempts that were."""
    attempts = 0
    while (delivery := claim_delivery(now=timezone.now())) is not None:
        outcome = attempt(delivery)
        crash_point("webhooks.sent")
        settle_delivery(delivery=delivery, outcome=outcome, now=timezone.now())
        attempts += 1
    return attempts


@transaction.atomic
def claim_delivery(*, now: datetime) -> WebhookDelivery | None:
    """The next that is due, ours for a minute; None when nothing is, or others are at all of it."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = WebhookDelivery.objects.filter(
        free, state=DeliveryState.PENDING, next_attempt_at__lte=now, webhook__is_active=True
    ).order_by("next_attempt_at")
    delivery = (
        due.select_for_update(skip_locked=True, of=("self",)).select_related("webhook", "event").first()
    )
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.lease, delivery.lease_until, delivery.last_attempt_at = uuid.uuid4(), now + LEASE, now
    delivery.save(update_fields=["attempts", "lease", "lease_until", "last_attempt_at"])
    return delivery


def body_of(delivery: WebhookDelivery) -> str:
    """The same bytes at each attempt."""
    event = delivery.event
    content = {"type": event.type, "timestamp": event.created_at.isoformat(), "data": event.payload}
    return json.dumps(content, separators=(",", ":"), sort_keys=True)


def headers_of(delivery: WebhookDelivery, body: str, *, now: datetime) -> dict[str, str]:
    webhook_id = str(delivery.event_id)
    signatures = [
        Signer(secret).sign(webhook_id, now, body) for secret in live_secrets(delivery.webhook, now)
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": "Darasa-Webhooks/1",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def live_secrets(webhook: Webhook, now: datetime) -> list[str]:
    former = webhook.former_secret if (webhook.former_secret_until or now) > now else ""
    return [secret for secret in (webhook.secret, former) if secret]


def attempt(delivery: WebhookDelivery) -> Outcome:
    body, begun = body_of(delivery), time.monotonic()
    headers = headers_of(delivery, body, now=timezone.now())
    private = settings.WEBHOOK_ALLOW_PRIVATE
    status, error, answer = None, "", ""
    try:
        response = post(
            delivery.webhook.url,
            body.encode(),
            headers,
            timeout_seconds=TIMEOUT_SECONDS,
            allow_private=private,
        )
        status, answer = response.status, response.body[:ANSWER_KEPT].decode(errors="replace")
    except (Refused, Unreachable) as failure:
        error = failure.code
    latency_ms = round((time.monotonic() - begun) * 1000)
    return Outcome(status, error, latency_ms, answer.replace("\x00", "\ufffd"))


@transaction.atomic
def settle_delivery(*, delivery: WebhookDelivery, outcome: Outcome, now: datetime) -> bool:
    """Writes the outcome down; False when the lease was lost meanwhile, then somebody else's outcome counts."""
    gone = outcome.status == GONE
    state = DeliveryState.FAILED if gone else DeliveryState.PENDING
    if outcome.is_accepted:
        state = DeliveryState.DELIVERED
    elif not gone and now - delivery.queued_at >= GIVE_UP_AFTER:
        state = DeliveryState.ABANDONED
    ours = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, lease=delivery.lease)
    settled = ours.update(
        state=state,
        lease=None,
        lease_until=None,
        delivered_at=now if outcome.is_accepted else None,
        next_attempt_at=now + delay_after(delivery.attempts),
        last_status=outcome.status,
        last_error=outcome.error,
        last_latency_ms=outcome.latency_ms,
        last_answer=outcome.answer,
    )
    if settled and not outcome.is_accepted:
        _react(delivery, outcome, state, now)
    return settled == 1


def delay_after(attempts: int) -> timedelta:
    """5 s, 15 s, 45 s … to four hours, give or take a quarter, so that a school's receivers do not fall in step."""
    seconds = min(FIRST_DELAY_SECONDS * 3 ** min(attempts - 1, 20), LONGEST_DELAY_SECONDS)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311  not a secret


def _react(delivery: WebhookDelivery, outcome: Outcome, state: DeliveryState, now: datetime) -> None:
    webhook = delivery.webhook
    if outcome.status == GONE:
        turn_off(webhook=webhook, reason=OffReason.GONE, now=now)
    elif state == DeliveryState.ABANDONED:
        _turn_off_if_hopeless(webhook, now)
    elif outcome.status is None:
        # Each try at a silent receiver may take the whole timeout: its other events wait a minute.
        waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.PENDING, lease=None)
        rested = now + REST_OF_THE_SILENT
        waiting.filter(next_attempt_at__lt=rested).exclude(pk=delivery.pk).update(next_attempt_at=rested)


def abandon_overdue(*, now: datetime) -> int:
    """Deliveries that waited 24 hours, also those that rested all the time; their webhooks are turned off."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    overdue = WebhookDelivery.objects.filter(
        free, state=DeliveryState.PENDING, queued_at__lte=now - GIVE_UP_AFTER
    )
    webhooks = list(Webhook.objects.filter(deliveries__in=overdue).distinct())
    count = overdue.update(state=DeliveryState.ABANDONED, lease=None, lease_until=None)
    for webhook in webhooks:
        _turn_off_if_hopeless(webhook, now)
    return count


def _turn_off_if_hopeless(webhook: Webhook, now: datetime) -> None:
    accepted = WebhookDelivery.objects.filter(webhook=webhook, delivered_at__gte=now - GIVE_UP_AFTER)
    if not accepted.exists():
        turn_off(webhook=webhook, reason=OffReason.FAILING, now=now)
