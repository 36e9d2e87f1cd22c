"""Who somebody is, as of today."""

from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
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


def people_of(institution: Institution) -> QuerySet[Person]:
    """Everybody who is or was something here, each with `.places`: their memberships in this institution."""
    places = Membership.objects.filter(institution=institution)
    return (
        Person.objects.filter(pk__in=places.values("person"))
        .prefetch_related(Prefetch("memberships", places.order_by("role"), to_attr="places"))
        .order_by("name", "pk")
    )


def find_people(institution: Institution, *, query: str, role: str, state: str) -> QuerySet[Person]:
    """`people_of`, narrowed: part of a name or address, a role, and `active`, `suspended` or `expired`."""
    found, places = people_of(institution), Membership.objects.filter(institution=institution)
    if query:
        found = found.filter(Q(name__icontains=query) | Q(email__icontains=query))
    if role in Role.values:
        places = places.filter(role=role)
    if state == "suspended":
        places = places.filter(is_active=False)
    elif state == "expired":
        places = places.filter(is_active=True, expires_on__lt=timezone.localdate())
    elif state == "active":
        places = counting_memberships().filter(pk__in=places.values("pk"))
    return found.filter(pk__in=places.values("person"))
