"""Reads of boards."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

import msgspec
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from accounts.models import Person
from classroom.models import Lesson, LessonStatus, Room, RoomKind
from whiteboard.board import BoardState, Edit, fold
from whiteboard.models import Board, BoardExport, BoardFile, FileKind, WorkState
from whiteboard.models import Edit as EditRow

MAX_RESUME = 2000
LEAVING = ("item.added", "slides.added", "board.continued")  # after these a board may hold something


def edits_after(board_id: UUID | str, seq: int) -> list[Edit]:
    """A full board is half a million numbers: read as text, decoded here, they cost a third."""
    rows = EditRow.objects.filter(board_id=board_id, seq__gt=seq).order_by("seq")
    found = rows.values_list("seq", "type", "ref", "author_id", "at", Cast("data", TextField()))
    return [
        Edit(seq, type_, str(ref), str(author), at, msgspec.json.decode(data))
        for seq, type_, ref, author, at, data in found.iterator(chunk_size=2000)
    ]


def load_state(board_id: UUID | str) -> BoardState:
    """The board as PostgreSQL has it now."""
    return fold(edits_after(board_id, 0))


def files_of(board_id: UUID | str, wanted: Iterable[str]) -> set[str]:
    """Which of these are pictures that this board has."""
    ready = {"kind": FileKind.IMAGE, "state": WorkState.READY}
    rows = BoardFile.objects.filter(board_id=board_id, pk__in=list(wanted), **ready)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


def names_of(persons: Iterable[str]) -> dict[str, str]:
    """Of authors on a board: whoever sees it may know them, as in the room."""
    rows = Person.objects.filter(pk__in=list(persons)).values_list("pk", "name")
    return {str(pk): name for pk, name in rows}


def board_of(lesson: Lesson) -> Board | None:
    """The main room's, once somebody has opened it."""
    return Board.objects.filter(room__lesson=lesson, room__kind=RoomKind.MAIN).first()


def last_board(lesson: Lesson) -> Board | None:
    """Of the latest earlier lesson of the same course in which something was drawn or shown."""
    earlier = Board.objects.filter(
        room__kind=RoomKind.MAIN,
        room__lesson__course=lesson.course_id,
        room__lesson__status=LessonStatus.ENDED,
        room__lesson__starts_at__lt=lesson.starts_at,
    )
    drawn = EditRow.objects.filter(board=OuterRef("pk"), type__in=LEAVING)
    found = earlier.filter(Exists(drawn)).select_related("room__lesson")
    return found.order_by("-room__lesson__starts_at", "-pk").first()


def is_continued(board_id: UUID | str, source_id: UUID) -> bool:
    ref = continuation_ref(board_id, source_id)
    return EditRow.objects.filter(board_id=board_id, ref=ref).exists()


def continuation_ref(board_id: UUID | str, source_id: UUID) -> UUID:
    """The `ref` of the edit that brings that board's pages to this one: asked for twice, it happens once."""
    return uuid5(source_id, f"continued on {board_id}")


def is_board_work_going_on(*, now: datetime) -> bool:
    """Whether some worker is at an import or an export."""
    leased = {"state": WorkState.WORKING, "lease_until__gt": now}
    return any(model._default_manager.filter(**leased).exists() for model in (BoardFile, BoardExport))


def breakout_without_board(room_id: UUID | str) -> Room | None:
    """An open breakout room; its board, which will bear the same id, is not there yet."""
    rooms = Room.objects.filter(pk=room_id, kind=RoomKind.BREAKOUT, closed_at__isnull=True)
    return rooms.select_related("lesson__course", "lesson__institution").first()


def board_for_door(board_id: UUID | str) -> Board | None:
    return Board.objects.select_related("room__lesson").filter(pk=board_id).first()
