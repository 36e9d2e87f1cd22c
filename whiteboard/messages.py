"""The board socket's words (docs/wire.md)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from common.sockets.words import Vocabulary
from whiteboard.board import (
    EVERYBODY,
    MAX_PAGES,
    STAFF,
    BoardState,
    Command,
    Edit,
    Viewer,
    audience,
    is_private,
    show,
)
from whiteboard.told import NUMBERED, PASSING

Coordinate = Annotated[float, msgspec.Meta(ge=-4096, le=8192)]
Length = Annotated[float, msgspec.Meta(ge=0, le=8192)]
Point = tuple[Coordinate, Coordinate]
# The third is the pen's pressure. Tuples, because the garbage collector looks through lists again and again.
InkPoint = Annotated[tuple[Coordinate, ...], msgspec.Meta(min_length=2, max_length=3)]
Points = Annotated[tuple[InkPoint, ...], msgspec.Meta(min_length=1, max_length=2000)]
Box = tuple[Coordinate, Coordinate, Length, Length]
Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]
Width = Annotated[float, msgspec.Meta(ge=1, le=64)]
Size = Annotated[float, msgspec.Meta(ge=8, le=200)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]
Alternative = Annotated[str, msgspec.Meta(max_length=500)]
Zoom = Annotated[float, msgspec.Meta(ge=0.1, le=20)]
Duration = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Position = Annotated[int, msgspec.Meta(ge=0, lt=MAX_PAGES)]
Ids = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=1000)]
Persons = Annotated[list[UUID], msgspec.Meta(max_length=500)]

Variants = dict[Viewer, bytes]  # bodies of frames; who is not named gets EVERYBODY's


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Ink(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    page: UUID
    layer: UUID | None = None
    colour: Colour
    width: Width
    points: Points
    duration_ms: Duration

    def __post_init__(self) -> None:
        check_pressure(self.points)


class Pen(Ink, tag="pen", kw_only=True):
    pass


class Highlighter(Ink, tag="highlighter", kw_only=True):
    pass


class Segment(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    page: UUID
    layer: UUID | None = None
    colour: Colour
    width: Width
    start: Point = msgspec.field(name="from")
    end: Point = msgspec.field(name="to")


class Line(Segment, tag="line", kw_only=True):
    pass


class Arrow(Segment, tag="arrow", kw_only=True):
    pass


class Shape(msgspec.Struct, tag_field="kind", forbid_unknown_fields=True, kw_only=True):
    page: UUID
    layer: UUID | None = None
    colour: Colour
    width: Width
    fill: Colour | None
    box: Box


class Rectangle(Shape, tag="rectangle", kw_only=True):
    pass


class Ellipse(Shape, tag="ellipse", kw_only=True):
    pass


class TextBox(msgspec.Struct, tag_field="kind", tag="text", forbid_unknown_fields=True, kw_only=True):
    page: UUID
    layer: UUID | None = None
    colour: Colour
    size: Size
    box: Box
    text: Text
    direction: Literal["auto"] = "auto"


class Picture(msgspec.Struct, tag_field="kind", tag="image", forbid_unknown_fields=True, kw_only=True):
    page: UUID
    layer: UUID | None = None
    file: UUID
    box: Box
    alt: Alternative


ItemAdd = Pen | Highlighter | Line | Arrow | Rectangle | Ellipse | TextBox | Picture


class ItemPatch(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes different; which of these an item has, its kind says (`board.items.CHANGEABLE`)."""

    id: UUID
    colour: Colour | msgspec.UnsetType = msgspec.UNSET
    width: Width | msgspec.UnsetType = msgspec.UNSET
    points: Points | msgspec.UnsetType = msgspec.UNSET
    start: Point | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="from")
    end: Point | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="to")
    fill: Colour | msgspec.UnsetType | None = msgspec.UNSET
    box: Box | msgspec.UnsetType = msgspec.UNSET
    size: Size | msgspec.UnsetType = msgspec.UNSET
    text: Text | msgspec.UnsetType = msgspec.UNSET
    alt: Alternative | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.points:
            check_pressure(self.points)


class ItemChange(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[ItemPatch], msgspec.Meta(min_length=1, max_length=200)]


class ItemErase(msgspec.Struct, forbid_unknown_fields=True):
    items: Ids


