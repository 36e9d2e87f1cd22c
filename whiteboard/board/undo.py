"""Taking back: everybody their own edits, the last one first, and again.

What an edit did is kept as its `Effect`. Taking it back does the opposite of that, as far as nobody has done
something else with the same things meanwhile, and what this does in turn is the effect that a redo takes back.
"""

from __future__ import annotations

from typing import Any

from whiteboard.board.layers import layers_of
from whiteboard.board.pages import page_beside, take_out
from whiteboard.board.state import (
    BoardState,
    Command,
    Edit,
    Effect,
    NotPossible,
    Page,
    Patch,
    hide,
    patch,
    put,
)


def decide_undo(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.done.get(command.author):
        raise NotPossible("nothing_to_undo")
    return _reversal(state, state.done[command.author][-1])


def decide_redo(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.undone.get(command.author):
        raise NotPossible("nothing_to_redo")
    return _reversal(state, state.undone[command.author][-1])


def _reversal(state: BoardState, target: str) -> dict[str, Any]:
    """`pages` and `current_page` only when the pages are others afterwards, `changed` only when something changes."""
    effect = state.effects[target]
    pages = _pages_without(state, effect) if effect.page else None
    there = {page.id for page in (state.pages if pages is None else pages)}
    removed = [item_id for item_id in effect.shown if item_id in state.visible]
    if effect.page and effect.page.id not in there:
        removed = list(dict.fromkeys([*removed, *sorted(state.items_of(effect.page.id))]))
    hidden = [state.items[item_id] for item_id in effect.hidden if item_id not in state.visible]
    restored = [item for item in hidden if item["page"] in there]
    changed = [before for one in effect.changed if (before := _undo_change(state, *one))]
    touched = [*removed, *(one["id"] for one in changed)]
    data = {"target": target, "removed": removed, "restored": restored}
    if changed:
        data["changed"] = changed
    if pages is not None and effect.page:
        current = state.current_page if state.current_page in there else page_beside(state, effect.page.id)
        data |= {"page": effect.page.id, "pages": [page.as_dict() for page in pages], "current_page": current}
    return {**data, **layers_of(state.items[item_id] for item_id in touched)}


def _undo_change(state: BoardState, before: Patch, after: Patch) -> Patch | None:
    """What is still as it was made, as it was before."""
    item = state.items[after["id"]]
    fields = {key: before[key] for key in after if item[key] == after[key] and key != "id"}
    return {"id": item["id"], **fields} if fields and item["id"] in state.visible else None


def _pages_without(state: BoardState, effect: Effect) -> list[Page] | None:
    """The pages once what happened to one of them is taken back; None when nothing is to be done."""
    assert effect.page  # noqa: S101  the caller asked
    page_id, now = effect.page.id, state.place_of(effect.page.id)
    others = [page for page in state.pages if page.id != page_id]
    if effect.before is None:
        return others if now and others else None
    position, title = effect.before
    if effect.after and now:
        position = position if effect.after[0] != effect.before[0] else now[0]
        title = title if now[1] == effect.after[1] else now[1]
    elif effect.after or now:
        return None  # somebody removed it, or brought it back, meanwhile
    page = Page(page_id, title, effect.page.background)
    return [*others[:position], page, *others[position:]]


def apply_reversal(state: BoardState, edit: Edit, effect: Effect) -> None:
    if "pages" in edit.data:
        _apply_pages(state, edit, effect)
    hide(state, edit.data["removed"], effect)
    put(state, edit.data["restored"], effect)
    patch(state, edit.data.get("changed", []), effect)
    source, sink = (state.done, state.undone) if edit.type == "edit.undone" else (state.undone, state.done)
    if edit.data["target"] in source.get(edit.author, []):
        source[edit.author].remove(edit.data["target"])
    sink.setdefault(edit.author, []).append(edit.data["target"])


def _apply_pages(state: BoardState, edit: Edit, effect: Effect) -> None:
    page_id, pages = edit.data["page"], [Page(**page) for page in edit.data["pages"]]
    known = [page for page in (*pages, *state.pages) if page.id == page_id]
    effect.page, effect.before = known[0], state.place_of(page_id)
    if all(page.id != page_id for page in pages):
        take_out(state, page_id, edit.data["current_page"], effect)
    state.pages, state.current_page = pages, edit.data["current_page"]
    state.page_ids.add(page_id)
    effect.after = state.place_of(page_id)
