"""A school's identity providers, as heads, platform admins and others see them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import AuditEvent, IdentityProvider, Person, Preset
from tests.conftest import PASSWORD, Cast
from tests.dashboard.test_pages import client_of
from tests.oidc.server import RealProvider


def fields(idp: RealProvider, cast: Cast, **changed: Any) -> dict[str, Any]:
    usual = {
        "institution": str(cast.school.pk),
        "label": "Partners",
        "slug": "partners",
        "issuer": idp.issuer,
        "discovery_url": f"{idp.issuer}/.well-known/openid-configuration",
        "client_id": "school",
        "secret": "s3cret",
        "jit": "none",
        "role_map": "Teachers of 2026 = teacher\n* = student",
        "scopes": "openid, email",
        "algs": ["RS256"],
        "is_active": "on",
    }
    return {**usual, **changed}


@pytest.mark.parametrize("preset", Preset.values)
def test_each_preset_opens_a_form_that_is_filled_in(cast: Cast, preset: str) -> None:
    page = client_of(cast.head).get(f"/providers/new?preset={preset}").content.decode()
    assert 'name="issuer"' in page
    assert 'name="trusts_email"' not in page


def test_a_head_adds_a_provider_and_checks_it(cast: Cast, idp: RealProvider) -> None:
    client = client_of(cast.head)
    answer = client.post("/providers/new?preset=unicef-b2c", fields(idp, cast))
    row = IdentityProvider.objects.get()
    assert answer["Location"] == f"/providers/{row.pk}"
    assert (row.preset, row.institution, row.client_secret) == ("unicef-b2c", cast.school, "s3cret")
    assert row.role_map == {"Teachers of 2026": "teacher", "*": "student"}
    assert row.scopes == ["openid", "email"]
    page = client.get(f"/providers/{row.pk}").content.decode()
    assert "/sign-in/partners/callback" in page
    assert "s3cret" not in page
    assert row.secret_sealed not in page
    assert "sign-in can work" in client.post(f"/providers/{row.pk}/check").content.decode()
    assert AuditEvent.objects.filter(act="provider.added", target=f"provider:{row.pk}").exists()


def test_an_empty_secret_keeps_the_old_one(cast: Cast, idp: RealProvider) -> None:
    client = client_of(cast.head)
    client.post("/providers/new", fields(idp, cast))
    row = IdentityProvider.objects.get()
    client.post(f"/providers/{row.pk}", fields(idp, cast, secret="", label="New"))
    row.refresh_from_db()
    assert (row.label, row.client_secret) == ("New", "s3cret")


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://login.test/{tenant-guid}/"},
        {"discovery_url": "http://idp.test/"},
        {"discovery_url": "https://"},
        {"slug": "Ü b"},
        {"slug": ""},
        {"role_map": "teachers"},
        {"role_map": "teachers = emperor"},
        {"claim_map": "[1]"},
        {"claim_map": "{"},
        {"claim_map": '{"email": "\\u0000"}'},
        {"claim_map": "[" * 50_000},
        {"scopes": "a\x00"},
        {"role_map": "\x00 = teacher"},
        {"algs": ["none"]},
        {"algs": ["HS256"]},
        {"jit": "always"},
        {"label": "a\x00b"},
        {"label": "x" * 101},
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(
    cast: Cast, idp: RealProvider, wrong: dict[str, Any]
) -> None:
    answer = client_of(cast.head).post("/providers/new", fields(idp, cast, **wrong))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "form-errors" in page
    assert 'value="partners"' in page or "slug" in wrong
    assert not IdentityProvider.objects.exists()


def test_a_slug_is_taken_once(cast: Cast, idp: RealProvider) -> None:
    idp.row(cast.elsewhere, slug="partners")
    assert client_of(cast.head).post("/providers/new", fields(idp, cast)).status_code == 400


def test_a_head_can_neither_vouch_nor_reach_another_school(cast: Cast, idp: RealProvider) -> None:
    client = client_of(cast.head)
    theirs = fields(idp, cast, institution=str(cast.elsewhere.pk))
    assert client.post("/providers/new", theirs).status_code == 400
    given = fields(idp, cast, trusts_email="on", email_domains="here.test", secret_env="OIDC_SECRET_X")
    client.post("/providers/new", given)
    row = IdentityProvider.objects.get()
    assert (row.trusts_email, row.email_domains, row.secret_env) == (False, [], "")


def test_a_platform_admin_can_vouch(cast: Cast, idp: RealProvider) -> None:
    admin = Person.objects.create_superuser("admin@platform.test", PASSWORD, name="Admin")
    client = client_of(admin)
    given = fields(idp, cast, trusts_email="on", email_domains="here.test")
    client.post("/providers/new", given)
    assert IdentityProvider.objects.get().trusts_email
    refused = client.post("/providers/new", fields(idp, cast, slug="b", secret_env="SECRET_KEY"))
    assert refused.status_code == 400


def test_only_heads_of_that_school_find_its_providers(cast: Cast, idp: RealProvider) -> None:
    row = idp.row(cast.school)
    for person in (cast.teacher, cast.amina, cast.guardian):
        assert client_of(person).get("/providers/").status_code == 403
        assert client_of(person).get(f"/providers/{row.pk}").status_code == 403
        assert client_of(person).post(f"/providers/{row.pk}/check").status_code == 403
    for person in (cast.stranger, cast.guest):
        ours = client_of(person).get(f"/providers/{row.pk}")
        none = client_of(person).get(f"/providers/{uuid.uuid4()}")
        assert (ours.status_code, none.status_code) == (404, 404)
        assert client_of(person).post(f"/providers/{row.pk}", fields(idp, cast)).status_code == 404
    cast.stranger.memberships.update(role="head")
    answer = client_of(cast.stranger).get(f"/providers/{row.pk}")
    assert answer.status_code == 404
    assert "Partners" not in client_of(cast.stranger).get("/providers/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_database_no_more_for_more_rows(
    cast: Cast, idp: RealProvider, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        idp.row(cast.school, slug=f"p-{number}")
    client = client_of(cast.head)
    with django_assert_num_queries(6):
        client.get("/providers/")


def test_the_list_is_searched_and_an_empty_one_helps(cast: Cast, idp: RealProvider) -> None:
    client = client_of(cast.head)
    assert "signs in with a password so far" in client.get("/providers/").content.decode()
    idp.row(cast.school, label="Partners of ours")
    assert "Partners of ours" in client.get("/providers/", {"q": "partn"}).content.decode()
    assert "Nothing was found" in client.get("/providers/", {"q": "zzz"}).content.decode()


def test_a_head_maps_no_group_to_heads_and_the_platforms_mapping_stays_while_nothing_else_moves(
    cast: Cast, idp: RealProvider
) -> None:
    client = client_of(cast.head)
    wrong = client.post("/providers/new", fields(idp, cast, role_map="friends = head"))
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (400, {"role_map"})
    assert not IdentityProvider.objects.exists()
    assert client.post("/providers/new", fields(idp, cast)).status_code == 302
    row = IdentityProvider.objects.get()
    IdentityProvider.objects.update(role_map={"office": "head"})
    same = fields(idp, cast, role_map="office = head\nall = student")
    assert client.post(f"/providers/{row.pk}", same).status_code == 302
    assert IdentityProvider.objects.get().role_map == {"office": "head", "all": "student"}
    elsewhere = fields(idp, cast, role_map="office = head", client_id="mine")
    assert client.post(f"/providers/{row.pk}", elsewhere).status_code == 400
