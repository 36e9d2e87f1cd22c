"""Rows that have served: table by table, how long they stay and which of them are meant.

What an institution decides for itself stands in `retention`; these days are the house's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Invitation, ProviderSession
from classroom.models import (
    CarriedOut,
    EventState,
    HookDelivery,
    HookEvent,
    JoinLink,
    KeptSeat,
    Letter,
    LetterState,
    Notice,
    RosterUpload,
)
from recordings.models import OutsideViewer, RecorderNotice, StreamLink
from whiteboard.models import BoardFile, WorkState


@dataclass(frozen=True, slots=True)
class Leftover:
    """`rows(moment)` are those that were over by then; they go when that was `days` ago."""

    name: str
    days: int
    rows: Callable[[datetime], QuerySet[Any]]

    def due(self, now: datetime) -> QuerySet[Any]:
        return self.rows(now - timedelta(days=self.days))


def _closed_invitations(moment: datetime) -> QuerySet[Invitation]:
    closed = Q(accepted_at__lte=moment) | Q(revoked_at__lte=moment)
    never_used = Q(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__lte=moment)
    return Invitation.objects.filter(closed | never_used)


def _lost_provider_sessions(moment: datetime) -> QuerySet[ProviderSession]:
    """Of sessions that are gone: signed out, replaced, swept. A provider's word finds nothing through them."""
    living = Session.objects.filter(pk=OuterRef("session_key"))
    return ProviderSession.objects.filter(~Exists(living), created_at__lte=moment)


def _settled_letters(moment: datetime) -> QuerySet[Letter]:
    """Not those about a lesson to come: what was told of it decides what is said next."""
    ahead = Notice.objects.filter(letter=OuterRef("pk"), lesson__starts_at__gt=moment)
    return Letter.objects.filter(~Exists(ahead), written_at__lte=moment).exclude(state=LetterState.WAITING)


def _applied_deliveries(moment: datetime) -> QuerySet[HookDelivery]:
    """What the Jitsi stack told, as it came, with names in it: the facts of the lesson are made of it by now."""
    unsettled = HookEvent.objects.filter(
        delivery=OuterRef("pk"), state__in=(EventState.PENDING, EventState.QUARANTINED)
    )
    return HookDelivery.objects.filter(~Exists(unsettled), received_at__lte=moment)


def _failed_board_files(moment: datetime) -> QuerySet[BoardFile]:
    """What came to nothing, and whose objects are gone."""
    failed = BoardFile.objects.filter(state__in=(WorkState.FAILED, WorkState.CANCELLED), has_upload=False)
    return failed.filter(finished_at__lte=moment)


# In this order: who signed in where is found through the sessions.
LEFTOVERS: tuple[Leftover, ...] = (
    Leftover("sessions", 1, lambda moment: Session.objects.filter(expire_date__lte=moment)),
    Leftover("provider_sessions", 1, _lost_provider_sessions),
    Leftover("invitations", 90, _closed_invitations),
    Leftover("join_links", 7, lambda moment: JoinLink.objects.filter(expires_at__lte=moment)),
    Leftover("kept_seats", 1, lambda moment: KeptSeat.objects.filter(kept_until__lte=moment)),
    Leftover("letters", 180, _settled_letters),
    Leftover("roster_uploads", 90, lambda moment: RosterUpload.objects.filter(imported_at__lte=moment)),
    Leftover("deliveries_applied", 7, _applied_deliveries),
    Leftover("deliveries", 30, lambda moment: HookDelivery.objects.filter(received_at__lte=moment)),
    Leftover("board_files", 30, _failed_board_files),
    Leftover("recorder_notices", 14, lambda moment: RecorderNotice.objects.filter(received_at__lte=moment)),
    Leftover("refs", 2, lambda moment: CarriedOut.objects.filter(carried_out_at__lte=moment)),
    Leftover("outside_viewers", 1, lambda moment: OutsideViewer.objects.filter(seen_at__lte=moment)),
    Leftover("stream_links", 180, lambda moment: StreamLink.objects.filter(lesson__ends_at__lte=moment)),
    Leftover("locks", 1, lambda moment: AccessAttempt.objects.filter(attempt_time__lte=moment)),
    Leftover("failed_sign_ins", 30, lambda moment: AccessFailureLog.objects.filter(attempt_time__lte=moment)),
    Leftover("sign_ins", 30, lambda moment: AccessLog.objects.filter(attempt_time__lte=moment)),
)
