"""What can be done with institutions and people."""

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.actions.webhooks import publish_person_changed
from accounts.models import Guardianship, Institution, Membership, Person, Role
from common.refusals import Refused


@transaction.atomic
def create_institution(
    *,
    name: str,
    slug: str,
    time_zone: str,
    language: str,
    region: str = "local",
    by: Person | None = None,
) -> Institution:
    if Institution.objects.filter(slug=slug).exists():
        raise Refused("slug_taken")
    made = Institution.objects.create(
        name=name, slug=slug, time_zone=time_zone, language=language, region=region
    )
    record_audit("institution.created", institution=None, by=by, target=f"institution:{made.pk}")
    return made


@transaction.atomic
def add_person(
    *,
    institution: Institution,
    email: str,
    name: str,
    role: Role,
    password: str | None = None,
    by: Person | None = None,
) -> Person:
    """A person by e-mail, made when new, with `role` in `institution`."""
    person = Person.objects.filter(email=email.lower()).first()
    if person is None:
        person = Person.objects.create_user(email, password, name=name)
    _, is_new = Membership.objects.get_or_create(institution=institution, person=person, role=role)
    if is_new:
        told = {"role": str(role)}
        record_audit(
            "person.added", institution=institution, by=by, target=f"person:{person.pk}", detail=told
        )
        publish_person_changed(institution=institution, person=person)
    return person


@transaction.atomic
def link_guardian(
    *, institution: Institution, guardian: Person, child: Person, by: Person | None = None
) -> Guardianship:
    if not Membership.objects.filter(institution=institution, person=child, role=Role.STUDENT).exists():
        raise Refused("not_a_student_here")
    link, is_new = Guardianship.objects.get_or_create(institution=institution, guardian=guardian, child=child)
    if is_new:
        told = {"guardian": str(guardian.pk)}
        record_audit(
            "guardian.linked", institution=institution, by=by, target=f"person:{child.pk}", detail=told
        )
    return link


@transaction.atomic
def suspend_person(*, institution: Institution, person: Person, by: Person | None = None) -> None:
    """Ends every role of `person` in `institution` from the next request on."""
    active = Membership.objects.filter(institution=institution, person=person, is_active=True)
    if active.update(is_active=False):
        record_audit("person.suspended", institution=institution, by=by, target=f"person:{person.pk}")
        publish_person_changed(institution=institution, person=person)
