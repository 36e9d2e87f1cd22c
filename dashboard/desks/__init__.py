"""A desk is where somebody sits down: one of their roles, in one institution. Each has its own home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships

PLATFORM = "platform"
SESSION_KEY = "desk"
# Who has several roles begins with the one that has most to look after.
ORDER = (PLATFORM, Role.HEAD, Role.TEACHER, Role.STUDENT, Role.GUARDIAN)


@dataclass(frozen=True, slots=True)
class Desk:
    """`role` is a Role or PLATFORM, which alone has no institution."""

    role: str
    institution: Institution | None = None

    @property
    def key(self) -> str:
        return f"{self.role}:{self.institution.pk}" if self.institution else self.role

    @property
    def label(self) -> str:
        return str(Role(self.role).label) if self.institution else _("Platform administration")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.institution.time_zone if self.institution else settings.TIME_ZONE)

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """Midnight to midnight around `now`, as the clocks of this desk go: 23 to 25 hours."""
        today = now.astimezone(self.zone).date()
        # In UTC: between two times of one zone, Python counts what the clocks say and not what passes.
        begins, ends = (
            datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)
            for day in (today, today + timedelta(days=1))
        )
        return begins, ends


def desks_of(person: Person) -> list[Desk]:
    """Every desk that `person` may sit at today."""
    memberships = active_memberships(person).select_related("institution").order_by("institution__name", "pk")
    desks = [Desk(PLATFORM)] if person.is_active and person.is_platform_admin else []
    desks += [Desk(one.role, one.institution) for one in memberships]
    return sorted(desks, key=lambda desk: ORDER.index(desk.role))


def desks_at(request: HttpRequest) -> list[Desk]:
    """The desks of whoever asks, read once a request; none before sign-in."""
    found: list[Desk] | None = getattr(request, "desks", None)
    if found is None:
        person = getattr(request, "user", None)
        found = desks_of(person) if isinstance(person, Person) else []
        request.desks = found  # type: ignore[attr-defined]
    return found


def desk_at(request: HttpRequest) -> Desk | None:
    """The desk chosen in this session while it is still theirs, else their first; None without any."""
    desks = desks_at(request)
    chosen = request.session.get(SESSION_KEY) if desks else None
    return next((desk for desk in desks if desk.key == chosen), desks[0] if desks else None)
