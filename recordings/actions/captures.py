"""Captures: wanted, confirmed, lost and replaced. The same rules for the built-in recorders and for Jibris."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from classroom.models import LessonStatus
from recordings.actions.recordings import move, with_people_inside
from recordings.models import (
    OPEN_CAPTURE,
    Capture,
    CaptureState,
    EndCause,
    Engine,
    Recording,
    RecordingState,
    Starter,
)

if TYPE_CHECKING:  # media libraries, which the web process never needs
    from recordings.compositing import Track

SILENCE = timedelta(seconds=10)
# Encoders of recorders hold back less than this.
FILM_TRUST_SECONDS = 0.35
# Of a session that jicofo started and whose folder has not been seen yet.
NAMELESS = "jicofo-"


def start_recorder(*, recording: Recording, now: datetime) -> bool:
    """Ask for a recorder; False when one is at work already or another process asked first.

    The embedded recorder's host finds the wanted capture by itself; a Jibri is found by the fleet.
    After the alarm the state stays: whoever was told that there is none hears next that there is one.
    """
    try:
        with transaction.atomic():
            if recording.state != RecordingState.NO_RECORDER and not move(
                recording, RecordingState.STARTING, now=now
            ):
                return False
            Capture.objects.create(
                recording=recording, engine=settings.RECORDER_ENGINE, session_id=str(uuid4()), wanted_at=now
            )
    except IntegrityError:
        return False
    return True


def start_due_recorders(*, now: datetime) -> int:
    """Lessons with somebody inside and no recorder at work get one."""
    at_work = Capture.objects.filter(recording=OuterRef("pk"), state__in=OPEN_CAPTURE)
    waiting = (RecordingState.EXPECTED, RecordingState.LOST_RECORDER, RecordingState.NO_RECORDER)
    due = with_people_inside().filter(~Exists(at_work), state__in=waiting).select_related("lesson")
    return sum(start_recorder(recording=recording, now=now) for recording in due)


def note_capturing(*, capture: Capture, now: datetime) -> None:
    """The recorder writes its first frame, or is in the room."""
    unconfirmed = Capture.objects.filter(pk=capture.pk, confirmed_at__isnull=True)
    unconfirmed.update(confirmed_at=now)
    move(capture.recording, RecordingState.RECORDING, now=now)


@transaction.atomic
def close_capture(
    *, capture: Capture, state: CaptureState, now: datetime, cause: EndCause = EndCause.NONE
) -> bool:
    """The recorder finished (`closed`) or vanished (`lost`).

    While the lesson goes on with people inside, another one is wanted at once.
    """
    open_ = Capture.objects.filter(pk=capture.pk, state__in=OPEN_CAPTURE)
    if not open_.update(state=state, ended_at=now, end_cause=cause):
        return False
    recording = capture.recording
    recording.refresh_from_db()
    recording.lesson.refresh_from_db()
    if state == CaptureState.LOST or recording.lesson.status == LessonStatus.LIVE:
        move(recording, RecordingState.LOST_RECORDER, now=now)
    if with_people_inside().filter(pk=recording.pk).exists():
        start_recorder(recording=recording, now=now)
    return True


def lose_silent_captures(*, now: datetime) -> int:
    """Captures of the built-in recorders whose host says nothing any more; of Jibris, `tend_fleet` knows."""
    silent = Q(state=CaptureState.RUNNING, seen_at__lt=now - SILENCE) | Q(
        state=CaptureState.WANTED, wanted_at__lt=now - 6 * SILENCE
    )
    lost = Capture.objects.filter(silent, engine=Engine.EMBEDDED).select_related("recording__lesson")
    state, cause = CaptureState.LOST, EndCause.DIED
    return sum(close_capture(capture=capture, state=state, now=now, cause=cause) for capture in lost)


@transaction.atomic
def adopt_session(*, recording: Recording, session_id: str, engine: Engine, now: datetime) -> bool:
    """A finished folder that no capture knows: it belongs to this recording from now on.

    Jicofo chooses its own name for a session, so the folder may be the one of a capture that waits for it.
    """
    nameless = recording.captures.filter(session_id__startswith=NAMELESS).order_by("wanted_at").first()
    if engine == Engine.JIBRI and nameless is not None:
        return name_session(capture=nameless, session_id=session_id, now=now)
    _, created = Capture.objects.get_or_create(
        session_id=session_id,
        defaults={
            "recording": recording,
            "engine": engine,
            "state": CaptureState.CLOSED,
            "started_by": Starter.NOBODY,
            "wanted_at": now,
            "ended_at": now,
        },
    )
    return created


@transaction.atomic
def name_session(*, capture: Capture, session_id: str, now: datetime) -> bool:
    """The folder of a session that jicofo started has been found: a second sign that it records."""
    if Capture.objects.filter(session_id=session_id).exists():
        return False
    named = Capture.objects.filter(pk=capture.pk, session_id=capture.session_id).update(session_id=session_id)
    if named:
        capture.session_id = session_id
        note_capturing(capture=capture, now=now)
    return bool(named)


def keep_film_starts(*, capture: Capture, tracks: Sequence[Track], growing: bool) -> list[Track]:
    """When each film of a room began, as it was taken for what is composed already.

    Of a growing file it is only known within a fraction of a second: its last change is later than its last picture
    by what its encoder holds back. What the finished file says holds where it says something else than that.
    """
    kept: dict[str, float] = dict(capture.film_starts)
    found = []
    for track in tracks:
        earlier = kept.get(track.path.name)
        if (
            track.kind == "room"
            and earlier is not None
            and abs(track.starts_at - earlier) <= FILM_TRUST_SECONDS
        ):
            track = replace(track, starts_at=earlier)
        elif track.kind == "room" and growing and track.duration_seconds > 0:
            kept[track.path.name] = track.starts_at
        found.append(track)
    if kept != capture.film_starts:
        Capture.objects.filter(pk=capture.pk).update(film_starts=kept)
    return found
