"""The board as a value: state, what may happen next, and what happened.

Pure: no Django, no clock, no socket. `decide` turns a command into a fact or refuses;
`apply` folds a fact into the state. Facts carry their effect, so a reader that never saw
the erased stroke can still restore it. The browser's mirror is `frontend/src/whiteboard/board.ts`;
both replay `tests/transcripts/*.json`.

Coordinates: a page is 960 x 720, x to the right, y down. Times: milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT = 960, 720
MAX_PAGES = 500

type_of_fact = {
    "stroke.add": "stroke.added",
    "stroke.erase": "stroke.erased",
    "page.add": "page.added",
    "page.turn": "page.turned",
    "rights.change": "rights.changed",
    "edit.undo": "edit.undone",
    "edit.redo": "edit.redone",
}
STAFF_ONLY = frozenset({"page.add", "page.turn", "rights.change"})
UNDOABLE = frozenset({"stroke.added", "stroke.erased"})


class NotPossible(Exception):
    """A command that the board refuses; `code` is a wire error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for; `data` has the shape of docs/wire.md, already decoded.

    `standing` is `staff` (everything), `student` (draws while the board is open to all) or `reader`.
    """

    type: str
    ref: str
    author: str
    data: dict[str, Any]
    standing: str = "staff"

    @property
    def is_staff(self) -> bool:
        return self.standing == "staff"


@dataclass(frozen=True, slots=True)
class Edit:
    """One durable change: what the log keeps and the socket says."""

    seq: int
    type: str
    ref: str
    author: str
    at: int
    data: dict[str, Any]

    def envelope(self) -> dict[str, Any]:
        """The wire form: data with author and time, a stroke also with its id and seq."""
        data = {**self.data, "author": self.author, "at": self.at}
        if self.type == "stroke.added":
            data |= {"id": self.ref, "seq": self.seq}
        return {"type": self.type, "ref": self.ref, "seq": self.seq, "data": data}


@dataclass(slots=True)
class Page:
    id: str
    title: str


@dataclass(slots=True)
class BoardState:
    """A board after `seq` edits. `strokes` holds hidden ones too; `visible` says which show."""

    seq: int = 0
    pages: list[Page] = field(default_factory=list)
    current_page: str = ""
    draw: str = "nobody"
    strokes: dict[str, dict[str, Any]] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)
    edits: dict[str, Edit] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=dict)
    undone: dict[str, list[str]] = field(default_factory=dict)

    def has_page(self, page_id: str) -> bool:
        return any(page.id == page_id for page in self.pages)

    def visible_strokes(self, page_id: str | None = None) -> list[dict[str, Any]]:
        """Shown strokes from the lowest to the highest, of one page or of all."""
        strokes = (self.strokes[stroke_id] for stroke_id in self.visible)
        chosen = (stroke for stroke in strokes if page_id is None or stroke["page"] == page_id)
        return sorted(chosen, key=lambda stroke: int(stroke["seq"]))

    def snapshot(self) -> dict[str, Any]:
        return {
            "pages": [{"id": page.id, "title": page.title} for page in self.pages],
            "current_page": self.current_page,
            "draw": self.draw,
            "strokes": self.visible_strokes(),
        }


def fold(edits: Iterable[Edit], state: BoardState | None = None) -> BoardState:
    state = state or BoardState()
    for edit in edits:
        apply(state, edit)
    return state


def may_draw(draw: str, standing: str) -> bool:
    return standing == "staff" or (standing == "student" and draw == "all")


def decide(state: BoardState, command: Command, *, at: int) -> Edit:
    """The fact that follows from `command`, not yet applied; raises NotPossible."""
    if not (command.is_staff or (command.type not in STAFF_ONLY and may_draw(state.draw, command.standing))):
        raise NotPossible("forbidden")
    data = _DECISIONS[command.type](state, command)
    return Edit(state.seq + 1, type_of_fact[command.type], command.ref, command.author, at, data)


def apply(state: BoardState, edit: Edit) -> None:
    """Fold one fact into the state, in place."""
    _EFFECTS[edit.type](state, edit)
    state.seq = edit.seq
    state.edits[edit.ref] = edit
    if edit.type in UNDOABLE:
        state.done.setdefault(edit.author, []).append(edit.ref)
        state.undone.pop(edit.author, None)


def _decide_stroke(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.has_page(command.data["page"]):
        raise NotPossible("not_found")
    return dict(command.data)


def _decide_erase(state: BoardState, command: Command) -> dict[str, Any]:
    wanted = [stroke_id for stroke_id in dict.fromkeys(command.data["strokes"]) if stroke_id in state.visible]
    if not command.is_staff and any(state.strokes[s]["author"] != command.author for s in wanted):
        raise NotPossible("forbidden")
    if not wanted:
        raise NotPossible("not_found")
    return {"strokes": wanted}


def _decide_page(state: BoardState, command: Command) -> dict[str, Any]:
    if state.has_page(command.data["page"]) or len(state.pages) >= MAX_PAGES:
        raise NotPossible("bad_data")
    return {**command.data, "position": len(state.pages)}


def _decide_turn(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.has_page(command.data["page"]):
        raise NotPossible("not_found")
    return dict(command.data)


def _decide_rights(state: BoardState, command: Command) -> dict[str, Any]:
    return dict(command.data)


def _decide_undo(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.done.get(command.author):
        raise NotPossible("nothing_to_undo")
    return _reversal(state, state.done[command.author][-1], undo=True)


def _decide_redo(state: BoardState, command: Command) -> dict[str, Any]:
    if not state.undone.get(command.author):
        raise NotPossible("nothing_to_redo")
    return _reversal(state, state.undone[command.author][-1], undo=False)


def _reversal(state: BoardState, target: str, *, undo: bool) -> dict[str, Any]:
    edit = state.edits[target]
    touched = [target] if edit.type == "stroke.added" else list(edit.data["strokes"])
    if (edit.type == "stroke.added") == undo:
        return {"target": target, "removed": [s for s in touched if s in state.visible], "restored": []}
    hidden = [state.strokes[s] for s in touched if s not in state.visible]
    return {"target": target, "removed": [], "restored": hidden}


def _apply_stroke(state: BoardState, edit: Edit) -> None:
    state.strokes[edit.ref] = edit.envelope()["data"]
    state.visible.add(edit.ref)


def _apply_erase(state: BoardState, edit: Edit) -> None:
    state.visible.difference_update(edit.data["strokes"])


def _apply_page(state: BoardState, edit: Edit) -> None:
    state.pages.insert(edit.data["position"], Page(edit.data["page"], edit.data["title"]))
    state.current_page = state.current_page or edit.data["page"]


def _apply_turn(state: BoardState, edit: Edit) -> None:
    state.current_page = edit.data["page"]


def _apply_rights(state: BoardState, edit: Edit) -> None:
    state.draw = edit.data["draw"]


def _apply_reversal(state: BoardState, edit: Edit) -> None:
    state.visible.difference_update(edit.data["removed"])
    for stroke in edit.data["restored"]:
        state.strokes.setdefault(stroke["id"], stroke)  # a reader that began after the erasure never saw it
        state.visible.add(stroke["id"])
    source, sink = (state.done, state.undone) if edit.type == "edit.undone" else (state.undone, state.done)
    if edit.data["target"] in source.get(edit.author, []):
        source[edit.author].remove(edit.data["target"])
    sink.setdefault(edit.author, []).append(edit.data["target"])


_DECISIONS = {
    "stroke.add": _decide_stroke,
    "stroke.erase": _decide_erase,
    "page.add": _decide_page,
    "page.turn": _decide_turn,
    "rights.change": _decide_rights,
    "edit.undo": _decide_undo,
    "edit.redo": _decide_redo,
}
_EFFECTS = {
    "stroke.added": _apply_stroke,
    "stroke.erased": _apply_erase,
    "page.added": _apply_page,
    "page.turned": _apply_turn,
    "rights.changed": _apply_rights,
    "edit.undone": _apply_reversal,
    "edit.redone": _apply_reversal,
}
