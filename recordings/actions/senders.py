"""Jibris that only send: of a lesson that another Jibri records into a file already, because its stream began late."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from classroom.models import Lesson, LessonStatus
from recordings.actions.recorders import LONG_REST_SECONDS, NOT_AT_WORK, free_recorders, recorders_for
from recordings.actions.recordings import with_people_inside
from recordings.models import (
    OPEN_BROADCAST,
    OPEN_CAPTURE,
    Broadcast,
    BroadcastState,
    Capture,
    CaptureState,
    Engine,
    Recorder,
    RecorderState,
)

# Lessons that begin so soon are counted: a stream takes no recorder that a recording will need.
SOON = timedelta(minutes=15)
# Its browser has to start and to join first.
START_SECONDS = 45.0


def broadcasts_to_send(*, now: datetime) -> list[Broadcast]:
    """Of lessons that a Jibri records into a file, with people inside and nobody who sends."""
    filed = Capture.objects.filter(
        recording__lesson=OuterRef("lesson"),
        engine=Engine.JIBRI,
        state=CaptureState.RUNNING,
        is_streamed=False,
        confirmed_at__isnull=False,
    )
    waiting = Broadcast.objects.filter(
        Exists(filed), state__in=OPEN_BROADCAST, port__isnull=False, sender=None
    )
    inside = waiting.filter(lesson__recording__in=with_people_inside())
    return list(inside.select_related("lesson__institution").order_by("state_at"))


def lease_sender(*, broadcast: Broadcast, now: datetime) -> Recorder | None:
    """One that no recording needs within the next quarter of an hour."""
    if free_recorders(now=now).count() <= _needed_soon(now):
        return None
    for recorder in recorders_for(broadcast.lesson.institution, now=now):
        try:
            with transaction.atomic():
                unsent = Broadcast.objects.filter(pk=broadcast.pk, sender=None, state__in=OPEN_BROADCAST)
                if not unsent.update(sender=recorder, sender_asked_at=now):
                    return None
                Recorder.objects.filter(pk=recorder.pk).update(leased_at=now)
        except IntegrityError:
            continue
        broadcast.sender, broadcast.sender_asked_at = recorder, now
        return recorder
    return None


def _needed_soon(now: datetime) -> int:
    wanted = Capture.objects.filter(state=CaptureState.WANTED, engine=Engine.JIBRI, recorder=None).count()
    at_work = Capture.objects.filter(recording__lesson=OuterRef("pk"), state__in=OPEN_CAPTURE)
    soon = Lesson.objects.filter(~Exists(at_work), starts_at__lt=now + SOON, ends_at__gt=now)
    return wanted + soon.filter(status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE)).count()


def note_sender_started(*, recorder: Recorder, now: datetime) -> None:
    """It accepted."""
    Recorder.objects.filter(pk=recorder.pk).update(state=RecorderState.BUSY, state_at=now, seen_at=now)


def senders_to_end(*, now: datetime) -> list[Broadcast]:
    """Broadcasts that are over, or whose sender is gone, did nothing, or is not needed any more."""
    sent = Broadcast.objects.filter(sender__isnull=False)
    streamed = Capture.objects.filter(
        recording__lesson=OuterRef("lesson"), state__in=OPEN_CAPTURE, is_streamed=True
    )
    left = Q(sender__state__in=NOT_AT_WORK, sender__seen_at__gt=F("sender_asked_at"))
    late = Q(state=BroadcastState.LISTENING, sender_asked_at__lt=now - timedelta(seconds=START_SECONDS))
    gone = left | late | Q(sender__state=RecorderState.SILENT)
    over = Q(state=BroadcastState.OVER) | Q(Exists(streamed))
    return list(sent.filter(gone | over).select_related("sender"))


def free_sender(*, broadcast: Broadcast, now: datetime) -> bool:
    """After it was stopped; whoever did not show anything is left alone for a while. False when another was first."""
    sender = broadcast.sender
    mine = Broadcast.objects.filter(pk=broadcast.pk, sender=sender)
    if not mine.update(sender=None, sender_asked_at=None):
        return False
    if sender is not None and broadcast.state == BroadcastState.LISTENING:
        until = now + timedelta(seconds=LONG_REST_SECONDS)
        Recorder.objects.filter(pk=sender.pk).update(rests_until=until, next_poll_at=now)
    return True
