from celery import shared_task
from django.utils import timezone

from classroom.models import Room
from whiteboard import actions


@shared_task(name="whiteboard.open_board")
def open_board(lesson_id: str) -> None:
    """Every room has a board before anybody enters; the room page opens it when this came too late."""
    actions.open_board(
        room=Room.objects.select_related("lesson__course").get(lesson_id=lesson_id), now=timezone.now()
    )
