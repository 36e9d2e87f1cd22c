"""A board, its log of edits, the files that lie on it, and copies of it to take along."""

from whiteboard.models.boards import Board, Edit
from whiteboard.models.exports import BoardExport, Format
from whiteboard.models.files import BoardFile, FileKind
from whiteboard.models.work import FINISHED, UNFINISHED, WorkState

__all__ = [
    "FINISHED",
    "UNFINISHED",
    "Board",
    "BoardExport",
    "BoardFile",
    "Edit",
    "FileKind",
    "Format",
    "WorkState",
]
