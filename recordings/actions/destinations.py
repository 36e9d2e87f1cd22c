"""Where a stream is also sent: named, begun, watched, stopped."""

from __future__ import annotations

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from accounts.models.identity import open_secret, seal_secret
from classroom.models import Lesson
from classroom.protection import unpermitted_in
from common.outward import check_stream_url
from common.refusals import Refused
from recordings.models import Destination, SendingReason, SendingState

KEY = re.compile(r"[!-~]{1,300}")


@transaction.atomic
def change_destination(*, lesson: Lesson, address: str, key: str, by: Person, now: datetime) -> None:
    """An empty key keeps the one that is there, for the same address alone: whoever could turn a key to a server of
    their own would read it there. Raises Refused with a code of `check_stream_url`, "stream_key" or "stream_key_again"."""
    if lesson.is_over:
        raise Refused("lesson_over")
    address = check_stream_url(address, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
    before = Destination.objects.select_for_update().filter(lesson=lesson).first()
    if key and not KEY.fullmatch(key):
        raise Refused("stream_key")
    if not key and (before is None or before.address != address):
        raise Refused("stream_key_again")
    sealed = seal_secret(key) if key or before is None else before.key_sealed
    row = {"address": address, "key_sealed": sealed}
    Destination.objects.update_or_create(
        lesson=lesson, defaults=row, create_defaults={**row, "state_at": now}
    )
    _audit("destination.changed", lesson, by)


@transaction.atomic
def start_sending(*, lesson: Lesson, by: Person, now: datetime) -> None:
    """As soon as there is a picture. Raises Refused("lesson_over" | "stream_not_planned" | "stream_protected")."""
    if lesson.is_over:
        raise Refused("lesson_over")
    if not lesson.is_streamed:
        raise Refused("stream_not_planned")
    if unpermitted_in(lesson):
        raise Refused("stream_protected")
    off = Destination.objects.filter(lesson=lesson, is_wanted=False)
    if off.update(is_wanted=True, state=SendingState.CONNECTING, reason="", state_at=now):
        _audit("destination.started", lesson, by)


@transaction.atomic
def stop_sending(*, lesson: Lesson, by: Person, now: datetime) -> None:
    on = Destination.objects.filter(lesson=lesson, is_wanted=True)
    if on.update(is_wanted=False, state=SendingState.OFF, reason="", state_at=now):
        _audit("destination.stopped", lesson, by)


@transaction.atomic
def remove_destination(*, lesson: Lesson, by: Person) -> None:
    if Destination.objects.filter(lesson=lesson).delete()[0]:
        _audit("destination.removed", lesson, by)


def find_goal(*, lesson: Lesson, now: datetime) -> dict[str, object] | None:
    """What the lesson's station is told: the key is in it. None while nothing is to go outside, which is also so from
    the moment in which somebody comes who must not be recorded."""
    row = Destination.objects.filter(lesson=lesson, is_wanted=True).first()
    if row is None or not lesson.is_streamed:
        return None
    if unpermitted_in(lesson):
        note_sending(lesson=lesson, state=SendingState.INTERRUPTED, reason=SendingReason.PROTECTED, now=now)
        return None
    allow_private = settings.WEBHOOK_ALLOW_PRIVATE
    return {"url": row.address, "key": open_secret(row.key_sealed), "allow_private": allow_private}


def note_sending(*, lesson: Lesson, state: str, reason: str, now: datetime) -> None:
    """Nothing is said of what nobody wants any more."""
    wanted = Destination.objects.filter(lesson=lesson, is_wanted=True)
    wanted.exclude(state=state, reason=reason).update(state=state, reason=reason, state_at=now)


def _audit(act: str, lesson: Lesson, by: Person) -> None:
    record_audit(act, institution=lesson.institution, by=by, target=f"lesson:{lesson.pk}", detail={})
