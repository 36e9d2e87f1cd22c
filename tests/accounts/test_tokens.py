"""The one verifier, against tokens that a real provider signed, and tokens that somebody made up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.core.cache import cache

from accounts.models import Identity, IdentityProvider
from accounts.oidc import TokenRefused, verify, verify_bearer
from accounts.oidc.discovery import _keys, _name
from common.refusals import Unavailable
from tests.conftest import Cast
from tests.oidc.server import API, RealProvider

POLICY = "b2c_1a_signin"
USUAL: dict[str, Any] = {"scp": "classes.read", "tfp": POLICY, "oid": "oid-amina", "azp": "app"}


@pytest.fixture
def row(cast: Cast, idp: RealProvider) -> IdentityProvider:
    return idp.row(cast.school)


def refusal(token: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        verify_bearer(token)
    return caught.value.code


def bare(header: dict[str, Any], claims: dict[str, Any], key: bytes = b"") -> str:
    """A token by hand, as libraries refuse to make it: HMAC with whatever key, or none."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    signature = hmac.new(key, b".".join(parts), hashlib.sha256).digest() if key else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_a_good_access_token_names_provider_subject_scopes_and_person(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    Identity.objects.create(provider=row, issuer=row.issuer, subject="oid-amina", person=cast.amina)
    bearer = verify_bearer(idp.sign(**USUAL))
    assert (bearer.provider, bearer.subject, bearer.person) == (row, "oid-amina", cast.amina)
    assert (set(bearer.scopes), bearer.is_app, bearer.client_id) == ({"classes.read"}, False, "app")


def test_a_true_token_of_somebody_unknown_is_nobody(idp: RealProvider, row: IdentityProvider) -> None:
    assert verify_bearer(idp.sign(**USUAL)).person is None


def test_a_programs_own_token_is_never_a_person(cast: Cast, idp: RealProvider, row: IdentityProvider) -> None:
    """Issued by the provider's own token endpoint; even when a person bears the program's name as subject."""
    Identity.objects.create(provider=row, issuer=row.issuer, subject="machine", person=cast.amina)
    IdentityProvider.objects.update(accepted_policies=[])
    asked = {"grant_type": "client_credentials", "scope": "classes.read"}
    answer = httpx.post(
        f"{idp.issuer}/token", data=asked, auth=("machine", "a secret for tests".replace(" ", "%20"))
    )
    bearer = verify_bearer(answer.json()["access_token"])
    assert (bearer.is_app, bearer.person, set(bearer.scopes)) == (True, None, {"classes.read"})
    entra = verify_bearer(idp.sign(roles=["Classes.Read"], azp="app", oid="machine"))
    assert (entra.is_app, entra.person) == (True, None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aud": "https://another.api"}, "issuer"),
        ({"aud": None}, "issuer"),
        ({"aud": ["https://another.api", "x"]}, "issuer"),
        ({"iss": "https://unknown.test"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"iss": 7}, "issuer"),
        ({"iss": "a\x00b"}, "issuer"),
        ({"tfp": "b2c_1_other"}, "policy"),
        ({"scp": None}, "kind"),
        ({"scp": None, "roles": ["teachers"], "azp": None}, "kind"),
        ({"scp": None, "roles": ["teachers"], "nonce": "n"}, "kind"),
        ({"events": {}}, "kind"),
        ({"exp": None}, "signature"),
        ({"iat": None}, "signature"),
        ({"sub": None}, "signature"),
        ({"exp": 1e400}, "shape"),
        ({"exp": "soon"}, "signature"),
    ],
)
def test_a_wrong_claim_is_refused(
    changed: dict[str, Any], code: str, idp: RealProvider, row: IdentityProvider
) -> None:
    if changed.get("exp") == 1e400:  # JSON has no such number; the signer would write null
        token = bare({"alg": "RS256", "kid": "key-1"}, {"iss": row.issuer, "aud": API, "exp": 1e400}, b"x")
        assert refusal(token) in {"shape", "signature", "kid"}
        return
    assert refusal(idp.sign(**{**USUAL, **changed})) == code


