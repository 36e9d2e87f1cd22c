"""The board socket's words (docs/wire.md)."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from common.sockets.wire import envelope
from whiteboard.board import BoardState, Command, may_draw

Coordinate = Annotated[float, msgspec.Meta(ge=-4096, le=8192)]
Point = tuple[Coordinate, Coordinate]
Points = Annotated[list[Point], msgspec.Meta(min_length=1, max_length=2000)]
Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]
Width = Annotated[float, msgspec.Meta(ge=1, le=64)]
Duration = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class StrokeAdd(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    colour: Colour
    width: Width
    points: Points
    duration_ms: Duration


class StrokeErase(msgspec.Struct, forbid_unknown_fields=True):
    strokes: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=1000)]


class PageAdd(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID
    title: Title


class PageTurn(msgspec.Struct, forbid_unknown_fields=True):
    page: UUID


class RightsChange(msgspec.Struct, forbid_unknown_fields=True):
    draw: Literal["nobody", "all"]


class StrokeExtend(msgspec.Struct, forbid_unknown_fields=True):
    """`sent_at` is the sender's own stamp in milliseconds, relayed untouched for measuring."""

    stroke: UUID
    page: UUID
    colour: Colour
    width: Width
    points: Points
    sent_at: float | None = None


DURABLE: dict[str, type[msgspec.Struct]] = {
    "stroke.add": StrokeAdd,
    "stroke.erase": StrokeErase,
    "page.add": PageAdd,
    "page.turn": PageTurn,
    "rights.change": RightsChange,
    "edit.undo": Nothing,
    "edit.redo": Nothing,
}
SHAPES: dict[str, type[msgspec.Struct]] = {**DURABLE, "stroke.extend": StrokeExtend, "board.ping": Nothing}


def you(person: str, standing: str, state: BoardState) -> dict[str, Any]:
    return {"person": person, "may_draw": may_draw(state.draw, standing), "may_manage": standing == "staff"}


def board_opened(state: BoardState, person: str, standing: str) -> dict[str, Any]:
    return envelope("board.opened", {**state.snapshot(), "you": you(person, standing, state)}, seq=state.seq)


def board_resumed(
    edits: list[dict[str, Any]], person: str, standing: str, state: BoardState
) -> dict[str, Any]:
    return envelope("board.resumed", {"edits": edits, "you": you(person, standing, state)}, seq=state.seq)


def stroke_extended(author: str, data: StrokeExtend) -> dict[str, Any]:
    return envelope("stroke.extended", {"author": author, **msgspec.to_builtins(data)})


def as_command(type_: str, ref: str, author: str, standing: str, data: msgspec.Struct) -> Command:
    return Command(type_, ref, author, msgspec.to_builtins(data), standing)
