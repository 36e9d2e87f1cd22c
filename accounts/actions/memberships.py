"""What can be done with somebody's place in an institution. Each of these bites at once, also on open sockets."""

from datetime import date
from uuid import UUID

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.actions.invitations import revoke_open_invitations
from accounts.actions.people import end_sessions, end_sessions_of_the_placeless
from accounts.actions.webhooks import publish_person_changed
from accounts.models import Guardianship, Institution, Membership, Person, Role
from accounts.queries import counting_memberships
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def grant_role(
    *, institution: Institution, person: Person, role: Role, by: Person | UUID | None = None
) -> None:
    """Raises Refused("not_a_member") and, for somebody suspended, Refused("suspended")."""
    places = Membership.objects.filter(institution=institution, person=person)
    if not places.exists():
        raise Refused("not_a_member")
    if not places.filter(is_active=True).exists():
        raise Refused("suspended")
    _, is_new = Membership.objects.get_or_create(institution=institution, person=person, role=role)
    if is_new:
        _tell("role.granted", institution, person, by, role=str(role))


@transaction.atomic
def revoke_role(
    *, institution: Institution, person: Person, role: Role, by: Person | UUID | None = None
) -> None:
    """Raises Refused("last_head"), and Refused("last_role"): leaving altogether is `remove_person`."""
    keep_a_head(institution, person, role)
    places = Membership.objects.filter(institution=institution, person=person)
    if not places.exclude(role=role).exists():
        raise Refused("last_role")
    if not places.filter(role=role).delete()[0]:
        raise Refused("not_a_member")
    _unlink_without_role(institution, person)
    _tell("role.revoked", institution, person, by, role=str(role))
    recheck_sockets(person.pk)


@transaction.atomic
def set_expiry(
    *, institution: Institution, person: Person, expires_on: date | None, by: Person | UUID | None = None
) -> None:
    """The last day of all of this person's roles here; None for no end. Raises Refused("last_head")."""
    if expires_on is not None:
        keep_a_head(institution, person)
    if not Membership.objects.filter(institution=institution, person=person).update(expires_on=expires_on):
        raise Refused("not_a_member")
    _tell("person.expiry_set", institution, person, by, expires_on=str(expires_on or ""))
    recheck_sockets(person.pk)


@transaction.atomic
def suspend_person(*, institution: Institution, person: Person, by: Person | UUID | None = None) -> None:
    """Ends every role of `person` in `institution` at once. Raises Refused("yourself") and Refused("last_head")."""
    _not_oneself(person, by)
    keep_a_head(institution, person)
    places = Membership.objects.filter(institution=institution, person=person, is_active=True)
    if not places.update(is_active=False):
        return
    revoke_open_invitations(institution=institution, email=person.address, by=by)
    _tell("person.suspended", institution, person, by)
    end_sessions_of_the_placeless(person)
    recheck_sockets(person.pk)


@transaction.atomic
def reactivate_person(*, institution: Institution, person: Person, by: Person | UUID | None = None) -> None:
    places = Membership.objects.filter(institution=institution, person=person, is_active=False)
    if places.update(is_active=True):
        _tell("person.reactivated", institution, person, by)


@transaction.atomic
def remove_person(*, institution: Institution, person: Person, by: Person | UUID | None = None) -> None:
    """Takes every role away; what they wrote and where they were stays. Raises as `suspend_person` does."""
    _not_oneself(person, by)
    keep_a_head(institution, person)
    if not Membership.objects.filter(institution=institution, person=person).delete()[0]:
        return
    _unlink_without_role(institution, person)
    revoke_open_invitations(institution=institution, email=person.address, by=by)
    _tell("person.removed", institution, person, by)
    end_sessions_of_the_placeless(person)
    recheck_sockets(person.pk)


@transaction.atomic
def set_person_active(*, person: Person, is_active: bool, by: Person) -> None:
    """The account itself, for the whole platform. Raises Refused("yourself")."""
    _not_oneself(person, by)
    if not Person.objects.filter(pk=person.pk, is_active=not is_active).update(is_active=is_active):
        return
    act = "person.activated" if is_active else "person.deactivated"
    record_audit(act, institution=None, by=by, target=f"person:{person.pk}")
    end_sessions(person)
    recheck_sockets(person.pk)


def keep_a_head(institution: Institution, person: Person, role: Role | None = None) -> None:
    """Two heads who remove each other at the same time wait here for one another."""
    Institution.objects.select_for_update().get(pk=institution.pk)
    if role not in {None, Role.HEAD}:
        return
    heads = counting_memberships().filter(institution=institution, role=Role.HEAD)
    if heads.filter(person=person).exists() and not heads.exclude(person=person).exists():
        raise Refused("last_head")


def _not_oneself(person: Person, by: Person | UUID | None) -> None:
    if person.pk == (by.pk if isinstance(by, Person) else by):
        raise Refused("yourself")


def _unlink_without_role(institution: Institution, person: Person) -> None:
    """A link lasts as long as one is a guardian here and the other a student."""
    places = Membership.objects.filter(institution=institution, person=person)
    links = Guardianship.objects.filter(institution=institution)
    if not places.filter(role=Role.GUARDIAN).exists():
        links.filter(guardian=person).delete()
    if not places.filter(role=Role.STUDENT).exists():
        links.filter(child=person).delete()


def _tell(
    act: str, institution: Institution, person: Person, by: Person | UUID | None, **detail: str
) -> None:
    record_audit(act, institution=institution, by=by, target=f"person:{person.pk}", detail=dict(detail))
    publish_person_changed(institution=institution, person=person)