@pytest.mark.parametrize(
    ("begin", "end"), [(-4000, -120), (120, 600), (0, 10 * 365 * 86400), (-10 * 365 * 86400, 600)]
)
def test_a_token_out_of_its_time_is_refused(
    begin: int, end: int, idp: RealProvider, row: IdentityProvider
) -> None:
    """Expired; from the future; for ten years; ten years old."""
    now = int(time.time())
    assert refusal(idp.sign(**USUAL, iat=now + begin, exp=now + end)) == "time"


def test_a_minute_between_two_clocks_is_forgiven(idp: RealProvider, row: IdentityProvider) -> None:
    now = int(time.time())
    assert verify_bearer(idp.sign(**USUAL, iat=now - 600, exp=now - 30))
    assert verify_bearer(idp.sign(**USUAL, iat=now + 30, exp=now + 600))


def test_a_token_without_or_with_a_foolish_key_name_is_refused(
    idp: RealProvider, row: IdentityProvider
) -> None:
    for kid in ("../../etc/passwd", "https://evil.test/key", "x" * 201, "", "'; DROP TABLE"):
        assert refusal(idp.sign(header={"kid": kid}, **USUAL)) == "kid"
    claims = jwt.decode(idp.sign(**USUAL), options={"verify_signature": False})
    assert refusal(bare({"alg": "RS256"}, claims, b"x")) == "kid"
    assert refusal(bare({"alg": "RS256", "kid": ["key-1"]}, claims, b"x")) in {"kid", "shape"}


def test_neither_no_signature_nor_the_public_key_as_password_opens(
    idp: RealProvider, row: IdentityProvider
) -> None:
    good = idp.sign(**USUAL)
    claims, header = jwt.decode(good, options={"verify_signature": False}), jwt.get_unverified_header(good)
    public = jwt.PyJWKSet.from_dict(httpx.get(f"{idp.issuer}/jwks").json())[header["kid"]].key
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert refusal(bare({"alg": "none", "kid": header["kid"]}, claims)) == "alg"
    assert refusal(bare({"alg": "HS256", "kid": header["kid"]}, claims, pem)) == "alg"
    # Even a row that was bent to allow it.
    IdentityProvider.objects.update(algs=["HS256", "none", "RS256"])
    assert refusal(bare({"alg": "HS256", "kid": header["kid"]}, claims, pem)) == "alg"
    assert refusal(bare({"alg": "none", "kid": header["kid"]}, claims)) == "alg"
    assert refusal(bare({"alg": "RS256", "kid": header["kid"]}, claims, pem)) == "signature"


def test_an_algorithm_that_the_row_does_not_list_is_refused(idp: RealProvider, row: IdentityProvider) -> None:
    IdentityProvider.objects.filter(pk=row.pk).update(algs=["ES256"])
    assert refusal(idp.sign(**USUAL)) == "alg"


def test_the_same_subject_of_a_former_issuer_is_somebody_else(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    """A school that changes its provider keeps the row; numbers of the old house mean nothing in the new one."""
    Identity.objects.create(
        provider=row, issuer="https://former.test", subject="oid-amina", person=cast.amina
    )
    assert verify_bearer(idp.sign(**USUAL)).person is None


def test_a_key_that_the_token_brings_along_is_not_looked_at(idp: RealProvider, row: IdentityProvider) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = idp.sign(**USUAL)
    claims, kid = (
        jwt.decode(good, options={"verify_signature": False}),
        jwt.get_unverified_header(good)["kid"],
    )
    brought = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key()))
    headers = {"kid": kid, "jku": "https://evil.test/jwks", "jwk": brought, "x5u": "https://evil.test/x"}
    assert refusal(jwt.encode(claims, own, algorithm="RS256", headers=headers)) == "signature"
    assert refusal(idp.sign(header={"crit": ["rank"], "rank": 1}, **USUAL)) in {"shape", "signature"}


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "é.ü.ö",
        "\x00.\x00.\x00",
        "." * 5000,
        "x" * 9000,
        "x.y." + "z" * 9000,
    ],
)
def test_what_is_no_token_is_refused(token: str, row: IdentityProvider) -> None:
    assert refusal(token) in {"size", "shape"}


