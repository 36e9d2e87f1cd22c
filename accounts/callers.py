"""Who asks through the API: a person, or a client of one institution; with the scopes they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.bearer import Bearer
from accounts.models import ApiKey, Person, Role
from accounts.queries import has_role

SCOPES = {
    "people:read": _("Read people, their roles and guardians"),
    "people:write": _("Add, change and suspend people"),
    "courses:read": _("Read courses and rosters"),
    "courses:write": _("Create and change courses and rosters"),
    "lessons:read": _("Read the timetable"),
    "lessons:write": _("Schedule, move and cancel lessons"),
    "join_links:write": _("Let people into their lessons by join links"),
    "recordings:read": _("Read recordings and get links to them"),
    "registers:read": _("Read who was present"),
    "engagement:read": _("Read how classes took part, and trends"),
}
# What the platform's own admins may give to a key that they make for a school: no more than they may read there
# themselves. Lessons, recordings, registers and ways in are for the school's heads to give.
PLATFORM_SCOPES = frozenset({"people:read"})


@dataclass(frozen=True, slots=True)
class Caller:
    """`institution` and `scopes` are limits; None means none beyond what the person may do anyway.

    `person` is None for a client. `answerable` is whom a lesson that a client makes is attributed to.
    """

    id: UUID
    person: Person | None = None
    institution: UUID | None = None
    scopes: frozenset[str] | None = None
    answerable: Person | None = None

    is_authenticated: ClassVar[bool] = True

    def has_scope(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes

    def reaches(self, institution_id: UUID) -> bool:
        """Whether this sign-in counts in that institution at all."""
        return self.institution is None or self.institution == institution_id

    def is_client_of(self, institution_id: UUID) -> bool:
        return self.person is None and self.institution == institution_id

    def has_role(self, institution_id: UUID, *roles: Role) -> bool:
        if self.person is None or not self.reaches(institution_id):
            return False
        return has_role(self.person, institution_id, *roles)

    @property
    def is_platform_admin(self) -> bool:
        return self.person is not None and self.person.is_platform_admin and self.institution is None


def person_calling(person: Person) -> Caller:
    return Caller(id=person.pk, person=person, answerable=person)


def bearer_calling(bearer: Bearer) -> Caller:
    """The provider of one institution vouches for that institution only."""
    known = bearer.person.pk if bearer.person else bearer.service_account
    if known is None:
        raise ValueError("a bearer is a person or a service account")
    return Caller(
        id=known,
        person=bearer.person,
        institution=bearer.institution.pk,
        scopes=bearer.scopes,
        answerable=bearer.person,
    )


def scopes_to_give(person: Person, institution_id: UUID) -> frozenset[str]:
    """What a key of this institution may be allowed by this person."""
    if has_role(person, institution_id, Role.HEAD):
        return frozenset(SCOPES)
    return PLATFORM_SCOPES if person.is_platform_admin else frozenset()


def key_calling(key: ApiKey) -> Caller:
    """A key from the platform stays within what the platform may give, also one that is older than this rule."""
    scopes = frozenset(key.scopes)
    if key.created_by.is_platform_admin:
        scopes &= scopes_to_give(key.created_by, key.institution_id)
    return Caller(
        id=key.pk,
        institution=key.institution_id,
        scopes=scopes,
        answerable=key.created_by,
    )
