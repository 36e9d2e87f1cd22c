"""Who somebody is, as of today."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import IdentityProvider, Institution, Membership, Person, Role


def active_memberships(person: Person) -> QuerySet[Membership]:
    """Memberships that count today: active, not expired, of an active person."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    if not (person.is_authenticated and person.is_active):
        return Membership.objects.none()
    return Membership.objects.filter(unexpired, person=person, is_active=True)


def has_role(person: Person, institution_id: UUID | str, *roles: Role) -> bool:
    return active_memberships(person).filter(institution_id=institution_id, role__in=roles).exists()


def institutions_of(person: Person) -> QuerySet[Institution]:
    return Institution.objects.filter(memberships__in=active_memberships(person)).distinct().order_by("name")


def providers_for(query: str) -> QuerySet[IdentityProvider]:
    """Active providers; with a query those whose domain is that of the address, or whose school is called so."""
    providers = IdentityProvider.objects.filter(is_active=True).select_related("institution")
    if query:
        domain = query.rpartition("@")[2].strip().lower()
        named = Q(institution__name__icontains=query.strip()) | Q(label__icontains=query.strip())
        providers = providers.filter(Q(email_domains__contains=[domain]) | named)
    return providers.order_by("label", "institution__name")


def managed_providers(person: Person) -> QuerySet[IdentityProvider]:
    """Those that `person` may see and change: all of the platform, or their own schools'."""
    providers = IdentityProvider.objects.select_related("institution").order_by("institution__name", "label")
    return providers.filter(institution__in=managed_institutions(person))


def managed_institutions(person: Person) -> QuerySet[Institution]:
    if person.is_authenticated and person.is_active and person.is_platform_admin:
        return Institution.objects.order_by("name")
    heads = active_memberships(person).filter(role=Role.HEAD)
    return Institution.objects.filter(memberships__in=heads).distinct().order_by("name")
