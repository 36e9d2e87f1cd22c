from typing import Any

from django.dispatch import receiver

from classroom.models import Lesson
from classroom.signals import lesson_cancelled, lesson_changed, lesson_ended, lesson_scheduled
from common.queue import enqueue_on_commit


@receiver([lesson_scheduled, lesson_changed, lesson_cancelled], dispatch_uid="classroom.sweep_letters")
def sweep_letters_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge, so that calendars know at once; the sweep itself runs every ten seconds."""
    enqueue_on_commit("classroom.sweep_letters")


@receiver(lesson_ended, dispatch_uid="classroom.keep_order")
def end_in_jitsi_soon(lesson: Lesson, **_: Any) -> None:
    """A nudge, so that nobody goes on in Jitsi; the sweep itself runs every three seconds."""
    enqueue_on_commit("classroom.keep_order")
