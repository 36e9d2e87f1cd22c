"""The pure board: what is allowed, what it does, and that everybody agrees on the result."""

import random
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whiteboard.board import BoardState, Command, NotPossible, apply, decide, fold

STROKE: dict[str, Any] = {
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
        act(board("nobody"), "stroke.add", "amina", "student", **STROKE)
    state = board("all")
    act(state, "stroke.add", "amina", "student", **STROKE)
    assert len(state.visible) == 1


def test_a_reader_never_draws() -> None:
    with pytest.raises(NotPossible, match="forbidden"):
        act(board("all"), "stroke.add", "head", "reader", **STROKE)


def test_a_student_turns_no_page() -> None:
    with pytest.raises(NotPossible, match="forbidden"):
        act(board("all"), "page.turn", "amina", "student", page="p1")


def test_a_student_erases_own_strokes_only() -> None:
    state = board()
    theirs = act(state, "stroke.add", **STROKE)
    mine = act(state, "stroke.add", "amina", "student", **STROKE)
    with pytest.raises(NotPossible, match="forbidden"):
        act(state, "stroke.erase", "amina", "student", strokes=[theirs])
    act(state, "stroke.erase", "amina", "student", strokes=[mine])
    assert state.visible == {theirs}


def test_undo_takes_back_my_own_last_edit_and_nobody_elses() -> None:
    state = board()
    mine = act(state, "stroke.add", "amina", "student", **STROKE)
    theirs = act(state, "stroke.add", **STROKE)
    act(state, "edit.undo", "amina", "student")
    assert state.visible == {theirs}
    act(state, "edit.redo", "amina", "student")
    assert state.visible == {mine, theirs}


def test_undoing_an_erasure_brings_the_strokes_back_with_their_points() -> None:
    state = board()
    stroke = act(state, "stroke.add", **STROKE)
    act(state, "stroke.erase", strokes=[stroke])
    fact = decide(state, Command("edit.undo", str(uuid.uuid4()), "teacher", {}), at=1)
    assert [one["points"] for one in fact.data["restored"]] == [STROKE["points"]]


def test_nothing_to_undo_is_said_so() -> None:
    with pytest.raises(NotPossible, match="nothing_to_undo"):
        act(board(), "edit.undo", "amina", "student")


def test_a_stroke_on_a_page_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotPossible, match="not_found"):
        act(board(), "stroke.add", **{**STROKE, "page": "p9"})


WORDS = st.sampled_from(["stroke.add", "stroke.erase", "edit.undo", "edit.redo", "page.add", "page.turn"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(WORDS, st.sampled_from(["teacher", "amina", "bilal"]), st.integers(0, 99)), max_size=60
    )
)
def test_what_listeners_heard_equals_what_a_newcomer_is_told(words: list[tuple[str, str, int]]) -> None:
    """Old snapshot and facts heard since must equal the fresh snapshot, for any history."""
    state, edits = board(), []
    listener = mirror(state.snapshot())
    for type_, author, number in words:
        try:
            edit = decide(state, command(state, type_, author, number), at=number)
        except NotPossible:
            continue
        apply(state, edit)
        edits.append(edit)
        hear(listener, edit.envelope())
    assert listener == mirror(state.snapshot())
    assert fold(edits, board()).snapshot() == state.snapshot()


def command(state: BoardState, type_: str, author: str, number: int) -> Command:
    standing = "staff" if author == "teacher" else "student"
    strokes = sorted(state.strokes)
    data: dict[str, Any] = {
        "stroke.add": STROKE,
        "stroke.erase": {"strokes": random.Random(number).sample(strokes, min(len(strokes), 2))},
        "page.add": {"page": f"p{number + 10}", "title": "New"},
        "page.turn": {"page": state.pages[number % len(state.pages)].id},
    }.get(type_, {})
    return Command(type_, str(uuid.UUID(int=10**6 + state.seq)), author, data, standing)


def mirror(snapshot: dict[str, Any]) -> dict[str, Any]:
    return {
        "pages": [dict(page) for page in snapshot["pages"]],
        "current": snapshot["current_page"],
        "strokes": {stroke["id"]: stroke for stroke in snapshot["strokes"]},
    }


def hear(seen: dict[str, Any], message: dict[str, Any]) -> None:
    """What the browser does with a fact: it knows nothing of undo stacks, only effects."""
    data = message["data"]
    if message["type"] == "stroke.added":
        seen["strokes"][data["id"]] = data
    if message["type"] == "page.added":
        seen["pages"].insert(data["position"], {"id": data["page"], "title": data["title"]})
    if message["type"] == "page.turned":
        seen["current"] = data["page"]
    for stroke in data.get("removed", data.get("strokes", [])):
        seen["strokes"].pop(stroke, None)
    for stroke in data.get("restored", []):
        seen["strokes"][stroke["id"]] = stroke
