"""People who come from an identity provider: known, linked, made, and told apart by issuer and subject only."""

from __future__ import annotations

import uuid

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions.audit import record_audit
from accounts.actions.stand_ins import take_over
from accounts.models import Identity, IdentityProvider, JustInTime, Membership, Person, ProviderSession, Role
from accounts.oidc.claims import Profile, roles_of
from accounts.rules import may_enter_through
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def admit_identity(*, provider: IdentityProvider, profile: Profile) -> Person:
    """The person behind `profile`, with the roles that today's claims give; made or linked if policy allows.

    Raises Refused: not_invited, domain_not_listed, email_taken, no_role. Whether the person may come in
    is asked afterwards (`may_enter_through`): roles that were withdrawn stay withdrawn.
    """
    found = Identity.objects.select_for_update(of=("self",)).select_related("person")
    key = {"provider": provider, "issuer": provider.issuer, "subject": profile.subject}
    identity = found.filter(**key).first() or _meet(provider, profile)
    _apply_roles(identity, roles_of(profile, provider))
    Identity.objects.filter(pk=identity.pk).update(
        email=profile.email, granted_roles=identity.granted_roles, last_seen_at=timezone.now()
    )
    return identity.person


def _meet(provider: IdentityProvider, profile: Profile) -> Identity:
    """The first time. Somebody's address is proof only where the platform vouches for provider and domain."""
    known = Person.objects.filter(email=profile.email).first() if profile.email else None
    if known is None:
        return _make_person(provider, profile)
    is_proven = provider.trusts_email and provider.trusts_domain_of(profile.email)
    if not is_proven or known.is_platform_admin:
        raise Refused("email_taken")
    take_over(institution=provider.institution, owner=known)  # the proven address is their consent
    if not Membership.objects.filter(institution=provider.institution, person=known).exists():
        raise Refused("not_invited" if provider.jit == JustInTime.NONE else "email_taken")
    return _link(provider, profile, known, "identity.linked")


def _make_person(provider: IdentityProvider, profile: Profile) -> Identity:
    if provider.jit == JustInTime.NONE:
        raise Refused("not_invited")
    if provider.jit == JustInTime.DOMAIN and not provider.trusts_domain_of(profile.email):
        raise Refused("domain_not_listed")
    if not roles_of(profile, provider):
        raise Refused("no_role")
    person = Person.objects.create_user(_address(provider, profile), None, name=profile.name)
    return _link(provider, profile, person, "person.made_at_sign_in")


def _address(provider: IdentityProvider, profile: Profile) -> str:
    """An address that nobody vouches for must not become a person's: its true owner would later be invited
    into an account that somebody else can open."""
    if profile.email and provider.trusts_email:
        return profile.email
    # `.invalid` is reserved (RFC 2606): no letter ever goes there.
    return f"{uuid.uuid4()}@{provider.slug}.invalid"


def _link(provider: IdentityProvider, profile: Profile, person: Person, act: str) -> Identity:
    try:
        with transaction.atomic():
            identity = Identity.objects.create(
                provider=provider,
                issuer=provider.issuer,
                subject=profile.subject,
                person=person,
                email=profile.email,
            )
    except IntegrityError as error:  # two tabs at once
        raise Refused("identity_taken") from error
    detail = {"provider": str(provider.pk)}
    record_audit(
        act, institution=provider.institution, by=person, target=f"person:{person.pk}", detail=detail
    )
    return identity


def _apply_roles(identity: Identity, roles: set[Role]) -> None:
    """What the provider once gave and gives no longer goes; what a head took away or gave stays as it is."""
    before, now = set(identity.granted_roles), {str(role) for role in roles}
    institution = identity.provider.institution
    held = Membership.objects.filter(institution=institution, person=identity.person)
    is_suspended = held.exists() and not held.filter(is_active=True).exists()
    if is_suspended:
        return
    had = set(held.values_list("role", flat=True))
    held.filter(role__in=before - now, is_active=True).delete()
    Membership.objects.bulk_create(
        Membership(institution=institution, person=identity.person, role=role) for role in now - had
    )
    # A role that the head had given before the provider did is the head's to take.
    identity.granted_roles = sorted((now & before) | (now - had))
    if before == set(identity.granted_roles):
        return
    record_audit(
        "roles.mapped",
        institution=institution,
        by=None,
        target=f"person:{identity.person_id}",
        detail={"before": sorted(before), "now": identity.granted_roles},
    )


@transaction.atomic
def connect_identity(*, provider: IdentityProvider, profile: Profile, person: Person) -> Identity:
    """Ties the provider's account to somebody who is signed in. Raises Refused("identity_taken")."""
    if not may_enter_through(person, provider):
        raise Refused("belongs_elsewhere")
    key = {"provider": provider, "issuer": provider.issuer, "subject": profile.subject}
    known = Identity.objects.filter(**key).first()
    if known and known.person_id != person.pk:
        raise Refused("identity_taken")
    return known or _link(provider, profile, person, "identity.linked")


@transaction.atomic
def disconnect_identity(*, identity: Identity, by: Person) -> None:
    """Raises Refused("last_way_in") when nothing else would let the person in."""
    others = Identity.objects.filter(person=identity.person).exclude(pk=identity.pk)
    if not identity.person.has_usable_password() and not others.exists():
        raise Refused("last_way_in")
    institution = identity.provider.institution
    record_audit("identity.unlinked", institution=institution, by=by, target=f"person:{identity.person_id}")
    identity.delete()


def remember_session(*, provider: IdentityProvider, profile: Profile, session_key: str) -> None:
    ProviderSession.objects.update_or_create(
        session_key=session_key,
        defaults={"provider": provider, "sid": profile.sid, "subject": profile.subject},
    )


@transaction.atomic
def end_provider_sessions(*, provider: IdentityProvider, sid: str, subject: str) -> int:
    """Back-channel logout: one session by `sid`, else all of the subject. How many there were."""
    ours = ProviderSession.objects.filter(provider=provider)
    ended = ours.filter(sid=sid) if sid else ours.filter(subject=subject)
    sessions = Session.objects.filter(pk__in=ended.values("session_key"))
    people = {one.get_decoded().get(SESSION_KEY) for one in sessions}
    count = ended.count()
    sessions.delete()
    ended.delete()
    recheck_sockets(*(one for one in people if one))
    return count


@transaction.atomic
def forget_session(*, person: Person, session_key: str) -> None:
    """After signing out: the sockets of this session close, those of other devices stay."""
    ProviderSession.objects.filter(session_key=session_key).delete()
    recheck_sockets(person.pk)
