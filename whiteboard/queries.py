"""Reads of boards."""

from collections.abc import Iterable
from uuid import UUID

from whiteboard.board import BoardState, Edit, fold
from whiteboard.models import Board, BoardFile
from whiteboard.models import Edit as EditRow

MAX_RESUME = 2000


def edits_after(board_id: UUID | str, seq: int) -> list[Edit]:
    rows = EditRow.objects.filter(board_id=board_id, seq__gt=seq).order_by("seq")
    return [row.as_edit() for row in rows.iterator(chunk_size=2000)]


def load_state(board_id: UUID | str) -> BoardState:
    """The board as PostgreSQL has it now."""
    return fold(edits_after(board_id, 0))


def files_of(board_id: UUID | str, wanted: Iterable[str]) -> set[str]:
    """Which of these files are this board's."""
    rows = BoardFile.objects.filter(board_id=board_id, pk__in=list(wanted))
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


def board_for_door(board_id: UUID | str) -> Board | None:
    return Board.objects.select_related("room__lesson").filter(pk=board_id).first()
