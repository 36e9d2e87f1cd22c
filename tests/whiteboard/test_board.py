"""The pure board: what is allowed, what it does, and that everybody agrees on the result."""

import uuid
from typing import Any

import pytest

from whiteboard.board import BoardState, Command, NotPossible, apply, decide

STROKE: dict[str, Any] = {
    "kind": "pen",
    "page": "p1",
    "colour": "#000000",
    "width": 2,
    "points": [[0, 0], [10, 10]],
    "duration_ms": 100,
}


def act(state: BoardState, type_: str, author: str = "teacher", standing: str = "staff", **data: Any) -> str:
    """Decide and apply one command; its ref."""
    ref = str(uuid.UUID(int=state.seq + 1))
    apply(state, decide(state, Command(type_, ref, author, data, standing), at=1000 + state.seq))
    return ref


def board(draw: str = "all") -> BoardState:
    state = BoardState()
    act(state, "page.add", page="p1", title="Page 1")
    act(state, "rights.change", draw=draw)
    return state


def test_a_student_draws_only_while_the_board_is_open_to_all() -> None:
    with pytest.raises(NotPossible, match="forbidden"):
        act(board("nobody"), "item.add", "amina", "student", **STROKE)
    state = board("all")
    act(state, "item.add", "amina", "student", **STROKE)
    assert len(state.visible) == 1


def test_a_reader_never_draws() -> None:
    with pytest.raises(NotPossible, match="forbidden"):
        act(board("all"), "item.add", "head", "reader", **STROKE)


def test_a_student_turns_no_page() -> None:
    with pytest.raises(NotPossible, match="forbidden"):
        act(board("all"), "page.turn", "amina", "student", page="p1")


def test_a_student_erases_own_strokes_only() -> None:
    state = board()
    theirs = act(state, "item.add", **STROKE)
    mine = act(state, "item.add", "amina", "student", **STROKE)
    with pytest.raises(NotPossible, match="forbidden"):
        act(state, "item.erase", "amina", "student", items=[theirs])
    act(state, "item.erase", "amina", "student", items=[mine])
    assert state.visible == {theirs}


def test_undo_takes_back_my_own_last_edit_and_nobody_elses() -> None:
    state = board()
    mine = act(state, "item.add", "amina", "student", **STROKE)
    theirs = act(state, "item.add", **STROKE)
    act(state, "edit.undo", "amina", "student")
    assert state.visible == {theirs}
    act(state, "edit.redo", "amina", "student")
    assert state.visible == {mine, theirs}


def test_undoing_an_erasure_brings_the_strokes_back_with_their_points() -> None:
    state = board()
    stroke = act(state, "item.add", **STROKE)
    act(state, "item.erase", items=[stroke])
    fact = decide(state, Command("edit.undo", str(uuid.uuid4()), "teacher", {}), at=1)
    assert [one["points"] for one in fact.data["restored"]] == [STROKE["points"]]


def test_nothing_to_undo_is_said_so() -> None:
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        act(board(), "edit.undo", "amina", "student")


def test_a_stroke_on_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotPossible, match="not_found"):
        act(board(), "item.add", **{**STROKE, "page": "p9"})
