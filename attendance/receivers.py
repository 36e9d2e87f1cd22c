from typing import Any

from django.dispatch import receiver

from classroom.models import Lesson
from classroom.signals import lesson_ended
from common.queue import enqueue_on_commit


@receiver(lesson_ended, dispatch_uid="attendance.sweep")
def settle_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge; the sweep itself runs every fifteen seconds anyway."""
    enqueue_on_commit("attendance.sweep")
