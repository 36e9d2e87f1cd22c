"""What is told on the board socket, word by word (docs/wire.md)."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from common.sockets.told import NothingTold, Told

Drawing = Literal["nobody", "named", "all"]
InkKind = Literal["pen", "highlighter"]
Colour = str
Point = list[float]
_PARTS: list[tuple[str, Any, Any]] = [
    ("colour", Colour | UnsetType, UNSET),
    ("width", float | UnsetType, UNSET),
    ("points", list[Point] | UnsetType, UNSET),
    ("start", Point | UnsetType, UNSET),
    ("to", Point | UnsetType, UNSET),
    ("fill", Colour | None | UnsetType, UNSET),
    ("box", list[float] | UnsetType, UNSET),
    ("size", float | UnsetType, UNSET),
    ("text", str | UnsetType, UNSET),
    ("alt", str | UnsetType, UNSET),
]
_START = {"start": "from"}  # a word of Python
# What an item's kind has of it.
ItemTold = msgspec.defstruct(
    "ItemTold",
    [
        ("kind", Literal["pen", "highlighter", "line", "arrow", "rectangle", "ellipse", "text", "image"]),
        ("page", UUID),
        ("layer", str),
        ("author", UUID),
        ("at", int),
        ("id", UUID),
        ("seq", int),
        ("order", int),
        ("duration_ms", int | UnsetType, UNSET),
        ("direction", str | UnsetType, UNSET),
        ("file", UUID | UnsetType, UNSET),
        *_PARTS,
    ],
    bases=(Told,),
    rename=_START,
)
PatchTold = msgspec.defstruct("PatchTold", [("id", UUID), *_PARTS], bases=(Told,), rename=_START)


class BackgroundTold(Told):
    file: UUID
    page: int
    width: int
    height: int


class PageTold(Told):
    id: UUID
    title: str
    background: BackgroundTold | None


class DrawerTold(Told):
    person: UUID
    standing: Literal["staff", "student", "reader"]
    may_draw: bool
    may_manage: bool


class ViewTold(Told):
    author: UUID
    page: UUID
    x: float
    y: float
    zoom: float


class CompanyTold(Told):
    people: dict[str, str]
    view: ViewTold | None
    you: DrawerTold


class BoardOpenedTold(CompanyTold):
    pages: list[PageTold]
    current_page: UUID
    draw: Drawing
    named: list[UUID]
    isolated: bool
    follow: bool
    items: list[ItemTold]  # type: ignore[valid-type]  # made above


class BoardResumedTold(CompanyTold):
    edits: list[dict[str, Any]]  # envelopes of what follows


class EditTold(Told):
    """A durable word; where some of it lies on private layers, staff are told whose."""

    author: UUID
    at: int
    layers: dict[str, str] | UnsetType = UNSET


class ItemsChangedTold(EditTold, kw_only=True):
    items: list[PatchTold]  # type: ignore[valid-type]
    before: list[PatchTold]  # type: ignore[valid-type]


class ItemsErasedTold(EditTold, kw_only=True):
    items: list[UUID]


class ItemsDividedTold(EditTold, kw_only=True):
    removed: list[UUID]
    added: list[ItemTold]  # type: ignore[valid-type]


class PageAddedTold(EditTold, kw_only=True):
    page: UUID
    title: str
    position: int
    background: BackgroundTold | None


class PageDuplicatedTold(PageAddedTold, kw_only=True):
    items: list[ItemTold]  # type: ignore[valid-type]


class PageMovedTold(EditTold, kw_only=True):
    page: UUID
    position: int


class PageRenamedTold(EditTold, kw_only=True):
    page: UUID
    title: str


class PageRemovedTold(EditTold, kw_only=True):
    page: UUID
    current_page: UUID


class PageClearedTold(EditTold, kw_only=True):
    page: UUID
    items: list[UUID]


class PageTurnedTold(EditTold, kw_only=True):
    page: UUID


class SlidesAddedTold(EditTold, kw_only=True):
    pages: list[PageTold]
    position: int


class BoardContinuedTold(EditTold, kw_only=True):
    pages: list[PageTold]
    current_page: UUID
    items: list[ItemTold]  # type: ignore[valid-type]


class RightsChangedTold(EditTold, kw_only=True):
    draw: Drawing
    named: list[UUID]


class FollowChangedTold(EditTold, kw_only=True):
    on: bool


class AnswersTold(EditTold, kw_only=True):
    pass


class AnswersRevealedTold(EditTold, kw_only=True):
    persons: list[UUID]
    items: list[ItemTold]  # type: ignore[valid-type]


class EditReversedTold(EditTold, kw_only=True):
    target: UUID
    removed: list[UUID]
    restored: list[ItemTold]  # type: ignore[valid-type]
    changed: list[PatchTold] | UnsetType = UNSET  # type: ignore[valid-type]
    page: UUID | UnsetType = UNSET
    pages: list[PageTold] | UnsetType = UNSET
    current_page: UUID | UnsetType = UNSET


class StrokeTold(Told):
    author: UUID
    stroke: UUID
    page: UUID
    kind: InkKind
    colour: Colour
    width: float
    points: list[Point]
    sent_at: int | None


class PointerTold(Told):
    author: UUID
    page: UUID
    x: float
    y: float


class NamesTold(Told):
    people: dict[str, str]


NUMBERED: dict[str, Any] = {
    "board.opened": BoardOpenedTold,
    "board.resumed": BoardResumedTold,
    "edit.hidden": NothingTold,
    "item.added": ItemTold,
    "item.changed": ItemsChangedTold,
    "item.erased": ItemsErasedTold,
    "item.divided": ItemsDividedTold,
    "page.added": PageAddedTold,
    "page.duplicated": PageDuplicatedTold,
    "page.moved": PageMovedTold,
    "page.renamed": PageRenamedTold,
    "page.removed": PageRemovedTold,
    "page.cleared": PageClearedTold,
    "page.turned": PageTurnedTold,
    "slides.added": SlidesAddedTold,
    "board.continued": BoardContinuedTold,
    "rights.changed": RightsChangedTold,
    "follow.changed": FollowChangedTold,
    "answers.opened": AnswersTold,
    "answers.closed": AnswersTold,
    "answers.revealed": AnswersRevealedTold,
    "edit.undone": EditReversedTold,
    "edit.redone": EditReversedTold,
}
PASSING: dict[str, Any] = {
    "stroke.extended": StrokeTold,
    "pointer.moved": PointerTold,
    "laser.moved": PointerTold,
    "view.moved": ViewTold,
    "people.named": NamesTold,
    "board.ponged": NothingTold,
}
