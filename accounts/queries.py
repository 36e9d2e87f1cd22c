"""Who somebody is, as of today."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from accounts.models import (
    ApiKey,
    AuditEvent,
    Guardianship,
    IdentityProvider,
    Institution,
    Membership,
    Person,
    RecordingAnswer,
    RecordingPermission,
    Role,
)
from accounts.policy import first_day_of_week, read_policy
from common.ids import fingerprint

if TYPE_CHECKING:
    from accounts.callers import Caller

KEY_MARK = "darasa"


def active_memberships(person: Person) -> QuerySet[Membership]:
    """Memberships that count today: active, not expired, of a person who is active by now."""
    if not (person.is_authenticated and person.is_active):
        return Membership.objects.none()
    # Asked anew: an open socket holds the person as they were at the handshake.
    return counting_memberships().filter(person=person, person__is_active=True)


# What `active_memberships` says, for SQL that asks for a key beside it.
COUNTS_TODAY = """
membership.is_active AND (membership.expires_on IS NULL OR membership.expires_on >= %s)
AND EXISTS (SELECT FROM accounts_person person WHERE person.id = membership.person_id AND person.is_active)
"""
_INSTITUTIONS = f"""
SELECT membership.institution_id FROM accounts_membership membership
WHERE membership.person_id = %s AND {COUNTS_TODAY}
"""  # noqa: S608  constants


def institutions_where(person: Person, *roles: Role) -> RawSQL:
    """Keys of the institutions in which `person` has one of these roles today, or any; for `institution__in`.

    In SQL, because every page asks for it several times: nested querysets are copied with each further
    filter, which took longer than what PostgreSQL then did.
    """
    there, today = _INSTITUTIONS, timezone.localdate()
    if not roles:
        return RawSQL(there, (person.pk, today))  # noqa: S611  constants above; only keys and a day go in
    return RawSQL(there + " AND membership.role = ANY(%s)", (person.pk, today, [str(one) for one in roles]))  # noqa: S611


def counting_memberships() -> QuerySet[Membership]:
    """Everybody's memberships that are neither suspended nor expired."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    return Membership.objects.filter(unexpired, is_active=True)


def heads_of(institution: Institution) -> QuerySet[Person]:
    """Who administers it today."""
    heads = counting_memberships().filter(institution=institution, role=Role.HEAD)
    return Person.objects.filter(is_active=True, pk__in=heads.values("person"))


def has_role(person: Person, institution_id: UUID | str, *roles: Role) -> bool:
    return active_memberships(person).filter(institution_id=institution_id, role__in=roles).exists()


def last_answers(institution: Institution, people: Iterable[UUID]) -> dict[UUID, str]:
    """Whether they may be in recordings, as was said last; nothing about those of whom nobody has said anything."""
    said = RecordingPermission.objects.filter(institution=institution, person__in=list(people))
    last = said.order_by("person_id", "-pk").distinct("person_id")
    return dict(last.values_list("person_id", "answer"))


def with_last_answer(people: QuerySet[Person], institution: Institution) -> QuerySet[Person, Any]:
    """Each with `answer`, the last word about recordings, or `unknown`."""
    said = RecordingPermission.objects.filter(institution=institution, person=OuterRef("pk")).order_by("-pk")
    return people.annotate(
        answer=Coalesce(Subquery(said.values("answer")[:1]), Value(str(RecordingAnswer.UNKNOWN)))
    )


def institutions_of(person: Person) -> QuerySet[Institution]:
    return Institution.objects.filter(memberships__in=active_memberships(person)).distinct().order_by("name")


def week_begins(institution: Institution | None) -> int:
    """1 Monday to 7 Sunday; Monday for who belongs to no institution."""
    if institution is None:
        return 1
    return first_day_of_week(read_policy(institution.policy), institution.time_zone)


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


def addressed(address: str, path: str = "") -> Q:
    """People whom a school knows by this address: their own, or that of somebody who has not accepted yet."""
    return Q(**{f"{path}email": address.lower()}) | Q(**{f"{path}stands_for": address.lower()})


