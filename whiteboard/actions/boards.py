"""What can be done with a board."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from classroom import timeline
from classroom.models import Room
from classroom.passes import visitor_of
from classroom.rules import may_go_into
from common.clock import from_ms, to_ms
from whiteboard import facts
from whiteboard.board import BoardState, Command, Edit, NotPossible, apply, decide, fold
from whiteboard.models import Board
from whiteboard.models import Edit as EditRow
from whiteboard.queries import breakout_without_board, edits_after, files_of


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
        first_page, author = str(uuid.uuid4()), str(room.lesson.created_by_id)
        with translation.override(room.lesson.course.language):
            title = _("Page %(number)s") % {"number": 1}
        command = Command("page.add", first_page, author, {"page": first_page, "title": title})
        apply_commands(
            board_id=board.pk, state=BoardState(), commands=[command], at=to_ms(now), even_when_over=True
        )
        board.refresh_from_db()
    return board


def open_breakout_board(*, room_id: uuid.UUID | str, scope: dict[str, Any], now: datetime) -> Board | None:
    """For whoever is faster than the task that makes the boards of breakout rooms; None for who may not go in."""
    room = breakout_without_board(room_id)
    if room is None or not may_go_into(visitor_of(scope, room.lesson_id), room):
        return None
    return open_board(room=room, now=now)


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
    lesson = board.room.lesson
    closed_at = board.room.closed_at or (lesson.ended_at or lesson.ends_at if lesson.is_over else None)
    ended_at = None if even_when_over or closed_at is None else to_ms(closed_at)
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
