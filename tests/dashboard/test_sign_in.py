"""Signing in, and how often one may try."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as given
from django.test import Client
from django.urls import reverse

from accounts.models import PasswordRequest, Person
from tests.conftest import PASSWORD, Cast


@pytest.fixture(autouse=True)
def uncollected(settings: Any) -> None:
    """Pages without `collectstatic` before them."""
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def sign_in(person: Person, password: str) -> Any:
    return Client().post(reverse("sign_in"), {"username": person.email, "password": password})


def test_the_right_password_opens(cast: Cast) -> None:
    assert sign_in(cast.amina, PASSWORD).status_code == 302


def test_after_five_wrong_passwords_even_the_right_one_waits(cast: Cast) -> None:
    for _ in range(given.AXES_FAILURE_LIMIT):
        sign_in(cast.amina, "wrong")
    answer = sign_in(cast.amina, PASSWORD)
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()


@pytest.mark.parametrize("spell", [str.upper, str.title, "\u2003{} ".format])
def test_an_address_is_the_same_in_large_letters(cast: Cast, spell: Any) -> None:
    answer = Client().post(reverse("sign_in"), {"username": spell(cast.amina.email), "password": PASSWORD})
    assert answer.status_code == 302


def test_wrong_passwords_count_together_however_the_address_is_spelt(cast: Cast) -> None:
    address = cast.amina.email
    for said in [address, address.upper(), address.title(), f" {address}", address.capitalize()]:
        Client().post(reverse("sign_in"), {"username": said, "password": "wrong"})
    assert sign_in(cast.amina, PASSWORD).status_code == 429
    answer = Client().post(reverse("sign_in"), {"username": address.upper(), "password": PASSWORD})
    assert answer.status_code == 429


def test_a_forgotten_password_is_found_in_large_letters(cast: Cast) -> None:
    Client().post(reverse("password_forgotten"), {"email": cast.amina.email.upper()})
    assert PasswordRequest.objects.get().person == cast.amina


def test_a_locked_account_locks_nobody_else_at_the_same_address(cast: Cast) -> None:
    for _ in range(given.AXES_FAILURE_LIMIT):
        sign_in(cast.amina, "wrong")
    assert sign_in(cast.bilal, PASSWORD).status_code == 302


def test_a_right_password_forgives_the_wrong_ones_before(cast: Cast) -> None:
    for password in ["wrong", "wrong", "wrong", "wrong", PASSWORD, "wrong"]:
        sign_in(cast.amina, password)
    assert sign_in(cast.amina, PASSWORD).status_code == 302


def test_an_older_or_heavier_hash_is_renewed_at_the_next_sign_in(cast: Cast, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "accounts.hashers.SchoolArgon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert sign_in(cast.amina, PASSWORD).status_code == 302
    cast.amina.refresh_from_db()
    assert cast.amina.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
