"""A letter from claim to sent. Who holds the lease sends; a sender that dies is followed by another a minute later."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.actions import record_audit
from classroom.models import AUDITED_LETTERS, Letter, LetterState

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_DELAY_SECONDS = 20
LONGEST_DELAY_SECONDS = 3600


@transaction.atomic
def claim_letter(*, now: datetime) -> Letter | None:
    """The next letter that is due, ours for a minute; None when there is none."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    due = Letter.objects.filter(free, state=LetterState.WAITING, next_attempt_at__lte=now)
    letter = due.order_by("next_attempt_at").select_for_update(skip_locked=True, of=("self",)).first()
    if letter is None:
        return None
    letter.attempts += 1
    letter.lease, letter.lease_until = uuid.uuid4(), now + LEASE
    letter.save(update_fields=["attempts", "lease", "lease_until"])
    return letter


@transaction.atomic
def note_letter_sent(*, letter: Letter, now: datetime) -> bool:
    return _settle(letter, state=LetterState.SENT, sent_at=now, error="") and _tell(letter, "letter.sent")


@transaction.atomic
def drop_letter(*, letter: Letter, reason: str) -> bool:
    """There is nothing to say to this person any more, or their address is refused for good."""
    changed = _settle(letter, state=LetterState.DROPPED, error=reason[:200])
    return changed and _tell(letter, "letter.dropped")


@transaction.atomic
def note_letter_bounced(*, letter: Letter, reason: str) -> bool:
    """It was taken and came back later; the same again changes nothing."""
    sent = Letter.objects.filter(pk=letter.pk, state=LetterState.SENT)
    changed = sent.update(state=LetterState.BOUNCED, error=reason[:200]) == 1
    return changed and _tell(letter, "letter.bounced")


def hold_letter(*, letter: Letter, until: datetime) -> bool:
    """Not now: as if it were written then."""
    return _settle(letter, written_at=until, next_attempt_at=until, attempts=letter.attempts - 1)


def postpone_letter(*, letter: Letter, reason: str, now: datetime) -> bool:
    """The mail server is away: later again, for a day."""
    if now - letter.written_at >= GIVE_UP_AFTER:
        return drop_letter(letter=letter, reason=reason)
    seconds = min(FIRST_DELAY_SECONDS * 2 ** min(letter.attempts - 1, 20), LONGEST_DELAY_SECONDS)
    return _settle(letter, next_attempt_at=now + timedelta(seconds=seconds), error=reason[:200])


def _settle(letter: Letter, **changes: object) -> bool:
    """False when the lease was lost meanwhile."""
    ours = Letter.objects.filter(pk=letter.pk, state=LetterState.WAITING, lease=letter.lease)
    return ours.update(lease=None, lease_until=None, **changes) == 1


def _tell(letter: Letter, act: str) -> bool:
    if letter.kind in AUDITED_LETTERS:
        target, detail = f"person:{letter.person_id}", {"letter": str(letter.pk)}
        record_audit(act, institution=letter.institution, by=None, target=target, detail=detail)
    return True
