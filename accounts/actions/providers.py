"""Identity providers: made and changed by heads, vouched for by the platform."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.models import IdentityProvider, Person, Role
from accounts.models.identity import SECRET_ENV_PREFIX, seal_secret
from accounts.rules import may_vouch_for_providers
from common.refusals import Refused

# Only the platform may set these; and they fall when a head points the row at another provider.
VOUCHED: dict[str, Any] = {"email_domains": [], "trusts_email": False, "secret_env": ""}
POINTS_AT = (
    *("preset", "issuer", "discovery_url", "client_id", "claim_map", "algs", "audiences"),
    *("accepted_policies", "accepted_tenants", "accepted_clients", "accepts_id_tokens"),
)


@transaction.atomic
def save_provider(*, provider: IdentityProvider, by: Person, secret: str | None = None) -> IdentityProvider:
    """Keeps what the form filled in; `secret` None leaves the old one.

    Raises Refused("secret_env") and Refused("head_not_allowed"): who may make no head may map no group to one.
    """
    before = IdentityProvider.objects.select_for_update().filter(pk=provider.pk).first()
    if not may_vouch_for_providers(by):
        _keep_vouched(provider, before)
    if provider.secret_env and not provider.secret_env.startswith(SECRET_ENV_PREFIX):
        raise Refused("secret_env")
    if secret is not None:
        provider.secret_sealed = seal_secret(secret)
    provider.save()
    record_audit(
        "provider.changed" if before else "provider.added",
        institution=provider.institution,
        by=by,
        target=f"provider:{provider.pk}",
        detail={"trusts_email": provider.trusts_email, "is_active": provider.is_active, "jit": provider.jit},
    )
    return provider


def _keep_vouched(provider: IdentityProvider, before: IdentityProvider | None) -> None:
    stays = before is not None and all(getattr(before, name) == getattr(provider, name) for name in POINTS_AT)
    if _heads_of(provider) - (_heads_of(before) if before and stays else set()):
        raise Refused("head_not_allowed")
    for name, fallen in VOUCHED.items():
        setattr(provider, name, getattr(before, name) if stays else fallen)


def _heads_of(provider: IdentityProvider) -> set[str]:
    """The provider's words that make somebody a head."""
    return {str(word).lower() for word, role in provider.role_map.items() if role == Role.HEAD}