class Part(msgspec.Struct, forbid_unknown_fields=True):
    source: UUID
    points: Points

    def __post_init__(self) -> None:
        check_pressure(self.points)


class ItemDivide(msgspec.Struct, forbid_unknown_fields=True):
    items: Ids
    parts: Annotated[list[Part], msgspec.Meta(max_length=1000)]


class PageAdd(msgspec.Struct, forbid_unknown_fields=True):
    """Behind `after`; at the end without it."""

    page: UUID
    title: Title
    after: UUID | None = None


class PageDuplicate(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    source: UUID
    title: Title


class PageMove(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    position: Position


class PageRename(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    title: Title


class PageChoice(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID


class RightsChange(msgspec.Struct, forbid_unknown_fields=True):
    draw: Literal["nobody", "named", "all"]
    named: Persons = []


class FollowChange(msgspec.Struct, forbid_unknown_fields=True):
    on: bool


class AnswersReveal(msgspec.Struct, forbid_unknown_fields=True):
    persons: Persons | Literal["all"]


class StrokeExtend(msgspec.Struct, forbid_unknown_fields=True):
    """`sent_at` is the sender's own stamp in milliseconds, relayed untouched for measuring."""

    stroke: UUID
    page: UUID
    colour: Colour
    width: Width
    points: Annotated[list[Point], msgspec.Meta(min_length=1, max_length=2000)]
    kind: Literal["pen", "highlighter"] = "pen"
    sent_at: float | None = None


class PointerMove(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    x: Coordinate
    y: Coordinate


class ViewMove(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in the middle of the teacher's screen, and how large."""

    page: UUID
    x: Coordinate
    y: Coordinate
    zoom: Zoom


DURABLE: dict[str, Any] = {
    "item.add": ItemAdd,
    "item.change": ItemChange,
    "item.erase": ItemErase,
    "item.divide": ItemDivide,
    "page.add": PageAdd,
    "page.duplicate": PageDuplicate,
    "page.move": PageMove,
    "page.rename": PageRename,
    "page.remove": PageChoice,
    "page.clear": PageChoice,
    "page.turn": PageChoice,
    "rights.change": RightsChange,
    "follow.change": FollowChange,
    "answers.open": Nothing,
    "answers.reveal": AnswersReveal,
    "answers.close": Nothing,
    "edit.undo": Nothing,
    "edit.redo": Nothing,
}
SHAPES: dict[str, Any] = {
    **DURABLE,
    "stroke.extend": StrokeExtend,
    "pointer.move": PointerMove,
    "laser.move": PointerMove,
    "view.move": ViewMove,
    "board.ping": Nothing,
}
WORDS = Vocabulary(
    SHAPES,
    snapshots=frozenset({"board.opened", "board.resumed"}),
    numbered=NUMBERED,
    passing=PASSING,
)


def check_pressure(points: Sequence[Sequence[float]]) -> None:
    """ValueError, which a decoder answers like any other wrong field."""
    if any(len(point) == 3 and not 0 <= point[2] <= 1 for point in points):
        raise ValueError("A pressure lies between 0 and 1.")


def you(person: str, standing: str, state: BoardState, *, is_over: bool = False) -> dict[str, Any]:
    """After the lesson staff alone add to the board, whatever it was open to."""
    may_draw = standing == "staff" if is_over else state.rights.may_draw(standing, person)
    return {
        "person": person,
        "standing": standing,
        "may_draw": may_draw,
        "may_manage": standing == "staff",
    }


def viewer_of(person: str, standing: str) -> Viewer:
    return STAFF if standing == "staff" else person if standing == "student" else EVERYBODY


def variants_of(edits: list[Edit]) -> Variants:
    """These edits as everybody is told them, and as those are for whom they differ."""
    viewers: set[Viewer] = {EVERYBODY}
    for edit in edits:
        viewers |= {STAFF, edit.author, *audience(edit)} if is_private(edit) else set()
    return {
        viewer: b",".join(msgspec.json.encode(show(edit, viewer)) for edit in edits) for viewer in viewers
    }


def as_command(type_: str, ref: str, author: str, standing: str, data: msgspec.Struct) -> Command:
    return Command(type_, ref, author, msgspec.to_builtins(data), standing)
