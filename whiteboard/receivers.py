from typing import Any

from django.dispatch import receiver

from classroom.models import Lesson
from classroom.signals import lesson_scheduled
from common.queue import enqueue_on_commit


@receiver(lesson_scheduled, dispatch_uid="whiteboard.open_board")
def open_board_soon(lesson: Lesson, **_: Any) -> None:
    enqueue_on_commit("whiteboard.open_board", lesson.pk)
