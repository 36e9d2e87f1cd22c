"""The moves of a recording's life before the pipeline; each is a conditional update."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.actions import record_audit
from accounts.models import Person
from classroom import live, timeline
from classroom.models import Lesson, LessonStatus, Presence
from common.refusals import Refused
from recordings import facts, messages
from recordings.models import (
    CAPTURING,
    RECORDING_MOVES,
    Capture,
    CaptureState,
    Engine,
    Reason,
    Recording,
    RecordingState,
    Watch,
)
from recordings.storage import bearer_link

SILENCE = timedelta(seconds=10)


@transaction.atomic
def move(recording: Recording, state: RecordingState, *, now: datetime, **changes: object) -> bool:
    """One move, told to the room and the timeline; False when somebody else was first."""
    if state not in RECORDING_MOVES[recording.state]:
        return False
    changes = {"state_at": now, "step": "", "percent": 0, "reason": "", **changes}
    moved = Recording.objects.filter(pk=recording.pk, state=recording.state).update(state=state, **changes)
    recording.refresh_from_db()
    if moved:
        _tell(recording, now)
    return moved == 1


def _tell(recording: Recording, now: datetime) -> None:
    timeline.record(
        recording.lesson,
        facts.RECORDING_CHANGED,
        at=now,
        source="recordings",
        key=f"{facts.RECORDING_CHANGED}:{uuid4()}",
        data={"state": recording.state, "reason": recording.reason},
    )
    live.announce(recording.lesson.room, messages.recording_changed(recording.state))


def expect_recordings(*, now: datetime) -> int:
    """Every lesson owes a recording: make the rows that are missing."""
    owing = Lesson.objects.filter(recording__isnull=True).exclude(status=LessonStatus.CANCELLED)
    rows = [Recording(lesson=lesson, state_at=now) for lesson in owing]
    Recording.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def start_recorder(*, recording: Recording, now: datetime) -> bool:
    """Ask for a recorder; False when one is at work already or another process asked first.

    The embedded recorder's host finds the wanted capture by itself. A Jibri is started by the
    Jitsi stack; its folder is adopted.
    """
    if settings.RECORDER_ENGINE != Engine.EMBEDDED:
        return False
    try:
        with transaction.atomic():
            if not move(recording, RecordingState.STARTING, now=now):
                return False
            Capture.objects.create(
                recording=recording, engine=Engine.EMBEDDED, session_id=str(uuid4()), wanted_at=now
            )
    except IntegrityError:
        return False
    return True


def start_due_recorders(*, now: datetime) -> int:
    """Lessons with somebody inside and no recorder at work get one."""
    due = Recording.objects.filter(
        lesson__status=LessonStatus.LIVE,
        lesson__room__presences__left_at__isnull=True,
        lesson__room__presences__isnull=False,
        state__in=(RecordingState.EXPECTED, RecordingState.LOST_RECORDER),
    ).select_related("lesson__room")
    return sum(start_recorder(recording=recording, now=now) for recording in due.distinct())


def note_capturing(*, capture: Capture, now: datetime) -> None:
    """The recorder writes its first frame."""
    move(capture.recording, RecordingState.RECORDING, now=now)


@transaction.atomic
def close_capture(*, capture: Capture, state: CaptureState, now: datetime) -> bool:
    """The recorder finished (`closed`) or vanished (`lost`); a lost one is replaced at once if the lesson goes on."""
    closed = Capture.objects.filter(pk=capture.pk, state__in=(CaptureState.WANTED, CaptureState.RUNNING))
    if not closed.update(state=state, ended_at=now):
        return False
    if state == CaptureState.LOST:
        move(capture.recording, RecordingState.LOST_RECORDER, now=now)
    capture.recording.lesson.refresh_from_db()
    if capture.recording.lesson.status == LessonStatus.LIVE:
        capture.recording.refresh_from_db()
        if capture.recording.state in (RecordingState.STARTING, RecordingState.RECORDING):
            move(capture.recording, RecordingState.LOST_RECORDER, now=now)
        start_recorder(recording=capture.recording, now=now)
    return True


def lose_silent_captures(*, now: datetime) -> int:
    """Captures whose host says nothing any more."""
    silent = Q(state=CaptureState.RUNNING, seen_at__lt=now - SILENCE) | Q(
        state=CaptureState.WANTED, wanted_at__lt=now - 6 * SILENCE
    )
    lost = Capture.objects.filter(silent, engine=Engine.EMBEDDED).select_related("recording__lesson__room")
    return sum(close_capture(capture=capture, state=CaptureState.LOST, now=now) for capture in lost)


def finish_captured(*, now: datetime) -> list[Recording]:
    """Recordings of ended lessons whose recorders are done: on to the pipeline, or failed with a reason."""
    ended = Recording.objects.filter(lesson__status=LessonStatus.ENDED).select_related("lesson__room")
    open_ = Capture.objects.filter(state__in=(CaptureState.WANTED, CaptureState.RUNNING)).values("recording")
    waiting = ended.filter(state__in=(RecordingState.EXPECTED, *CAPTURING)).exclude(pk__in=open_)
    return [recording for recording in waiting if _finish(recording, now)]


def _finish(recording: Recording, now: datetime) -> bool:
    if recording.captures.exists():
        return move(recording, RecordingState.CAPTURED, now=now)
    if not Presence.objects.filter(room__lesson=recording.lesson).exists():
        move(recording, RecordingState.FAILED, now=now, reason=Reason.NOBODY_CAME)
    elif settings.RECORDER_ENGINE == Engine.EMBEDDED or now - recording.state_at > timedelta(hours=1):
        move(recording, RecordingState.FAILED, now=now, reason=Reason.NO_RECORDER)
    return False


@transaction.atomic
def adopt_session(*, recording: Recording, session_id: str, engine: Engine, now: datetime) -> bool:
    """A recorder's folder that we did not ask for (a Jibri's): it belongs to this recording from now on."""
    _, created = Capture.objects.get_or_create(
        session_id=session_id,
        defaults={
            "recording": recording,
            "engine": engine,
            "state": CaptureState.CLOSED,
            "wanted_at": now,
            "ended_at": now,
        },
    )
    return created


def remember_position(*, recording: Recording, person: Person, position_seconds: float) -> None:
    position = max(0.0, min(position_seconds, recording.duration_seconds or 0.0))
    Watch.objects.update_or_create(
        recording=recording, person=person, defaults={"position_seconds": position}
    )


@transaction.atomic
def make_recording_link(*, recording: Recording, by: UUID, expires_seconds: int) -> str:
    """An address that opens the video for whoever holds it; Refused("not_ready") before it is published."""
    if not recording.is_published:
        raise Refused("not_ready")
    record_audit(
        "recording.linked",
        institution=recording.lesson.institution,
        by=by,
        target=f"recording:{recording.pk}",
    )
    return bearer_link(recording.video_key, expires_seconds=expires_seconds)
