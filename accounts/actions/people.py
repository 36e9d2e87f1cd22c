"""What can be done with institutions and people."""

from django.db import transaction

from accounts.actions.webhooks import publish_person_changed
from accounts.models import Guardianship, Institution, Membership, Person, Role
from common.refusals import Refused


def create_institution(
    *, name: str, slug: str, time_zone: str, language: str, region: str = "local"
) -> Institution:
    if Institution.objects.filter(slug=slug).exists():
        raise Refused("slug_taken")
    return Institution.objects.create(
        name=name, slug=slug, time_zone=time_zone, language=language, region=region
    )


@transaction.atomic
def add_person(
    *, institution: Institution, email: str, name: str, role: Role, password: str | None = None
) -> Person:
    """A person by e-mail, made when new, with `role` in `institution`."""
    person = Person.objects.filter(email=email.lower()).first()
    if person is None:
        person = Person.objects.create_user(email, password, name=name)
    Membership.objects.get_or_create(institution=institution, person=person, role=role)
    publish_person_changed(institution=institution, person=person)
    return person


@transaction.atomic
def link_guardian(*, institution: Institution, guardian: Person, child: Person) -> Guardianship:
    if not Membership.objects.filter(institution=institution, person=child, role=Role.STUDENT).exists():
        raise Refused("not_a_student_here")
    link, _ = Guardianship.objects.get_or_create(institution=institution, guardian=guardian, child=child)
    return link


@transaction.atomic
def suspend_person(*, institution: Institution, person: Person) -> None:
    """Ends every role of `person` in `institution` from the next request on."""
    Membership.objects.filter(institution=institution, person=person).update(is_active=False)
    publish_person_changed(institution=institution, person=person)
