from typing import Any

from django.dispatch import receiver

from classroom.models import Lesson
from classroom.signals import lesson_ended, lesson_opened, lesson_scheduled, recorder_heard
from common.queue import enqueue_on_commit


@receiver([lesson_scheduled, lesson_opened, lesson_ended], dispatch_uid="recordings.sweep")
def sweep_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge; the sweep itself runs every two seconds anyway."""
    enqueue_on_commit("recordings.sweep")


@receiver(recorder_heard, dispatch_uid="recordings.tend_fleet")
def tend_soon(lesson: Lesson, **_: Any) -> None:
    """Prosody told of a recorder: the fleet looks at once, and not only when its own turn comes."""
    enqueue_on_commit("recordings.tend_fleet")
