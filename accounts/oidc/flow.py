"""The code flow: away to the provider with state, nonce and PKCE, and back with somebody's name."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.deprecate import AuthlibDeprecationWarning

from accounts.models import IdentityProvider
from accounts.oidc.border import BorderError, BoundedTransport, check_address, fetch_json
from accounts.oidc.claims import Claims, Profile, read_profile
from accounts.oidc.discovery import discover
from accounts.oidc.tokens import verify
from common.refusals import Refused, Unavailable

with warnings.catch_warnings():
    # Authlib would rather have httpx2; we pin both, so this is for whoever raises the pin, not for every start.
    warnings.filterwarnings("ignore", "The httpx module is deprecated", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client

TOKEN_SECONDS = 10.0
# Azure AD B2C's words for "I forgot my password" and "I changed my mind".
FORGOTTEN, CANCELLED = "AADB2C90118", "AADB2C90091"


@dataclass(frozen=True, slots=True)
class Start:
    """Where to send the browser, and what its session must remember until it is back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Arrival:
    profile: Profile
    id_token: str


def begin(provider: IdentityProvider, redirect_uri: str) -> Start:
    """Raises Unavailable when the provider cannot be asked."""
    return _begin(provider, redirect_uri, _endpoint(provider, "authorization_endpoint"))


def begin_reset(provider: IdentityProvider, redirect_uri: str) -> Start:
    """To B2C's policy for forgotten passwords, which lies beside the sign-in's in the address."""
    usual = _endpoint(provider, "authorization_endpoint")
    return _begin(
        provider, redirect_uri, re.sub(r"/[^/]+/oauth2/", f"/{provider.reset_policy}/oauth2/", usual)
    )


def _begin(provider: IdentityProvider, redirect_uri: str, endpoint: str) -> Start:
    nonce, verifier = generate_token(32), generate_token(64)
    with _client(provider, redirect_uri) as client:
        url, state = client.create_authorization_url(endpoint, nonce=nonce, code_verifier=verifier)
    return Start(url, state, nonce, verifier)


def wants_reset(provider: IdentityProvider, answer: Mapping[str, str]) -> bool:
    return bool(provider.reset_policy) and FORGOTTEN in answer.get("error_description", "")


def finish(
    provider: IdentityProvider, redirect_uri: str, answer: Mapping[str, str], *, nonce: str, verifier: str
) -> Arrival:
    """Raises Refused (cancelled, provider_refused, token_refused) or Unavailable."""
    _check_answer(provider, answer)
    tokens = _exchange(provider, redirect_uri, answer["code"], verifier)
    id_token = tokens.get("id_token")
    if not isinstance(id_token, str):
        raise Refused("token_refused")
    claims = verify(id_token, provider, "id", nonce=nonce)
    return Arrival(_complete(provider, claims, str(tokens.get("access_token") or "")), id_token)


def _check_answer(provider: IdentityProvider, answer: Mapping[str, str]) -> None:
    # RFC 9207: an answer that names its sender must name the one that was asked.
    if answer.get("iss", provider.issuer) != provider.issuer:
        raise Refused("token_refused")
    if answer.get("error") == "access_denied" or CANCELLED in answer.get("error_description", ""):
        raise Refused("cancelled")
    if answer.get("error") or not answer.get("code"):
        raise Refused("provider_refused")


def _exchange(provider: IdentityProvider, redirect_uri: str, code: str, verifier: str) -> dict[str, Any]:
    endpoint = _endpoint(provider, "token_endpoint")
    try:
        with _client(provider, redirect_uri) as client:
            tokens: dict[str, Any] = client.fetch_token(endpoint, code=code, code_verifier=verifier)
    except AuthlibBaseError as error:
        raise Refused("provider_refused") from error
    except (httpx.HTTPError, BorderError, OSError) as error:
        raise Unavailable("provider_away") from error
    except (ValueError, RecursionError) as error:
        raise Refused("provider_refused") from error
    return tokens


def _complete(provider: IdentityProvider, claims: Claims, access_token: str) -> Profile:
    """With what the provider tells only at its userinfo, if it has one and the ID token was short."""
    profile = read_profile(claims, provider)
    endpoint = discover(provider).get("userinfo_endpoint")
    if (profile.email and profile.words) or not access_token or not isinstance(endpoint, str):
        return profile
    try:
        more = fetch_json(endpoint, bearer=access_token).data
    except BorderError:
        return profile
    # The standard's own warning: userinfo of another subject is somebody else's.
    return read_profile({**more, **claims}, provider) if more.get("sub") == claims["sub"] else profile


def end_session_url(provider: IdentityProvider, id_token: str, back: str) -> str:
    """Where the provider's own session ends; "" when it has no such place, or signs out only here."""
    if provider.logs_out_locally:
        return ""
    try:
        endpoint = provider.logout_url or str(discover(provider).get("end_session_endpoint") or "")
        check_address(endpoint)
    except (Unavailable, BorderError):
        return ""
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": back, "client_id": provider.client_id}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"


def _endpoint(provider: IdentityProvider, name: str) -> str:
    endpoint = discover(provider).get(name)
    try:
        check_address(str(endpoint or ""))
    except BorderError as error:
        raise Unavailable("provider_changed") from error
    return str(endpoint)


def _client(provider: IdentityProvider, redirect_uri: str) -> OAuth2Client:
    return OAuth2Client(
        provider.client_id,
        provider.client_secret or None,
        token_endpoint_auth_method=_auth_method(provider),
        scope=" ".join(["openid", *(one for one in provider.scopes if one != "openid")]),
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        transport=BoundedTransport(),
        timeout=TOKEN_SECONDS,
        follow_redirects=False,
    )


def _auth_method(provider: IdentityProvider) -> str:
    if not provider.client_secret:
        return "none"
    offered = discover(provider).get("token_endpoint_auth_methods_supported") or []
    return "client_secret_post" if "client_secret_post" in str(offered) else "client_secret_basic"
