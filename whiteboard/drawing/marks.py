"""What an item leaves on a page, in the order in which it is drawn. The browser's mirror is in
`frontend/src/whiteboard/`: what is drawn live must be drawn in recordings and exports, and the other way round.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from whiteboard.board import HEIGHT, WIDTH, Item, is_later
from whiteboard.drawing.boxes import EVERYTHING, NOTHING, Box, around, overlap, union
from whiteboard.drawing.letters import Laid, lay_out

At = tuple[float, float]
# A highlighter darkens what lies under it, so that ink stays as black as it was.
HIGHLIGHT = 0.4
CORNERS = 96
# What was added after the lesson shines: `frontend/src/whiteboard/later.ts`.
HALO, HALO_COLOUR = 5.0, "#ffdf80"


@dataclass(frozen=True, slots=True)
class Line:
    """A polyline with round ends and joints; one point is a dot."""

    points: tuple[At, ...]
    width: float
    colour: str
    is_highlight: bool = False
    is_halo: bool = False

    @property
    def box(self) -> Box:
        return around(self.points, self.width)


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[At, ...]
    colour: str

    @property
    def box(self) -> Box:
        return around(self.points, 0)


@dataclass(frozen=True, slots=True)
class Words:
    """One laid-out line of text; `laid.left` and `laid.top` are where it begins."""

    laid: Laid
    size: float
    colour: str

    @property
    def box(self) -> Box:
        # Letters reach beyond their line: accents above, tails below, italics aside.
        laid, more = self.laid, self.size / 2
        ends = (
            (laid.left - more, laid.top - more),
            (laid.left + laid.width + more, laid.top + laid.height + more),
        )
        return around(ends, 0)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of a file of the board: x, y, width, height."""

    file: str
    page: int
    place: tuple[float, float, float, float]

    @property
    def box(self) -> Box:
        x, y, width, height = self.place
        return around(((x, y), (x + width, y + height)), 0)


Mark = Line | Area | Words | Photo


def marks_of(item: Item, closed_ms: int | None = None) -> list[Mark]:
    """Nothing for a kind that nobody knows: an old server draws what a newer one left as far as it can. What is later
    than `closed_ms` has a light behind it."""
    make = _KINDS.get(item["kind"])
    marks = list(make(item)) if make else []
    return [*halo_of(item), *marks] if marks and is_later(item, closed_ms) else marks


def halo_of(item: Item) -> Iterator[Line]:
    """Light behind what was added after the lesson: along ink and lines, and around whatever has a frame."""
    if "box" in item:
        x, y, wide, high = map(float, item["box"])
        points: tuple[At, ...] = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y))
    else:
        points = tuple(curve(item["points"])) if "points" in item else (_at(item["from"]), _at(item["to"]))
    yield Line(points, float(item.get("width", 0)) + 2 * HALO, HALO_COLOUR, is_halo=True)


def box_of(marks: Sequence[Mark]) -> Box:
    """The part of the page that the marks can touch; NOTHING when they lie outside."""
    whole = union(mark.box for mark in marks)
    return (overlap(whole, EVERYTHING) if whole else None) or NOTHING


def background_of(background: dict[str, Any]) -> Photo:
    """A slide behind a page: fitted into it and centred."""
    wide, high = float(background["width"]), float(background["height"])
    share = min(WIDTH / wide, HEIGHT / high) if wide > 0 and high > 0 else 0
    place = ((WIDTH - wide * share) / 2, (HEIGHT - high * share) / 2, wide * share, high * share)
    return Photo(str(background["file"]), int(background["page"]), place)


def curve(points: Sequence[Sequence[float]]) -> list[At]:
    """The browser's curve (frontend/src/whiteboard/path.ts) as short straight lines: quadratics through the
    middles of neighbouring points, with the points between them as controls."""
    given = [(float(point[0]), float(point[1])) for point in points]
    found = given[:1]
    for control, following in itertools.pairwise(given[1:]):
        middle = ((control[0] + following[0]) / 2, (control[1] + following[1]) / 2)
        found += _quadratic(found[-1], control, middle)
    return found + given[1:][-1:]


def _quadratic(start: At, control: At, end: At) -> list[At]:
    steps = max(1, min(12, round(math.dist(start, end) / 4)))
    shares = [step / steps for step in range(1, steps + 1)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * control[0] + t * t * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * control[1] + t * t * end[1],
        )
        for t in shares
    ]


