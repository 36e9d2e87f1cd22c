"""What can be done with join links."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.actions import belongs_elsewhere, record_audit
from accounts.models import Person, Role
from accounts.queries import has_role
from classroom.diversion import door_for
from classroom.models import JoinLink, Lesson
from classroom.queries import link_holds, standing_in
from common.ids import fingerprint
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets

LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewLink:
    link: JoinLink
    token: str


@transaction.atomic
def make_join_link(*, lesson: Lesson, person: Person, by: UUID, now: datetime) -> NewLink:
    """Lets `person` into this lesson and nowhere else; not those who have power beyond it.

    Raises Refused("not_in_this_lesson"), Refused("lesson_over") and Refused("too_powerful").
    """
    if lesson.is_over:
        raise Refused("lesson_over")
    if standing_in(person, lesson) is None:
        raise Refused("not_in_this_lesson")
    if _is_too_powerful(person, lesson):
        raise Refused("too_powerful")
    token = secrets.token_urlsafe(32)
    link = JoinLink.objects.create(
        lesson=lesson,
        person=person,
        token_sha256=fingerprint(token),
        made_by=by,
        door=door_for(person, lesson, now).door,
        expires_at=now + LIFETIME,
    )
    _note("join_link.made", link, by)
    return NewLink(link, token)


def _is_too_powerful(person: Person, lesson: Lesson) -> bool:
    if person.is_platform_admin or belongs_elsewhere(person, lesson.institution):
        return True
    return has_role(person, lesson.institution_id, Role.HEAD)


def find_join_link(*, token: str, now: datetime) -> JoinLink | None:
    """The link of this token while it works, which is no longer than the key that made it."""
    links = JoinLink.objects.select_related("lesson__course", "lesson__institution", "person")
    link = links.filter(token_sha256=fingerprint(token), used_at__isnull=True, expires_at__gt=now).first()
    if link is None or link.lesson.is_over or not link_holds(link.pk, link.lesson_id, now=now):
        return None
    return link if link.person.is_active and standing_in(link.person, link.lesson) else None


@transaction.atomic
def use_join_link(*, token: str, now: datetime) -> JoinLink:
    """The second to come is refused, also when both come at once: Refused("link_is_used")."""
    link = find_join_link(token=token, now=now)
    if link is None or _is_too_powerful(link.person, link.lesson):
        raise Refused("link_is_used")
    unused = JoinLink.objects.filter(pk=link.pk, used_at__isnull=True, revoked_at__isnull=True)
    if not unused.update(used_at=now):
        raise Refused("link_is_used")
    link.used_at = now
    _note("join_link.used", link, link.person_id)
    return link


@transaction.atomic
def revoke_join_link(*, link: JoinLink, by: UUID, now: datetime) -> bool:
    """Whoever came by it is nobody from now on, and their sockets close. False when it had been revoked before."""
    if not JoinLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    recheck_sockets(link.person_id)
    _note("join_link.revoked", link, by)
    return True


def _note(act: str, link: JoinLink, by: UUID) -> None:
    detail = {"lesson": str(link.lesson_id), "person": str(link.person_id)}
    record_audit(
        act, institution=link.lesson.institution, by=by, target=f"join_link:{link.pk}", detail=detail
    )
