"""The board as pictures, and as a video of them, following `whiteboard.board`'s reducer.

`Easel` keeps one picture per page and paints only what an edit touched; `Pens` draws the strokes
that are being drawn at this moment on top. Edges are smoothed by drawing masks at twice the size.
"""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from PIL import Image, ImageColor, ImageDraw

from whiteboard.board import EVERYBODY, HEIGHT, INK, WIDTH, BoardState, Edit, Item, apply, sort_items

Box = tuple[int, int, int, int]
PAPER = (255, 255, 255)
SCALE = 2
CELL = 96
PICTURES_KEPT = 24
HIGHLIGHT = 0.4
EVERYTHING: Box = (0, 0, WIDTH, HEIGHT)


def draw_page(state: BoardState, page_id: str) -> Image.Image:
    """One page, 960 x 720 RGB."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    for item in state.visible_items(page_id, EVERYBODY):
        box = _box_of(item)
        _ink(picture, item, box, box)
    return picture


class Easel:
    """The pages of one board while edits are applied; repainting costs what the edit touched."""

    def __init__(self) -> None:
        self.state = BoardState()
        self._boxes: dict[str, Box] = {}
        self._known: dict[str, Item] = {}
        self._cells: dict[tuple[str, int, int], set[str]] = defaultdict(set)
        self._pictures: OrderedDict[str, Image.Image] = OrderedDict()
        self._stale: dict[str, list[Box]] = defaultdict(list)
        self._top: dict[str, int] = {}

    def apply(self, edit: Edit) -> Box | None:
        """Fold the edit in; the part of the shown page that looks different now, or None."""
        before = self.state.current_page
        gone = self.state.items_of(edit.data["page"]) if edit.type == "page.removed" else []
        apply(self.state, edit)
        touched = [place for item_id in (*gone, *_items_of(edit)) for place in self._touch(item_id)]
        if self.state.current_page != before:
            return EVERYTHING
        shown = [box for page, box in touched if page == before]
        return union(shown)

    def picture(self) -> Image.Image:
        """The shown page with everything finished on it; not to be changed by the caller."""
        page = self.state.current_page
        picture = self._pictures.pop(page, None)
        if picture is None:
            picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
            self._stale[page] = [EVERYTHING]
        self._pictures[page] = picture
        if len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        for box in _merged(self._stale.pop(page, [])):
            self._repaint(picture, page, box)
        return picture

    def _touch(self, item_id: str) -> list[tuple[str, Box]]:
        """Index what is new or different; put it on its page's picture, or mark what has to be painted again."""
        item = self.state.items[item_id]
        page, old = item["page"], self._boxes.get(item_id)
        if self._known.get(item_id) is not item:
            self._index(item)
        box, top = self._boxes[item_id], self._top.get(page, -1)
        self._top[page] = max(top, item["order"])
        boxes = [box] if old in (None, box) else [box, old]
        if old is None and item["order"] > top and page in self._pictures and not self._stale.get(page):
            _ink(self._pictures[page], item, box, box)
        elif page in self._pictures:
            self._stale[page] += boxes
        return [(page, one) for one in boxes]

    def _index(self, item: Item) -> None:
        self._known[item["id"]] = item
        box = self._boxes[item["id"]] = _box_of(item)
        for cell in _cells(item["page"], box):
            self._cells[cell].add(item["id"])

    def _repaint(self, picture: Image.Image, page: str, box: Box) -> None:
        picture.paste(PAPER, box)
        near = {item_id for cell in _cells(page, box) for item_id in self._cells.get(cell, ())}
        for item in sort_items(self.state.items[item_id] for item_id in near & self.state.visible):
            if (part := overlap(self._boxes[item["id"]], box)) is not None:
                _ink(picture, item, self._boxes[item["id"]], part)


class Pen:
    """One stroke while it is being drawn: a growing mask, so that every point is drawn once."""

    def __init__(self, stroke: Item, starts_ms: float, ends_ms: float) -> None:
        self.stroke, self.page = stroke, str(stroke["page"])
        self.starts_ms, self.ends_ms = starts_ms, ends_ms
        self.box = _box_of(stroke)
        self._points = _points(stroke)
        self._drawn = 0
        self._mask: Image.Image | None = None

    def reveal(self, at_ms: float) -> Box | None:
        """Draw on to where the hand was then; what looks different now, or None."""
        share = (at_ms - self.starts_ms) / max(1.0, self.ends_ms - self.starts_ms)
        until = min(len(self._points), max(1, math.ceil(share * len(self._points))))
        if until <= self._drawn or self.box[0] >= self.box[2] or self.box[1] >= self.box[3]:
            return None
        fresh = self._points[max(0, self._drawn - 1) : until]
        self._drawn = until
        _line(self._canvas(), fresh, self.stroke["width"], self.box[:2])
        return overlap(_around(fresh, self.stroke["width"]), EVERYTHING)

    def ink(self, picture: Image.Image, box: Box) -> None:
        part = overlap(self.box, box)
        if part is None or self._mask is None:
            return
        _paste(picture, self.stroke, self._mask, self.box, part)

    def _canvas(self) -> Image.Image:
        if self._mask is None:
            size = ((self.box[2] - self.box[0]) * SCALE, (self.box[3] - self.box[1]) * SCALE)
            self._mask = Image.new("L", size, 0)
        return self._mask


