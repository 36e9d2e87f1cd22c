"""What can be done with webhooks; `publish_event` is how the rest of the house speaks to them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.actions.audit import record_audit
from accounts.models import (
    TEST_EVENT,
    DeliveryState,
    EventType,
    Institution,
    OffReason,
    Person,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from common.outward import check_url
from common.queue import enqueue_on_commit
from common.refusals import Refused

BOTH_SECRETS = timedelta(hours=24)
KEPT = timedelta(days=30)


def make_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def api_link(kind: str, pk: object) -> str:
    return f"{settings.PUBLIC_URL}/api/v1/{kind}/{pk}"


def publish_event(*, institution: Institution, type_: str, data: dict[str, Any]) -> WebhookEvent:
    """What happened, laid into the outbox for every webhook that listens. `data`: ids, instants, links, no names.

    Raises RuntimeError outside a transaction: the act and its event are kept together or not at all.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of its act")
    event = _make_event(institution, type_, data)
    webhooks = Webhook.objects.filter(institution=institution, is_active=True)
    _queue([(event, one) for one in webhooks if type_ in one.event_types], event.created_at)
    return event


def publish_person_changed(*, institution: Institution, person: Person) -> WebhookEvent:
    data = {"person_id": str(person.pk), "url": api_link("people", person.pk)}
    return publish_event(institution=institution, type_=EventType.PERSON_CHANGED, data=data)


def _make_event(institution: Institution, type_: str, data: dict[str, Any]) -> WebhookEvent:
    now = timezone.now()
    payload = {"institution_id": str(institution.pk), **data}
    return WebhookEvent.objects.create(institution=institution, type=type_, payload=payload, created_at=now)


def _queue(pairs: list[tuple[WebhookEvent, Webhook]], now: datetime) -> int:
    rows = [
        WebhookDelivery(event=event, webhook=webhook, queued_at=now, next_attempt_at=now)
        for event, webhook in pairs
    ]
    if rows:
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True)
        enqueue_on_commit("accounts.deliver_webhooks")
    return len(rows)


def _check(url: str, event_types: Sequence[str]) -> str:
    if not event_types or set(event_types) - set(EventType.values):
        raise Refused("event_types")
    return check_url(url, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)


@transaction.atomic
def create_webhook(*, institution: Institution, url: str, event_types: Sequence[str], by: Person) -> Webhook:
    """Raises Refused with a code of `common.outward.check_url`, or "event_types". The secret is in the row."""
    webhook = Webhook.objects.create(
        institution=institution,
        url=_check(url, event_types),
        event_types=sorted(set(event_types)),
        secret=make_secret(),
        created_by=by,
    )
    _audit("webhook.created", webhook, by)
    return webhook


@transaction.atomic
def change_webhook(
    *, webhook: Webhook, url: str, event_types: Sequence[str], is_active: bool, by: Person
) -> None:
    """Turning it on again forgets why it was off; turning it off ends what still waits."""
    webhook.url, webhook.event_types = _check(url, event_types), sorted(set(event_types))
    webhook.save(update_fields=["url", "event_types"])
    if is_active:
        on = {"is_active": True, "disabled_at": None, "disabled_reason": ""}
        Webhook.objects.filter(pk=webhook.pk, is_active=False).update(**on)
    else:
        turn_off(webhook=webhook, reason=OffReason.BY_HAND, now=timezone.now())
    _audit("webhook.changed", webhook, by, is_active=is_active)


@transaction.atomic
def rotate_secret(*, webhook: Webhook, by: Person) -> str:
    """A new secret; for 24 hours deliveries bear the signatures of both."""
    locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
    webhook.former_secret, webhook.secret = locked.secret, make_secret()
    webhook.former_secret_until = timezone.now() + BOTH_SECRETS
    webhook.save(update_fields=["secret", "former_secret", "former_secret_until"])
    _audit("webhook.secret_rotated", webhook, by)
    return webhook.secret


@transaction.atomic
def delete_webhook(*, webhook: Webhook, by: Person) -> None:
    _audit("webhook.deleted", webhook, by)
    webhook.delete()


@transaction.atomic
def send_test_event(*, webhook: Webhook, by: Person) -> WebhookDelivery:
    """Raises Refused("webhook_off") for one that is off."""
    if not webhook.is_active:
        raise Refused("webhook_off")
    event = _make_event(webhook.institution, TEST_EVENT, {"webhook_id": str(webhook.pk)})
    _queue([(event, webhook)], event.created_at)
    _audit("webhook.tested", webhook, by)
    return WebhookDelivery.objects.get(event=event, webhook=webhook)


@transaction.atomic
def replay_delivery(*, delivery: WebhookDelivery, by: Person) -> None:
    """The same event once more, under the same `webhook-id`. Raises Refused("already_waiting" | "webhook_off")."""
    if not delivery.webhook.is_active:
        raise Refused("webhook_off")
    again = WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.PENDING)
    if not _requeue(again):
        raise Refused("already_waiting")
    _audit("webhook.replayed", delivery.webhook, by, delivery=str(delivery.pk))


@transaction.atomic
def replay_since(*, webhook: Webhook, since: datetime, by: Person) -> int:
    """All that failed since then, and what happened while the webhook was off; how many deliveries wait now."""
    if not webhook.is_active:
        raise Refused("webhook_off")
    lost = (DeliveryState.FAILED, DeliveryState.ABANDONED)
    events = WebhookEvent.objects.filter(institution=webhook.institution, created_at__gte=since)
    count = _requeue(WebhookDelivery.objects.filter(webhook=webhook, event__in=events, state__in=lost))
    missed = events.filter(type__in=webhook.event_types).exclude(deliveries__webhook=webhook)
    count += _queue([(event, webhook) for event in missed], timezone.now())
    _audit("webhook.replayed", webhook, by, since=since.isoformat(), count=count)
    return count


def _requeue(deliveries: Any) -> int:
    now = timezone.now()
    fresh = {"attempts": 0, "queued_at": now, "next_attempt_at": now, "lease": None, "lease_until": None}
    moved: int = deliveries.update(state=DeliveryState.PENDING, delivered_at=None, **fresh)
    if moved:
        enqueue_on_commit("accounts.deliver_webhooks")
    return moved


@transaction.atomic
def turn_off(*, webhook: Webhook, reason: OffReason, now: datetime) -> bool:
    """No more deliveries, until a head turns it on again; False when it was off already."""
    on = Webhook.objects.filter(pk=webhook.pk, is_active=True)
    if not on.update(is_active=False, disabled_at=now, disabled_reason=reason):
        return False
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.PENDING)
    waiting.update(state=DeliveryState.FAILED, last_error="webhook_off", lease=None, lease_until=None)
    if reason != OffReason.BY_HAND:
        _audit("webhook.turned_off", webhook, None, reason=str(reason))
    return True


def forget_old_events(*, now: datetime) -> int:
    """Events older than 30 days, with their deliveries; they can be replayed no more."""
    return WebhookEvent.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _audit(act: str, webhook: Webhook, by: Person | UUID | None, **detail: Any) -> None:
    target = f"webhook:{webhook.pk}"
    record_audit(act, institution=webhook.institution, by=by, target=target, detail=detail)
