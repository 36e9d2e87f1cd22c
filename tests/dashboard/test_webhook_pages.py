"""The pages of webhooks: for heads, on their own school's, with a secret that is shown once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts import actions
from accounts.models import AuditEvent, DeliveryState, EventType, Person, Webhook, WebhookDelivery
from tests.conftest import Cast
from tests.receivers import Receiver, receiver

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db
URL = "https://hooks.partner.example/darasa"
TYPES = [EventType.LESSON_ENDED]


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make(cast: Cast, url: str = URL) -> Webhook:
    return actions.create_webhook(institution=cast.school, url=url, event_types=TYPES, by=cast.head)


def happen(cast: Cast) -> None:
    with transaction.atomic():
        actions.publish_event(institution=cast.school, type_=EventType.LESSON_ENDED, data={})


def test_a_new_webhook_shows_its_secret_once(cast: Cast) -> None:
    client = client_of(cast.head)
    answer = client.post("/webhooks/new", {"url": URL, "event_types": TYPES}, follow=True)
    made = Webhook.objects.get()
    assert made.secret in answer.content.decode()
    assert made.secret not in client.get(f"/webhooks/{made.pk}/").content.decode()
    assert (made.institution, made.created_by, made.is_active) == (cast.school, cast.head, True)


def test_a_webhook_of_another_school_cannot_be_made(cast: Cast) -> None:
    data = {"url": URL, "event_types": TYPES, "institution": str(cast.elsewhere.pk)}
    client_of(cast.head).post("/webhooks/new", data)
    assert not Webhook.objects.filter(institution=cast.elsewhere).exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"url": "https://10.0.0.1/", "event_types": TYPES}, "private network"),
        ({"url": "http://a.example/", "event_types": TYPES}, "must begin with https"),
        ({"url": "https://a.example:22/", "event_types": TYPES}, "443 and 8443"),
        ({"url": "https://ü.example/", "event_types": TYPES}, "xn--"),
        ({"url": URL}, "required"),
        ({"url": URL, "event_types": ["lesson.exploded"]}, "lesson.exploded"),
        ({}, "required"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_is_lost(
    cast: Cast, data: dict[str, Any], said: str
) -> None:
    answer = client_of(cast.head).post("/webhooks/new", data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page and data.get("url", "") in page
    assert not Webhook.objects.exists()


def test_changing_rotating_and_deleting_are_written_down(cast: Cast) -> None:
    client, made = client_of(cast.head), make(cast)
    other = "https://other.example/"
    client.post(f"/webhooks/{made.pk}/", {"url": other, "event_types": ["person.changed"]})
    client.post(f"/webhooks/{made.pk}/secret")
    changed = Webhook.objects.get()
    assert (changed.url, changed.event_types, changed.is_active) == (other, ["person.changed"], False)
    assert changed.former_secret == made.secret != changed.secret
    client.post(f"/webhooks/{made.pk}/delete")
    assert not Webhook.objects.exists()
    acts = AuditEvent.objects.filter(target=f"webhook:{made.pk}").values_list("act", flat=True)
    assert {"webhook.created", "webhook.changed", "webhook.secret_rotated", "webhook.deleted"} == set(acts)


def test_a_test_event_goes_out_and_its_page_shows_request_and_answer(cast: Cast, receiver: Receiver) -> None:
    client, made = client_of(cast.head), make(cast, receiver.url)
    receiver.say(500, body=b"<script>alert(1)</script>\x00 sorry")
    answer = client.post(f"/webhooks/{made.pk}/test", follow=True)
    assert "A test event is on its way." in answer.content.decode()
    actions.deliver_due()
    delivery = WebhookDelivery.objects.get()
    page = client.get(f"/webhooks/{made.pk}/{delivery.pk}").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "sorry" in page
    assert "webhook.test" in page and str(delivery.event_id) in page
    assert "<code>500</code>" in page


def test_a_failed_delivery_is_sent_again_from_its_page(cast: Cast, receiver: Receiver) -> None:
    client, made = client_of(cast.head), make(cast, receiver.url)
    happen(cast)
    WebhookDelivery.objects.update(state=DeliveryState.ABANDONED)
    delivery = WebhookDelivery.objects.get()
    client.post(f"/webhooks/{made.pk}/{delivery.pk}/replay")
    assert actions.deliver_due() == 1
    answer = client.post(f"/webhooks/{made.pk}/replay", {"since": "yesterday"}, follow=True)
    assert "Enter a valid date/time." in answer.content.decode()
    WebhookDelivery.objects.update(state=DeliveryState.FAILED)
    since = delivery.queued_at.strftime("%Y-%m-%dT00:00")
    answer = client.post(f"/webhooks/{made.pk}/replay", {"since": since}, follow=True)
    assert "1 event will be sent again." in answer.content.decode()


def test_deliveries_are_filtered_and_paged(cast: Cast) -> None:
    client, made = client_of(cast.head), make(cast)
    for _ in range(25):
        happen(cast)
    one = WebhookDelivery.objects.order_by("pk")[0]
    WebhookDelivery.objects.filter(pk=one.pk).update(state=DeliveryState.FAILED)
    page = f"/webhooks/{made.pk}/"
    assert "Page 1 of 2" in client.get(page).content.decode()
    for query in ({"state": "failed"}, {"q": str(one.event_id)}):
        shown = client.get(page, query).content.decode()
        assert shown.count(f"{page}{one.pk}") == 1 and "Page 1" not in shown
    assert "No delivery is like that." in client.get(page, {"type": "person.changed"}).content.decode()
    assert client.get(page, {"state": "x", "q": "not an id", "page": "x"}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_database_no_more_for_more_rows(
    cast: Cast, rows: int, django_assert_max_num_queries: Any
) -> None:
    made = [make(cast, f"{URL}/{number}") for number in range(rows)]
    for _ in range(rows):
        happen(cast)
    client = client_of(cast.head)
    with django_assert_max_num_queries(9):
        client.get("/webhooks")
    with django_assert_max_num_queries(9):
        client.get(f"/webhooks/{made[0].pk}/")


@pytest.mark.parametrize(
    "tail", ["", "secret", "test", "replay", "delete", "{delivery}", "{delivery}/replay"]
)
def test_each_door_is_for_heads_and_strangers_cannot_tell_it_from_none(cast: Cast, tail: str) -> None:
    made = make(cast)
    happen(cast)
    tail = tail.format(delivery=WebhookDelivery.objects.get().pk)
    method = "GET" if (tail.count("-") == 4 and "/" not in tail) or not tail else "POST"
    for person in (cast.teacher, cast.amina, cast.guardian):
        assert client_of(person).generic(method, f"/webhooks/{made.pk}/{tail}").status_code == 403
    for person in (cast.stranger, cast.guest):
        client, missing = client_of(person), uuid.uuid4()
        ours = client.generic(method, f"/webhooks/{made.pk}/{tail}")
        none = client.generic(method, f"/webhooks/{missing}/{tail}")
        assert (ours.status_code, none.status_code) == (404, 404)
        assert len(ours.content) == len(none.content)
    assert Webhook.objects.get().secret == made.secret
