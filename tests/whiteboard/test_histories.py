"""Any history: what somebody heard, after whatever snapshot, is what a newcomer of the same standing is told."""

from __future__ import annotations

import uuid
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from whiteboard.board import (
    EVERYBODY,
    STAFF,
    BoardState,
    Command,
    Edit,
    NotPossible,
    Viewer,
    apply,
    decide,
    fold,
    show,
    type_of_fact,
)

TEACHER, AMINA, BILAL = "teacher", "amina", "bilal"
VIEWERS: tuple[Viewer, ...] = (STAFF, AMINA, BILAL, EVERYBODY)
# Adding and taking back are what the rest happens to.
WORDS = st.sampled_from([*sorted(type_of_fact), *["item.add"] * 6, *["edit.undo"] * 4, *["edit.redo"] * 2])
STEP = st.tuples(WORDS, st.sampled_from([TEACHER, AMINA, BILAL]), st.integers(0, 99), st.integers(0, 99))


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=70), st.integers(0, 30))
def test_what_a_watcher_heard_equals_what_a_newcomer_sees(
    steps: list[tuple[str, str, int, int]], before: int
) -> None:
    state = first_board()
    edits = [*live(state, steps[:before])]
    watchers = {viewer: BoardState.of_snapshot(state.snapshot(viewer), state.seq) for viewer in VIEWERS}
    for edit in live(state, steps[before:]):
        edits.append(edit)
        for viewer, watcher in watchers.items():
            apply(watcher, Edit.of_envelope(show(edit, viewer)))
    for viewer, watcher in watchers.items():
        assert watcher.snapshot() == state.snapshot(viewer)
        assert watcher.seq == state.seq, "no number is missing"
    assert fold(edits, first_board()).snapshot() == state.snapshot()


@settings(max_examples=100, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_nobody_is_told_anything_of_what_lies_on_another_persons_layer(
    steps: list[tuple[str, str, int, int]],
) -> None:
    state = first_board()
    for edit in live(state, [("answers.open", TEACHER, 0, 0), *steps]):
        hidden = [item["id"] for item in state.items.values() if item["layer"] == AMINA]
        for viewer in (BILAL, EVERYBODY):
            # The names of edits (an item's is its own) say nothing by themselves; effects would.
            told = str(show(edit, viewer)["data"] | {"id": "", "target": ""})
            assert not [item_id for item_id in hidden if item_id in told]


MADE = st.sampled_from(["item.add", "item.change", "item.change", "item.erase", "item.divide"])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(MADE, st.sampled_from([AMINA, BILAL]), st.integers(0, 99), st.integers(0, 99))))
def test_who_takes_back_everything_leaves_the_board_as_it_was(steps: list[tuple[str, str, int, int]]) -> None:
    state = first_board()
    list(live(state, [("item.add", person, kind, kind) for person in (AMINA, BILAL) for kind in range(4)]))
    before = state.snapshot()
    authors = [edit.author for edit in live(state, steps)]
    list(live(state, [("edit.undo", author, 0, 0) for author in authors]))
    assert state.snapshot() == before


def first_board() -> BoardState:
    state = BoardState()
    for number in range(2):
        apply(state, decide(state, command(state, "page.add", TEACHER, number, 0), at=0))
    rights = Command("rights.change", str(uuid.UUID(int=9)), TEACHER, {"draw": "all", "named": []})
    apply(state, decide(state, rights, at=0))
    return state


def live(state: BoardState, steps: list[tuple[str, str, int, int]]) -> Any:
    for type_, author, one, other in steps:
        try:
            edit = decide(state, command(state, type_, author, one, other), at=one)
        except NotPossible:
            continue
        apply(state, edit)
        yield edit


def command(state: BoardState, type_: str, author: str, one: int, other: int) -> Command:
    ref = str(uuid.UUID(int=10**6 + state.seq))
    data = DATA.get(type_, lambda *_: {})(state, author, one, other)
    return Command(type_, ref, author, data, "staff" if author == TEACHER else "student")


def page(state: BoardState, number: int) -> str:
    return state.pages[number % len(state.pages)].id if state.pages else ""


def some(state: BoardState, author: str, one: int, other: int) -> list[str]:
    """Items that this person may probably take: mostly own ones."""
    items = [item for item in state.visible_items() if author == TEACHER or item["author"] == author]
    return [item["id"] for item in (items[one % len(items) :] if items else [])[: 1 + other % 3]]


def new_item(state: BoardState, author: str, one: int, other: int) -> dict[str, Any]:
    kinds: list[dict[str, Any]] = [
        {"kind": "pen", "width": 2, "points": [[0, 0], [one, other]], "duration_ms": 5},
        {"kind": "line", "width": 2, "from": [0, 0], "to": [one, other]},
        {"kind": "ellipse", "width": 2, "fill": None, "box": [0, 0, one, other]},
        {"kind": "text", "size": 20, "box": [0, 0, one, other], "text": "x", "direction": "auto"},
    ]
    layer = AMINA if other % 7 == 0 else None
    return {"page": page(state, one), "colour": "#000000", "layer": layer, **kinds[other % 4]}


def divide(state: BoardState, author: str, one: int, other: int) -> dict[str, Any]:
    items = some(state, author, one, other)
    ink = [item_id for item_id in items if state.items[item_id]["kind"] == "pen"]
    points = {item_id: state.items[item_id]["points"] for item_id in ink}
    return {"items": ink, "parts": [{"source": item_id, "points": points[item_id][:1]} for item_id in ink]}


# Whole, as a board keeps it: its colour may be changed afterwards.
A_DOT = {"kind": "pen", "colour": "#000000", "width": 2, "points": [[0, 0]], "duration_ms": 5}
DATA: dict[str, Any] = {
    "item.add": new_item,
    "item.change": lambda *about: {
        "items": [{"id": item_id, "colour": f"#0000{about[3]:02}"} for item_id in some(*about)]
    },
    "item.erase": lambda *about: {"items": some(*about)},
    "item.divide": divide,
    "page.add": lambda state, _, one, other: {
        "page": f"p{state.seq}",
        "title": "New",
        "after": page(state, one) if other % 2 and state.pages else None,
    },
    "page.duplicate": lambda state, _, one, __: {
        "page": f"p{state.seq}",
        "source": page(state, one),
        "title": "Copy",
    },
    "page.move": lambda state, _, one, other: {"page": page(state, one), "position": other},
    "page.rename": lambda state, _, one, other: {"page": page(state, one), "title": f"T{other}"},
    **dict.fromkeys(
        ("page.remove", "page.clear", "page.turn"), lambda state, _, one, __: {"page": page(state, one)}
    ),
    "slides.add": lambda state, _, one, __: {
        "pages": [{"id": f"s{state.seq}", "title": "Slide", "background": {"file": "f", "page": one}}]
    },
    "board.continue": lambda state, _, one, other: {
        "pages": [{"id": f"c{state.seq}", "title": "Then", "background": None}],
        "current_page": f"c{state.seq}",
        "items": [
            {"id": f"i{state.seq}-{number}", "page": f"c{state.seq}", **A_DOT} for number in range(one % 3)
        ],
    },
    "rights.change": lambda _, __, one, ___: {"draw": ["all", "named"][one % 2], "named": [AMINA]},
    "follow.change": lambda _, __, one, ___: {"on": one % 2 == 0},
    "answers.reveal": lambda _, __, one, ___: {"persons": "all" if one % 2 else [AMINA]},
}
