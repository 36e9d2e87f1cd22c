"""What Jibris post: kept as it came, understood afterwards, in any order, once or twice or never.

Nothing here is relied upon: each word only makes the fleet look sooner than it would by itself.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.queue import enqueue_on_commit
from recordings import actions
from recordings.jibri import UnreadableStatus, read_status
from recordings.models import NoticeState, RecorderNotice

LARGEST_BODY = 64 * 1024
STATUS, SESSION, FINALIZED = "status", "session", "finalized"
AT_ONCE = 200
_ID = re.compile(r"[A-Za-z0-9._@:/-]{1,120}")


@transaction.atomic
def keep_notice(*, kind: str, body: bytes, now: datetime) -> None:
    """One insert, and a ring at the door."""
    text = body[:LARGEST_BODY].decode(errors="replace").replace("\0", "\ufffd")
    state = NoticeState.PENDING if len(body) <= LARGEST_BODY else NoticeState.UNREADABLE
    RecorderNotice.objects.create(kind=kind, body=text, received_at=now, state=state)
    enqueue_on_commit("recordings.hear")


def hear_notices() -> int:
    """All that nobody has understood yet, the oldest first."""
    pending = RecorderNotice.objects.filter(state=NoticeState.PENDING).order_by("pk")[:AT_ONCE]
    return sum(_hear(notice) for notice in pending)


@transaction.atomic
def _hear(notice: RecorderNotice) -> bool:
    mine = RecorderNotice.objects.filter(pk=notice.pk, state=NoticeState.PENDING)
    if not mine.update(state=NoticeState.DONE):
        return False
    try:
        UNDERSTAND[notice.kind](_json(notice.body), notice.received_at)
    except (UnreadableStatus, KeyError, TypeError, ValueError, RecursionError):
        RecorderNotice.objects.filter(pk=notice.pk).update(state=NoticeState.UNREADABLE)
    return True


def _json(text: str) -> dict[str, Any]:
    told = json.loads(text)
    if not isinstance(told, dict):
        raise TypeError("not an object")
    return told


def _id(told: Any) -> str:
    if not isinstance(told, str) or not _ID.fullmatch(told):
        raise ValueError("not an id")
    return told


def _status(told: dict[str, Any], at: datetime) -> None:
    actions.hear_status(name=_id(told["jibriId"]), status=read_status(told["status"]), now=at)
    enqueue_on_commit("recordings.tend_fleet")


def _session(told: dict[str, Any], at: datetime) -> None:
    session = told["session"]
    status, failed = str(session["status"]).upper(), bool(session.get("failure"))
    if status not in {"ON", "OFF"}:
        raise ValueError("neither on nor off")
    actions.hear_session(
        session_id=_id(session["sessionId"]), is_on=status == "ON", failed=failed, now=timezone.now()
    )
    enqueue_on_commit("recordings.tend_fleet")


def _finalized(told: dict[str, Any], at: datetime) -> None:
    _id(told["session"])
    enqueue_on_commit("recordings.sweep")


UNDERSTAND = {STATUS: _status, SESSION: _session, FINALIZED: _finalized}
