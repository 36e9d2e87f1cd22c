"""Reads of boards."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from whiteboard.board import BoardState, Edit, fold
from whiteboard.models import Board, BoardExport, BoardFile, FileKind, WorkState
from whiteboard.models import Edit as EditRow

MAX_RESUME = 2000


def edits_after(board_id: UUID | str, seq: int) -> list[Edit]:
    rows = EditRow.objects.filter(board_id=board_id, seq__gt=seq).order_by("seq")
    return [row.as_edit() for row in rows.iterator(chunk_size=2000)]


def load_state(board_id: UUID | str) -> BoardState:
    """The board as PostgreSQL has it now."""
    return fold(edits_after(board_id, 0))


def files_of(board_id: UUID | str, wanted: Iterable[str]) -> set[str]:
    """Which of these are pictures that this board has."""
    ready = {"kind": FileKind.IMAGE, "state": WorkState.READY}
    rows = BoardFile.objects.filter(board_id=board_id, pk__in=list(wanted), **ready)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}


def is_board_work_going_on(*, now: datetime) -> bool:
    """Whether some worker is at an import or an export."""
    leased = {"state": WorkState.WORKING, "lease_until__gt": now}
    return any(model._default_manager.filter(**leased).exists() for model in (BoardFile, BoardExport))


def board_for_door(board_id: UUID | str) -> Board | None:
    return Board.objects.select_related("room__lesson").filter(pk=board_id).first()
