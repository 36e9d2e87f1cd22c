"""What lies on the pages: added, changed, erased, cut by the area eraser, cleared, revealed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from whiteboard.board.layers import can_see, layers_of
from whiteboard.board.state import (
    MAX_ITEMS,
    BoardState,
    Command,
    Edit,
    Effect,
    Item,
    NotPossible,
    hide,
    patch,
    put,
)

INK = frozenset({"pen", "highlighter"})
_LINE, _SHAPE = frozenset({"colour", "width", "from", "to"}), frozenset({"colour", "width", "fill", "box"})
CHANGEABLE: dict[str, frozenset[str]] = {
    **dict.fromkeys(INK, frozenset({"colour", "width", "points"})),
    **dict.fromkeys(("line", "arrow"), _LINE),
    **dict.fromkeys(("rectangle", "ellipse"), _SHAPE),
    "text": frozenset({"colour", "size", "box", "text"}),
    "image": frozenset({"box", "alt"}),
}
REACH = 1.0  # how far a piece may lie outside its source: coordinates are rounded


def make_id(ref: str, source: str) -> str:
    """The id of what the server made from `source` because of the command `ref`: the same one every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{ref} {source}"))


def check_room(state: BoardState, count: int = 1) -> None:
    if len(state.visible) + count > MAX_ITEMS:
        raise NotPossible("board_full")


def decide_add(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    check_room(state)
    layer = command.data.get("layer") or ""
    if not command.is_staff:
        layer = command.author if state.rights.isolated else ""
    return {**command.data, "layer": layer}


def decide_change(state: BoardState, command: Command) -> dict[str, Any]:
    wanted = {one["id"]: one for one in command.data["items"]}
    items = find_own(state, command, wanted)
    for item in items:
        if not wanted[item["id"]].keys() - {"id"} <= CHANGEABLE[item["kind"]]:
            raise NotPossible("bad_data")
    patches = [wanted[item["id"]] for item in items]
    before = [{key: item[key] for key in wanted[item["id"]]} for item in items]
    return {"items": patches, "before": before, **layers_of(items)}


def decide_erase(state: BoardState, command: Command) -> dict[str, Any]:
    items = find_own(state, command, command.data["items"])
    return {"items": [item["id"] for item in items], **layers_of(items)}


def decide_divide(state: BoardState, command: Command) -> dict[str, Any]:
    items = {item["id"]: item for item in find_own(state, command, command.data["items"])}
    if any(item["kind"] not in INK for item in items.values()):
        raise NotPossible("bad_data")
    if not {part["source"] for part in command.data["parts"]} <= set(command.data["items"]):
        raise NotPossible("bad_data")  # a piece of something that is not being cut
    parts = [part for part in command.data["parts"] if part["source"] in items]
    check_room(state, len(parts) - len(items))
    added = [
        _piece(
            items[part["source"]], part["points"], make_id(command.ref, f"{part['source']} {number}"), state
        )
        for number, part in enumerate(parts)
    ]
    return {"removed": list(items), "added": added, **layers_of(items.values())}


def decide_clear(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    items = state.visible_items(command.data["page"])
    if not items:
        raise NotPossible("not_found")
    return {"page": command.data["page"], "items": [item["id"] for item in items], **layers_of(items)}


def find_own(state: BoardState, command: Command, wanted: Iterable[str]) -> list[Item]:
    """Those that show and that this person may change; some may have gone meanwhile, but not all."""
    shown = [state.items[one] for one in dict.fromkeys(wanted) if one in state.visible]
    items = [item for item in shown if can_see(command.viewer, item["layer"])]
    if not command.is_staff and any(not _is_own(state, command.author, item) for item in items):
        raise NotPossible("forbidden")
    if not items:
        raise NotPossible("not_found")
    return items


def _is_own(state: BoardState, person: str, item: Item) -> bool:
    """While answers are isolated, what everybody sees is nobody's to change: it could tell an answer."""
    return item["author"] == person and (item["layer"] == person or not state.rights.isolated)


def _piece(source: Item, points: Sequence[Sequence[float]], item_id: str, state: BoardState) -> Item:
    for axis in (0, 1):
        along = [point[axis] for point in source["points"]]
        low, high = min(along) - REACH, max(along) + REACH
        if not all(low <= point[axis] <= high for point in points):
            raise NotPossible("bad_data")
    return {**source, "id": item_id, "points": points, "duration_ms": 0, "seq": state.seq + 1}


def apply_add(state: BoardState, edit: Edit, effect: Effect) -> None:
    put(state, [edit.envelope()["data"]], effect)


def apply_change(state: BoardState, edit: Edit, effect: Effect) -> None:
    patch(state, edit.data["items"], effect)


def apply_hide(state: BoardState, edit: Edit, effect: Effect) -> None:
    hide(state, edit.data["items"], effect)


def apply_divide(state: BoardState, edit: Edit, effect: Effect) -> None:
    hide(state, edit.data["removed"], effect)
    put(state, edit.data["added"], effect)
