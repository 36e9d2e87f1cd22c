"""`decide` and `apply`: every command and every fact, by its word."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from whiteboard.board import answers, items, pages, undo
from whiteboard.board.state import BoardState, Command, Edit, Effect, NotPossible

STAFF_ONLY = frozenset(
    {
        *("page.add", "page.duplicate", "page.move", "page.rename", "page.remove", "page.clear", "page.turn"),
        *("rights.change", "follow.change", "answers.open", "answers.reveal", "answers.close", "slides.add"),
        "board.continue",
    }
)
UNDOABLE = frozenset(
    {
        *("item.added", "item.changed", "item.erased", "item.divided", "page.cleared"),
        *("page.duplicated", "page.moved", "page.renamed", "page.removed"),
    }
)


def fold(edits: Iterable[Edit], state: BoardState | None = None) -> BoardState:
    state = state or BoardState()
    for edit in edits:
        apply(state, edit)
    return state


def decide(state: BoardState, command: Command, *, at: int) -> Edit:
    """The fact that follows from `command`, not yet applied; raises NotPossible."""
    may_draw = state.rights.may_draw(command.standing, command.author)
    if not (command.is_staff or (command.type not in STAFF_ONLY and may_draw)):
        raise NotPossible("forbidden")
    data = _DECISIONS[command.type](state, command)
    return Edit(state.seq + 1, type_of_fact[command.type], command.ref, command.author, at, data)


def apply(state: BoardState, edit: Edit) -> None:
    """Fold one fact into the state, in place."""
    state.seq = edit.seq
    if edit.type == "edit.hidden":
        return
    effect = Effect()
    _EFFECTS[edit.type](state, edit, effect)
    state.edits[edit.ref] = edit
    if edit.type in UNDOABLE:
        state.done.setdefault(edit.author, []).append(edit.ref)
        state.undone.pop(edit.author, None)
        state.effects[edit.ref] = effect
    elif "target" in edit.data:
        state.effects[edit.data["target"]] = effect


def _decide_as_said(state: BoardState, command: Command) -> dict[str, Any]:
    return dict(command.data)


def _decide_rights(state: BoardState, command: Command) -> dict[str, Any]:
    return {"named": [], **command.data}


def _apply_rights(state: BoardState, edit: Edit, effect: Effect) -> None:
    state.rights = state.rights.after(edit.type, edit.data)


def _apply_follow(state: BoardState, edit: Edit, effect: Effect) -> None:
    state.follow = edit.data["on"]


_WORDS: dict[str, tuple[str, Callable[[BoardState, Command], dict[str, Any]]]] = {
    "item.add": ("item.added", items.decide_add),
    "item.change": ("item.changed", items.decide_change),
    "item.erase": ("item.erased", items.decide_erase),
    "item.divide": ("item.divided", items.decide_divide),
    "page.add": ("page.added", pages.decide_add),
    "page.duplicate": ("page.duplicated", pages.decide_duplicate),
    "page.move": ("page.moved", pages.decide_move),
    "page.rename": ("page.renamed", pages.decide_rename),
    "page.remove": ("page.removed", pages.decide_remove),
    "page.clear": ("page.cleared", items.decide_clear),
    "page.turn": ("page.turned", pages.decide_turn),
    "slides.add": ("slides.added", pages.decide_slides),
    "board.continue": ("board.continued", pages.decide_continue),
    "rights.change": ("rights.changed", _decide_rights),
    "follow.change": ("follow.changed", _decide_as_said),
    "answers.open": ("answers.opened", answers.decide_open),
    "answers.reveal": ("answers.revealed", answers.decide_reveal),
    "answers.close": ("answers.closed", answers.decide_close),
    "edit.undo": ("edit.undone", undo.decide_undo),
    "edit.redo": ("edit.redone", undo.decide_redo),
}
type_of_fact = {command: fact for command, (fact, _) in _WORDS.items()}
_DECISIONS = {command: decision for command, (_, decision) in _WORDS.items()}
_EFFECTS: dict[str, Callable[[BoardState, Edit, Effect], None]] = {
    "item.added": items.apply_add,
    "item.changed": items.apply_change,
    "item.erased": items.apply_hide,
    "item.divided": items.apply_divide,
    "page.added": pages.apply_add,
    "page.duplicated": pages.apply_duplicate,
    "page.moved": pages.apply_move,
    "page.renamed": pages.apply_rename,
    "page.removed": pages.apply_remove,
    "page.cleared": items.apply_hide,
    "page.turned": pages.apply_turn,
    "slides.added": pages.apply_slides,
    "board.continued": pages.apply_continue,
    "rights.changed": _apply_rights,
    "follow.changed": _apply_follow,
    "answers.opened": _apply_rights,
    "answers.revealed": answers.apply_reveal,
    "answers.closed": _apply_rights,
    "edit.undone": undo.apply_reversal,
    "edit.redone": undo.apply_reversal,
}
