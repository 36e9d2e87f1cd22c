"""Telling those who can do something that a lesson is not being recorded, and that it is after all."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.queries import heads_of
from classroom.actions import warn_of_lesson
from classroom.models import LetterKind
from recordings.models import Alarm, Recording, RecordingState


@transaction.atomic
def raise_alarm(*, recording: Recording, since: datetime, now: datetime) -> None:
    """An entry in the audit log each time; letters only the first time in a lesson."""
    lesson = recording.lesson
    _note("recording.unattended", recording, (now - since).total_seconds())
    _, is_first = Alarm.objects.get_or_create(
        recording=recording, defaults={"since": since, "raised_at": now}
    )
    if is_first:
        heads = heads_of(lesson.institution)
        warn_of_lesson(lesson=lesson, people=heads, kind=LetterKind.NO_RECORDER, now=now)


def note_repaired(*, now: datetime) -> int:
    """A recorder has come after all: who was warned is told from when on, and how much is missing."""
    unrepaired = Alarm.objects.filter(repaired_at__isnull=True, recording__state=RecordingState.RECORDING)
    return sum(_note_repaired(alarm, now) for alarm in unrepaired.select_related("recording__lesson"))


@transaction.atomic
def _note_repaired(alarm: Alarm, now: datetime) -> bool:
    recording = alarm.recording
    unrepaired = Alarm.objects.filter(pk=alarm.pk, repaired_at__isnull=True)
    if not unrepaired.update(repaired_at=recording.state_at):
        return False
    _note("recording.attended", recording, (recording.state_at - alarm.since).total_seconds())
    lesson = recording.lesson
    heads = heads_of(lesson.institution)
    warn_of_lesson(lesson=lesson, people=heads, kind=LetterKind.RECORDED_AGAIN, now=now)
    return True


def _note(act: str, recording: Recording, seconds: float) -> None:
    record_audit(
        act,
        institution=recording.lesson.institution,
        by=None,
        target=f"recording:{recording.pk}",
        detail={"lesson": str(recording.lesson_id), "seconds": round(seconds)},
    )
