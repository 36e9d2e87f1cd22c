"""Out of a provider's claims: who it is, and which roles that gives here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import IdentityProvider, Preset, Role

Claims = dict[str, Any]

# What a claim may be called; a row's `claim_map` replaces single lines of this.
USUAL_NAMES: dict[str, list[str]] = {
    "subject": ["sub"],
    "email": ["email", "emails", "signInNames.emailAddress"],
    "name": ["name", "display_name"],
    "given_name": ["given_name"],
    "family_name": ["family_name"],
    "roles": ["roles", "groups"],
}


@dataclass(frozen=True, slots=True)
class Profile:
    """`words` are the claims' own names for roles and groups, in lower case."""

    subject: str
    email: str
    name: str
    words: frozenset[str]
    sid: str = ""


def read_profile(claims: Claims, provider: IdentityProvider) -> Profile:
    email = _read_email(claims, provider)
    parts = [_first(claims, provider, word) for word in ("given_name", "family_name")]
    name = _first(claims, provider, "name") or " ".join(filter(None, parts)) or email.partition("@")[0]
    return Profile(
        subject=read_subject(claims, provider),
        email=email,
        name=name[:200] or str(provider.label),
        words=frozenset(word.lower() for word in _all(claims, provider, "roles")),
        sid=clean(claims.get("sid"))[:255],
    )


def read_subject(claims: Claims, provider: IdentityProvider) -> str:
    """ "" when there is none. edu-ID may write the same one in either case."""
    subject = _first(claims, provider, "subject")[:255]
    return subject.lower() if provider.preset == Preset.EDU_ID else subject


def roles_of(profile: Profile, provider: IdentityProvider) -> set[Role]:
    """By the row's `role_map`; its `*` is for those whom no other line fits."""
    mapped = {str(word).lower(): role for word, role in provider.role_map.items()}
    found = {mapped[word] for word in profile.words & mapped.keys() if word != "*"}
    if not found and "*" in mapped:
        found = {mapped["*"]}
    return {Role(role) for role in found if role in Role.values}


def clean(value: object) -> str:
    """Text without control and direction characters; PostgreSQL holds no NUL, and a page no hidden turn."""
    text = value if isinstance(value, str) else ""
    return "".join(one for one in text if unicodedata.category(one) not in {"Cc", "Cf", "Cs"}).strip()


def _read_email(claims: Claims, provider: IdentityProvider) -> str:
    email = _first(claims, provider, "email").lower()
    if claims.get("email_verified") in (False, "false"):
        return ""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email if len(email) <= 254 else ""


def _first(claims: Claims, provider: IdentityProvider, word: str) -> str:
    return next(iter(_all(claims, provider, word)), "")


def _all(claims: Claims, provider: IdentityProvider, word: str) -> Iterable[str]:
    """Every text under the names of `word`; B2C writes addresses as a list."""
    for name in _names(provider, word):
        value = claims.get(name)
        for one in value if isinstance(value, list) else [value]:
            if text := clean(one):
                yield text


def _names(provider: IdentityProvider, word: str) -> list[str]:
    names = provider.claim_map.get(word, USUAL_NAMES[word])
    return [names] if isinstance(names, str) else [str(name) for name in names]
