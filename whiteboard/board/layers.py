"""Who sees what: an item lies on everybody's layer (`""`) or on one person's, which staff see too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whiteboard.board.state import BoardState, Edit, Item

Viewer = str | None  # a person, or one of these two
STAFF: Viewer = None
EVERYBODY: Viewer = ""

_LISTS = ("items", "before", "added", "removed", "restored", "changed")


def can_see(viewer: Viewer, layer: str) -> bool:
    return viewer is STAFF or layer in ("", viewer)


def layers_of(items: Iterable[Item]) -> dict[str, Any]:
    """For a fact that names items only: on which layers those lie that are not everybody's."""
    layers = {item["id"]: item["layer"] for item in items if item["layer"]}
    return {"layers": layers} if layers else {}


def is_later(item: Mapping[str, Any], closed_ms: int | None) -> bool:
    """Whether it was put there when the lesson was over: a layer of its own, that can be left out."""
    return closed_ms is not None and int(item["at"]) > closed_ms


def is_private(edit: Edit) -> bool:
    """Whether somebody is told less of this edit than staff are."""
    return bool(audience(edit))


def audience(edit: Edit) -> set[str]:
    """The persons on whose layers this edit did something."""
    layers = {edit.data.get("layer", ""), *edit.data.get("layers", {}).values()}
    for name in _LISTS:
        layers |= {one.get("layer", "") for one in edit.data.get(name, ()) if isinstance(one, Mapping)}
    return {str(layer) for layer in layers if layer}


def any_private(state: BoardState, until: int) -> bool:
    """Whether up to that edit anybody was told less than staff."""
    return any(edit.seq <= until and is_private(edit) for edit in state.edits.values())


def authors_of(edit: Edit) -> set[str]:
    """Who made this edit, and whose items it brings."""
    items = (one for name in _LISTS for one in edit.data.get(name, ()) if isinstance(one, Mapping))
    return {edit.author, *(str(one["author"]) for one in items if "author" in one)}


def show(edit: Edit, viewer: Viewer) -> dict[str, Any]:
    """The envelope as that viewer is told it; what is not for them leaves its number, so that none is missing."""
    told = edit.envelope()
    if viewer is STAFF or not is_private(edit):
        return told
    if not can_see(viewer, edit.data.get("layer", "")):
        return hidden(edit)
    layers: Mapping[str, str] = edit.data.get("layers", {})
    data = {key: value for key, value in told["data"].items() if key != "layers"}
    for name in _LISTS:
        if name in data:
            data[name] = [one for one in data[name] if can_see(viewer, _layer_of(one, layers))]
    is_empty = not any(data.get(name) for name in _LISTS) and edit.type != "item.added"
    if is_empty and viewer != edit.author and not ("page" in data or "persons" in data):
        return hidden(edit)
    return {**told, "data": data}


def hidden(edit: Edit) -> dict[str, Any]:
    return {"type": "edit.hidden", "seq": edit.seq, "data": {}}


def _layer_of(one: str | Mapping[str, Any], layers: Mapping[str, str]) -> str:
    if isinstance(one, str):
        return layers.get(one, "")
    return str(one.get("layer") or layers.get(one["id"], ""))
