"""Doing something once, however often it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.models import IdempotentAnswer
from common.refusals import Refused

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    is_repeated: bool = False


@transaction.atomic
def answer_once(
    *, actor: UUID, key: str, fingerprint: str, now: datetime, act: Callable[[], Answer]
) -> Answer:
    """`act()`, or what it answered before. Its rows and the kept answer commit together or not at all.

    Raises Refused("in_progress") and Refused("idempotency_key_reused").
    """
    if not _is_first_in_line(actor, key):
        raise Refused("in_progress")
    known = IdempotentAnswer.objects.filter(actor=actor, key=key).first()
    if known is not None and known.created_at > now - KEPT:
        return _again(known, fingerprint)
    answer = act()
    IdempotentAnswer.objects.update_or_create(
        actor=actor,
        key=key,
        defaults={
            "fingerprint": fingerprint,
            "status": answer.status,
            "body": answer.body,
            "created_at": now,
        },
    )
    return answer


def _again(known: IdempotentAnswer, fingerprint: str) -> Answer:
    if known.fingerprint != fingerprint:
        raise Refused("idempotency_key_reused")
    return Answer(known.status, known.body, is_repeated=True)


def _is_first_in_line(actor: UUID, key: str) -> bool:
    """The lock is PostgreSQL's and ends with the transaction: a killed process leaves nothing locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [f"{actor}:{key}"])
        return bool(cursor.fetchone()[0])


def forget_answers(*, now: datetime) -> int:
    """Answers of yesterday."""
    forgotten, _ = IdempotentAnswer.objects.filter(created_at__lte=now - KEPT).delete()
    return forgotten
