"""What can be done with invitations. The row says that a letter is due; the token is born with the letter."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actions.audit import record_audit
from accounts.models import AuditEvent, Institution, Invitation, Membership, Person, Role
from accounts.queries import addressed
from common.queue import enqueue_on_commit
from common.refusals import Refused

LIFETIME = timedelta(days=14)
MOST_ATTEMPTS = 8
# Somebody's mailbox is not a school's to fill.
LETTERS_A_DAY, DAY = 5, timedelta(days=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)


@transaction.atomic
def invite_person(
    *, institution: Institution, email: str, name: str, role: Role | str, by: Person | None = None
) -> Invitation:
    """Raises Refused: "already_member", "suspended", "already_invited" (then `resend_invitation` is the verb),
    and "too_soon" after too many letters to this address.
    """
    email = email.lower()
    place = Membership.objects.filter(addressed(email, "person__"), institution=institution)
    if place.filter(is_active=False).exists():
        raise Refused("suspended")
    if place.filter(role=role).exists():
        raise Refused("already_member")
    refuse_too_many(institution, email)
    _clear_expired(institution, email)
    made = new_invitation(institution, email, name, role, by)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused("already_invited") from error
    note_invitation("invitation.created", made, by)
    enqueue_on_commit("accounts.send_invitation", made.pk)
    return made


@transaction.atomic
def invite_new_people(
    *, institution: Institution, people: Iterable[tuple[Person, Role | str]], by: Person | None = None
) -> int:
    """Letters for many who are members already, so that they can choose a password; the sweep sends them."""
    now = timezone.now()
    made = [new_invitation(institution, one.address, one.name, role, by, now) for one, role in people]
    Invitation.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
    if made:
        enqueue_on_commit("accounts.sweep_invitations")
    return len(made)


def new_invitation(
    institution: Institution,
    email: str,
    name: str,
    role: Role | str,
    by: Person | None,
    now: datetime | None = None,
) -> Invitation:
    now = now or timezone.now()
    return Invitation(
        institution=institution,
        email=email,
        name=name,
        role=role,
        invited_by=by,
        created_at=now,
        expires_at=now + LIFETIME,
        due_at=now,
    )


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: Person | UUID | None = None) -> None:
    """A new letter with a new link for another fourteen days; the old link ends.

    Raises Refused("closed"), and Refused("too_soon") after too many letters to this address.
    """
    now = timezone.now()
    refuse_too_many(invitation.institution, invitation.email)
    renewed = (
        _open()
        .filter(pk=invitation.pk)
        .update(due_at=now, expires_at=now + LIFETIME, attempts=0, sent_at=None, token_hash="")
    )
    if not renewed:
        raise Refused("closed")
    note_invitation("invitation.resent", invitation, by)
    enqueue_on_commit("accounts.send_invitation", invitation.pk)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: Person | UUID | None = None) -> None:
    """The link ends at once. Raises Refused("closed") when it was used or withdrawn before."""
    if not _open().filter(pk=invitation.pk).update(revoked_at=timezone.now(), due_at=None, token_hash=""):
        raise Refused("closed")
    note_invitation("invitation.revoked", invitation, by)


def revoke_open_invitations(*, institution: Institution, email: str, by: Person | UUID | None = None) -> None:
    for invitation in _open().filter(institution=institution, email=email.lower()):
        revoke_invitation(invitation=invitation, by=by)


@transaction.atomic
def accept_invitation(
    *, token: str, person: Person | None = None, name: str = "", password: str = ""
) -> Person:
    """Membership for whoever holds the letter, once.

    `person` is the one who is signed in; without one, `name` and `password` go to the account of the
    invited address. An account that has a password keeps it: Refused("sign_in_first").
    Also raises Refused("closed"), Refused("somebody_else") and Refused("suspended").
    """
    now = timezone.now()
    invitation = find_invitation(token, now=now)
    if invitation is None or not _open().filter(pk=invitation.pk).update(
        accepted_at=now, due_at=None, token_hash=""
    ):
        raise Refused("closed")
    owner = _person_behind(invitation, person, name, password)
    from accounts.actions.stand_ins import take_over

    was_awaited = take_over(institution=invitation.institution, owner=owner)
    if invitation.is_quiet and not was_awaited:
        raise Refused("closed")
    places = Membership.objects.filter(institution=invitation.institution, person=owner)
    if not invitation.is_quiet:  # a quiet one brings what the school has given meanwhile, no more
        Membership.objects.get_or_create(
            institution=invitation.institution, person=owner, role=invitation.role
        )
        places = places.filter(role=invitation.role)
    if not places.filter(is_active=True).exists():
        raise Refused("suspended")
    note_invitation("invitation.accepted", invitation, owner)
    return owner


def _person_behind(invitation: Invitation, person: Person | None, name: str, password: str) -> Person:
    if person is not None and person.email != invitation.email:
        raise Refused("somebody_else")
    owner = person or Person.objects.select_for_update().filter(email=invitation.email).first()
    if owner is None:
        return Person.objects.create_user(invitation.email, password, name=name)
    if person is None:
        if not owner.is_active or owner.has_usable_password():
            raise Refused("sign_in_first")
        owner.name = name
        owner.set_password(password)
        owner.save(update_fields=["name", "password"])
    return owner


def find_invitation(token: str, *, now: datetime) -> Invitation | None:
    """The open invitation of this letter; None for one that was used, withdrawn, replaced or is too old."""
    found = _open().filter(token_hash=hash_of(token), expires_at__gt=now)
    return found.select_related("institution").first()


def claim_letter(*, invitation_id: UUID | str, now: datetime) -> tuple[Invitation, str] | None:
    """The letter to write now, with a fresh token; None when it is not due or another worker writes it.

    The claim moves `due_at` to the next attempt, so a worker that dies is followed by the sweep.
    """
    invitation = (
        Invitation.objects.select_related("institution", "invited_by").filter(pk=invitation_id).first()
    )
    if invitation is None:
        return None
    token = secrets.token_urlsafe(32)
    attempts = invitation.attempts + 1
    pause = min(FIRST_PAUSE * 2**invitation.attempts, LONGEST_PAUSE)
    claimed = letters_due(now).filter(pk=invitation.pk, attempts=invitation.attempts)
    if not claimed.update(
        token_hash=hash_of(token),
        attempts=attempts,
        due_at=None if attempts >= MOST_ATTEMPTS else now + pause,
    ):
        return None
    return invitation, token


def note_letter_sent(*, invitation: Invitation, token: str, now: datetime) -> None:
    mine = Invitation.objects.filter(pk=invitation.pk, token_hash=hash_of(token))
    mine.update(sent_at=now, due_at=None, failure="")


def note_letter_failed(*, invitation: Invitation, reason: str, is_final: bool = False) -> None:
    """The row says why; a final failure is not tried again by itself."""
    given_up = {"due_at": None} if is_final else {}
    Invitation.objects.filter(pk=invitation.pk).update(failure=reason[:200], **given_up)


def letters_due(now: datetime) -> QuerySet[Invitation]:
    return _open().filter(due_at__lte=now, expires_at__gt=now).order_by("due_at")


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at__isnull=True, revoked_at__isnull=True)


def refuse_too_many(institution: Institution, email: str, *, is_quiet: bool = False) -> None:
    """Raises Refused("too_soon"). Withdrawing and inviting again is a letter like any other.

    Quiet ones are counted by themselves: the refusal of another must not tell of them.
    """
    sent = Invitation.objects.filter(institution=institution, email=email, is_quiet=is_quiet)
    targets = [f"invitation:{pk}" for pk in sent.values_list("pk", flat=True)]
    log = AuditEvent.objects.filter(institution=None if is_quiet else institution, target__in=targets)
    # From the log, because a row knows its last letter only.
    letters = log.filter(act__in=("invitation.created", "invitation.resent"), at__gt=timezone.now() - DAY)
    if letters.count() >= LETTERS_A_DAY:
        raise Refused("too_soon")


def _clear_expired(institution: Institution, email: str) -> None:
    """Expired ones make room for a new one, and so do those that nobody sees."""
    now = timezone.now()
    gone = Q(expires_at__lte=now) | Q(is_quiet=True)
    _open().filter(gone, institution=institution, email=email).update(revoked_at=now, due_at=None)


def note_invitation(act: str, invitation: Invitation, by: Person | UUID | None) -> None:
    """A quiet one stands in the platform's log until it is accepted: the school's would tell what it must not."""
    is_secret = invitation.is_quiet and act != "invitation.accepted"
    record_audit(
        act,
        institution=None if is_secret else invitation.institution,
        by=by,
        target=f"invitation:{invitation.pk}",
        detail={"role": str(invitation.role)},
    )
