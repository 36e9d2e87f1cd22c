"""Who may do what with people and institutions."""

from accounts.models import IdentityProvider, Institution, Person, Role
from accounts.queries import active_memberships, has_role


def may_administer(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.HEAD)


def may_manage_providers(person: Person, institution: Institution) -> bool:
    return _is_platform_admin(person) or may_administer(person, institution)


def may_vouch_for_providers(person: Person) -> bool:
    """Whose word it is that a provider proves addresses, and which domains are its own."""
    return _is_platform_admin(person)


def may_enter_through(person: Person, provider: IdentityProvider) -> bool:
    """Whether this provider's word about `person` opens the house.

    A head chooses their own provider and could make it say anything. Without the platform's word for it
    (`trusts_email`) it therefore speaks only for people of that one institution, and for no platform admin.
    """
    institutions = set(active_memberships(person).values_list("institution_id", flat=True))
    if provider.institution_id not in institutions:
        return False
    return provider.trusts_email or (
        institutions == {provider.institution_id} and not person.is_platform_admin
    )


def _is_platform_admin(person: Person) -> bool:
    return bool(person.is_authenticated and person.is_active and person.is_platform_admin)
