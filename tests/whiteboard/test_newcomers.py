"""What newcomers are told first: as much as their eyes see, whoever came before them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import msgspec

from whiteboard.board import EVERYBODY, STAFF, BoardState, Edit, Viewer, apply, sort_items
from whiteboard.deltas import Pack, decode
from whiteboard.newcomers import RECENT_EDITS, First, Newcomers
from whiteboard.packing import unpack

AMINA, BILAL, PAGE = (str(uuid4()) for _ in range(3))


def board() -> BoardState:
    state = BoardState()
    add(state, "page.added", {"page": PAGE, "title": "1", "background": None, "position": 0})
    return state


def add(state: BoardState, type_: str, data: dict[str, Any], author: str = BILAL) -> None:
    apply(state, Edit(state.seq + 1, type_, str(uuid4()), author, 1_795_000_000_000, data))


def draw(state: BoardState, author: str = BILAL, layer: str = "", x: float = 1.0) -> None:
    look = {"colour": "#374ea2", "width": 4.0, "points": [[x, 2.0], [3.5, 4.0]], "duration_ms": 5}
    add(state, "item.added", {"kind": "pen", "page": PAGE, "layer": layer, **look}, author)


def snapshot(first: First) -> dict[str, Any]:
    """What its hearer puts together."""
    data = json.loads(msgspec.json.encode(first.data))
    records = [one for message in first.packs for one in decode(message, with_author=True)]
    ink = [item for one in records if isinstance(one, Pack) for item, _ in unpack(one.body)]
    return {**data, "items": sort_items([*data["items"], *ink])}


def tell(newcomers: Newcomers, state: BoardState, viewer: Viewer, *, is_packed: bool = True) -> First:
    eyes: dict[str, Any] = {"viewer": viewer, "is_packed": is_packed}
    return newcomers.find(state, **eyes) or newcomers.make(state, **eyes)


def test_what_is_put_together_is_the_snapshot_for_everybody_who_looks() -> None:
    state, newcomers = board(), Newcomers(lambda seq: True)
    draw(state)
    draw(state, x=1.25)  # too fine to be packed
    draw(state, AMINA, layer=AMINA)
    for viewer in (STAFF, AMINA, BILAL, EVERYBODY, AMINA, STAFF):
        for is_packed in (True, False):
            told = snapshot(tell(newcomers, state, viewer, is_packed=is_packed))
            assert told == state.snapshot(viewer)
    assert len(tell(newcomers, state, BILAL).packs) == 1


def test_a_private_layer_is_told_to_nobody_because_somebody_else_came_first() -> None:
    state, newcomers = board(), Newcomers(lambda seq: True)
    draw(state)
    draw(state, AMINA, layer=AMINA)
    for before in (STAFF, AMINA):
        tell(newcomers, state, before)
        for viewer in (BILAL, EVERYBODY):
            layers = {item["layer"] for item in snapshot(tell(newcomers, state, viewer))["items"]}
            assert layers == {""}


def test_who_draws_on_a_layer_of_their_own_is_told_it_although_others_came_before_it() -> None:
    state, newcomers = board(), Newcomers(lambda seq: True)
    draw(state)
    tell(newcomers, state, AMINA)
    draw(state, AMINA, layer=AMINA)
    told = snapshot(tell(newcomers, state, AMINA))
    assert [item["layer"] for item in told["items"]] == ["", AMINA]


def test_the_same_is_told_to_many_while_what_followed_can_still_be_told() -> None:
    state, reach = board(), {"can": True}
    newcomers = Newcomers(lambda seq: reach["can"])
    draw(state)
    first = tell(newcomers, state, BILAL)
    draw(state)
    assert tell(newcomers, state, AMINA) is first
    reach["can"] = False
    newer = tell(newcomers, state, AMINA)
    assert newer.seq == state.seq
    reach["can"] = True
    for _ in range(RECENT_EDITS + 1):
        draw(state)
    assert tell(newcomers, state, AMINA).seq == state.seq


def test_what_changed_is_packed_anew() -> None:
    state, newcomers = board(), Newcomers(lambda seq: False)
    draw(state)
    tell(newcomers, state, STAFF)
    (item,) = state.visible
    add(state, "item.changed", {"items": [{"id": item, "colour": "#000000"}], "before": []})
    assert snapshot(tell(newcomers, state, STAFF)) == state.snapshot()
