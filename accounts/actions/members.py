"""What can be done with the members of an institution; each act leaves a line in the audit log."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.actions.memberships import keep_a_head, reactivate_person, suspend_person
from accounts.actions.people import add_person, link_guardian, unlink_guardian
from accounts.actions.webhooks import publish_person_changed
from accounts.models import Guardianship, Institution, Membership, Person, Role
from accounts.queries import addressed
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def register_member(
    *, institution: Institution, email: str, name: str, role: Role, language: str, by: UUID
) -> Person:
    """A person made without an invitation; Refused("person_exists") for a member of this institution."""
    here = Membership.objects.filter(addressed(email, "person__"), institution=institution)
    if here.exists():
        raise Refused("person_exists")
    person = add_person(institution=institution, email=email, name=name, role=role, by=by)
    if language:
        person.language = language
        person.save(update_fields=["language"])
    return person


@transaction.atomic
def update_person(*, institution: Institution, person: Person, by: UUID, changes: dict[str, Any]) -> Person:
    """Name and language; Refused("shared_person") for somebody who also belongs elsewhere."""
    if belongs_elsewhere(person, institution) or person.is_platform_admin:
        raise Refused("shared_person")
    for field, value in changes.items():
        setattr(person, field, value)
    person.save(update_fields=list(changes))
    _note("person.changed", institution, by, person, fields=sorted(changes))
    return person


def belongs_elsewhere(person: Person, institution: Institution) -> bool:
    return person.memberships.exclude(institution=institution).exists()


@transaction.atomic
def suspend_member(*, institution: Institution, person: Person, by: UUID) -> None:
    suspend_person(institution=institution, person=person, by=by)


@transaction.atomic
def restore_member(*, institution: Institution, person: Person, by: UUID) -> None:
    """The roles that were suspended count again."""
    reactivate_person(institution=institution, person=person, by=by)


@transaction.atomic
def put_in_role(
    *, institution: Institution, person: Person, role: Role, expires_on: date | None, by: UUID
) -> Membership:
    membership, _ = Membership.objects.update_or_create(
        institution=institution,
        person=person,
        role=role,
        defaults={"expires_on": expires_on, "is_active": True},
    )
    _note("role.granted", institution, by, person, role=role)
    return membership


@transaction.atomic
def take_out_of_role(*, institution: Institution, person: Person, role: Role, by: UUID) -> bool:
    """False when the person had no such role."""
    keep_a_head(institution, person, role)
    mine = Membership.objects.filter(institution=institution, person=person, role=role, is_active=True)
    revoked = mine.update(is_active=False)
    if revoked:
        _note("role.revoked", institution, by, person, role=role)
    return bool(revoked)


@transaction.atomic
def appoint_guardian(*, institution: Institution, guardian: Person, child: Person, by: UUID) -> Guardianship:
    """Raises Refused("not_a_guardian_here") and Refused("not_a_student_here")."""
    return link_guardian(institution=institution, guardian=guardian, child=child, by=by)


@transaction.atomic
def dismiss_guardian(*, institution: Institution, guardian: Person, child: Person, by: UUID) -> bool:
    """False when there was no such link."""
    known = Guardianship.objects.filter(institution=institution, guardian=guardian, child=child).exists()
    unlink_guardian(institution=institution, guardian=guardian, child=child, by=by)
    return known


def _note(act: str, institution: Institution, by: UUID, person: Person, **detail: object) -> None:
    record_audit(act, institution=institution, by=by, target=f"person:{person.pk}", detail=detail)
    publish_person_changed(institution=institution, person=person)
    recheck_sockets(person.pk)
