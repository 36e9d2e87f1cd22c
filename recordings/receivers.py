from typing import Any

from django.dispatch import receiver

from classroom.models import Lesson
from classroom.signals import lesson_ended, lesson_opened, lesson_scheduled
from common.queue import enqueue_on_commit


@receiver([lesson_scheduled, lesson_opened, lesson_ended], dispatch_uid="recordings.sweep")
def sweep_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge; the sweep itself runs every two seconds anyway."""
    enqueue_on_commit("recordings.sweep")
