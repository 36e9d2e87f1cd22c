"""Who somebody is, as of today."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Institution, Membership, Person, Role


def active_memberships(person: Person) -> QuerySet[Membership]:
    """Memberships that count today: active, not expired, of a person who is active by now."""
    if not (person.is_authenticated and person.is_active):
        return Membership.objects.none()
    # Asked anew: an open socket holds the person as they were at the handshake.
    return counting_memberships().filter(person=person, person__is_active=True)


def counting_memberships() -> QuerySet[Membership]:
    """Everybody's memberships that are neither suspended nor expired."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    return Membership.objects.filter(unexpired, is_active=True)


def has_role(person: Person, institution_id: UUID | str, *roles: Role) -> bool:
    return active_memberships(person).filter(institution_id=institution_id, role__in=roles).exists()


def institutions_of(person: Person) -> QuerySet[Institution]:
    return Institution.objects.filter(memberships__in=active_memberships(person)).distinct().order_by("name")
