"""The pages: added, copied, moved, renamed, removed, turned."""

from __future__ import annotations

from typing import Any

from whiteboard.board.items import check_room, make_id
from whiteboard.board.state import (
    MAX_PAGES,
    BoardState,
    Command,
    Edit,
    Effect,
    NotPossible,
    Page,
    hide,
    put,
)


def decide_add(state: BoardState, command: Command) -> dict[str, Any]:
    """Behind `after`; at the end when that is null."""
    page, after = command.data["page"], command.data.get("after")
    _check_new(state, [page])
    position = state.find_page(after)[0] + 1 if after else len(state.pages)
    return {"page": page, "title": command.data["title"], "position": position, "background": None}


def decide_duplicate(state: BoardState, command: Command) -> dict[str, Any]:
    """A copy behind the original, of everything that everybody sees, in the copier's name."""
    _check_new(state, [command.data["page"]])
    position, source = state.find_page(command.data["source"])
    items = [item for item in state.visible_items(source.id) if not item["layer"]]
    check_room(state, len(items))
    copies = [
        {
            **item,
            "id": make_id(command.ref, item["id"]),
            "page": command.data["page"],
            "author": command.author,
            "seq": state.seq + 1,
        }
        for item in items
    ]
    about = {"page": command.data["page"], "title": command.data["title"], "background": source.background}
    return {**about, "position": position + 1, "items": copies}


def decide_slides(state: BoardState, command: Command) -> dict[str, Any]:
    """The server's own command: pages with pictures behind them, all at once, behind `after` or at the end."""
    pages, after = command.data["pages"], command.data.get("after")
    _check_new(state, [page["id"] for page in pages])
    position = state.find_page(after)[0] + 1 if after else len(state.pages)
    return {"pages": pages, "position": position}


def decide_continue(state: BoardState, command: Command) -> dict[str, Any]:
    """The server's own command: another board's pages in front, instead of ours while nothing lies on them."""
    pages, items = command.data["pages"], command.data["items"]
    _check_new(state, [page["id"] for page in pages])
    check_room(state, len(items))
    is_blank = not state.visible and not any(page.background for page in state.pages)
    left = [] if is_blank else [page.as_dict() for page in state.pages]
    current = command.data["current_page"] if is_blank else state.current_page
    # Below whatever is drawn here from now on, in the order in which they lay.
    lying = [
        {**item, "author": command.author, "layer": "", "seq": state.seq + 1, "order": place - len(items)}
        for place, item in enumerate(items)
    ]
    return {"pages": [*pages, *left], "current_page": current, "items": lying}


def decide_move(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    return {"page": command.data["page"], "position": min(command.data["position"], len(state.pages) - 1)}


def decide_rename(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    return dict(command.data)


def decide_remove(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    if len(state.pages) == 1:
        raise NotPossible("last_page")
    page = command.data["page"]
    return {"page": page, "current_page": page_beside(state, page)}


def decide_turn(state: BoardState, command: Command) -> dict[str, Any]:
    state.find_page(command.data["page"])
    return dict(command.data)


def page_beside(state: BoardState, page_id: str) -> str:
    """The current page once that one is gone: the one behind it if it was the current one, else before it."""
    if state.current_page != page_id:
        return state.current_page
    position, _ = state.find_page(page_id)
    return state.pages[position + 1 if position + 1 < len(state.pages) else position - 1].id


def _check_new(state: BoardState, page_ids: list[str]) -> None:
    if len(state.pages) + len(page_ids) > MAX_PAGES:
        raise NotPossible("board_full")
    if not page_ids or len(set(page_ids)) < len(page_ids) or not state.page_ids.isdisjoint(page_ids):
        raise NotPossible("bad_data")


def insert(state: BoardState, position: int, *pages: Page) -> None:
    state.pages[position:position] = pages
    state.page_ids.update(page.id for page in pages)
    state.current_page = state.current_page or pages[0].id


def take_out(state: BoardState, page_id: str, current_page: str, effect: Effect) -> None:
    """The page and all that lies on it."""
    hide(state, state.items_of(page_id), effect)
    state.pages = [page for page in state.pages if page.id != page_id]
    state.current_page = current_page


def apply_add(state: BoardState, edit: Edit, effect: Effect) -> None:
    insert(state, edit.data["position"], _page_of(edit))


def apply_duplicate(state: BoardState, edit: Edit, effect: Effect) -> None:
    effect.page = _page_of(edit)
    insert(state, edit.data["position"], effect.page)
    put(state, edit.data["items"], effect)
    effect.after = state.place_of(effect.page.id)


def apply_slides(state: BoardState, edit: Edit, effect: Effect) -> None:
    insert(state, edit.data["position"], *(Page(**page) for page in edit.data["pages"]))


def apply_continue(state: BoardState, edit: Edit, effect: Effect) -> None:
    state.pages = [Page(**page) for page in edit.data["pages"]]
    state.page_ids.update(page.id for page in state.pages)
    state.current_page = edit.data["current_page"]
    put(state, edit.data["items"], effect)


def apply_move(state: BoardState, edit: Edit, effect: Effect) -> None:
    old, page = state.find_page(edit.data["page"])
    effect.page, effect.before = page, (old, page.title)
    del state.pages[old]
    state.pages.insert(edit.data["position"], page)
    effect.after = state.place_of(page.id)


def apply_rename(state: BoardState, edit: Edit, effect: Effect) -> None:
    position, page = state.find_page(edit.data["page"])
    effect.page, effect.before = page, (position, page.title)
    page.title = edit.data["title"]
    effect.after = (position, page.title)


def apply_remove(state: BoardState, edit: Edit, effect: Effect) -> None:
    position, page = state.find_page(edit.data["page"])
    effect.page, effect.before = page, (position, page.title)
    take_out(state, page.id, edit.data["current_page"], effect)


def apply_turn(state: BoardState, edit: Edit, effect: Effect) -> None:
    state.current_page = edit.data["page"]


def _page_of(edit: Edit) -> Page:
    return Page(edit.data["page"], edit.data["title"], edit.data["background"])
