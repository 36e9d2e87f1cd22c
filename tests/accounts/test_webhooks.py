"""Events leave in the transaction of their act, signed, at least once, and never from two workers at a time."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from accounts import actions
from accounts.actions.deliveries import attempt, delay_after
from accounts.actions.webhooks import make_secret
from accounts.models import (
    AuditEvent,
    DeliveryState,
    EventType,
    Institution,
    OffReason,
    Role,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from classroom.actions import end_lesson, open_lesson
from classroom.models import Lesson
from common.refusals import Refused
from tests.conftest import Cast
from tests.receivers import Receiver, closed_port, receiver

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db
ALL = list(EventType.values)


def listen(cast: Cast, url: str, types: list[str] = ALL) -> Webhook:
    return actions.create_webhook(institution=cast.school, url=url, event_types=types, by=cast.head)


def happen(institution: Institution, type_: str = EventType.LESSON_STARTED) -> WebhookEvent:
    with transaction.atomic():
        return actions.publish_event(institution=institution, type_=type_, data={"lesson_id": "1"})


def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def make_due() -> None:
    WebhookDelivery.objects.update(next_attempt_at=timezone.now())


def test_the_signature_is_one_that_the_library_verifies(cast: Cast, receiver: Receiver) -> None:
    webhook = listen(cast, receiver.url)
    event = happen(cast.school)
    assert actions.deliver_due() == 1
    heard = receiver.heard[0]
    content = Verifier(webhook.secret).verify(heard.body, heard.headers)
    assert content["type"] == "lesson.started"
    assert content["data"] == {"institution_id": str(cast.school.pk), "lesson_id": "1"}
    assert heard.webhook_id == str(event.pk)
    with pytest.raises(WebhookVerificationError):
        Verifier(make_secret()).verify(heard.body, heard.headers)


def test_after_a_rotation_both_secrets_sign_for_a_day(cast: Cast, receiver: Receiver) -> None:
    webhook = listen(cast, receiver.url)
    former = webhook.secret
    now = actions.rotate_secret(webhook=webhook, by=cast.head)
    happen(cast.school)
    actions.deliver_due()
    heard = receiver.heard[0]
    for secret in (former, now):
        Verifier(secret).verify(heard.body, heard.headers)
    Webhook.objects.update(former_secret_until=timezone.now())
    happen(cast.school)
    actions.deliver_due()
    Verifier(now).verify(receiver.heard[1].body, receiver.heard[1].headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(former).verify(receiver.heard[1].body, receiver.heard[1].headers)


def test_errors_and_redirects_are_tried_again_later_under_the_same_id(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url)
    happen(cast.school)
    receiver.say(500, 302, 404, 200)
    for status in (500, 302, 404):
        actions.deliver_due()
        delivery = only_delivery()
        assert (delivery.state, delivery.last_status) == (DeliveryState.PENDING, status)
        assert delivery.next_attempt_at > timezone.now()
        assert actions.deliver_due() == 0, "not before it is due"
        make_due()
    actions.deliver_due()
    assert (only_delivery().state, only_delivery().attempts) == (DeliveryState.DELIVERED, 4)
    assert len({heard.webhook_id for heard in receiver.heard}) == 1
    assert len({heard.body for heard in receiver.heard}) == 1


def test_a_receiver_that_is_gone_for_good_is_turned_off(cast: Cast, receiver: Receiver) -> None:
    webhook = listen(cast, receiver.url)
    happen(cast.school)
    happen(cast.school)
    receiver.say(410)
    assert actions.deliver_due() == 1
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.disabled_reason) == (False, OffReason.GONE)
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {DeliveryState.FAILED}
    assert not WebhookDelivery.objects.filter(event=happen(cast.school)).exists()
    assert AuditEvent.objects.filter(act="webhook.turned_off").exists()


def test_after_a_day_of_failures_a_delivery_is_given_up_and_its_webhook_turned_off(
    cast: Cast, receiver: Receiver
) -> None:
    webhook = listen(cast, receiver.url)
    happen(cast.school)
    receiver.say(503)
    WebhookDelivery.objects.update(queued_at=timezone.now() - timedelta(hours=24))
    actions.deliver_due()
    webhook.refresh_from_db()
    assert only_delivery().state == DeliveryState.ABANDONED
    assert webhook.disabled_reason == OffReason.FAILING


def test_one_event_given_up_does_not_turn_off_a_webhook_that_works(cast: Cast, receiver: Receiver) -> None:
    webhook = listen(cast, receiver.url)
    happen(cast.school)
    actions.deliver_due()
    lost = happen(cast.school)
    WebhookDelivery.objects.filter(event=lost).update(queued_at=timezone.now() - timedelta(hours=25))
    assert actions.abandon_overdue(now=timezone.now()) == 1
    webhook.refresh_from_db()
    assert webhook.is_active


def test_a_silent_receiver_is_not_asked_again_for_each_of_its_events(cast: Cast, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    listen(cast, f"http://127.0.0.1:{closed_port()}/")
    for _ in range(5):
        happen(cast.school)
    assert actions.deliver_due() == 1
    tried = WebhookDelivery.objects.get(attempts=1)
    assert tried.last_error == "no_connection"


def test_a_private_address_gets_nothing_when_the_flag_is_off(
    cast: Cast, receiver: Receiver, settings: Any
) -> None:
    listen(cast, receiver.url)
    happen(cast.school)
    settings.WEBHOOK_ALLOW_PRIVATE = False
    actions.deliver_due()
    assert receiver.heard == []
    assert only_delivery().last_error == "url_needs_https"
    Webhook.objects.update(url="https://localhost:8443/")
    make_due()
    actions.deliver_due()
    assert only_delivery().last_error == "url_private"


def test_an_act_that_is_rolled_back_leaves_no_event(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url)
    before = WebhookEvent.objects.count()

    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():
        happen(cast.school)
        raise Changed
    assert (WebhookEvent.objects.count(), WebhookDelivery.objects.count()) == (before, 0)


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_an_error(cast: Cast) -> None:
    with pytest.raises(RuntimeError):
        actions.publish_event(institution=cast.school, type_=EventType.LESSON_ENDED, data={})


def test_only_what_one_listens_to_comes_and_nothing_of_other_schools(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url, [EventType.LESSON_ENDED])
    happen(cast.school, EventType.LESSON_STARTED)
    happen(cast.elsewhere, EventType.LESSON_ENDED)
    assert actions.deliver_due() == 0


def test_a_lesson_and_a_person_make_their_events_with_ids_only(cast: Cast, lesson: Lesson) -> None:
    WebhookEvent.objects.all().delete()
    open_lesson(lesson=lesson, now=timezone.now())
    end_lesson(lesson=lesson, now=timezone.now())
    person = actions.add_person(
        institution=cast.school, email="new@here.test", name="Nadia Secret", role=Role.STUDENT
    )
    actions.suspend_person(institution=cast.school, person=person)
    events = WebhookEvent.objects.order_by("created_at")
    assert [event.type for event in events] == [
        "lesson.started",
        "lesson.ended",
        "register.ready",
        "person.changed",
        "person.changed",
    ]
    text = json.dumps([event.payload for event in events])
    assert str(lesson.pk) in text and str(person.pk) in text
    for personal in ("Nadia", "here.test", lesson.title, cast.teacher.name):
        assert personal not in text


def test_replay_sends_the_same_id_once_more(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url)
    happen(cast.school)
    with pytest.raises(Refused, match="already_waiting"):
        actions.replay_delivery(delivery=only_delivery(), by=cast.head)
    actions.deliver_due()
    actions.replay_delivery(delivery=only_delivery(), by=cast.head)
    actions.deliver_due()
    first, second = receiver.heard
    assert first.webhook_id == second.webhook_id
    assert AuditEvent.objects.filter(act="webhook.replayed").count() == 1


def test_replay_since_brings_what_failed_and_what_was_missed_while_off(
    cast: Cast, receiver: Receiver
) -> None:
    webhook = listen(cast, receiver.url)
    change: dict[str, Any] = {"webhook": webhook, "url": receiver.url, "event_types": ALL, "by": cast.head}
    begun = timezone.now()
    happen(cast.school)
    actions.change_webhook(**change, is_active=False)
    happen(cast.school)
    with pytest.raises(Refused, match="webhook_off"):
        actions.replay_since(webhook=Webhook.objects.get(), since=begun, by=cast.head)
    actions.change_webhook(**change, is_active=True)
    assert actions.deliver_due() == 0
    assert actions.replay_since(webhook=Webhook.objects.get(), since=begun, by=cast.head) == 2
    assert actions.deliver_due() == 2


def test_old_events_are_forgotten(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url)
    event = happen(cast.school)
    WebhookEvent.objects.filter(pk=event.pk).update(created_at=timezone.now() - timedelta(days=31))
    actions.forget_old_events(now=timezone.now())
    assert not WebhookEvent.objects.filter(pk=event.pk).exists()
    assert not WebhookDelivery.objects.exists()


def test_an_outcome_that_comes_after_its_lease_is_lost_counts_for_nothing(
    cast: Cast, receiver: Receiver
) -> None:
    listen(cast, receiver.url)
    happen(cast.school)
    now = timezone.now()
    slow = actions.claim_delivery(now=now)
    assert slow is not None
    assert actions.claim_delivery(now=now) is None
    quick = actions.claim_delivery(now=now + timedelta(seconds=61))
    assert quick is not None and quick.pk == slow.pk
    outcome = attempt(quick)
    assert not actions.settle_delivery(delivery=slow, outcome=outcome, now=now)
    assert only_delivery().state == DeliveryState.PENDING
    assert actions.settle_delivery(delivery=quick, outcome=outcome, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_deliver_each_event_once(cast: Cast, receiver: Receiver) -> None:
    listen(cast, receiver.url)
    for _ in range(6):
        happen(cast.school)
    both = threading.Barrier(2)

    def work() -> None:
        both.wait()
        try:
            actions.deliver_due()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    ids = [heard.webhook_id for heard in receiver.heard]
    assert (len(ids), len(set(ids))) == (6, 6)


def test_waiting_grows_to_hours_and_never_to_more() -> None:
    delays = [delay_after(attempts).total_seconds() for attempts in (1, 2, 3, 9, 500)]
    assert delays[0] < delays[1] < delays[2] < delays[3]
    assert delays[4] <= 4 * 3600 * 1.25
