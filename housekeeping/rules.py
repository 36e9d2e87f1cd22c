"""Who may keep house, who may ask for a copy of whose data, and who may fetch it."""

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, has_role
from housekeeping.models import DataRequest
from housekeeping.queries import subjects_of


def may_keep_house(person: Person, institution: Institution) -> bool:
    """Retention, holds, erasure: the head. A copy of somebody's data is lesson content, which the platform never sees."""
    return has_role(person, institution.pk, Role.HEAD)


def may_request_export(asker: Person, person: Person, institution: Institution) -> bool:
    """One's own, where one belongs; anybody's of the institution for its head, when a guardian asks."""
    if may_keep_house(asker, institution):
        return subjects_of(institution).filter(pk=person.pk).exists()
    return asker == person and active_memberships(asker).filter(institution=institution).exists()


def may_follow_request(asker: Person, request: DataRequest) -> bool:
    """See it, cancel it, and fetch what it made."""
    if not asker.is_active:
        return False
    return request.person_id == asker.pk or may_keep_house(asker, request.institution)
