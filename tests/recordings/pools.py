"""Lessons and recorders for pools of machines, and a clock that the test turns."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from classroom.actions import schedule_lesson
from classroom.models import Lesson
from recordings.models import Capture, Engine, Recorder, RecorderState, Recording
from tests.conftest import Cast

MINUTE = timedelta(minutes=1)


class Clock:
    """On a full minute; what stands in rows follows it."""

    def __init__(self) -> None:
        self.now = timezone.now().replace(second=0, microsecond=0)

    def hear_from_all(self) -> None:
        """The machines boot, are found, and say that they are free."""
        Recorder.objects.exclude(state=RecorderState.BUSY).update(state=RecorderState.IDLE, seen_at=self.now)


def plan_lessons(cast: Cast, number: int, starts_at: datetime, length: timedelta = 45 * MINUTE) -> None:
    for _ in range(number):
        schedule_lesson(
            course=cast.course,
            title="Algebra",
            starts_at=starts_at,
            ends_at=starts_at + length,
            created_by=cast.teacher,
        )


def take_up(clock: Clock, lesson: Lesson) -> Recorder:
    """A free recorder begins with it."""
    recorder = Recorder.objects.filter(state=RecorderState.IDLE, drained_at__isnull=True).first()
    assert recorder is not None
    recording = Recording.objects.create(lesson=lesson, state_at=clock.now)
    Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id=f"s-{lesson.pk}",
        recorder=recorder,
        wanted_at=clock.now,
    )
    Recorder.objects.filter(pk=recorder.pk).update(state=RecorderState.BUSY)
    return recorder
