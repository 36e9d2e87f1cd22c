"""Boards while they change: the same pixels as drawing each page anew, at the cost of what an edit touched.

`Easel` keeps one picture per page and paints only what an edit touched; `Pen` draws a stroke that is being
drawn at this moment on top.
"""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from PIL import Image

from whiteboard.board import EVERYBODY, BoardState, Edit, Item, Viewer, apply
from whiteboard.board.layers import can_see
from whiteboard.drawing.boxes import EVERYTHING, Box, around, is_empty, overlap, union
from whiteboard.drawing.marks import At, Line, box_of, marks_of
from whiteboard.drawing.raster import Pictures, draw_line, ink, new_mask, new_page, no_pictures, paste

CELL = 96
PICTURES_KEPT = 24
_LISTS = ("items", "added", "removed", "restored", "changed")
Height = tuple[int, int, str]


class Easel:
    """The pages of one board while edits are applied, as far as `viewer` sees them."""

    def __init__(self, pictures: Pictures = no_pictures, viewer: Viewer = EVERYBODY) -> None:
        self.state = BoardState()
        self._files, self._viewer = pictures, viewer
        # What was drawn of each item, and where: an item that was changed is another dict.
        self._drawn: dict[str, tuple[Item, Box]] = {}
        self._cells: dict[tuple[str, int, int], set[str]] = defaultdict(set)
        self._pictures: OrderedDict[str, Image.Image] = OrderedDict()
        self._papers: OrderedDict[str, Image.Image] = OrderedDict()
        self._stale: dict[str, list[Box]] = defaultdict(list)
        self._top: dict[str, Height] = {}

    def apply(self, edit: Edit) -> Box | None:
        """Fold the edit in; the part of the shown page that looks different now, or None."""
        before = self.state.current_page
        gone = self.state.items_of(edit.data["page"]) if edit.type == "page.removed" else []
        apply(self.state, edit)
        touched = [self._touch(one) for one in (*gone, *_items_of(edit)) if one in self.state.items]
        if self.state.current_page != before:
            return EVERYTHING
        return union(box for page, box in touched if page == before)

    def picture(self) -> Image.Image:
        """The shown page with everything finished on it; not to be changed by the caller."""
        page = self.state.current_page
        picture = self._pictures.pop(page, None)
        if picture is None:
            picture = self._paper(page).copy()
            self._stale[page] = [EVERYTHING]
        self._pictures[page] = picture
        if len(self._pictures) > PICTURES_KEPT:
            self._pictures.popitem(last=False)
        for box in _merged(self._stale.pop(page, [])):
            self._repaint(picture, page, box)
        return picture

    def _paper(self, page_id: str) -> Image.Image:
        """What lies below all ink; slides are fitted once, not at every erasure."""
        paper = self._papers.pop(page_id, None)
        if paper is None:
            backgrounds = (page.background for page in self.state.pages if page.id == page_id)
            paper = new_page(next(backgrounds, None), self._files)
        self._papers[page_id] = paper
        if len(self._papers) > PICTURES_KEPT:
            self._papers.popitem(last=False)
        return paper

    def _touch(self, item_id: str) -> tuple[str, Box]:
        """Index an item as it is now; put it on its page's picture, or mark what has to be painted again."""
        item = self.state.items[item_id]
        page, known = item["page"], self._drawn.get(item_id)
        if known is not None and known[0] is item:
            return page, self._make_stale(page, known[1])
        marks = marks_of(item)
        box = box_of(marks)
        self._index(item, box, known)
        height = _height(item)
        is_on_top = known is None and height > self._top.get(page, (-1, -1, ""))
        self._top[page] = max(self._top.get(page, (-1, -1, "")), height)
        if is_on_top and page in self._pictures and not self._stale.get(page):
            if self._shows(item):
                ink(self._pictures[page], marks, box, box, self._files)
            return page, box
        self._make_stale(page, box)
        return page, union([box, self._make_stale(page, known[1]) if known else None]) or box

    def _make_stale(self, page: str, box: Box) -> Box:
        if page in self._pictures:
            self._stale[page].append(box)
        return box

    def _index(self, item: Item, box: Box, known: tuple[Item, Box] | None) -> None:
        if known is not None:
            for cell in _cells(item["page"], known[1]):
                self._cells[cell].discard(item["id"])
        self._drawn[item["id"]] = item, box
        for cell in _cells(item["page"], box):
            self._cells[cell].add(item["id"])

    def _shows(self, item: Item) -> bool:
        return item["id"] in self.state.visible and can_see(self._viewer, item["layer"])

    def _repaint(self, picture: Image.Image, page: str, box: Box) -> None:
        picture.paste(self._paper(page).crop(box), box)
        near = {item_id for cell in _cells(page, box) for item_id in self._cells.get(cell, ())}
        shown = [item for item_id in near if self._shows(item := self.state.items[item_id])]
        for item in sorted(shown, key=_height):
            own = self._drawn[item["id"]][1]
            if (part := overlap(own, box)) is not None:
                ink(picture, marks_of(item), own, part, self._files)


class Pen:
    """One stroke while it is being drawn: a growing mask, so that every point is drawn once."""

    def __init__(self, item: Item, starts_ms: float, ends_ms: float) -> None:
        self.page = str(item["page"])
        self.starts_ms, self.ends_ms = starts_ms, ends_ms
        lines = [mark for mark in marks_of(item) if isinstance(mark, Line)]
        self.box, self._look = box_of(lines), lines[0]
        # A pen that is pressed leaves lines of several widths, which follow each other.
        self._points: list[tuple[At, float]] = [
            (point, line.width) for line in lines for point in line.points
        ]
        self._drawn = 0
        self._mask: Image.Image | None = None

    def reveal(self, at_ms: float) -> Box | None:
        """Draw on to where the hand was then; what looks different now, or None."""
        share = (at_ms - self.starts_ms) / max(1.0, self.ends_ms - self.starts_ms)
        until = min(len(self._points), max(1, math.ceil(share * len(self._points))))
        if until <= self._drawn or is_empty(self.box):
            return None
        fresh = self._points[max(0, self._drawn - 1) : until]
        self._drawn = until
        touched = [self._draw(points, width) for points, width in _stretches(fresh)]
        whole = union(touched)
        return overlap(whole, EVERYTHING) if whole else None

    def ink(self, picture: Image.Image, box: Box) -> None:
        part = overlap(self.box, box)
        if part is not None and self._mask is not None:
            paste(picture, self._look, self._mask, self.box, part)

    def _draw(self, points: list[At], width: float) -> Box:
        if self._mask is None:
            self._mask = new_mask(self.box)
        draw_line(self._mask, points, width, self.box[:2])
        return around(points, width)


def _stretches(points: Sequence[tuple[At, float]]) -> Iterator[tuple[list[At], float]]:
    """Points of one width, each stretch from where the one before ended."""
    begins = 0
    for place in range(1, len(points) + 1):
        if place == len(points) or points[place][1] != points[begins][1]:
            yield [at for at, _ in points[max(0, begins - 1) : place]], points[begins][1]
            begins = place


def _items_of(edit: Edit) -> list[str]:
    """The items that an edit shows, hides or changes."""
    if edit.type == "item.added":
        return [edit.ref]
    named = (one for name in _LISTS for one in edit.data.get(name, ()))
    return [str(one["id"]) if isinstance(one, Mapping) else str(one) for one in named]


def _height(item: Item) -> Height:
    """As `board.state.sort_items` sorts."""
    return item["order"], item["seq"], item["id"]


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
