"""The one verifier of tokens, for both doors: sign-in and the API. The order of its steps is its safety."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import jwt

from accounts.models import Identity, IdentityProvider, Person
from accounts.oidc.claims import Claims, clean, read_subject
from accounts.oidc.discovery import signing_key
from accounts.rules import may_enter_through
from common.refusals import Refused, Unavailable

Use = Literal["id", "access", "logout"]
LARGEST_TOKEN_BYTES = 8192
LEEWAY_SECONDS = 60
# Azure AD B2C's own upper limit. A token for ten years is a password that nobody can change.
LONGEST_LIFE_SECONDS = 24 * 3600
ASYMMETRIC = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
REQUIRED: dict[Use, list[str]] = {
    "id": ["exp", "iat", "iss", "aud", "sub"],
    "access": ["exp", "iat", "iss", "aud", "sub"],
    "logout": ["exp", "iat", "iss", "aud", "jti", "events"],
}
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


class TokenRefused(Refused):
    """This token opens nothing; `code` is the step that said so, for the log, not for the bearer."""


@dataclass(frozen=True, slots=True)
class VerifiedBearer:
    """Who stands at the API's door. It opens that provider's institution and no other.

    `is_app`: a program with a token of its own, never a person. Not an app and `person` None: a true
    token of somebody who has never signed in here.
    """

    provider: IdentityProvider
    subject: str
    scopes: frozenset[str]
    person: Person | None
    is_app: bool
    client_id: str
    claims: Claims


def verify(token: str, provider: IdentityProvider, use: Use, *, nonce: str = "") -> Claims:
    """The claims of a token that is good in every respect; else TokenRefused, or Unavailable without keys."""
    if peek(token).get("iss") != provider.issuer:
        raise TokenRefused("issuer")
    alg, kid = _read_header(token, provider)
    claims = _check_signature(token, provider, use, alg, kid)
    _check_life(claims)
    _check_row(claims, provider, use)
    if use == "id":
        _check_id(claims, provider, nonce)
    elif use == "access":
        _check_access(claims, provider)
    else:
        _check_logout(claims)
    if use != "logout" and not read_subject(claims, provider):
        raise TokenRefused("subject")
    return claims


def verify_bearer(token: str) -> VerifiedBearer:
    """Finds the row by the token's issuer, exactly; an unknown one is refused before anybody is asked.

    Institutions may share an issuer (edu-ID, UNICEF): then the audience tells whose it is. Raises
    TokenRefused (401), Unavailable (503).
    """
    claims = peek(token)
    issuer = claims.get("iss")
    rows = IdentityProvider.objects.filter(issuer=issuer, is_active=True).select_related("institution")
    found = [row for row in rows.order_by("created_at")[:20] if _is_for(claims, row)] if issuer else []
    if not found:
        raise TokenRefused("issuer")
    return _first_that_accepts(token, found[:5])


def _first_that_accepts(token: str, rows: list[IdentityProvider]) -> VerifiedBearer:
    failure: Exception = TokenRefused("issuer")
    accepted: VerifiedBearer | None = None
    for row in rows:
        try:
            bearer = _bearer(verify(token, row, "access"), row)
        except (TokenRefused, Unavailable) as error:
            failure = error
            continue
        if bearer.is_app or bearer.person:
            return bearer
        accepted = accepted or bearer
    if accepted is None:
        raise failure
    return accepted


def _bearer(claims: Claims, provider: IdentityProvider) -> VerifiedBearer:
    subject, is_app = read_subject(claims, provider), is_app_only(claims)
    person = None if is_app else _person(provider, subject)
    if person and not may_enter_through(person, provider):
        raise TokenRefused("person")
    client = str(claims.get("azp") or claims.get("appid") or claims.get("client_id") or "")
    return VerifiedBearer(provider, subject, scopes_of(claims), person, is_app, client, claims)


def _person(provider: IdentityProvider, subject: str) -> Person | None:
    found = Identity.objects.filter(provider=provider, issuer=provider.issuer, subject=subject)
    identity = found.select_related("person").first()
    return identity.person if identity else None


def scopes_of(claims: Claims) -> frozenset[str]:
    """From `scp` or `scope` (a text with spaces, or a list), and application roles."""
    found: list[str] = []
    for name in ("scp", "scope", "roles"):
        value = claims.get(name)
        found += value.split() if isinstance(value, str) else [str(one) for one in _as_list(value) if one]
    return frozenset(found)


def is_app_only(claims: Claims) -> bool:
    """Entra: roles without `scp`, or `idtyp`; RFC 9068: the client is its own subject."""
    named = [claims.get(name) for name in ("azp", "appid", "client_id")]
    clients = {name for name in named if isinstance(name, str)}
    if "nonce" in claims or not clients:  # somebody stood before a sign-in page
        return False
    has_scope = bool(claims.get("scp") or claims.get("scope"))
    is_machine = claims.get("idtyp") == "app" or claims["sub"] in clients
    return is_machine or (bool(claims.get("roles")) and not has_scope)


def peek(token: str) -> Claims:
    """What the token says of itself, unproven: only to find its row."""
    if len(token.encode(errors="replace")) > LARGEST_TOKEN_BYTES:
        raise TokenRefused("size")
    if token.count(".") != 2:
        raise TokenRefused("shape")
    try:
        claims: Claims = jwt.decode(token, options={"verify_signature": False})
    except UNREADABLE as error:
        raise TokenRefused("shape") from error
    if not isinstance(claims.get("iss"), str) or clean(claims["iss"]) != claims["iss"]:
        raise TokenRefused("issuer")
    return claims


def _is_for(claims: Claims, provider: IdentityProvider) -> bool:
    given = claims.get("aud")
    return bool(set(_audiences(provider, "access")) & {str(one) for one in _as_list(given)})


def _read_header(token: str, provider: IdentityProvider) -> tuple[str, str]:
    try:
        header: dict[str, Any] = jwt.get_unverified_header(token)
    except UNREADABLE as error:
        raise TokenRefused("shape") from error
    alg, kid = header.get("alg"), header.get("kid")
    # By the row, never by the key or the header: with HS256 the public key would be the password.
    if not isinstance(alg, str) or alg not in ASYMMETRIC or alg not in provider.algs:
        raise TokenRefused("alg")
    if not isinstance(kid, str) or not 0 < len(kid) <= 200:
        raise TokenRefused("kid")
    return alg, kid


def _check_signature(token: str, provider: IdentityProvider, use: Use, alg: str, kid: str) -> Claims:
    try:
        key = signing_key(provider, kid, at_once=use == "id")
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=[alg],
            issuer=provider.issuer,
            audience=_audiences(provider, use),
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED[use]},
        )
    except jwt.PyJWKClientError as error:
        raise TokenRefused("kid") from error
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
        raise TokenRefused("audience") from error
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError) as error:
        raise TokenRefused("time") from error
    except UNREADABLE as error:
        raise TokenRefused("signature") from error
    return claims


def _audiences(provider: IdentityProvider, use: Use) -> list[str]:
    if use != "access":
        return [provider.client_id]
    also = [provider.client_id] if provider.accepts_id_tokens else []
    return [str(one) for one in provider.audiences] + also


def _check_life(claims: Claims) -> None:
    if int(claims["exp"]) - int(claims["iat"]) > LONGEST_LIFE_SECONDS + LEEWAY_SECONDS:
        raise TokenRefused("time")


def _check_row(claims: Claims, provider: IdentityProvider, use: Use) -> None:
    policy = str(claims.get("tfp") or claims.get("acr") or "")
    if use != "logout" and not _listed(policy, provider.accepted_policies):
        raise TokenRefused("policy")
    if not _listed(str(claims.get("tid") or ""), provider.accepted_tenants):
        raise TokenRefused("tenant")
    client = str(claims.get("azp") or claims.get("appid") or claims.get("client_id") or "")
    if use == "access" and not _listed(client, provider.accepted_clients):
        raise TokenRefused("client")


def _listed(value: str, accepted: list[Any]) -> bool:
    """An empty list asks nothing. B2C itself writes policies in either case."""
    return not accepted or value.lower() in {str(one).lower() for one in accepted}


def _check_id(claims: Claims, provider: IdentityProvider, nonce: str) -> None:
    if not nonce or claims.get("nonce") != nonce:
        raise TokenRefused("nonce")
    several = len(_as_list(claims["aud"])) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise TokenRefused("audience")
    if "events" in claims:
        raise TokenRefused("kind")


def _check_access(claims: Claims, provider: IdentityProvider) -> None:
    if "events" in claims:
        raise TokenRefused("kind")
    # Entra writes roles into ID tokens, too; a program's token names the program, and has no nonce.
    is_usual = bool(claims.get("scp") or claims.get("scope")) or is_app_only(claims)
    if not is_usual and not provider.accepts_id_tokens:
        raise TokenRefused("kind")


def _check_logout(claims: Claims) -> None:
    events = claims["events"]
    if not isinstance(events, dict) or LOGOUT_EVENT not in events or "nonce" in claims:
        raise TokenRefused("kind")
    if not (claims.get("sid") or claims.get("sub")):
        raise TokenRefused("subject")


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
