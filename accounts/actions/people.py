"""What can be done with people: what they are called, and whose guardian they are."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions.audit import record_audit
from accounts.actions.stand_ins import ask_quietly, new_account
from accounts.actions.webhooks import publish_person_changed
from accounts.models import Acquaintance, Guardianship, Institution, Membership, Person, Role
from accounts.queries import counting_memberships, people_here
from common.refusals import Refused


@transaction.atomic
def add_person(
    *,
    institution: Institution,
    email: str,
    name: str,
    role: Role,
    password: str | None = None,
    by: Person | UUID | None = None,
) -> Person:
    """A person by e-mail with `role` in `institution`, made when new there.

    Whose address is known elsewhere is asked by letter; until then somebody stands in for them here.
    """
    person = people_here(institution, [email.lower()]).first()
    if person is None:
        is_known = Person.objects.filter(email=email.lower()).exists()
        person = new_account(email, name, "", is_known=is_known)
        if password is not None and not is_known:
            person.set_password(password)
        person.save(force_insert=True)
    _, is_new = Membership.objects.get_or_create(institution=institution, person=person, role=role)
    if is_new and person.stands_for:
        now = timezone.now()
        ask_quietly(institution=institution, address=person.address, name=name, role=role, now=now)
    if is_new:
        told = {"role": str(role)}
        record_audit(
            "person.added", institution=institution, by=by, target=f"person:{person.pk}", detail=told
        )
        publish_person_changed(institution=institution, person=person)
    return person


@transaction.atomic
def rename_person(
    *, institution: Institution, person: Person, name: str, by: Person | UUID | None = None
) -> None:
    """Raises Refused("shared_account") for somebody who belongs to another institution too."""
    if not is_only_of(institution, person):
        raise Refused("shared_account")
    if person.name == name:
        return
    person.name = name
    person.save(update_fields=["name"])
    record_audit("person.renamed", institution=institution, by=by, target=f"person:{person.pk}")


def is_only_of(institution: Institution, person: Person) -> bool:
    """Whether this institution may speak for the account itself."""
    elsewhere = Membership.objects.filter(person=person).exclude(institution=institution)
    return not person.is_platform_admin and not elsewhere.exists()


@transaction.atomic
def link_guardian(
    *, institution: Institution, guardian: Person, child: Person, by: Person | UUID | None = None
) -> Guardianship:
    """Raises Refused("not_a_student_here") and Refused("not_a_guardian_here")."""
    members = Membership.objects.filter(institution=institution)
    if not members.filter(person=child, role=Role.STUDENT).exists():
        raise Refused("not_a_student_here")
    if not members.filter(person=guardian, role=Role.GUARDIAN).exists():
        raise Refused("not_a_guardian_here")
    link, is_new = Guardianship.objects.get_or_create(institution=institution, guardian=guardian, child=child)
    if is_new:
        _tell_of_link("guardian.linked", institution, guardian, child, by)
    return link


@transaction.atomic
def unlink_guardian(
    *, institution: Institution, guardian: Person, child: Person, by: Person | UUID | None = None
) -> None:
    links = Guardianship.objects.filter(institution=institution, guardian=guardian, child=child)
    if links.delete()[0]:
        _tell_of_link("guardian.unlinked", institution, guardian, child, by)


def _tell_of_link(
    act: str, institution: Institution, guardian: Person, child: Person, by: Person | UUID | None
) -> None:
    record_audit(
        act,
        institution=institution,
        by=by,
        target=f"person:{child.pk}",
        detail={"guardian": str(guardian.pk)},
    )


def acquaint(*, institution: Institution, person: Person) -> None:
    """Rows of `institution` may name `person` from now on; for members PostgreSQL does it itself."""
    known = Acquaintance(institution=institution, person=person)
    Acquaintance.objects.bulk_create([known], ignore_conflicts=True)


def end_sessions_of_the_placeless(person: Person) -> None:
    """Somebody who is nothing anywhere any more is signed out everywhere."""
    if not person.is_platform_admin and not counting_memberships().filter(person=person).exists():
        end_sessions(person)


def end_sessions(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(session_round=F("session_round") + 1)
    person.refresh_from_db(fields=["session_round"])
