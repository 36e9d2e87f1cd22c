"""Signing in with a school's own accounts, through a real provider, without a browser."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Identity, IdentityProvider, Membership, Person
from tests.conftest import PASSWORD, Cast
from tests.dashboard.test_pages import client_of
from tests.oidc.server import RealProvider

START = "/sign-in/school"


@pytest.fixture
def row(cast: Cast, idp: RealProvider) -> IdentityProvider:
    return idp.row(cast.school, jit="any", trusts_email=True, email_domains=["here.test"])


def who(client: Client) -> str:
    """The id of whoever is signed in, or ""."""
    return str(client.session.get("_auth_user_id", ""))


def test_a_new_person_comes_in_with_their_role_and_lands_where_they_wanted(
    idp: RealProvider, row: IdentityProvider
) -> None:
    idp.know("zuri", oid="oid-zuri", emails=["Zuri@here.test"], name="Zuri Odhiambo", roles=["teachers"])
    client = Client()
    answer = client.get(idp.walk(client, f"{START}?next=/account", "zuri"))
    assert (answer.status_code, answer["Location"]) == (302, "/account")
    person = Person.objects.get(email="zuri@here.test")
    assert who(client) == str(person.pk)
    assert list(person.memberships.values_list("role", flat=True)) == ["teacher"]
    assert Identity.objects.get(person=person).subject == "oid-zuri"


@pytest.mark.parametrize(
    "next_", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:x", "evil"]
)
def test_nobody_is_sent_to_another_house_afterwards(
    next_: str, idp: RealProvider, row: IdentityProvider
) -> None:
    client = Client()
    answer = client.get(idp.walk(client, f"{START}?next={next_}", "zuri"))
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_session_gets_a_new_name_at_the_door(idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    back = idp.walk(client, START, "zuri")
    before = client.session.session_key
    client.get(back)
    assert who(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_request_carries_state_nonce_and_pkce(idp: RealProvider, row: IdentityProvider) -> None:
    url = urlsplit(Client().get(START)["Location"])
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith("/sign-in/school/callback")
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 30


def test_another_browser_cannot_use_the_way_back(idp: RealProvider, row: IdentityProvider) -> None:
    """Login CSRF: the victim is sent the attacker's code."""
    back, victim = idp.walk(Client(), START, "zuri"), Client()
    answer = victim.get(back)
    assert (answer.status_code, who(victim)) == (403, "")
    assert "begin again" in answer.content.decode()


