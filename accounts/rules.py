"""Who may do what with people and institutions."""

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, has_role


def runs_platform(person: Person) -> bool:
    return person.is_authenticated and person.is_active and person.is_platform_admin


def may_create_institution(person: Person) -> bool:
    return runs_platform(person)


def may_see_institution(person: Person, institution: Institution) -> bool:
    """Whether its existence is no secret to them."""
    return runs_platform(person) or active_memberships(person).filter(institution=institution).exists()


def may_administer(person: Person, institution: Institution) -> bool:
    """Settings and people: the head, and the platform's own admins."""
    return runs_platform(person) or has_role(person, institution.pk, Role.HEAD)


def may_grant_role(person: Person, institution: Institution, role: Role | str) -> bool:
    """A head makes teachers, students and guardians; another head is made by the platform."""
    return runs_platform(person) or (role != Role.HEAD and may_administer(person, institution))


def may_read_audit(person: Person, institution: Institution) -> bool:
    """The head alone: what happens inside an institution is theirs."""
    return has_role(person, institution.pk, Role.HEAD)


def may_read_platform_audit(person: Person) -> bool:
    """Acts on institutions; what happens inside them is theirs."""
    return runs_platform(person)
