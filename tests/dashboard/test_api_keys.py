"""The page of keys: for the head of the school, each key shown once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import create_api_key
from accounts.models import ApiKey, AuditEvent, Person
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
FORM = {"name": "Timetable", "scopes": ["lessons:read", "courses:read"], "days": "90"}


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page_of(cast: Cast) -> str:
    return f"/institutions/{cast.school.pk}/api-keys"


def make(cast: Cast, name: str) -> ApiKey:
    now = timezone.now()
    made = create_api_key(
        institution=cast.school,
        name=name,
        scopes=["people:read"],
        valid_from=now,
        valid_to=now + timedelta(days=9),
        by=cast.head,
    )
    return made.key


def test_a_key_is_shown_once_and_works(cast: Cast) -> None:
    head = client_of(cast.head)
    shown = head.post(page_of(cast), FORM)
    text = re.findall(r"darasa_\w+_\w{64}", shown.content.decode())[0]
    assert "no-store" in shown["Cache-Control"]
    assert text not in head.get(page_of(cast)).content.decode()
    answer = Client().get("/api/v1/courses", headers={"Authorization": f"Api-Key {text}"})
    assert answer.status_code == 200
    assert ApiKey.objects.get().scopes == ["courses:read", "lessons:read"]


def test_a_wrong_form_keeps_what_was_typed_and_names_the_field(cast: Cast) -> None:
    answer = client_of(cast.head).post(page_of(cast), {"name": "Registers", "days": "90"})
    assert answer.status_code == 400
    assert "Registers" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing_and_is_noted(cast: Cast) -> None:
    key = make(cast, "Old")
    answer = client_of(cast.head).post(f"{page_of(cast)}/{key.pk}/revoke")
    assert answer.status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEvent.objects.filter(act="api_key.revoked", actor=cast.head.pk).count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("teacher", 403), ("amina", 403), ("guardian", 403), ("stranger", 404)]
)
def test_keys_are_the_heads_alone(cast: Cast, who: str, status: int) -> None:
    key = make(cast, "Secret name")
    client = client_of(getattr(cast, who))
    answers = (
        client.get(page_of(cast)),
        client.post(page_of(cast), FORM),
        client.post(f"{page_of(cast)}/{key.pk}/revoke"),
    )
    assert [answer.status_code for answer in answers] == [status] * 3
    assert not any(b"Secret name" in answer.content for answer in answers)
    assert ApiKey.objects.get().revoked_at is None


def test_the_page_asks_the_database_as_often_for_three_keys_as_for_one(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    head = client_of(cast.head)
    make(cast, "One")
    head.get(page_of(cast))
    with django_assert_num_queries(7):
        head.get(page_of(cast))
    make(cast, "Two")
    make(cast, "Three")
    with django_assert_num_queries(7):
        html = head.get(page_of(cast)).content.decode()
    assert all(name in html for name in ("One", "Two", "Three"))
    assert "Three" not in head.get(page_of(cast), {"q": "two"}).content.decode()
