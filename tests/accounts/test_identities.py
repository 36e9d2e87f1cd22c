"""Who is let in by a provider's word: by subject, by policy, never by an address alone."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import actions
from accounts.models import AuditEvent, Identity, IdentityProvider, JustInTime, Membership, Person, Preset
from accounts.oidc import PRESETS, Profile, fill, read_profile
from accounts.rules import may_enter_through
from common.refusals import Refused
from tests.conftest import Cast


@pytest.fixture
def row(cast: Cast) -> IdentityProvider:
    row = fill(IdentityProvider(institution=cast.school, slug="school"), Preset.UNICEF_B2C)
    row.issuer, row.role_map = "https://idp.test/", {"teachers": "teacher", "*": "student"}
    row.save()
    return row


def profile(subject: str = "s-1", email: str = "new@here.test", *words: str) -> Profile:
    return Profile(subject=subject, email=email, name="New Person", words=frozenset(words))


def admit(row: IdentityProvider, given: Profile) -> Person:
    return actions.admit_identity(provider=row, profile=given)


def refusal(row: IdentityProvider, given: Profile) -> str:
    with pytest.raises(Refused) as caught:
        admit(row, given)
    return caught.value.code


def roles_of(person: Person) -> set[str]:
    return set(Membership.objects.filter(person=person, is_active=True).values_list("role", flat=True))


def vouch(row: IdentityProvider, *domains: str) -> None:
    row.trusts_email, row.email_domains = True, list(domains)
    row.save()


def test_without_a_policy_nobody_is_made(row: IdentityProvider) -> None:
    assert refusal(row, profile()) == "not_invited"


def test_by_domain_only_addresses_of_the_listed_domains_are_made(row: IdentityProvider) -> None:
    row.jit = JustInTime.DOMAIN
    vouch(row, "Here.test")
    assert refusal(row, profile("s-2", "new@nothere.test")) == "domain_not_listed"
    assert refusal(row, profile("s-3", "")) == "domain_not_listed"
    assert refusal(row, profile("s-4", "a@evil.test@here.test.evil")) == "domain_not_listed"
    person = admit(row, profile())
    assert (person.email, person.name, roles_of(person)) == ("new@here.test", "New Person", {"student"})
    assert not person.has_usable_password()


def test_by_any_everybody_is_made_but_only_with_a_role(row: IdentityProvider) -> None:
    row.jit, row.role_map = JustInTime.ANY, {"teachers": "teacher"}
    row.save()
    assert refusal(row, profile()) == "no_role"
    assert not Person.objects.filter(name="New Person").exists()
    assert roles_of(admit(row, profile("s-1", "new@here.test", "teachers"))) == {"teacher"}


def test_an_address_that_nobody_vouches_for_does_not_become_a_persons(row: IdentityProvider) -> None:
    """Else its true owner would later be invited into an account that somebody else can open."""
    row.jit = JustInTime.ANY
    person = admit(row, profile("s-1", "victim@elsewhere.test"))
    assert person.email.endswith("@school.invalid")


@pytest.mark.parametrize("jit", JustInTime.values)
@pytest.mark.parametrize("subject", ["s-1", "amina@here.test"])
def test_an_account_is_not_taken_over_by_its_address(
    cast: Cast, row: IdentityProvider, jit: str, subject: str
) -> None:
    row.jit = jit
    assert refusal(row, profile(subject, cast.amina.email)) == "email_taken"
    row.trusts_email = True  # but the domain is not listed
    assert refusal(row, profile(subject, cast.amina.email)) == "email_taken"
    row.trusts_email, row.email_domains = False, ["here.test"]
    assert refusal(row, profile(subject, cast.amina.email)) == "email_taken"
    assert not Identity.objects.exists()


def test_a_vouched_provider_links_by_address_within_its_own_school_only(
    cast: Cast, row: IdentityProvider
) -> None:
    vouch(row, "here.test", "there.test")
    assert admit(row, profile("s-1", cast.amina.email)) == cast.amina
    assert refusal(row, profile("s-2", cast.stranger.email)) == "not_invited"
    cast.teacher.is_platform_admin = True
    cast.teacher.save()
    assert refusal(row, profile("s-3", cast.teacher.email)) == "email_taken"


def test_the_subject_decides_whatever_the_address_says(cast: Cast, row: IdentityProvider) -> None:
    vouch(row, "here.test")
    admit(row, profile("s-1", cast.amina.email))
    assert admit(row, profile("s-1", cast.bilal.email)) == cast.amina


def test_the_same_subject_at_another_issuer_or_row_is_somebody_else(
    cast: Cast, row: IdentityProvider
) -> None:
    vouch(row, "here.test")
    admit(row, profile("s-1", cast.amina.email))
    row.issuer = "https://other.test/"
    assert refusal(row, profile("s-1", "")) == "not_invited"
    other = fill(IdentityProvider(institution=cast.elsewhere, slug="other"), Preset.GENERIC)
    other.issuer = "https://idp.test/"
    other.save()
    assert refusal(other, profile("s-1", "")) == "not_invited"


def test_roles_follow_the_claims_at_every_sign_in(cast: Cast, row: IdentityProvider) -> None:
    row.jit = JustInTime.ANY
    person = admit(row, profile("s-1", "", "teachers"))
    assert roles_of(person) == {"teacher"}
    admit(row, profile("s-1", "", "pupils"))
    assert roles_of(person) == {"student"}
    row.role_map = {"teachers": "teacher"}
    admit(row, profile("s-1", "", "pupils"))
    assert roles_of(person) == set()
    assert not may_enter_through(person, row)
    lines = AuditEvent.objects.filter(act="roles.mapped", target=f"person:{person.pk}").order_by("seq")
    assert [line.detail["now"] for line in lines] == [["teacher"], ["student"], []]


def test_what_a_head_gave_or_took_away_stays(cast: Cast, row: IdentityProvider) -> None:
    vouch(row, "here.test")
    admit(row, profile("s-1", cast.teacher.email, "teachers"))
    row.role_map = {}
    admit(row, profile("s-1", cast.teacher.email))
    assert roles_of(cast.teacher) == {"teacher"}
    actions.suspend_person(institution=cast.school, person=cast.teacher)
    row.role_map = {"*": "student"}
    admit(row, profile("s-1", cast.teacher.email))
    assert roles_of(cast.teacher) == set()


def test_a_head_cannot_enter_another_school_through_their_own_provider(
    cast: Cast, row: IdentityProvider
) -> None:
    Membership.objects.create(institution=cast.elsewhere, person=cast.amina, role="student")
    assert not may_enter_through(cast.amina, row)
    vouch(row, "here.test")
    assert may_enter_through(cast.amina, row)
    assert not may_enter_through(cast.stranger, row)


def test_the_platforms_word_falls_when_a_head_points_the_row_elsewhere(
    cast: Cast, row: IdentityProvider
) -> None:
    vouch(row, "here.test")
    row.label = "Another name"
    actions.save_provider(provider=row, by=cast.head)
    assert row.trusts_email
    row.trusts_email, row.email_domains = False, []
    row.claim_map = {"email": ["nickname"]}
    actions.save_provider(provider=row, by=cast.head)
    kept = IdentityProvider.objects.get()
    assert (kept.trusts_email, kept.email_domains) == (False, [])
    kept.trusts_email = True
    actions.save_provider(provider=kept, by=cast.head)
    assert not IdentityProvider.objects.get().trusts_email


def test_the_secret_is_kept_sealed_and_names_no_variable_of_ours(
    cast: Cast, row: IdentityProvider, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.save_provider(provider=row, by=cast.head, secret="s3cret")
    assert "s3cret" not in row.secret_sealed
    assert row.client_secret == "s3cret"
    row.secret_env = "SECRET_KEY"
    assert row.client_secret != settings.SECRET_KEY
    row.secret_env = "OIDC_SECRET_SCHOOL"
    monkeypatch.setenv("OIDC_SECRET_SCHOOL", "from outside")
    assert row.client_secret == "from outside"
    row.secret_env, settings.SECRET_KEY = "", "another " * 10
    assert row.client_secret == ""


def test_claims_come_in_every_providers_own_shape(row: IdentityProvider) -> None:
    b2c = {
        "sub": "s",
        "oid": "o",
        "emails": ["A.B@Here.test"],
        "given_name": "A\u202e",
        "family_name": "B\x00",
    }
    read = read_profile(b2c, row)
    assert (read.subject, read.email, read.name) == ("o", "a.b@here.test", "A B")
    edu = fill(IdentityProvider(), Preset.EDU_ID)
    claims = {"sub": "AbC@eduid.ch", "email": "x@uzh.ch", "eduPersonScopedAffiliation": ["Student@UZH.ch"]}
    assert read_profile(claims, edu).subject == "abc@eduid.ch"
    assert read_profile(claims, edu).words == {"student@uzh.ch"}


@pytest.mark.parametrize(
    "email", ["", None, 7, [], ["no address"], {"a": 1}, "a@b\x00.test\n", "x" * 300 + "@b.test"]
)
def test_an_address_that_is_none_is_none(row: IdentityProvider, email: object) -> None:
    read = read_profile({"sub": "s", "emails": email, "name": "N"}, row)
    assert read.email in {"", "a@b.test"}


def test_an_address_that_the_provider_has_not_verified_is_none(row: IdentityProvider) -> None:
    assert read_profile({"sub": "s", "email": "a@here.test", "email_verified": False}, row).email == ""


def test_every_preset_fills_a_row() -> None:
    for preset in Preset:
        row = fill(IdentityProvider(), preset)
        assert (row.preset, row.issuer) == (preset, PRESETS[preset]["issuer"])
