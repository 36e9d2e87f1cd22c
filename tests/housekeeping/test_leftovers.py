"""Rows that have served go when their days are over, and not a day sooner."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import uuid4

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import IdentityProvider, Invitation, ProviderSession
from classroom.models import (
    CarriedOut,
    EventState,
    HookDelivery,
    HookSource,
    JoinLink,
    KeptSeat,
    Lesson,
    Letter,
    LetterKind,
    LetterState,
    Notice,
    NoticeKind,
    RosterUpload,
)
from housekeeping import tasks
from housekeeping.leftovers import LEFTOVERS
from recordings.models import OutsideViewer, RecorderNotice, StreamLink
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson
from whiteboard.actions import open_board
from whiteboard.models import BoardFile

pytestmark = pytest.mark.django_db
LIFETIME = attrgetter("days")


def over_since(cast: Cast, lesson: Lesson, at: datetime) -> dict[str, Any]:
    """A row of each table that was over at this moment."""
    provider, _ = IdentityProvider.objects.get_or_create(
        institution=cast.school, slug="school", label="School", issuer="https://idp.test/"
    )
    mark = uuid4().hex
    gone = ProviderSession.objects.create(provider=provider, subject="s", session_key=f"gone{mark}")
    ProviderSession.objects.filter(pk=gone.pk).update(created_at=at)
    invited = {"institution": cast.school, "name": "Zuri", "role": "student", "created_at": at}
    tried = {"username": "x@here.test", "ip_address": "192.0.2.1", "user_agent": mark}
    rows: dict[str, Any] = {
        "sessions": Session.objects.create(session_key=mark, session_data="", expire_date=at),
        "provider_sessions": gone,
        "invitations": Invitation.objects.create(email=f"{mark}@here.test", expires_at=at, **invited),
        "join_links": JoinLink.objects.create(
            lesson=lesson, person=cast.amina, token_sha256=mark, made_by=cast.head.pk, expires_at=at
        ),
        "kept_seats": KeptSeat.objects.create(
            lesson=streamed_until(cast, at), person=cast.amina, kept_until=at
        ),
        "letters": letter(cast, at),
        "roster_uploads": RosterUpload.objects.create(
            institution=cast.school, uploaded_by=cast.head, content=b"", expires_at=at, imported_at=at
        ),
        "deliveries_applied": delivery(at),
        "deliveries": put_aside(at),
        "recorder_notices": RecorderNotice.objects.create(kind="status", body="{}", received_at=at),
        "board_files": failed_file(cast, lesson, at),
        "outside_viewers": OutsideViewer.objects.create(
            link=stream_link(streamed_until(cast, at)), viewer=uuid4(), seen_at=at
        ),
        "stream_links": stream_link(streamed_until(cast, at)),
        "refs": CarriedOut.objects.create(pk=uuid4(), carried_out_at=at),
        "locks": AccessAttempt.objects.create(failures_since_start=1, **tried),
        "failed_sign_ins": AccessFailureLog.objects.create(**tried),
        "sign_ins": AccessLog.objects.create(**tried),
    }
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model._default_manager.filter(user_agent=mark).update(attempt_time=at)
    return rows


def streamed_until(cast: Cast, at: datetime) -> Lesson:
    return hold_lesson(cast, ended_at=at)


def stream_link(lesson: Lesson) -> StreamLink:
    mark = {"fingerprint": uuid4().hex, "most_viewers": 1}
    return StreamLink.objects.create(lesson=lesson, created_at=lesson.starts_at, **mark)


def failed_file(cast: Cast, lesson: Lesson, at: datetime) -> BoardFile:
    known: dict[str, Any] = {"kind": "slides", "state": "failed", "has_upload": False, "size_bytes": 1}
    board = open_board(room=lesson.room, now=at)
    return BoardFile.objects.create(
        board=board, uploaded_by=cast.teacher, asked_at=at, finished_at=at, **known
    )


def delivery(at: datetime) -> HookDelivery:
    return HookDelivery.objects.create(source=HookSource.EVENTS, body=b"{}", received_at=at, reading="read")


def put_aside(at: datetime) -> HookDelivery:
    made = delivery(at)
    made.events.create(key=uuid4().hex, state=EventState.QUARANTINED, received_at=at)
    return made


def test_what_jitsi_told_stays_longer_while_somebody_should_look_at_it() -> None:
    applied, *_, everything = (one for one in LEFTOVERS if one.name.startswith("deliveries"))
    old = timezone.now() - timedelta(days=8)
    done, waiting = delivery(old), put_aside(old)
    assert list(applied.due(timezone.now())) == [done]
    assert waiting not in everything.due(timezone.now())


def letter(cast: Cast, at: datetime) -> Letter:
    return Letter.objects.create(
        institution=cast.school,
        person=cast.amina,
        kind=LetterKind.INVITATION,
        state=LetterState.SENT,
        written_at=at,
        next_attempt_at=at,
    )


def test_what_has_served_goes_after_its_days_and_not_before(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    for days, due_then in groupby(sorted(LEFTOVERS, key=LIFETIME), key=LIFETIME):
        old = over_since(cast, lesson, now - timedelta(days=days, minutes=1))
        young = over_since(cast, lesson, now - timedelta(days=days, minutes=-1))
        for leftover in due_then:
            due = set(leftover.due(now).values_list("pk", flat=True))
            assert old[leftover.name].pk in due, leftover.name
            assert young[leftover.name].pk not in due, leftover.name


def test_the_task_takes_it_and_leaves_what_still_counts(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    over_since(cast, lesson, now - timedelta(days=365))
    valid = over_since(cast, lesson, now + timedelta(days=1))
    ahead = letter(cast, now - timedelta(days=365))
    Lesson.objects.filter(pk=lesson.pk).update(
        starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=1)
    )
    Notice.objects.create(lesson=lesson, person=cast.amina, letter=ahead, kind=NoticeKind.NEW, sequence=0)
    tasks.retire()
    assert set(Letter.objects.values_list("pk", flat=True)) == {valid["letters"].pk, ahead.pk}
    for name in ("sessions", "invitations", "join_links", "provider_sessions", "sign_ins"):
        assert list(type(valid[name])._default_manager.all()) == [valid[name]], name
