"""Rectangles of whole pixels: left, top, right, bottom."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from whiteboard.board import HEIGHT, WIDTH

Box = tuple[int, int, int, int]
EVERYTHING: Box = (0, 0, WIDTH, HEIGHT)
NOTHING: Box = (0, 0, 0, 0)


def union(boxes: Iterable[Box | None]) -> Box | None:
    known = [box for box in boxes if box is not None and not is_empty(box)]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def overlap(one: Box, other: Box) -> Box | None:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def is_empty(box: Box) -> bool:
    return box[0] >= box[2] or box[1] >= box[3]


def around(points: Sequence[tuple[float, float]], width: float) -> Box:
    """What a line of that width through these points can touch."""
    reach = width / 2 + 2
    xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
    return (
        math.floor(min(xs) - reach),
        math.floor(min(ys) - reach),
        math.ceil(max(xs) + reach),
        math.ceil(max(ys) + reach),
    )
