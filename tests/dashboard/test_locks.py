"""The platform's administration locks a whole account, and unlocks it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Person
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(cast: Cast) -> Client:
    return client_of(Person.objects.create_superuser("boss@platform.test", "x", name="Boss"))


def lock_page(person: Person) -> str:
    return reverse("account_lock", args=[person.pk])


def test_a_locked_account_is_out_of_every_school_at_once_and_back_when_unlocked(
    cast: Cast, boss: Client
) -> None:
    theirs = client_of(cast.amina)
    assert "Lock the account" in boss.get(lock_page(cast.amina)).content.decode()
    assert boss.get(lock_page(cast.amina)).status_code == 200, "a look locks nobody"
    assert theirs.get("/").status_code == 200
    for _ in range(2):  # a second click does not turn it round
        assert boss.post(lock_page(cast.amina), {"act": "lock"}).status_code == 302
    assert theirs.get("/").status_code == 302
    assert "Unlock the account" in boss.get(lock_page(cast.amina)).content.decode()
    boss.post(lock_page(cast.amina), {"act": "unlock"})
    assert client_of(Person.objects.get(pk=cast.amina.pk)).get("/").status_code == 200
    acts = AuditEvent.objects.filter(institution=None, target=f"person:{cast.amina.pk}").order_by("seq")
    assert list(acts.values_list("act", flat=True)) == ["person.deactivated", "person.activated"]


def test_it_stands_in_the_menu_and_where_people_are_found(cast: Cast, boss: Client) -> None:
    assert reverse("accounts") in boss.get("/").content.decode()
    assert lock_page(cast.amina) in boss.get(reverse("accounts"), {"q": "amin"}).content.decode()
    page = reverse("person", args=[cast.school.pk, cast.amina.pk])
    assert lock_page(cast.amina) in boss.get(page).content.decode()
    assert lock_page(cast.amina) not in client_of(cast.head).get(page).content.decode()
    assert cast.amina.email not in boss.get(reverse("accounts")).content.decode(), "nobody asked for her"


def test_nobody_locks_themselves_and_nobody_else_locks_anybody(cast: Cast, boss: Client) -> None:
    me = Person.objects.get(email="boss@platform.test")
    boss.post(lock_page(me), {"act": "lock"})
    assert Person.objects.get(pk=me.pk).is_active
    for person in (cast.head, cast.teacher, cast.amina, cast.stranger):
        for path in (reverse("accounts"), lock_page(cast.bilal)):
            assert client_of(person).get(path).status_code == 403
        assert client_of(person).post(lock_page(cast.bilal), {"act": "lock"}).status_code == 403
    assert Person.objects.get(pk=cast.bilal.pk).is_active


@pytest.mark.parametrize("rows", [1, 3])
def test_more_accounts_are_no_more_queries(
    cast: Cast, boss: Client, rows: int, django_assert_max_num_queries: object
) -> None:
    for number in range(rows):
        Person.objects.create_user(f"q{number}@here.test", None, name=f"Quill {number}")
    boss.get("/")
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        boss.get(reverse("accounts"), {"q": "quill"})
