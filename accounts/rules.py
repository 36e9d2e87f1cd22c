"""Who may do what with people and institutions."""

from accounts.models import Institution, Person, Role
from accounts.queries import has_role


def may_administer(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.HEAD)


def may_read_audit(person: Person, institution: Institution) -> bool:
    return may_administer(person, institution)


def may_read_platform_audit(person: Person) -> bool:
    """Acts on institutions; what happens inside them is theirs."""
    return person.is_active and person.is_platform_admin