def people_here(institution: Institution, emails: Collection[str]) -> QuerySet[Person]:
    """Who is something at this school by one of these addresses, or was removed and has been nowhere since.

    Nobody else is known here: an account of another school is that school's and its owner's business.
    """
    typed = Q(email__in=emails) | Q(stands_for__in=emails)
    here = Membership.objects.filter(institution=institution).values("person")
    name = Concat(Value("person:"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    removed = AuditEvent.objects.filter(institution=institution, act="person.removed", target=name)
    is_back = Q(Exists(removed), memberships__isnull=True, is_platform_admin=False)
    return Person.objects.listed().filter(typed).filter(Q(pk__in=here) | is_back)


def containing(query: str) -> Q:
    """Part of a name, or of the address as the school typed it."""
    own = Q(email__icontains=query, stands_for="", is_guest=False)
    return Q(name__icontains=query) | own | Q(stands_for__icontains=query)


def people_of(institution: Institution) -> QuerySet[Person]:
    """Everybody who is or was something here, each with `.places`: their memberships in this institution."""
    places = Membership.objects.filter(institution=institution)
    return (
        Person.objects.listed()
        .filter(pk__in=places.values("person"))
        .prefetch_related(Prefetch("memberships", places.order_by("role"), to_attr="places"))
        .order_by("name", "pk")
    )


def find_accounts(query: str | None = None) -> QuerySet[Person]:
    """Accounts of the whole platform by part of a name or address; None finds all, "" nobody."""
    accounts = Person.objects.listed().filter(stands_for="").exclude(email__endswith="@erased.invalid")
    found = accounts if query is None else accounts.filter(containing(query)) if query else accounts.none()
    return found.order_by("name", "pk")


def institutions_with(person: Person) -> QuerySet[Institution]:
    """Wherever `person` is written down, suspended and locked or not."""
    return Institution.objects.filter(memberships__person=person).distinct().order_by("name")


def find_people(institution: Institution, *, query: str, role: str, state: str) -> QuerySet[Person]:
    """`people_of`, narrowed: part of a name or address, a role, and `active`, `suspended` or `expired`."""
    found, places = people_of(institution), Membership.objects.filter(institution=institution)
    if query:
        found = found.filter(containing(query))
    if role in Role.values:
        places = places.filter(role=role)
    if state == "suspended":
        places = places.filter(is_active=False)
    elif state == "expired":
        places = places.filter(is_active=True, expires_on__lt=timezone.localdate())
    elif state == "active":
        places = counting_memberships().filter(pk__in=places.values("pk"))
    return found.filter(pk__in=places.values("person"))


def institutions_for(caller: Caller) -> QuerySet[Institution]:
    """What a caller of the API may know of."""
    if caller.is_platform_admin:
        return Institution.objects.all()
    if caller.person is None:
        return Institution.objects.filter(pk__in=[caller.institution])
    mine = Institution.objects.filter(memberships__in=active_memberships(caller.person))
    reached = mine.filter(pk=caller.institution) if caller.institution else mine
    return Institution.objects.filter(pk__in=reached.values("pk"))


def people_with_roles(institution: Institution) -> QuerySet[Person]:
    """Everybody with a role here, suspended or not; `.roles_here` are those roles."""
    here = Membership.objects.filter(institution=institution)
    return (
        Person.objects.listed()
        .filter(pk__in=here.values("person"))
        .prefetch_related(Prefetch("memberships", here.order_by("role"), to_attr="roles_here"))
    )


def is_guardian_of(guardian: Person, child: Person, institution: Institution) -> bool:
    links = Guardianship.objects.filter(institution=institution, guardian=guardian, child=child)
    return has_role(guardian, institution.pk, Role.GUARDIAN) and links.exists()


def is_spent_key(key_id: UUID, *, now: datetime) -> bool:
    """Whether this is an API key, and one that opens nothing any more."""
    return bool(spent_keys({key_id}, now=now))


def spent_keys(ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Of these ids, those of API keys that open nothing any more."""
    spent = ApiKey.objects.filter(Q(revoked_at__isnull=False) | Q(valid_to__lte=now), pk__in=ids)
    return set(spent.values_list("pk", flat=True))


def api_key_of(text: str) -> ApiKey | None:
    """The key whose whole text this is; whether it is valid today is for the door to say."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != KEY_MARK or not prefix.isalnum() or len(prefix) > 12:
        return None
    key = ApiKey.objects.select_related("created_by").filter(prefix=prefix).first()
    known = key.secret_sha256 if key else ""
    return key if hmac.compare_digest(known, fingerprint(secret)) else None


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
