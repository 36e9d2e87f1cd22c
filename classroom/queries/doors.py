"""Ways into a lesson without an account of one's own: join links, guest links, knocks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Q,
    QuerySet,
)

from accounts.models import Person
from accounts.queries import (
    is_spent_key,
)
from classroom.models import (
    GuestLink,
    JoinLink,
    Knock,
    KnockState,
    Lesson,
)
from classroom.models.join_links import GRACE, LONGEST_STAY
from classroom.protection import refused_pupils, who_may_be
from common.ids import fingerprint


def link_holds(link_id: UUID | str, lesson_id: UUID, *, now: datetime) -> bool:
    """Whether what came by this join link is still good in that lesson: not after its end, nor after that of the key."""
    link = JoinLink.objects.select_related("lesson").filter(pk=link_id, lesson=lesson_id).first()
    return link is not None and link.holds_at(now) and not is_spent_key(link.made_by, now=now)


def open_join_links(lesson: Lesson, *, now: datetime) -> QuerySet[JoinLink]:
    """Those that still let somebody in, or keep them in."""
    links = JoinLink.objects.filter(lesson=lesson, revoked_at__isnull=True)
    if now >= lesson.ends_at + GRACE:
        return links.none()
    return links.filter(_still_works(now))


def join_links_of(lesson: Lesson, query: str = "") -> QuerySet[JoinLink]:
    """All that are kept, also those that are over; the newest first. `query` is part of a person's name."""
    links = JoinLink.objects.filter(lesson=lesson).select_related("lesson", "person")
    if query:
        links = links.filter(person__name__icontains=query)
    return links.order_by("-expires_at", "pk")


def open_join_links_of(person: Person, *, now: datetime) -> QuerySet[JoinLink]:
    """Those that still let this person in, or keep them in; the newest first."""
    links = JoinLink.objects.filter(person=person, revoked_at__isnull=True, lesson__ends_at__gt=now - GRACE)
    links = links.filter(_still_works(now)).select_related("lesson__institution", "lesson__course")
    return links.order_by("-expires_at", "pk")


def _still_works(now: datetime) -> Q:
    """As far as the link itself can tell, apart from its lesson's end."""
    return Q(used_at__isnull=True, expires_at__gt=now) | Q(used_at__gt=now - LONGEST_STAY)


def guest_behind(knock_id: UUID | str, browser: str) -> Person | None:
    """The admitted guest of this knock, if `browser` is the secret that asked."""
    knock = Knock.objects.filter(pk=knock_id, browser=fingerprint(browser), state=KnockState.ADMITTED)
    found = knock.select_related("person").first() if browser else None
    return found.person if found else None


def link_of(secret: str) -> GuestLink | None:
    """The link with this secret, if it opens anything today; see `GuestLink.is_open_at`."""
    related = ("lesson__institution", "lesson__course", "created_by")
    return GuestLink.objects.select_related(*related).filter(fingerprint=fingerprint(secret)).first()


def waiting_at(lesson: Lesson) -> list[Knock]:
    """Who stands at the door, in the order in which they came."""
    waiting = Knock.objects.filter(lesson=lesson, state=KnockState.WAITING)
    return list(waiting.select_related("lesson__institution").order_by("asked_at", "pk"))


def names_at_the_door(lesson: Lesson) -> list[tuple[Knock, str]]:
    """The same, beside each the name of a pupil who must not be recorded and whom they may be, or nothing."""
    names = ArraySubquery(refused_pupils(lesson).values("name"))
    waiting = Knock.objects.filter(lesson=lesson, state=KnockState.WAITING).annotate(refused=names)
    rows = waiting.select_related("lesson__institution").order_by("asked_at", "pk")
    return [(knock, who_may_be(knock, knock.refused)) for knock in rows]
