"""Isolated answers: while they are open, what a student draws is for that student and staff."""

from __future__ import annotations

from typing import Any

from whiteboard.board.state import BoardState, Command, Edit, Effect, NotPossible


def decide_open(state: BoardState, command: Command) -> dict[str, Any]:
    if state.rights.isolated:
        raise NotPossible("bad_data")
    return {}


def decide_close(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.rights.isolated:
        raise NotPossible("bad_data")
    return {}


def decide_reveal(state: BoardState, command: Command) -> dict[str, Any]:
    """The items come whole: those who are to see them now never heard of them."""
    items = [item for item in state.visible_items() if item["layer"]]
    wanted = command.data["persons"]
    persons = sorted({item["layer"] for item in items} if wanted == "all" else set(wanted))
    revealed = [{**item, "layer": ""} for item in items if item["layer"] in persons]
    if not revealed:
        raise NotPossible("not_found")
    return {"persons": persons, "items": revealed}


def apply_reveal(state: BoardState, edit: Edit, effect: Effect) -> None:
    # Also what is hidden at the moment: it may be brought back.
    for item in state.items.values():
        if item["layer"] in edit.data["persons"]:
            state.items[item["id"]] = {**item, "layer": ""}
    for item in edit.data["items"]:
        state.items[item["id"]] = item
        state.visible.add(item["id"])