def test_deeply_nested_claims_are_refused_and_harm_nothing(row: IdentityProvider) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2900).rstrip(b"=").decode()
    assert refusal(f"{deep}.{deep}.x") in {"shape", "size"}


def test_an_oversize_but_true_token_is_refused(idp: RealProvider, row: IdentityProvider) -> None:
    assert refusal(idp.sign(**USUAL, more="x" * 9000)) == "size"


def test_an_unknown_issuer_is_refused_without_asking_anybody(idp: RealProvider, cast: Cast) -> None:
    """Its issuer is the address of a server that would answer, and that counts."""
    before = {path: idp.asked(path) for path in ("/.well-known/openid-configuration", "/jwks")}
    assert refusal(idp.sign(**USUAL)) == "issuer"
    assert {path: idp.asked(path) for path in before} == before


def test_an_issuer_that_differs_by_a_slash_is_unknown(idp: RealProvider, row: IdentityProvider) -> None:
    assert refusal(idp.sign(**USUAL, iss=f"{row.issuer}/")) == "issuer"


def test_a_provider_that_is_switched_off_is_unknown(idp: RealProvider, row: IdentityProvider) -> None:
    IdentityProvider.objects.update(is_active=False)
    assert refusal(idp.sign(**USUAL)) == "issuer"


def test_a_flood_of_unknown_keys_fetches_nothing_more(idp: RealProvider, row: IdentityProvider) -> None:
    verify_bearer(idp.sign(**USUAL))
    before = idp.asked("/jwks")
    for number in range(20):
        assert refusal(idp.sign(header={"kid": f"flood-{number}"}, **USUAL)) == "kid"
    assert idp.asked("/jwks") == before


def test_after_a_rotation_bearers_wait_for_the_cooldown_and_a_sign_in_fetches_at_once(
    idp: RealProvider, row: IdentityProvider
) -> None:
    verify_bearer(idp.sign(**USUAL))
    idp.tell("rotate")
    assert refusal(idp.sign(**USUAL)) == "kid"
    claims: dict[str, Any] = {"aud": "school", "nonce": "n", "tfp": POLICY, "oid": "oid-amina"}
    assert verify(idp.sign(**claims), row, "id", nonce="n")
    assert verify_bearer(idp.sign(**USUAL))


def test_a_new_key_under_an_old_name_is_refused_until_the_hour_is_over(
    idp: RealProvider, row: IdentityProvider
) -> None:
    kid = idp.tell("rotate")["kid"]
    verify_bearer(idp.sign(**USUAL))
    idp.tell("rotate", kid=kid)
    assert refusal(idp.sign(**USUAL)) == "signature"
    _keys.cache_clear()  # as after the hour, or in a new process
    assert verify_bearer(idp.sign(**USUAL))


def test_the_last_good_keys_serve_while_the_provider_is_away_and_the_row_says_so(
    idp: RealProvider, row: IdentityProvider
) -> None:
    token = idp.sign(**USUAL)
    verify_bearer(token)
    idp.tell("away", away=True)
    _keys.cache_clear()
    cache.delete(f"{_name('discovery', row.pk, row.discovery_url)}:fresh")
    assert verify_bearer(token)
    row.refresh_from_db()
    assert row.degraded_at is not None


def test_a_provider_that_never_answered_is_unavailable_and_is_not_asked_again_at_once(
    cast: Cast, idp: RealProvider
) -> None:
    row = idp.row(cast.school)
    idp.tell("away", away=True)
    token, before = idp.sign(**USUAL), idp.asked("/.well-known/openid-configuration")
    for _ in range(3):
        with pytest.raises(Unavailable):
            verify_bearer(token)
    assert idp.asked("/.well-known/openid-configuration") == before + 1
    row.refresh_from_db()
    assert row.degraded_at is not None


def test_a_provider_that_suddenly_calls_itself_otherwise_gets_no_say(cast: Cast, idp: RealProvider) -> None:
    idp.row(cast.school, issuer="https://real.test/")
    with pytest.raises(Unavailable):
        verify_bearer(idp.sign(**USUAL, iss="https://real.test/"))