def union(boxes: Iterable[Box | None]) -> Box | None:
    known = [box for box in boxes if box is not None and box[0] < box[2] and box[1] < box[3]]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def overlap(one: Box, other: Box) -> Box | None:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _items_of(edit: Edit) -> list[str]:
    """The items that an edit shows, hides or changes."""
    if edit.type == "item.added":
        return [edit.ref]
    lists = (edit.data.get(name, ()) for name in ("items", "added", "removed", "restored", "changed"))
    return [one if isinstance(one, str) else str(one["id"]) for one in itertools.chain(*lists)]


def _merged(boxes: Sequence[Box]) -> list[Box]:
    """Many boxes as one, so that a mass erasure is one repaint; a few stay apart."""
    if len(boxes) <= 3:
        return [box for box in boxes if overlap(box, EVERYTHING)]
    whole = union(boxes)
    return [whole] if whole else []


def _cells(page: str, box: Box) -> Iterator[tuple[str, int, int]]:
    for column in range(box[0] // CELL, (box[2] - 1) // CELL + 1):
        for row in range(box[1] // CELL, (box[3] - 1) // CELL + 1):
            yield page, column, row


def _ink(picture: Image.Image, stroke: Item, own: Box, part: Box) -> None:
    """The `part` of a finished stroke whose box is `own`.

    The mask always begins at the stroke's own corner: Pillow rounds differently left of zero, and
    a part drawn from another corner would not match what it was cut from.
    """
    if own[0] < own[2] and own[1] < own[3]:
        mask = Image.new("L", ((own[2] - own[0]) * SCALE, (own[3] - own[1]) * SCALE), 0)
        _line(mask, _points(stroke), stroke["width"], own[:2])
        _paste(picture, stroke, mask, own, part)


def _paste(picture: Image.Image, stroke: Item, mask: Image.Image, own: Box, part: Box) -> None:
    left, top, right, bottom = part
    x, y = own[:2]
    inside = ((left - x) * SCALE, (top - y) * SCALE, (right - x) * SCALE, (bottom - y) * SCALE)
    cut = (mask if part == own else mask.crop(inside)).reduce(SCALE)
    if stroke["kind"] == "highlighter":
        cut = cut.point(lambda cover: cover * HIGHLIGHT)
    picture.paste(_colour(stroke), part, cut)


def _line(
    mask: Image.Image, points: Sequence[tuple[float, float]], width: float, origin: Sequence[int]
) -> None:
    """A polyline with round joints and ends on a mask of twice the size."""
    draw = ImageDraw.Draw(mask)
    thick = max(1.0, width * SCALE)
    at = [((x - origin[0]) * SCALE, (y - origin[1]) * SCALE) for x, y in points]
    if len(at) > 1:
        draw.line(at, fill=255, width=round(thick))
    for x, y in at if thick > 2 else at[:1]:
        draw.circle((x, y), (thick - 1) / 2, fill=255)


def _points(stroke: Item) -> list[tuple[float, float]]:
    """The browser's curve (frontend/src/whiteboard/path.ts) as short straight lines: quadratics through the
    middles of neighbouring points, with the points between them as controls."""
    given = [(float(x), float(y)) for x, y, *_ in stroke["points"]]
    curve = given[:1]
    for control, following in itertools.pairwise(given[1:]):
        middle = ((control[0] + following[0]) / 2, (control[1] + following[1]) / 2)
        curve += _quadratic(curve[-1], control, middle)
    return curve + given[1:][-1:]


def _quadratic(
    start: tuple[float, float], control: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    steps = max(1, min(12, round(math.dist(start, end) / 4)))
    shares = [step / steps for step in range(1, steps + 1)]
    return [
        (
            (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * control[0] + t * t * end[0],
            (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * control[1] + t * t * end[1],
        )
        for t in shares
    ]


def _box_of(item: Item) -> Box:
    """The part of the page it can touch; empty (0, 0, 0, 0) when it lies outside or is not everybody's."""
    if item["layer"] or item["kind"] not in INK:
        return (0, 0, 0, 0)
    given = [(float(x), float(y)) for x, y, *_ in item["points"]]  # the curve stays within them
    return overlap(_around(given, item["width"]), EVERYTHING) or (0, 0, 0, 0)


def _around(points: Sequence[tuple[float, float]], width: float) -> Box:
    reach = width / 2 + 2
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return (
        math.floor(min(xs) - reach),
        math.floor(min(ys) - reach),
        math.ceil(max(xs) + reach),
        math.ceil(max(ys) + reach),
    )


def _colour(stroke: Item) -> tuple[int, ...]:
    return ImageColor.getrgb(stroke["colour"])[:3]
