"""Who may do what with people and institutions."""

from accounts.callers import Caller
from accounts.models import IdentityProvider, Institution, Membership, Person, Role
from accounts.policy import read_policy
from accounts.queries import active_memberships, has_role, is_guardian_of


def runs_platform(person: Person) -> bool:
    return person.is_authenticated and person.is_active and person.is_platform_admin


def may_create_institution(person: Person) -> bool:
    return runs_platform(person)


def may_lock_accounts(person: Person) -> bool:
    """An account reaches over all its schools, so no school locks it."""
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


def may_change_member(person: Person, institution: Institution, member: Person) -> bool:
    """A head answers to the platform, not to a colleague."""
    if runs_platform(person) or not may_administer(person, institution):
        return runs_platform(person)
    is_head = Membership.objects.filter(institution=institution, person=member, role=Role.HEAD).exists()
    return person == member or not is_head


def may_read_audit(person: Person, institution: Institution) -> bool:
    """The head alone: what happens inside an institution is theirs."""
    return has_role(person, institution.pk, Role.HEAD)


def may_keep_permissions(person: Person, institution: Institution) -> bool:
    """Who may be in recordings is written down by the head."""
    return has_role(person, institution.pk, Role.HEAD)


def may_import_permissions(caller: Caller, institution: Institution) -> bool:
    return caller.is_client_of(institution.pk) or caller.has_role(institution.pk, Role.HEAD)


def may_decide_for_child(person: Person, child: Person, institution: Institution) -> bool:
    """A guardian for their own child, where the school leaves it to them."""
    policy = read_policy(institution.policy)
    return policy.guardians_decide_recording and is_guardian_of(person, child, institution)


def may_read_platform_audit(person: Person) -> bool:
    """Acts on institutions; what happens inside them is theirs."""
    return runs_platform(person)


def may_review_hooks(person: Person) -> bool:
    """What the Jitsi stack told that made no sense; it belongs to no school, or to nobody knows which."""
    return runs_platform(person)


def may_manage_people(caller: Caller, institution: Institution) -> bool:
    """Heads, clients of the institution, and the platform's own admins."""
    if caller.is_platform_admin or caller.is_client_of(institution.pk):
        return True
    return caller.has_role(institution.pk, Role.HEAD)


def may_read_person(caller: Caller, institution: Institution, person: Person) -> bool:
    if may_manage_people(caller, institution):
        return True
    return caller.person is not None and (
        caller.person == person or is_guardian_of(caller.person, person, institution)
    )


def may_grant(caller: Caller, institution: Institution, role: str) -> bool:
    """Nobody makes their own equal: heads are the platform's to appoint."""
    if role == Role.HEAD:
        return caller.is_platform_admin
    return may_manage_people(caller, institution)


def may_manage_person(caller: Caller, institution: Institution, person: Person) -> bool:
    """Change, suspend, restore. A head answers to the platform, not to a colleague or a key."""
    is_head = Membership.objects.filter(institution=institution, person=person, role=Role.HEAD).exists()
    return may_grant(caller, institution, Role.HEAD if is_head else Role.STUDENT)


def may_manage_api_keys(person: Person, institution: Institution) -> bool:
    return may_administer(person, institution)


def may_vouch_for_providers(person: Person) -> bool:
    """Whose word it is that a provider proves addresses, and which domains are its own."""
    return runs_platform(person)


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
