"""What can be done with a board."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from classroom import timeline
from classroom.models import Room, RoomKind
from common.clock import from_ms, to_ms
from whiteboard import facts
from whiteboard.board import BoardState, Command, Edit, NotPossible, apply, decide, fold
from whiteboard.models import Board
from whiteboard.models import Edit as EditRow
from whiteboard.queries import edits_after, files_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command: a new edit, an edit known before, or a refusal's code."""

    edit: Edit | None = None
    is_new: bool = False
    code: str = ""


@transaction.atomic
def open_board(*, room: Room, now: datetime) -> Board:
    """The room's board with its first page, titled in the course's language; the same one when it exists."""
    # A breakout's board bears its room's id, so that whoever is told of the room knows where its board is.
    own_id = {"pk": room.pk} if room.is_breakout else {}
    board, created = Board.objects.get_or_create(room=room, defaults=own_id)
    if created:
        first = _first_commands(board)
        apply_commands(
            board_id=board.pk, state=BoardState(), commands=first, at=to_ms(now), even_when_over=True
        )
        board.refresh_from_db()
    return board


@transaction.atomic
def open_breakout_boards(*, lesson_id: uuid.UUID | str, now: datetime) -> int:
    """Those of all open breakout rooms that have none, by one question a table; how many were made.

    Two who do it at once wait for each other, and the second one's rows are ignored: both make the same.
    """
    rooms = Room.objects.filter(lesson_id=lesson_id, kind=RoomKind.BREAKOUT, closed_at__isnull=True)
    missing = list(rooms.filter(board=None).select_related("lesson__course").order_by("pk"))
    first = {room: _first_edits(Board(pk=room.pk, room=room), at=to_ms(now)) for room in missing}
    boards = [Board(pk=room.pk, room=room, seq=len(edits)) for room, edits in first.items()]
    Board.objects.bulk_create(boards, ignore_conflicts=True)
    rows = [_row(board, edit) for board in boards for edit in first[board.room]]
    EditRow.objects.bulk_create(rows, ignore_conflicts=True)
    return len(boards)


def _first_edits(board: Board, *, at: int) -> list[Edit]:
    state, edits = BoardState(), []
    for command in _first_commands(board):
        edits.append(decide(state, command, at=at))
        apply(state, edits[-1])
    return edits


def _first_commands(board: Board) -> list[Command]:
    """A page, titled in the course's language, and on a breakout's board a pen for everybody: there is no teacher to hand
    it out. The same however often they are made."""
    lesson, page = board.room.lesson, str(uuid.uuid5(board.pk, "first page"))
    author = str(lesson.created_by_id)
    with translation.override(lesson.course.language):
        title = _("Page %(number)s") % {"number": 1}
    blank = Command("page.add", page, author, {"page": page, "title": title})
    if not board.room.is_breakout:
        return [blank]
    ref = str(uuid.uuid5(board.pk, "everybody draws"))
    return [blank, Command("rights.change", ref, author, {"draw": "all", "named": []})]


@transaction.atomic
def apply_commands(
    *,
    board_id: uuid.UUID | str,
    state: BoardState,
    commands: Sequence[Command],
    at: int,
    even_when_over: bool = False,
) -> list[Outcome]:
    """Decide and keep these commands in one transaction; one outcome each, in their order.

    `state` is folded forward in place to what PostgreSQL will hold; when this raises, throw it away.
    Other processes' edits are folded in first: the board's row lock makes one order for all.
    """
    board = Board.objects.select_for_update(of=("self",)).select_related("room__lesson").get(pk=board_id)
    if board.seq > state.seq:
        fold(edits_after(board_id, state.seq), state)
    ended_at = None if even_when_over else board.closed_ms
    files = _files_for(board_id, commands)
    outcomes = [
        _known(state, command) or _decide_one(state, command, files, at, ended_at) for command in commands
    ]
    fresh = [outcome.edit for outcome in outcomes if outcome.edit and outcome.is_new]
    _keep(board, state, fresh)
    return outcomes


def _known(state: BoardState, command: Command) -> Outcome | None:
    edit = state.edits.get(command.ref)
    if edit is None:
        return None
    # A ref is not a key: somebody else's edit under the same ref is no answer.
    return Outcome(edit=edit) if edit.author == command.author else Outcome(code="bad_data")


def _files_for(board_id: uuid.UUID | str, commands: Sequence[Command]) -> set[str]:
    wanted = {str(command.data["file"]) for command in commands if "file" in command.data}
    return files_of(board_id, wanted) if wanted else set()


def _decide_one(
    state: BoardState, command: Command, files: set[str], at: int, ended_at: int | None
) -> Outcome:
    if ended_at is not None and not is_annotation(state, command, ended_at):
        return Outcome(code="lesson_over")
    if command.data.get("file") not in (None, *files):
        return Outcome(code="not_found")
    try:
        edit = decide(state, command, at=at)
    except NotPossible as refusal:
        return Outcome(code=refusal.code)
    apply(state, edit)
    return Outcome(edit=edit, is_new=True)


def is_annotation(state: BoardState, command: Command, ended_at: int) -> bool:
    """What staff may still do when the lesson is over: add to the board, and change what was added since."""
    if not command.is_staff:
        return False
    match command.type:
        case "item.add":
            return True
        case "item.change":
            return _are_newer(state, [one["id"] for one in command.data["items"]], ended_at)
        case "item.erase" | "item.divide":
            return _are_newer(state, command.data["items"], ended_at)
        case "edit.undo" | "edit.redo":
            stack = (state.done if command.type == "edit.undo" else state.undone).get(command.author, [])
            return not stack or state.edits[stack[-1]].at > ended_at
    return False


def _are_newer(state: BoardState, wanted: Sequence[str], ended_at: int) -> bool:
    return all(state.items[one]["at"] > ended_at for one in wanted if one in state.items)


def _keep(board: Board, state: BoardState, edits: Sequence[Edit]) -> None:
    if not edits:
        return
    EditRow.objects.bulk_create([_row(board, edit) for edit in edits])
    Board.objects.filter(pk=board.pk).update(seq=edits[-1].seq)
    titles = {page.id: page.title for page in state.pages}
    for edit in edits:
        if edit.type == "page.turned":
            _record_turn(board, edit, titles)


def _row(board: Board, edit: Edit) -> EditRow:
    return EditRow(
        board=board,
        seq=edit.seq,
        ref=edit.ref,
        type=edit.type,
        author_id=edit.author,
        at=edit.at,
        data=edit.data,
    )


def _record_turn(board: Board, edit: Edit, titles: dict[str, str]) -> None:
    timeline.record(
        board.room.lesson,
        facts.PAGE_TURNED,
        at=from_ms(edit.at),
        source="whiteboard",
        key=f"edit:{edit.ref}",
        person=Person(pk=edit.author),
        data={"page": edit.data["page"], "title": titles.get(edit.data["page"], "")},
    )