@pytest.mark.parametrize(
    ("changed", "nonce", "code"),
    [
        ({}, "another", "nonce"),
        ({"nonce": None}, "n", "nonce"),
        ({}, "", "nonce"),
        ({"aud": "another client"}, "n", "audience"),
        ({"aud": ["school", "another"]}, "n", "audience"),
        ({"aud": ["school", "another"], "azp": "another"}, "n", "audience"),
        ({"tfp": "b2c_1_passwordreset"}, "n", "policy"),
        ({"events": {}}, "n", "kind"),
    ],
)
def test_a_wrong_id_token_signs_nobody_in(
    changed: dict[str, Any], nonce: str, code: str, idp: RealProvider, row: IdentityProvider
) -> None:
    claims = {"aud": "school", "nonce": "n", "tfp": POLICY, "oid": "oid-amina", **changed}
    with pytest.raises(TokenRefused) as caught:
        verify(idp.sign(**claims), row, "id", nonce=nonce)
    assert caught.value.code == code


def test_an_id_token_is_no_bearer_unless_the_row_says_so(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    claims: dict[str, Any] = {
        "aud": "school",
        "nonce": "n",
        "tfp": POLICY,
        "oid": "oid-amina",
        "roles": ["teachers"],
        "azp": "school",
    }
    IdentityProvider.objects.update(audiences=["school"])
    assert refusal(idp.sign(**claims)) == "kind"
    IdentityProvider.objects.update(accepts_id_tokens=True)
    assert verify_bearer(idp.sign(**claims)).is_app is False


def test_rows_that_list_tenants_and_clients_mean_it(idp: RealProvider, row: IdentityProvider) -> None:
    IdentityProvider.objects.update(accepted_tenants=["tenant-1"], accepted_clients=["app"])
    assert verify_bearer(idp.sign(**USUAL, tid="tenant-1"))
    assert refusal(idp.sign(**USUAL, tid="tenant-2")) == "tenant"
    assert refusal(idp.sign(**USUAL)) == "tenant"
    assert refusal(idp.sign(**{**USUAL, "azp": "other"}, tid="tenant-1")) == "client"


def test_two_schools_at_one_issuer_are_told_apart_by_the_audience(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    theirs = idp.row(cast.elsewhere, slug="theirs", client_id="theirs", audiences=["https://theirs.test"])
    assert verify_bearer(idp.sign(**USUAL)).provider == row
    assert verify_bearer(idp.sign(**{**USUAL, "aud": "https://theirs.test"})).provider == theirs


def test_a_person_whose_membership_ended_is_refused_at_once(
    cast: Cast, idp: RealProvider, row: IdentityProvider
) -> None:
    Identity.objects.create(provider=row, issuer=row.issuer, subject="oid-amina", person=cast.amina)
    cast.amina.memberships.update(is_active=False)
    assert refusal(idp.sign(**USUAL)) == "person"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"alg": ["RS256"], "kid": "k"}, {}),
        ({"alg": {}, "kid": "k"}, {}),
        ({"alg": "RS256", "kid": "\ud800"}, {}),
        ({"alg": "RS256", "kid": "k"}, {"iss": "\ud800"}),
        ({"alg": "RS256", "kid": "k"}, {"aud": {"a": 1}}),
        ({"alg": "RS256", "kid": "k"}, {"aud": [[API]]}),
    ],
)
def test_odd_shapes_are_refused_and_raise_nothing_else(
    header: dict[str, Any], claims: dict[str, Any], row: IdentityProvider
) -> None:
    assert refusal(bare(header, {"iss": row.issuer, "aud": API, **claims}, b"x"))


def test_odd_claims_under_a_true_signature_harm_nothing(idp: RealProvider, row: IdentityProvider) -> None:
    odd: dict[str, Any] = {
        "azp": ["a", {}],
        "appid": {},
        "client_id": 7,
        "roles": 5,
        "scope": {"a": 1},
        "sid": [],
    }
    assert verify_bearer(idp.sign(**{**USUAL, **odd})).person is None
    now = str(int(time.time()))
    assert verify_bearer(idp.sign(**{**USUAL, "exp": str(int(now) + 60), "iat": now}))
