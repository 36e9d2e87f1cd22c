"""The audit log: written in the transaction of the act that it tells of."""

import hashlib
import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Person

FIRST_SEAL = "0" * 64


def record_audit(
    act: str,
    *,
    institution: Institution | None,
    by: Person | UUID | None,
    target: str,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """One line in the institution's chain; `target` is `kind:id`, `detail` holds ids and numbers, no names.

    Raises RuntimeError outside a transaction: the act and its line are kept together or not at all.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit line belongs into the transaction of its act")
    _wait_in_line(institution)
    before = AuditEvent.objects.filter(institution=institution).order_by("-seq").first()
    event = AuditEvent(
        institution=institution,
        seq=before.seq + 1 if before else 1,
        at=timezone.now(),
        actor=by.pk if isinstance(by, Person) else by,
        act=act,
        target=target,
        detail=detail or {},
    )
    event.seal = seal(event, before.seal if before else FIRST_SEAL)
    event.save(force_insert=True)
    return event


@transaction.atomic
def record_look(act: str, *, institution: Institution, by: Person, target: str, now: datetime) -> bool:
    """Who looked at what: one line a person, target and day of the institution, however often they look."""
    if _has_looked(act, institution, by, target, now):
        return False
    _wait_in_line(institution)
    if _has_looked(act, institution, by, target, now):  # in another tab, while we waited
        return False
    record_audit(act, institution=institution, by=by, target=target)
    return True


def _has_looked(act: str, institution: Institution, by: Person, target: str, now: datetime) -> bool:
    midnight = now.astimezone(ZoneInfo(institution.time_zone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    looks = AuditEvent.objects.filter(institution=institution, target=target, act=act, actor=by.pk)
    return looks.filter(at__gte=midnight).exists()


def seal(event: AuditEvent, before: str) -> str:
    """SHA-256 of the line in canonical JSON behind the seal before it."""
    at: datetime = event.at
    institution, actor = event.institution_id, event.actor
    line = [
        str(institution or ""),
        event.seq,
        at.isoformat(),
        str(actor or ""),
        event.act,
        event.target,
        event.detail,
    ]
    text = before + json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def find_broken_seal(institution: Institution | None) -> int | None:
    """The `seq` of the first line that was changed, removed or put in; None when the chain is whole."""
    before, expected = FIRST_SEAL, 1
    for event in AuditEvent.objects.filter(institution=institution).order_by("seq").iterator():
        if event.seq != expected or event.seal != seal(event, before):
            return expected
        before, expected = event.seal, expected + 1
    return None


def _wait_in_line(institution: Institution | None) -> None:
    """Two acts of one institution follow each other, also the first two of all."""
    key = f"audit:{institution.pk if institution else 'platform'}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
