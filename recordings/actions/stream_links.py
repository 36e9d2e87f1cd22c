"""What can be done with addresses for viewers outside, and what those do who have one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.actions import record_audit
from accounts.models import Person
from accounts.policy import read_policy
from classroom.models import Lesson
from classroom.protection import unpermitted_in
from common.ids import fingerprint, make_secret
from common.refusals import Refused
from recordings.models import ABSENT_AFTER, OutsideViewer, StreamLink

MOST_LINKS = 20
MOST_VIEWERS = 5000


@transaction.atomic
def create_stream_link(
    *,
    lesson: Lesson,
    by: Person,
    label: str = "",
    password: str = "",
    most_viewers: int = 200,
    expires_at: datetime | None = None,
    now: datetime,
) -> tuple[StreamLink, str]:
    """The link and its secret, which nobody can ever read again.

    Raises Refused("no_guests" | "lesson_over" | "stream_not_planned" | "stream_protected" | "in_the_past" |
    "too_many_links").
    """
    if not read_policy(lesson.institution.policy).guests_allowed:
        raise Refused("no_guests")
    if lesson.is_over:
        raise Refused("lesson_over")
    if not lesson.is_streamed:
        raise Refused("stream_not_planned")
    if unpermitted_in(lesson):
        raise Refused("stream_protected")
    if expires_at is not None and expires_at <= now:
        raise Refused("in_the_past")
    if lesson.stream_links.filter(revoked_at__isnull=True).count() >= MOST_LINKS:
        raise Refused("too_many_links")
    secret = make_secret()
    link = StreamLink.objects.create(
        lesson=lesson,
        created_by=by,
        created_at=now,
        label=label,
        fingerprint=fingerprint(secret),
        password=make_password(password) if password else "",
        most_viewers=most_viewers,
        expires_at=expires_at,
    )
    _note("stream_link.created", link, by)
    return link, secret


@transaction.atomic
def revoke_stream_link(*, link: StreamLink, by: Person, now: datetime) -> bool:
    """Whoever watches by it sees nothing more within half a minute; False when it was revoked before."""
    if not StreamLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=now):
        return False
    OutsideViewer.objects.filter(link=link).delete()
    _note("stream_link.revoked", link, by)
    return True


def find_stream_link(*, secret: str, now: datetime) -> StreamLink | None:
    """While it opens something."""
    links = StreamLink.objects.select_related("lesson__institution", "lesson__course", "lesson__broadcast")
    link = links.filter(fingerprint=fingerprint(secret)).first()
    return link if link is not None and link.is_open_at(now) else None


def is_password_of(*, link: StreamLink, password: str) -> bool:
    return check_password(password[:200], link.password)


def count_viewer(*, link: StreamLink, viewer: UUID, now: datetime) -> None:
    """Of this browser, that it watches. Raises Refused("link_full") for one more than the link is for."""
    if OutsideViewer.objects.filter(link=link, viewer=viewer).update(seen_at=now):
        return
    with suppress(IntegrityError), transaction.atomic():  # the same browser, asking twice at once
        room = StreamLink.objects.filter(pk=link.pk, viewers__lt=F("most_viewers"), revoked_at__isnull=True)
        if not room.update(viewers=F("viewers") + 1):
            raise Refused("link_full")
        OutsideViewer.objects.create(link=link, viewer=viewer, seen_at=now)


def leave_outside(*, link: StreamLink, viewer: UUID, now: datetime) -> None:
    """Gone, and counted once should they come back."""
    OutsideViewer.objects.filter(link=link, viewer=viewer).update(seen_at=now - ABSENT_AFTER)


def _note(act: str, link: StreamLink, by: Person) -> None:
    detail = {"lesson": str(link.lesson_id)}
    record_audit(
        act, institution=link.lesson.institution, by=by, target=f"stream_link:{link.pk}", detail=detail
    )
