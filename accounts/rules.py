"""Who may do what with people and institutions."""

from accounts.models import Institution, Person, Role
from accounts.queries import has_role


def may_administer(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.HEAD)
