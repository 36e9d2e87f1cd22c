"""What is wrong with a provider's row, in plain sentences: for the head's page and for `manage.py idp_check`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import IdentityProvider, Preset
from accounts.oidc.border import Answer, BorderError, check_address, fetch_json
from accounts.oidc.discovery import forget

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LARGEST_SKEW_SECONDS = 60
# Microsoft accepts S256 everywhere and says so nowhere.
SILENT_ABOUT_PKCE = {Preset.UNICEF_B2C, Preset.UNICEF_ENTRA, Preset.ENTRA_EXTERNAL_ID}


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_trouble`: sign-in will not work, or not safely, until it is mended. Else a remark."""

    sentence: str
    is_trouble: bool = True


def check_provider(provider: IdentityProvider) -> list[Finding]:
    """Asks the provider itself, whatever the caches say. No troubles in it: sign-in can work."""
    forget(provider)
    findings = _check_row(provider)
    answer, failure = _fetch(provider.discovery_url, _("The discovery document"))
    if answer is None:
        return [*findings, *failure]
    document = answer.data
    findings += _check_issuer(provider, document)
    findings += _check_endpoints(document)
    findings += _check_pkce(provider, document)
    findings += _check_clock(answer)
    return [*findings, *_check_algs(provider, document), *_check_keys(provider, document)]


def _check_row(provider: IdentityProvider) -> list[Finding]:
    findings = []
    if not provider.client_id:
        findings.append(Finding(_("The client ID is missing.")))
    if provider.secret_env and not provider.client_secret:
        sentence = _("The environment variable %(name)s, which should hold the client secret, is empty.")
        findings.append(Finding(sentence % {"name": provider.secret_env}))
    if provider.secret_sealed and not provider.secret_env and not provider.client_secret:
        findings.append(
            Finding(
                _("The client secret can no longer be read, because SECRET_KEY has changed. Type it again.")
            )
        )
    if not provider.is_active:
        findings.append(Finding(_("This sign-in is switched off."), is_trouble=False))
    return findings


def _fetch(url: str, what: str) -> tuple[Answer | None, list[Finding]]:
    try:
        return fetch_json(url), []
    except BorderError as error:
        return None, [Finding(say(error, what))]


def say(error: BorderError, what: str) -> str:
    """The border's word as a sentence about `what`."""
    sentences = {
        "not_https": _("%(what)s has an address that does not begin with https: %(detail)s"),
        "bad_address": _("%(what)s has an address that cannot be read: %(detail)s"),
        "bad_port": _("%(what)s has an address with another port than 443: %(detail)s"),
        "unknown_host": _("%(what)s: there is no host called %(detail)s."),
        "private_address": _(
            "%(what)s lies inside a private network (%(detail)s), which is not allowed here."
        ),
        "unreachable": _("%(what)s could not be fetched: no answer in time (%(detail)s)."),
        "status": _("%(what)s could not be fetched: the server answered with status %(detail)s."),
        "too_large": _("%(what)s is far larger than it can rightly be."),
        "not_json": _("%(what)s came back, but it is no JSON object. Is the address right?"),
    }
    return sentences[error.code] % {"what": what, "detail": error.detail}


def _check_issuer(provider: IdentityProvider, document: dict[str, Any]) -> list[Finding]:
    given = document.get("issuer")
    if given == provider.issuer:
        return []
    sentence = _(
        "The provider calls itself “%(given)s”, but the issuer here is “%(ours)s”. They must be equal."
    )
    findings = [Finding(sentence % {"given": given, "ours": provider.issuer})]
    if str(given).rstrip("/") == provider.issuer.rstrip("/"):
        findings.append(Finding(_("Only the slash at the end is different."), is_trouble=False))
    return findings


def _check_endpoints(document: dict[str, Any]) -> list[Finding]:
    findings = []
    for name in ENDPOINTS:
        if not document.get(name):
            sentence = _("The discovery document does not name its %(name)s.")
            findings.append(Finding(sentence % {"name": name}))
    for name in (*ENDPOINTS, "userinfo_endpoint", "end_session_endpoint"):
        try:
            if document.get(name):
                check_address(str(document[name]))
        except BorderError as error:
            findings.append(Finding(say(error, name)))
    if not document.get("end_session_endpoint"):
        findings.append(Finding(_("Signing out ends only our own session."), is_trouble=False))
    return findings


def _check_pkce(provider: IdentityProvider, document: dict[str, Any]) -> list[Finding]:
    methods = document.get("code_challenge_methods_supported")
    if methods is None and provider.preset in SILENT_ABOUT_PKCE:
        return []
    if methods is None:
        return [Finding(_("The provider does not say whether it supports PKCE with S256."), is_trouble=False)]
    if "S256" in _texts(methods):
        return []
    return [Finding(_("The provider does not support PKCE with S256, which protects the way back."))]


def _check_clock(answer: Answer) -> list[Finding]:
    if answer.date is None:
        return []
    seconds = round((answer.date - timezone.now()).total_seconds())
    if abs(seconds) <= LARGEST_SKEW_SECONDS:
        return []
    sentence = _(
        "The provider’s clock and ours are %(seconds)s seconds apart. Fresh tokens would look expired."
    )
    return [Finding(sentence % {"seconds": abs(seconds)})]


def _check_algs(provider: IdentityProvider, document: dict[str, Any]) -> list[Finding]:
    offered = _texts(document.get("id_token_signing_alg_values_supported"))
    if not offered or set(offered) & set(provider.algs):
        return []
    sentence = _("The provider signs with %(offered)s, but only %(accepted)s is accepted here.")
    return [Finding(sentence % {"offered": ", ".join(offered), "accepted": ", ".join(provider.algs)})]


def _check_keys(provider: IdentityProvider, document: dict[str, Any]) -> list[Finding]:
    if not document.get("jwks_uri"):
        return []
    answer, failure = _fetch(str(document["jwks_uri"]), _("The list of keys"))
    if answer is None:
        return failure
    try:
        keys = jwt.PyJWKSet.from_dict(answer.data).keys
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        keys = []
    usable = [key for key in keys if key.key_id and key.public_key_use in ("sig", None)]
    if any(_fits(key, provider) for key in usable):
        return []
    return [Finding(_("The list of keys holds no key with a name (kid) for the accepted algorithms."))]


def _fits(key: jwt.PyJWK, provider: IdentityProvider) -> bool:
    families = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("Ed",)}.get(str(key.key_type), ())
    return any(str(alg).startswith(families) for alg in provider.algs) if families else False


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
