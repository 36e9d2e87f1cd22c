"""The menu: every page that stands in it, and for whom. A page that does not exist is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role
from dashboard.desks import PLATFORM, Desk

HEAD, TEACHER, STUDENT, GUARDIAN = Role.HEAD, Role.TEACHER, Role.STUDENT, Role.GUARDIAN
CLASS = (HEAD, TEACHER, STUDENT, GUARDIAN)
EVERYBODY = (PLATFORM, *CLASS)


@dataclass(frozen=True, slots=True)
class Entry:
    """`main` entries stand in the bar, the others behind “More”."""

    name: str
    label: str | Promise
    who: tuple[str, ...]
    main: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the page shows it; `current` is the value of aria-current: page, true (a page below) or nothing."""

    name: str
    url: str
    label: str | Promise
    main: bool
    current: str


ENTRIES = (
    Entry("home", _("Home"), EVERYBODY),
    Entry("institutions", _("Institutions"), (PLATFORM,)),
    Entry("accounts", _("Accounts"), (PLATFORM,)),
    Entry("bridges", _("Bridges"), (PLATFORM,)),
    Entry("calendar", _("Calendar"), CLASS),
    Entry("lessons", _("Lessons"), CLASS),
    Entry("attendance", _("Attendance"), (STUDENT, GUARDIAN), main=False),
    Entry("watch", _("Who needs looking after"), (HEAD, TEACHER), main=False),
    Entry("reports", _("Reports"), CLASS, main=False),
    Entry("notes", _("Notes about attendance"), (STUDENT, GUARDIAN), main=False),
    Entry("school_notes", _("Notes to families"), (HEAD,), main=False),
    Entry("own_results", _("Results"), (STUDENT, GUARDIAN)),
    Entry("courses", _("Courses"), (HEAD,)),
    Entry("people", _("People"), (HEAD,)),
    Entry("statistics", pgettext_lazy("menu", "Statistics"), (PLATFORM, HEAD, TEACHER)),
    Entry("invitations", _("Invitations"), (HEAD,), main=False),
    Entry("roster_import", _("Imports"), (HEAD,), main=False),
    Entry("holidays", _("Holidays"), (HEAD,), main=False),
    Entry("institution_settings", _("Settings of the school"), (HEAD,), main=False),
    Entry("providers", _("Sign-in of the school"), (PLATFORM, HEAD), main=False),
    Entry("api_keys", _("API keys"), (HEAD,), main=False),
    Entry("webhooks", _("Webhooks"), (HEAD,), main=False),
    Entry("recording_ledger", _("Every recording"), (HEAD,), main=False),
    Entry("recording_permissions", _("Who may be in recordings"), (HEAD,), main=False),
    Entry("children_recordings", _("Recordings of my children"), (GUARDIAN,), main=False),
    Entry("retention", _("How long things are kept"), (HEAD,), main=False),
    Entry("concerns", _("Concerns"), (HEAD,), main=False),
    Entry("audit", _("Audit log"), (HEAD,), main=False),
    Entry("recorders", _("Recorders"), (PLATFORM,), main=False),
    Entry("capacity", _("Capacity"), (PLATFORM,), main=False),
    Entry("costs", _("Costs"), (PLATFORM,), main=False),
    Entry("platform_audit", _("Audit log"), (PLATFORM,), main=False),
    Entry("connection", _("Connection test"), (HEAD, TEACHER, STUDENT), main=False),
    Entry("put_aside", _("Messages from Jitsi"), (PLATFORM,), main=False),
    Entry("my_data", _("Privacy"), EVERYBODY, main=False),
    Entry("account", _("My profile"), EVERYBODY, main=False),
)


@lru_cache(maxsize=256)
def address_of(name: str, *arguments: str) -> str | None:
    """The address of a page, or None when there is no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return None


def links_for(desk: Desk | None, path: str) -> list[Link]:
    """The menu of somebody at `desk` who looks at `path`."""
    return list(_links(desk, path)) if desk else []


def _links(desk: Desk, path: str) -> Iterator[Link]:
    for entry in ENTRIES:
        url = _address_at(desk, entry.name) if desk.role in entry.who else None
        if url:
            yield Link(entry.name, url, entry.label, entry.main, _current(url, path))


def _address_at(desk: Desk, name: str) -> str | None:
    """A page that needs to know which institution is given the desk's, by slug or by id."""
    url = address_of(name)
    if url or desk.institution is None:
        return url
    return address_of(name, desk.institution.slug) or address_of(name, str(desk.institution.pk))


def _current(url: str, path: str) -> str:
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(f"{url.rstrip('/')}/") else ""
