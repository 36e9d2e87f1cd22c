"""What a board consists of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from whiteboard.board.layers import STAFF, Viewer, can_see
from whiteboard.board.rights import Rights

WIDTH, HEIGHT = 960, 720
MAX_PAGES = 500
MAX_ITEMS = 50_000  # shown at a time

Item = dict[str, Any]
Patch = dict[str, Any]  # an item's id with those of its fields that change


class NotPossible(Exception):
    """A command that the board refuses; `code` is a wire error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody asks for; `data` has the shape of docs/wire.md, already decoded.

    `standing` is `staff` (everything), `student` (draws while the board is open to them) or `reader`.
    """

    type: str
    ref: str
    author: str
    data: dict[str, Any]
    standing: str = "staff"

    @property
    def is_staff(self) -> bool:
        return self.standing == "staff"

    @property
    def viewer(self) -> Viewer:
        return STAFF if self.is_staff else self.author


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
        """The wire form for staff (`layers.show` has the others'): data with author and time, an item whole."""
        data = {**self.data, "author": self.author, "at": self.at}
        if self.type == "item.added":
            data |= {"id": self.ref, "seq": self.seq, "order": self.seq}
        return {"type": self.type, "ref": self.ref, "seq": self.seq, "data": data}

    @classmethod
    def of_envelope(cls, told: dict[str, Any]) -> Edit:
        """What a listener was told, as an edit again."""
        extra = {"author", "at", *(("id", "seq", "order") if told["type"] == "item.added" else ())}
        about = told["data"]
        data = {key: value for key, value in about.items() if key not in extra}
        return cls(
            told["seq"], told["type"], told.get("ref", ""), about.get("author", ""), about.get("at", 0), data
        )


@dataclass(slots=True)
class Page:
    id: str
    title: str
    background: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.title, "background": self.background}


WITH_ITEMS = (
    "items",
    "before",
    "added",
    "restored",
    "changed",
)  # fields of an edit that may hold items, or patches


def settle_points(data: dict[str, Any]) -> dict[str, Any]:
    """An edit that was just decoded, with its points as tuples.

    A board keeps its edits for the whole lesson, and Python's garbage collector looks through every list among them
    again and again: 1,500 strokes in lists held up all pens for a tenth of a second. Numbers in tuples it forgets.
    """
    inside = (one for name in WITH_ITEMS for one in data.get(name, ()) if isinstance(one, dict))
    for one in (data, *inside):
        if "points" in one:
            one["points"] = tuple(map(tuple, one["points"]))
    return data


Place = tuple[int, str]  # a page's position and title


@dataclass(slots=True)
class Effect:
    """What an edit did when it was folded in, so that it can be taken back."""

    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    changed: list[tuple[Patch, Patch]] = field(default_factory=list)
    page: Page | None = None
    before: Place | None = None
    after: Place | None = None


@dataclass(slots=True)
class BoardState:
    """A board after `seq` edits. `items` holds hidden ones too; `visible` says which show."""

    seq: int = 0
    pages: list[Page] = field(default_factory=list)
    current_page: str = ""
    rights: Rights = field(default_factory=Rights)
    follow: bool = False
    items: dict[str, Item] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)
    page_ids: set[str] = field(default_factory=set)
    edits: dict[str, Edit] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    done: dict[str, list[str]] = field(default_factory=dict)
    undone: dict[str, list[str]] = field(default_factory=dict)

    @property
    def draw(self) -> str:
        return self.rights.draw

    def find_page(self, page_id: str) -> tuple[int, Page]:
        """Position and page; NotPossible for one that is not there."""
        for position, page in enumerate(self.pages):
            if page.id == page_id:
                return position, page
        raise NotPossible("not_found")

    def place_of(self, page_id: str) -> Place | None:
        places = ((position, page.title) for position, page in enumerate(self.pages) if page.id == page_id)
        return next(places, None)

    def items_of(self, page_id: str) -> list[str]:
        return [item_id for item_id in self.visible if self.items[item_id]["page"] == page_id]

    def visible_items(self, page_id: str | None = None, viewer: Viewer = STAFF) -> list[Item]:
        """Shown items from the lowest to the highest, of one page or of all, as far as the viewer sees them."""
        items = (self.items[item_id] for item_id in self.visible)
        return sort_items(
            item
            for item in items
            if (page_id is None or item["page"] == page_id) and can_see(viewer, item["layer"])
        )

    def authors(self, viewer: Viewer = STAFF) -> set[str]:
        """Of what this viewer sees."""
        items = (self.items[item_id] for item_id in self.visible)
        return {str(item["author"]) for item in items if can_see(viewer, item["layer"])}

    def snapshot(self, viewer: Viewer = STAFF) -> dict[str, Any]:
        return {
            "pages": [page.as_dict() for page in self.pages],
            "current_page": self.current_page,
            **self.rights.as_dict(),
            "follow": self.follow,
            "items": self.visible_items(viewer=viewer),
        }

    @classmethod
    def of_snapshot(cls, snapshot: dict[str, Any], seq: int) -> BoardState:
        """What a listener knows who was told this snapshot; it has no undo stacks."""
        state = cls(seq=seq, pages=[Page(**page) for page in snapshot["pages"]])
        state.current_page, state.follow = snapshot["current_page"], snapshot["follow"]
        state.rights = Rights(snapshot["draw"], tuple(snapshot["named"]), snapshot["isolated"])
        state.items = {item["id"]: item for item in snapshot["items"]}
        state.visible = set(state.items)
        state.page_ids = {page.id for page in state.pages}
        return state


def sort_items(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item["order"], item["seq"], item["id"]))


def hide(state: BoardState, items: Iterable[str], effect: Effect) -> None:
    """Those that show no longer do; a listener may be told of some that it never saw."""
    gone = [item_id for item_id in items if item_id in state.visible]
    state.visible.difference_update(gone)
    effect.hidden += gone


def put(state: BoardState, items: Iterable[Item], effect: Effect) -> None:
    for item in items:
        state.items[item["id"]] = item
        state.visible.add(item["id"])
        effect.shown.append(item["id"])


def patch(state: BoardState, patches: Sequence[Patch], effect: Effect) -> None:
    for after in patches:
        item = state.items.get(after["id"])
        if item is not None:
            effect.changed.append(({key: item[key] for key in after}, after))
            state.items[after["id"]] = {**item, **after}
