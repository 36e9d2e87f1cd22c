"""One's own account, and the way back in when the password is forgotten."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.models import AuditEvent, PasswordRequest, Person
from tests.conftest import PASSWORD, Cast
from tests.dashboard.test_pages import client_of

NEW = "a much better one 7"


def ask(email: str) -> tuple[int, str, bytes]:
    answer = Client().post("/password", {"email": email})
    return answer.status_code, answer["Location"], answer.content


def letter_to(person: Person) -> str:
    """Asks, lets the sweep send, and returns the path of the link in the letter."""
    ask(person.email)
    tasks.send_password_letter(str(PasswordRequest.objects.get(person=person, sent_at=None).pk))
    found = re.search(r"https?://[^/]+(/password/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def open_form(client: Client, path: str) -> str:
    """Django moves the token into the session; the address of the form."""
    answer = client.get(path, follow=True)
    return answer.redirect_chain[-1][0] if answer.redirect_chain else path


def test_a_forgotten_password_is_chosen_anew_by_a_letter_once(cast: Cast) -> None:
    path = letter_to(cast.amina)
    client = Client()
    form = open_form(client, path)
    answer = client.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert answer["Location"] == "/sign-in"
    cast.amina.refresh_from_db()
    assert cast.amina.check_password(NEW)
    assert AuditEvent.objects.filter(act="password.changed", target=f"person:{cast.amina.pk}").exists()
    assert "no longer works" in Client().get(path, follow=True).content.decode()


def test_the_answer_is_the_same_for_an_unknown_address(cast: Cast) -> None:
    assert ask(cast.amina.email) == ask("nobody@nowhere.test") == ask(cast.amina.email)
    assert PasswordRequest.objects.count() == 1


def test_no_letter_goes_to_the_suspended_or_to_those_without_a_password(cast: Cast) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(is_active=False)
    cast.bilal.set_unusable_password()
    cast.bilal.save()
    ask(cast.amina.email)
    ask(cast.bilal.email)
    assert not PasswordRequest.objects.exists()


def test_the_letter_speaks_the_recipients_language_and_goes_once(cast: Cast) -> None:
    Person.objects.filter(pk=cast.teacher.pk).update(language="de")
    letter_to(cast.teacher)
    request = PasswordRequest.objects.get()
    tasks.send_password_letter(str(request.pk))
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == [cast.teacher.email]
    assert PasswordRequest.objects.get().sent_at is not None


def test_the_link_dies_when_the_password_changes_or_two_hours_pass(
    cast: Cast, settings: pytest.FixtureRequest
) -> None:
    path = letter_to(cast.amina)
    client_of(cast.amina).post(
        "/account/password", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    )
    assert "no longer works" in Client().get(path, follow=True).content.decode()
    late = letter_to(cast.bilal)
    settings.PASSWORD_RESET_TIMEOUT = -1  # type: ignore[attr-defined]
    assert "no longer works" in Client().get(late, follow=True).content.decode()


def test_a_mailbox_is_not_filled_by_asking_again_and_again(cast: Cast) -> None:
    for _ in range(5):
        ask(cast.amina.email)
    assert PasswordRequest.objects.count() == 1
    PasswordRequest.objects.update(asked_at=timezone.now() - timedelta(minutes=3))
    ask(cast.amina.email)
    assert PasswordRequest.objects.count() == 2


def test_the_owner_of_the_mailbox_need_not_wait_out_the_lock(cast: Cast) -> None:
    for _ in range(5):
        Client().post("/sign-in", {"username": cast.amina.email, "password": "wrong"})
    client = Client()
    client.post(open_form(client, letter_to(cast.amina)), {"new_password1": NEW, "new_password2": NEW})
    answer = Client().post("/sign-in", {"username": cast.amina.email, "password": NEW})
    assert answer.status_code == 302


def test_a_changed_password_ends_every_other_session(cast: Cast) -> None:
    here, there = client_of(cast.amina), client_of(cast.amina)
    answer = here.post(
        "/account/password", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    )
    assert answer["Location"] == "/account"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("old", "first", "second"), [("wrong", NEW, NEW), (PASSWORD, NEW, "other"), (PASSWORD, "short", "short")]
)
def test_a_bad_new_password_is_told_at_its_field(cast: Cast, old: str, first: str, second: str) -> None:
    answer = client_of(cast.amina).post(
        "/account/password", {"old_password": old, "new_password1": first, "new_password2": second}
    )
    assert "form-errors" in answer.content.decode()
    cast.amina.refresh_from_db()
    assert cast.amina.check_password(PASSWORD)


def test_name_and_language_are_ones_own_to_change(cast: Cast) -> None:
    client = client_of(cast.amina)
    client.post(
        "/account", {"name": "Amina Y.", "language": "fr", "email": "x@y.test", "is_platform_admin": "1"}
    )
    cast.amina.refresh_from_db()
    assert (cast.amina.name, cast.amina.language) == ("Amina Y.", "fr")
    assert (cast.amina.email, cast.amina.is_platform_admin) == ("amina@here.test", False)
    assert 'lang="fr"' in client.get("/account").content.decode()
    answer = client.post("/account", {"name": "", "language": "tlh"})
    assert answer.status_code == 400
    assert client.post("/account", {"name": "a\x00b", "language": ""}).status_code == 400
    assert client.post("/account", {"name": "x" * 201, "language": ""}).status_code == 400


def test_signing_in_leads_only_to_a_page_of_this_house(cast: Cast) -> None:
    for evil in ("//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"):
        given = {"username": cast.amina.email, "password": PASSWORD, "next": evil}
        assert Client().post("/sign-in", given)["Location"] == "/"
    good = {"username": cast.amina.email, "password": PASSWORD, "next": "/account"}
    assert Client().post("/sign-in", good)["Location"] == "/account"


def test_a_session_that_somebody_else_chose_is_not_the_one_that_is_signed_in(cast: Cast) -> None:
    client = Client()
    client.get("/sign-in")
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["darasa_session"] = str(before)
    client.post("/sign-in", {"username": cast.amina.email, "password": PASSWORD})
    assert client.session.session_key != before
