"""The board as a value: state, what may happen next, and what happened.

Pure: no Django, no clock, no socket. `decide` turns a command into a fact or refuses;
`apply` folds a fact into the state. Facts carry their effect, so a reader that never saw
the erased item can still restore it. The browser's mirror is `frontend/src/whiteboard/board.ts`;
both replay `tests/transcripts/*.json`.

Coordinates: a page is 960 x 720, x to the right, y down. Times: milliseconds since 1970 UTC.
"""

from whiteboard.board.items import CHANGEABLE, INK
from whiteboard.board.layers import (
    EVERYBODY,
    STAFF,
    Viewer,
    any_private,
    audience,
    authors_of,
    is_later,
    is_private,
    show,
)
from whiteboard.board.reducer import STAFF_ONLY, UNDOABLE, apply, decide, fold, type_of_fact
from whiteboard.board.rights import Rights
from whiteboard.board.state import (
    HEIGHT,
    MAX_ITEMS,
    MAX_PAGES,
    WIDTH,
    BoardState,
    Command,
    Edit,
    Item,
    NotPossible,
    Page,
    settle_points,
    sort_items,
)

__all__ = [
    "CHANGEABLE",
    "EVERYBODY",
    "HEIGHT",
    "INK",
    "MAX_ITEMS",
    "MAX_PAGES",
    "STAFF",
    "STAFF_ONLY",
    "UNDOABLE",
    "WIDTH",
    "BoardState",
    "Command",
    "Edit",
    "Item",
    "NotPossible",
    "Page",
    "Rights",
    "Viewer",
    "any_private",
    "apply",
    "audience",
    "authors_of",
    "decide",
    "fold",
    "is_later",
    "is_private",
    "settle_points",
    "show",
    "sort_items",
    "type_of_fact",
]
