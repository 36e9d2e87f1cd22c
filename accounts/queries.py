"""Who somebody is, as of today."""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Membership, Person, Role


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


def audit_lines(
    institution: Institution | None,
    *,
    person: UUID | None = None,
    act: str = "",
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[AuditEvent]:
    """The institution's log, the latest on top: by or about `person`, of one kind, from and until a day."""
    lines = AuditEvent.objects.filter(institution=institution).order_by("-seq")
    zone = ZoneInfo(institution.time_zone if institution else "UTC")
    if person:
        lines = lines.filter(Q(actor=person) | Q(target=f"person:{person}"))
    if act:
        lines = lines.filter(act=act)
    if first:
        lines = lines.filter(at__gte=datetime.combine(first, time.min, zone))
    if last:
        lines = lines.filter(at__lt=datetime.combine(last + timedelta(days=1), time.min, zone))
    return lines


def audit_acts(institution: Institution | None) -> list[str]:
    """The kinds of acts that stand in the institution's log."""
    acts = AuditEvent.objects.filter(institution=institution).order_by("act").values_list("act", flat=True)
    return list(acts.distinct())