def test_the_way_back_works_once(idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    back = idp.walk(client, START, "zuri")
    assert client.get(back).status_code == 302
    assert Client().get(back).status_code == 403
    assert client.get(back).status_code == 403


def test_a_state_of_one_provider_is_none_of_anothers(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    idp.row(cast.elsewhere, slug="theirs", jit="any")
    client = Client()
    back = idp.walk(client, START, "zuri").replace("/school/", "/theirs/")
    assert (client.get(back).status_code, who(client)) == (403, "")


def test_another_sender_or_a_false_code_is_refused(idp: RealProvider, row: IdentityProvider) -> None:
    for change in (("iss=", "iss=https%3A%2F%2Fevil.test&x="), ("code=", "code=false")):
        client = Client()
        answer = client.get(idp.walk(client, START, "zuri").replace(*change))
        assert (answer.status_code, who(client)) == (403, "")


def test_who_changes_their_mind_is_told_so_calmly(idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    answer = client.get(idp.walk(client, START, "zuri", act="cancel"))
    assert "without signing in" in answer.content.decode()


def test_a_forgotten_password_leads_to_the_reset_policy_and_then_back_to_sign_in(
    idp: RealProvider, row: IdentityProvider
) -> None:
    client = Client()
    away = client.get(idp.walk(client, f"{START}?next=/account", "zuri", act="forgot"))
    assert "/B2C_1_PasswordResetPolicy/oauth2/v2.0/authorize" in away["Location"]
    again = client.get(idp.walk_on(away["Location"], "zuri"))
    assert again.status_code == 302
    assert "/b2c_1a_signin/oauth2/v2.0/authorize" in again["Location"]
    assert client.get(idp.walk_on(again["Location"], "zuri")).status_code == 302
    assert who(client)


def test_each_refusal_is_a_sentence_and_signs_nobody_in(cast: Cast, idp: RealProvider) -> None:
    idp.row(cast.school)
    idp.know("nobody", oid="o-1", emails=["nobody@here.test"])
    idp.know("thief", oid="o-2", emails=[cast.amina.email])
    for login, sentence in (("nobody", "has not invited you"), ("thief", "already is an account")):
        client = Client()
        answer = client.get(idp.walk(client, START, login))
        assert (answer.status_code, who(client)) == (403, "")
        assert sentence in answer.content.decode()


def test_the_suspended_stay_outside(cast: Cast, idp: RealProvider, row: IdentityProvider) -> None:
    Identity.objects.create(provider=row, issuer=row.issuer, subject="oid-amina", person=cast.amina)
    Membership.objects.filter(person=cast.amina).update(is_active=False)
    client = Client()
    assert client.get(idp.walk(client, START, "amina")).status_code == 403
    assert who(client) == ""


def test_sign_in_works_at_once_after_the_keys_were_rotated(idp: RealProvider, row: IdentityProvider) -> None:
    first, second = Client(), Client()
    first.get(idp.walk(first, START, "zuri"))
    idp.tell("rotate")
    second.get(idp.walk(second, START, "zuri"))
    assert who(first) == who(second) != ""


def test_a_provider_that_is_away_is_said_to_be(idp: RealProvider, row: IdentityProvider) -> None:
    idp.tell("away", away=True)
    answer = Client().get(START)
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


def test_signing_out_ends_our_session_first_and_then_theirs(idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    client.get(idp.walk(client, START, "zuri"))
    answer = client.post("/sign-out")
    assert (answer.status_code, who(client)) == (200, "")
    seconds, url = answer["Refresh"].split("; url=")
    asked = parse_qs(urlsplit(url).query)
    assert (seconds, asked["post_logout_redirect_uri"][0].endswith("/sign-in")) == ("0", True)
    assert asked["id_token_hint"][0].count(".") == 2
    client.get(idp.walk(client, START, "zuri"))
    row.logs_out_locally = True
    row.save()
    answer = client.post("/sign-out")
    assert "Refresh" not in answer
    assert "close the browser" in answer.content.decode()


def test_signing_out_after_a_password_goes_straight_to_the_sign_in_page(cast: Cast) -> None:
    assert client_of(cast.amina).post("/sign-out")["Location"] == "/sign-in"


def test_the_provider_can_end_sessions_by_itself(idp: RealProvider, row: IdentityProvider) -> None:
    ours, other = Client(), Client()
    idp.know("zuri", oid="oid-zuri", emails=["zuri@here.test"])
    for client, login in ((ours, "zuri"), (other, "kofi")):
        client.get(idp.walk(client, START, login))
    event: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims: dict[str, Any] = {"aud": "school", "sub": "zuri", "oid": "oid-zuri", "jti": "1", "events": event}
    assert _logout(idp.sign(**{**claims, "events": {}})) == 400
    assert _logout(idp.sign(**claims, nonce="n")) == 400
    assert _logout(idp.sign(**{**claims, "aud": "another"})) == 400
    assert _logout("") == 400
    assert who(ours)
    assert _logout(idp.sign(**claims)) == 200
    assert (who(ours), bool(who(other))) == ("", True)


def _logout(token: str) -> int:
    return Client(enforce_csrf_checks=True).post(f"{START}/logout", {"logout_token": token}).status_code


def test_an_account_is_connected_from_ones_own_page_and_disconnected_again(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    idp.know("own", oid="oid-own", emails=["private@mail.test"])
    client = client_of(cast.amina)
    page = client.get("/account").content.decode()
    link = page.split(f'href="{START}?connect=')[1].split('"')[0]
    assert client.get(idp.walk(client, f"{START}?connect={link}", "own"))["Location"] == "/account"
    identity = Identity.objects.get(person=cast.amina, subject="oid-own")
    door = f"/account/sign-ins/{identity.pk}"
    assert client_of(cast.stranger).post(door).status_code == 404
    assert client_of(cast.bilal).post(door).status_code == 404
    client.post(door)
    assert not Identity.objects.exists()


def test_nobody_connects_with_a_word_that_was_made_for_somebody_else(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    page = client_of(cast.amina).get("/account").content.decode()
    link = page.split(f'href="{START}?connect=')[1].split('"')[0]
    client = client_of(cast.bilal)
    idp.know("own", oid="oid-own", emails=["private@mail.test"])
    client.get(idp.walk(client, f"{START}?connect={link}", "own"))
    assert not Identity.objects.filter(person__in=[cast.amina, cast.bilal]).exists()


def test_the_only_way_in_stays(cast: Cast, idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    client.get(idp.walk(client, START, "zuri"))
    identity = Identity.objects.get()
    page = client.post(f"/account/sign-ins/{identity.pk}", follow=True).content.decode()
    assert "only way in" in page
    assert Identity.objects.exists()


def test_the_sign_in_page_shows_a_button_for_each_provider_or_a_search_when_there_are_many(
    cast: Cast, idp: RealProvider
) -> None:
    idp.row(cast.school, email_domains=["here.test"])
    idp.row(cast.school, slug="off", label="Switched", is_active=False)
    page = Client().get("/sign-in?next=/account").content.decode()
    assert 'href="/sign-in/school?next=%2Faccount"' in page
    assert "/sign-in/off" not in page
    for number in range(5):
        idp.row(cast.elsewhere, slug=f"many-{number}", label=f"Many {number}")
    assert "/sign-in/school" not in Client().get("/sign-in").content.decode()
    for words in ("amina@HERE.test", "partn", "here"):
        assert "/sign-in/school" in Client().get("/sign-in", {"school": words}).content.decode()
    assert "No school’s sign-in fits" in Client().get("/sign-in", {"school": "x@y.test"}).content.decode()


def test_a_pending_sign_in_waits_a_quarter_of_an_hour(idp: RealProvider, row: IdentityProvider) -> None:
    client = Client()
    back = idp.walk(client, START, "zuri")
    session = client.session
    for pending in session["oidc_pending"].values():
        pending["at"] = time.time() - 1000
    session.save()
    assert client.get(back).status_code == 403


def test_passwords_still_work_beside_it(cast: Cast, row: IdentityProvider) -> None:
    client = Client()
    client.post("/sign-in", {"username": cast.amina.email, "password": PASSWORD})
    assert who(client) == str(cast.amina.pk)
