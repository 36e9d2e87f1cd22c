from typing import Any

from django.dispatch import receiver

from classroom.models import Breakout, Lesson
from classroom.signals import breakouts_opened, lesson_opened, lesson_scheduled
from common.queue import enqueue_on_commit


@receiver(lesson_scheduled, dispatch_uid="whiteboard.open_board")
def open_board_soon(lesson: Lesson, **_: Any) -> None:
    enqueue_on_commit("whiteboard.open_board", lesson.pk)


@receiver(lesson_opened, dispatch_uid="whiteboard.continue_board")
def continue_board_soon(lesson: Lesson, **_: Any) -> None:
    if lesson.continues_board:
        enqueue_on_commit("whiteboard.continue_board", lesson.pk)


@receiver(breakouts_opened, dispatch_uid="whiteboard.open_breakout_boards")
def open_breakout_boards_soon(breakout: Breakout, **_: Any) -> None:
    """Whoever is faster than this opens the board of their room themselves."""
    enqueue_on_commit("whiteboard.open_breakout_boards", breakout.lesson_id)