def _pen(item: Item) -> Iterator[Mark]:
    if all(len(point) < 3 for point in item["points"]):
        yield Line(tuple(curve(item["points"])), float(item["width"]), item["colour"])
    else:
        yield from _pressed(item)


def _pressed(item: Item) -> Iterator[Mark]:
    """A pen that was pressed: one line for each stretch of about the same width."""
    points = item["points"]
    widths = [round(float(item["width"]) * pressed(point) * 2) / 2 for point in points]
    begins = 0
    for place in range(1, len(points) + 1):
        if place == len(points) or widths[place] != widths[begins]:
            stretch = points[begins : min(place + 1, len(points))]
            yield Line(tuple(curve(stretch)), max(0.5, widths[begins]), item["colour"])
            begins = place


def pressed(point: Sequence[float]) -> float:
    """How much wider or narrower than its width a line is at this point: 0.5 to 1.5, 1 at half pressure."""
    return 0.5 + min(1.0, max(0.0, float(point[2]))) if len(point) > 2 else 1.0


def _highlighter(item: Item) -> Iterator[Mark]:
    yield Line(tuple(curve(item["points"])), float(item["width"]), item["colour"], is_highlight=True)


def _line(item: Item) -> Iterator[Mark]:
    yield Line((_at(item["from"]), _at(item["to"])), float(item["width"]), item["colour"])


def _arrow(item: Item) -> Iterator[Mark]:
    """The head is a triangle of 10 + 3 widths, half as wide to each side; the shaft ends in its middle."""
    start, end, width = _at(item["from"]), _at(item["to"]), float(item["width"])
    far = math.dist(start, end)
    if far < 0.01:
        yield Line((start,), width, item["colour"])
        return
    along = ((end[0] - start[0]) / far, (end[1] - start[1]) / far)
    head = 10 + 3 * width
    foot = (end[0] - along[0] * head, end[1] - along[1] * head)
    side = (-along[1] * head / 2, along[0] * head / 2)
    if far > head / 2:
        yield Line((start, ((foot[0] + end[0]) / 2, (foot[1] + end[1]) / 2)), width, item["colour"])
    corners = (end, (foot[0] + side[0], foot[1] + side[1]), (foot[0] - side[0], foot[1] - side[1]))
    yield Area(corners, item["colour"])


def _rectangle(item: Item) -> Iterator[Mark]:
    x, y, wide, high = map(float, item["box"])
    corners = ((x, y), (x + wide, y), (x + wide, y + high), (x, y + high))
    if item.get("fill"):
        yield Area(corners, item["fill"])
    yield Line((*corners, corners[0]), float(item["width"]), item["colour"])


def _ellipse(item: Item) -> Iterator[Mark]:
    """The outline is a ring between two ellipses: a thick line with many corners would look dented."""
    x, y, wide, high = map(float, item["box"])
    middle, width = (x + wide / 2, y + high / 2), float(item["width"])
    if item.get("fill"):
        yield Area(_ring(middle, wide / 2, high / 2), item["fill"])
    outer = _ring(middle, (wide + width) / 2, (high + width) / 2)
    inner = _ring(middle, max(0.0, (wide - width) / 2), max(0.0, (high - width) / 2))
    yield Area((*outer, outer[0], inner[0], *reversed(inner)), item["colour"])


def _ring(middle: At, across: float, down: float) -> tuple[At, ...]:
    turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS))
    return tuple((middle[0] + across * math.cos(t), middle[1] + down * math.sin(t)) for t in turns)


def _text(item: Item) -> Iterator[Mark]:
    x, y, wide, _ = map(float, item["box"])
    for laid in lay_out(item["text"], float(item["size"]), (x, y), wide):
        yield Words(laid, float(item["size"]), item["colour"])


def _image(item: Item) -> Iterator[Mark]:
    x, y, wide, high = map(float, item["box"])
    yield Photo(str(item["file"]), 1, (x, y, wide, high))


def _at(point: Sequence[float]) -> At:
    return float(point[0]), float(point[1])


_KINDS = {
    "pen": _pen,
    "highlighter": _highlighter,
    "line": _line,
    "arrow": _arrow,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "text": _text,
    "image": _image,
}
