"""The moves of a recording's life, each a conditional update; what people do with a finished one."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.actions import record_audit
from accounts.models import Person
from classroom import live, timeline
from classroom.models import Lesson, LessonStatus, Presence
from common.refusals import Refused
from recordings import facts, messages
from recordings.actions.alarms import raise_alarm
from recordings.models import (
    CAPTURING,
    OPEN_CAPTURE,
    RECORDING_MOVES,
    UNRECORDED,
    Capture,
    CaptureState,
    Engine,
    Reason,
    Recording,
    RecordingState,
    Watch,
)
from recordings.storage import bearer_link

# The step of a recording whose sources do not fit beside what is made of them.
WAITS_FOR_DISK = "waiting_for_disk"
WAITS_FOR_STORE = "waiting_for_store"
# A Jibri of which nobody knew may still bring its folder for so long after the lesson.
FOLDER_GRACE = timedelta(hours=1)


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


def finish_captured(*, now: datetime) -> list[Recording]:
    """Recordings of ended lessons whose recorders are done: on to the pipeline, or failed with a reason."""
    ended = Recording.objects.filter(lesson__status=LessonStatus.ENDED).select_related("lesson")
    open_ = Capture.objects.filter(state__in=OPEN_CAPTURE).values("recording")
    waiting = ended.filter(state__in=(RecordingState.EXPECTED, *CAPTURING)).exclude(pk__in=open_)
    return [recording for recording in waiting if _finish(recording, now)]


def _finish(recording: Recording, now: datetime) -> bool:
    if recording.captures.exists():
        if _is_still_written(recording, now):
            return False
        return move(recording, RecordingState.CAPTURED, now=now)
    if not Presence.objects.filter(room__lesson=recording.lesson).exists():
        move(recording, RecordingState.FAILED, now=now, reason=Reason.NOBODY_CAME)
    elif settings.RECORDER_ENGINE == Engine.EMBEDDED or now - _end_of(recording.lesson) >= FOLDER_GRACE:
        move(recording, RecordingState.FAILED, now=now, reason=Reason.NO_RECORDER)
    return False


def _is_still_written(recording: Recording, now: datetime) -> bool:
    """A recorder that was lost to us may be at its file yet. One of ours writes every two seconds while it lives."""
    from recordings.manifests import is_settled  # media libraries, which the web process never needs

    if now - _end_of(recording.lesson) >= FOLDER_GRACE:
        return False
    quiet = {Engine.JIBRI: settings.QUIET_SECONDS, Engine.EMBEDDED: min(settings.QUIET_SECONDS, 10)}
    lost = recording.captures.filter(state=CaptureState.LOST).values_list("session_id", "engine")
    folders = [(settings.RECORDINGS_DIR / session, quiet[Engine(engine)]) for session, engine in lost]
    return any(
        folder.is_dir() and not is_settled(folder, now=now.timestamp(), quiet_seconds=seconds)
        for folder, seconds in folders
    )


def _end_of(lesson: Lesson) -> datetime:
    return lesson.ended_at or lesson.ends_at


def with_people_inside() -> QuerySet[Recording]:
    """Of live lessons with somebody inside: those that should be recorded right now."""
    inside = Presence.objects.filter(room__lesson=OuterRef("lesson"), left_at__isnull=True)
    return Recording.objects.filter(Exists(inside), lesson__status=LessonStatus.LIVE)


def note_unrecorded(*, now: datetime) -> int:
    """People are inside and nothing is recorded: after RECORDER_ALARM_SECONDS they and the heads are told."""
    missing = with_people_inside().filter(state__in=UNRECORDED)
    missing.filter(unrecorded_since__isnull=True).update(unrecorded_since=now)
    since = now - timedelta(seconds=settings.RECORDER_ALARM_SECONDS)
    alarmed = [
        _raise_alarm(recording, now)
        for recording in missing.filter(unrecorded_since__lte=since).select_related("lesson")
    ]
    well = Recording.objects.filter(unrecorded_since__isnull=False).exclude(
        pk__in=with_people_inside().exclude(state=RecordingState.RECORDING).values("pk")
    )
    well.update(unrecorded_since=None)
    return sum(alarmed)


@transaction.atomic
def _raise_alarm(recording: Recording, now: datetime) -> bool:
    since = recording.unrecorded_since or now
    if not move(recording, RecordingState.NO_RECORDER, now=now):
        return False
    raise_alarm(recording=recording, since=since, now=now)
    return True


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
    return bearer_link(recording.lesson.institution, recording.video_key, expires_seconds=expires_seconds)
