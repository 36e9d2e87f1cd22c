"""What a provider says of itself, and its keys; and what we do while it is away.

Keys are cached by PyJWT (an hour in this process, at most one extra fetch in 30 s for an unknown `kid`).
Behind it lies the last good answer in the shared cache, for a day.
"""

from __future__ import annotations

import hashlib
import logging
import time
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt
from django.core.cache import cache
from django.utils import timezone
from jwt import PyJWK, PyJWKClient

from accounts.models import IdentityProvider
from accounts.oidc.border import TIMEOUT_SECONDS, BorderError, fetch_json
from common.refusals import Unavailable

FRESH_SECONDS = 3600
KEPT_SECONDS = 24 * 3600
# A provider that is away costs its time-out once in so long, not in every request.
RESTING_SECONDS = 30
log = logging.getLogger(__name__)


def discover(provider: IdentityProvider) -> dict[str, Any]:
    """The discovery document: fresh within the hour, else the last good one; Unavailable when there is none."""
    name = _name("discovery", provider.pk, provider.discovery_url)
    fresh: dict[str, Any] | None = cache.get(f"{name}:fresh")
    if fresh is not None:
        return fresh
    document = fetch_or_remember(provider.pk, name, provider.discovery_url)
    if document.get("issuer") != provider.issuer:
        # Not kept: another issuer's endpoints must never be asked in this one's name.
        cache.delete(name)
        cache.set(f"{name}:away", True, RESTING_SECONDS)
        raise Unavailable("provider_changed")
    cache.set(f"{name}:fresh", document, FRESH_SECONDS)
    return document


def fetch_or_remember(provider_id: UUID, name: str, url: str) -> dict[str, Any]:
    """A JSON object from `url`, or the last good one of a day; says in the row when the provider goes and returns."""
    if cache.get(f"{name}:away"):
        return _remembered(name)
    try:
        data = fetch_json(url).data
    except BorderError as error:
        cache.set(f"{name}:away", True, RESTING_SECONDS)
        log.warning("identity provider %s: %s", provider_id, error)
        IdentityProvider.objects.filter(pk=provider_id, degraded_at=None).update(degraded_at=timezone.now())
        return _remembered(name)
    cache.set(name, data, KEPT_SECONDS)
    IdentityProvider.objects.filter(pk=provider_id).exclude(degraded_at=None).update(degraded_at=None)
    return data


def _remembered(name: str) -> dict[str, Any]:
    data: dict[str, Any] | None = cache.get(name)
    if data is None:
        raise Unavailable("provider_away")
    return data


def _name(what: str, provider_id: UUID, url: str) -> str:
    return f"oidc:{what}:{provider_id}:{hashlib.sha256(url.encode()).hexdigest()[:16]}"


class Keys(PyJWKClient):
    """PyJWT's client, which fetches through our border and survives a provider that is away."""

    def __init__(self, provider_id: UUID, uri: str) -> None:
        super().__init__(uri, lifespan=FRESH_SECONDS, timeout=TIMEOUT_SECONDS, cooldown_duration=30)
        self._provider_id = provider_id

    def fetch_data(self) -> Any:
        data = fetch_or_remember(self._provider_id, _name("keys", self._provider_id, self.uri), self.uri)
        if self.jwk_set_cache is not None:
            self.jwk_set_cache.put(data)
        self._last_successful_fetch = time.monotonic()
        return data

    def find(self, kid: str, *, at_once: bool) -> PyJWK:
        """`at_once` skips the cooldown: for tokens that came from the provider itself, not from a stranger."""
        if at_once and not self.match_kid(self.get_signing_keys(), kid):
            self.get_signing_keys(refresh=True)
        return self.get_signing_key(kid)


@lru_cache(maxsize=256)
def _keys(provider_id: UUID, uri: str) -> Keys:
    return Keys(provider_id, uri)


def signing_key(provider: IdentityProvider, kid: str, *, at_once: bool = False) -> PyJWK:
    """The provider's key of that name; jwt.PyJWKClientError when it has none, Unavailable when nobody knows."""
    uri = discover(provider).get("jwks_uri")
    if not isinstance(uri, str) or not uri:
        raise Unavailable("provider_changed")
    try:
        return _keys(provider.pk, uri).find(kid, at_once=at_once)
    except jwt.PyJWKSetError as error:
        raise Unavailable("provider_changed") from error


def forget(provider: IdentityProvider) -> None:
    """After its row was changed, and before a check."""
    name = _name("discovery", provider.pk, provider.discovery_url)
    cache.delete_many([f"{name}:fresh", f"{name}:away", name])
