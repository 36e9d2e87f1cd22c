import contextlib

from celery import shared_task
from django.utils import timezone

from classroom.models import Lesson, Room, RoomKind
from common.queue import enqueue_on_commit
from common.refusals import Refused
from whiteboard import actions, live
from whiteboard.models import FINISHED, BoardExport, BoardFile
from whiteboard.queries import lessons_to_continue


@shared_task(name="whiteboard.open_board")
def open_board(lesson_id: str) -> None:
    """Every room has a board before anybody enters; the room page opens it when this came too late."""
    main = Room.objects.select_related("lesson__course").get(lesson_id=lesson_id, kind=RoomKind.MAIN)
    actions.open_board(room=main, now=timezone.now())


@shared_task(name="whiteboard.open_breakout_boards")
def open_breakout_boards(lesson_id: str) -> None:
    """So that nobody waits for theirs; the board's own door opens it when this came too late."""
    actions.open_breakout_boards(lesson_id=lesson_id, now=timezone.now())


@shared_task(name="whiteboard.continue_board")
def continue_board(lesson_id: str) -> None:
    """As it was planned, in the name of who planned the lesson. Nothing to go on with is no mistake."""
    lesson = Lesson.objects.select_related("created_by", "course", "institution").get(pk=lesson_id)
    with contextlib.suppress(Refused):
        actions.continue_board(lesson=lesson, by=lesson.created_by, now=timezone.now())


@shared_task(name="whiteboard.tell_board")
def tell_board(board_id: str) -> None:
    """Those who look at a board already hear what was done to it elsewhere; the next edit would tell them, too."""
    live.nudge(board_id)


# What draws and converts is imported late: the web process never needs it.


@shared_task(name="whiteboard.import_file")
def import_file(file_id: str) -> None:
    from whiteboard import importing

    importing.import_file(file_id)


@shared_task(name="whiteboard.tidy_file")
def tidy_file(file_id: str) -> None:
    from whiteboard import importing

    importing.tidy_file(file_id)


@shared_task(name="whiteboard.export_board")
def export_board(export_id: str) -> None:
    from whiteboard import exporting

    exporting.export_board(export_id)


@shared_task(name="whiteboard.sweep")
def sweep() -> None:
    """Imports and exports that wait or whose worker died, uploads that have served, copies that are old, boards
    that are to go on."""
    from whiteboard.exporting import drop_old_exports
    from whiteboard.work import free_work

    for pk in free_work(BoardFile):
        enqueue_on_commit("whiteboard.import_file", pk)
    for pk in free_work(BoardExport):
        enqueue_on_commit("whiteboard.export_board", pk)
    served = BoardFile.objects.filter(state__in=FINISHED, has_upload=True)
    for pk in served.values_list("pk", flat=True):
        enqueue_on_commit("whiteboard.tidy_file", pk)
    for pk in lessons_to_continue(now=timezone.now()):
        enqueue_on_commit("whiteboard.continue_board", pk)
    drop_old_exports(now=timezone.now())
