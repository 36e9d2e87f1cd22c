"""Who somebody is, as of today."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import ApiKey, Guardianship, Institution, Membership, Person, Role
from common.ids import hash_secret

if TYPE_CHECKING:
    from accounts.callers import Caller

KEY_MARK = "darasa"


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


def institutions_for(caller: Caller) -> QuerySet[Institution]:
    """What a caller of the API may know of."""
    if caller.is_platform_admin:
        return Institution.objects.all()
    if caller.person is None:
        return Institution.objects.filter(pk__in=[caller.institution])
    mine = Institution.objects.filter(memberships__in=active_memberships(caller.person))
    reached = mine.filter(pk=caller.institution) if caller.institution else mine
    return Institution.objects.filter(pk__in=reached.values("pk"))


def people_of(institution: Institution) -> QuerySet[Person]:
    """Everybody with a role here, suspended or not; `.roles_here` are those roles."""
    here = Membership.objects.filter(institution=institution)
    return Person.objects.filter(pk__in=here.values("person")).prefetch_related(
        Prefetch("memberships", here.order_by("role"), to_attr="roles_here")
    )


def is_guardian_of(guardian: Person, child: Person, institution: Institution) -> bool:
    links = Guardianship.objects.filter(institution=institution, guardian=guardian, child=child)
    return has_role(guardian, institution.pk, Role.GUARDIAN) and links.exists()


def api_key_of(text: str) -> ApiKey | None:
    """The key whose whole text this is; whether it is valid today is for the door to say."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != KEY_MARK or not prefix.isalnum() or len(prefix) > 12:
        return None
    key = ApiKey.objects.select_related("created_by").filter(prefix=prefix).first()
    known = key.secret_sha256 if key else ""
    return key if hmac.compare_digest(known, hash_secret(secret)) else None
