"""The pure board: what is allowed, what it does, and that everybody agrees on the result."""

import gc
import uuid
from typing import Any

import msgspec
import pytest

from whiteboard.board import MAX_ITEMS, BoardState, Command, NotPossible, apply, decide, settle_points
from whiteboard.messages import ItemAdd, as_command

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


def test_a_student_changes_own_items_only_and_only_fields_of_their_kind() -> None:
    state = board()
    theirs = act(state, "item.add", **STROKE)
    mine = act(state, "item.add", "amina", "student", **STROKE)
    with pytest.raises(NotPossible, match="forbidden"):
        act(state, "item.change", "amina", "student", items=[{"id": theirs, "width": 9}])
    with pytest.raises(NotPossible, match="bad_data"):
        act(state, "item.change", "amina", "student", items=[{"id": mine, "fill": None}])
    act(state, "item.change", "amina", "student", items=[{"id": mine, "width": 9}])
    assert state.items[mine]["width"] == 9


def test_undo_leaves_what_somebody_else_changed_meanwhile() -> None:
    state = board()
    item = act(state, "item.add", "amina", "student", **STROKE)
    act(state, "item.change", "amina", "student", items=[{"id": item, "width": 9, "colour": "#111111"}])
    act(state, "item.change", items=[{"id": item, "colour": "#222222"}])
    act(state, "edit.undo", "amina", "student")
    assert (state.items[item]["width"], state.items[item]["colour"]) == (2, "#222222")


def test_what_the_teacher_erased_does_not_come_back_by_a_redo() -> None:
    state = board()
    item = act(state, "item.add", "amina", "student", **STROKE)
    act(state, "item.erase", items=[item])
    act(state, "edit.undo", "amina", "student")
    act(state, "edit.redo", "amina", "student")
    assert state.visible == set()


def test_the_area_eraser_leaves_pieces_where_their_source_lay() -> None:
    state = board()
    item = act(state, "item.add", "amina", "student", **STROKE)
    parts = [{"source": item, "points": [[0, 0], [3, 3]]}, {"source": item, "points": [[7, 7], [10, 10]]}]
    act(state, "item.divide", items=[item], parts=parts)
    pieces = state.visible_items()
    assert [piece["points"] for piece in pieces] == [part["points"] for part in parts]
    assert {(piece["author"], piece["order"]) for piece in pieces} == {("amina", state.items[item]["order"])}


def test_the_area_eraser_draws_nothing_new() -> None:
    state = board()
    item, other = act(state, "item.add", **STROKE), act(state, "item.add", **STROKE)
    for part in ({"source": item, "points": [[0, 0], [500, 3]]}, {"source": other, "points": [[0, 0]]}):
        with pytest.raises(NotPossible, match="bad_data"):
            act(state, "item.divide", items=[item], parts=[part])


def test_the_last_page_stays_and_a_removed_one_hands_on_to_its_neighbour() -> None:
    state = board()
    with pytest.raises(NotPossible, match="last_page"):
        act(state, "page.remove", page="p1")
    act(state, "page.add", page="p2", title="Page 2")
    act(state, "page.turn", page="p2")
    item = act(state, "item.add", **{**STROKE, "page": "p2"})
    act(state, "page.remove", page="p2")
    assert (state.current_page, state.visible) == ("p1", set())
    act(state, "edit.undo")
    assert ([page.id for page in state.pages], state.visible) == (["p1", "p2"], {item})


def test_a_page_that_is_gone_is_never_made_again_under_its_id() -> None:
    state = board()
    act(state, "page.add", page="p2", title="Page 2")
    act(state, "page.remove", page="p2")
    with pytest.raises(NotPossible, match="bad_data"):
        act(state, "page.add", page="p2", title="Another")


def test_those_who_are_named_draw_and_the_others_do_not() -> None:
    state = board("named")
    act(state, "rights.change", draw="named", named=["amina"])
    act(state, "item.add", "amina", "student", **STROKE)
    with pytest.raises(NotPossible, match="forbidden"):
        act(state, "item.add", "bilal", "student", **STROKE)


def test_an_isolated_answer_is_its_authors_and_staffs_until_it_is_revealed() -> None:
    state = board("nobody")
    act(state, "answers.open")
    answer = act(state, "item.add", "amina", "student", **STROKE)
    seen = {viewer: len(state.visible_items(viewer=viewer)) for viewer in (None, "amina", "bilal", "")}
    assert seen == {None: 1, "amina": 1, "bilal": 0, "": 0}
    with pytest.raises(NotPossible, match="not_found"):
        act(state, "item.erase", "bilal", "student", items=[answer])
    act(state, "answers.reveal", persons=["amina"])
    assert len(state.visible_items(viewer="bilal")) == 1


def test_what_was_drawn_for_all_tells_no_answer_while_answers_are_isolated() -> None:
    state = board()
    shown = act(state, "item.add", "amina", "student", **STROKE)
    act(state, "answers.open")
    with pytest.raises(NotPossible, match="forbidden"):
        act(state, "item.change", "amina", "student", items=[{"id": shown, "width": 9}])


def test_a_full_board_says_so() -> None:
    state = board()
    state.visible = {str(number) for number in range(MAX_ITEMS)}
    with pytest.raises(NotPossible, match="board_full"):
        act(state, "item.add", **STROKE)


@pytest.mark.deep
def test_ink_is_nothing_for_the_garbage_collector() -> None:
    """A board keeps every edit; a collector that looks through each point holds up everybody's pens."""
    stroke = {**STROKE, "points": [[n / 2, n / 3] for n in range(150)]}
    added = {"type": "item.added", "data": stroke}
    duplicated = {"type": "page.duplicated", "data": {"items": [dict(stroke), "only an id"]}}
    for told in (added, duplicated):
        data = settle_points(msgspec.json.decode(msgspec.json.encode(told["data"])))
        assert msgspec.json.encode(data) == msgspec.json.encode(told["data"])
        for _ in range(2):  # a tuple is let go once what is in it was
            gc.collect()
        lines = [one["points"] for one in (data, *data.get("items", [])) if "points" in one]
        assert lines and not any(gc.is_tracked(one) for line in lines for one in (line, *line))
    said = msgspec.json.decode(msgspec.json.encode({**stroke, "page": uuid.UUID(int=1)}), type=ItemAdd)
    kept = as_command("item.add", "r", "a", "staff", said).data["points"]
    for _ in range(2):
        gc.collect()
    assert not any(gc.is_tracked(one) for one in (kept, *kept))
