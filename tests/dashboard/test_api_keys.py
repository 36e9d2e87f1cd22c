"""The page of keys: for the head of the school, each key shown once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import create_api_key
from accounts.callers import SCOPES, key_calling
from accounts.models import ApiKey, AuditEvent, Person
from common.refusals import Refused
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


def test_the_platform_makes_keys_that_read_no_more_than_it_may_itself(cast: Cast) -> None:
    root = Person.objects.create_superuser("root@platform.test", None, name="Root")
    client = client_of(root)
    for scope in sorted(SCOPES.keys() - {"people:read"}):
        answer = client.post(page_of(cast), {**FORM, "scopes": ["people:read", scope]})
        assert answer.status_code == 400, scope
    assert not ApiKey.objects.exists()
    shown = client.post(page_of(cast), {**FORM, "scopes": ["people:read"]}).content.decode()
    assert 'value="people:read"' in shown
    assert "recordings:read" not in shown
    assert ApiKey.objects.get().scopes == ["people:read"]
    assert "Made by the platform" in client_of(cast.head).get(page_of(cast)).content.decode()
    assert AuditEvent.objects.get(act="api_key.created").detail["of_the_platform"] is True


def test_an_older_key_of_the_platform_does_no_more_either(cast: Cast) -> None:
    root = Person.objects.create_superuser("root@platform.test", None, name="Root")
    key = make(cast, "Older")
    ApiKey.objects.filter(pk=key.pk).update(created_by=root, scopes=sorted(SCOPES))
    caller = key_calling(ApiKey.objects.select_related("created_by").get())
    assert caller.scopes == frozenset({"people:read"})


@pytest.mark.parametrize("who", ["teacher", "stranger"])
def test_nobody_else_gives_a_scope(cast: Cast, who: str) -> None:
    now = timezone.now()
    with pytest.raises(Refused, match="scope_not_yours"):
        create_api_key(
            institution=cast.school,
            name="Mine",
            scopes=["people:read"],
            valid_from=now,
            valid_to=now + timedelta(days=9),
            by=getattr(cast, who),
        )


def test_the_page_asks_the_database_as_often_for_three_keys_as_for_one(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    head = client_of(cast.head)
    make(cast, "One")
    head.get(page_of(cast))
    with django_assert_num_queries(8):
        head.get(page_of(cast))
    make(cast, "Two")
    make(cast, "Three")
    with django_assert_num_queries(8):
        html = head.get(page_of(cast)).content.decode()
    assert all(name in html for name in ("One", "Two", "Three"))
    assert "Three" not in head.get(page_of(cast), {"q": "two"}).content.decode()
