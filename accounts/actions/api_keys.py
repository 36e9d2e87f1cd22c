"""What can be done with API keys."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.actions.audit import record_audit
from accounts.callers import scopes_to_give
from accounts.models import ApiKey, Institution, Person
from accounts.queries import KEY_MARK
from common.ids import fingerprint
from common.refusals import Refused

LONGEST_VALIDITY = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """`text` is what the client sends; nobody can show it a second time."""

    key: ApiKey
    text: str


@transaction.atomic
def create_api_key(
    *,
    institution: Institution,
    name: str,
    scopes: Iterable[str],
    valid_from: datetime,
    valid_to: datetime,
    by: Person,
) -> NewKey:
    """Raises Refused("bad_validity") and, for a scope that is not theirs to give, Refused("scope_not_yours")."""
    if not frozenset(scopes := list(scopes)) <= scopes_to_give(by, institution.pk):
        raise Refused("scope_not_yours")
    if not valid_from < valid_to <= valid_from + LONGEST_VALIDITY:
        raise Refused("bad_validity")
    prefix, secret = secrets.token_hex(5), secrets.token_hex(32)
    key = ApiKey.objects.create(
        institution=institution,
        name=name,
        prefix=prefix,
        secret_sha256=fingerprint(secret),
        scopes=sorted(set(scopes)),
        valid_from=valid_from,
        valid_to=valid_to,
        created_by=by,
    )
    record_audit(
        "api_key.created",
        institution=institution,
        by=by,
        target=f"api_key:{key.pk}",
        detail={"scopes": key.scopes, "of_the_platform": by.is_platform_admin},
    )
    return NewKey(key, f"{KEY_MARK}_{prefix}_{secret}")


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: Person, now: datetime) -> bool:
    """False when it was revoked before."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now)
    if revoked:
        record_audit("api_key.revoked", institution=key.institution, by=by, target=f"api_key:{key.pk}")
    return bool(revoked)


def note_use(*, key: ApiKey, now: datetime) -> None:
    """At most one write a minute, however busy the key is."""
    if key.last_used_at is None or key.last_used_at <= now - USED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
