"""A worker dies between sending a webhook and noting it: the receiver gets it once more, under the same id."""

from __future__ import annotations

import signal

import pytest
from django.db import transaction

from accounts import actions
from accounts.models import DeliveryState, EventType, WebhookDelivery
from common.queue import find_task
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.patience import PATIENCE
from tests.processes import wait_until
from tests.receivers import Receiver, receiver

__all__ = ["receiver"]
pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def test_a_worker_killed_after_sending_leads_to_the_same_event_again(
    build: Build, cast: Cast, receiver: Receiver
) -> None:
    house = build(WEBHOOK_ALLOW_PRIVATE="1")
    actions.create_webhook(
        institution=cast.school, url=receiver.url, event_types=[EventType.LESSON_ENDED], by=cast.head
    )
    doomed = house.start_worker("outward", CRASH_AT="webhooks.sent")
    with transaction.atomic():
        event = actions.publish_event(
            institution=cast.school, type_=EventType.LESSON_ENDED, data={"lesson_id": "1"}
        )
    assert doomed.wait(60 * PATIENCE) == -signal.SIGKILL
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1)
    # The dead worker's lease is respected until it runs out.
    assert delivery.lease_until is not None
    WebhookDelivery.objects.update(lease_until=delivery.queued_at)
    house.start_worker("outward")
    find_task("accounts.deliver_webhooks").delay()
    wait_until(
        lambda: WebhookDelivery.objects.get().state == DeliveryState.DELIVERED, 60, what="the second delivery"
    )
    assert [heard.webhook_id for heard in receiver.heard] == [str(event.pk)] * 2
    assert receiver.heard[0].body == receiver.heard[1].body
