"""What the demo's teacher drew: strokes as points on a 960 x 720 page."""

import itertools
import math
from collections.abc import Iterable

Points = list[tuple[float, float]]
BLUE, RED, GREEN, INK = "#374ea2", "#e2231a", "#00833d", "#1f2430"


def arc(x: float, y: float, radius: float, start: float = 0.0, turn: float = 1.0) -> Points:
    """Part of a circle; `start` and `turn` in whole turns, clockwise from the top."""
    steps = max(8, round(48 * abs(turn)))
    angles = (2 * math.pi * (start + turn * step / steps) - math.pi / 2 for step in range(steps + 1))
    return [(round(x + radius * math.cos(a), 1), round(y + radius * math.sin(a), 1)) for a in angles]


def line(*corners: tuple[float, float]) -> Points:
    """A hand-drawn polyline: a few points on every side."""
    points: Points = []
    for (x1, y1), (x2, y2) in itertools.pairwise(corners):
        points += [
            (round(x1 + (x2 - x1) * part / 8, 1), round(y1 + (y2 - y1) * part / 8, 1)) for part in range(9)
        ]
    return points


def spokes(x: float, y: float, radius: float, count: int) -> Iterable[Points]:
    for number in range(count):
        angle = 2 * math.pi * number / count - math.pi / 2
        yield line((x, y), (x + radius * math.cos(angle), y + radius * math.sin(angle)))


def cake() -> list[tuple[str, float, Points]]:
    """Page 1: a cake in eight slices, three of them taken. `(colour, width, points)` a stroke."""
    taken = [
        line((480, 330), *arc(480, 330, 150 - 22 * ring, 0.0, 0.375), (480, 330)) for ring in range(1, 6)
    ]
    outline = [(INK, 5.0, arc(480, 330, 210))]
    slices = [(INK, 3.0, points) for points in spokes(480, 330, 210, 8)]
    return [*outline, *slices, *[(RED, 6.0, points) for points in taken]]


def number_line() -> list[tuple[str, float, Points]]:
    """Page 2: a number line with eighths and an arrow to three eighths."""
    marks = [
        line((120 + 90 * n, 380 - (26 if n % 4 == 0 else 14)), (120 + 90 * n, 380 + 14)) for n in range(9)
    ]
    arrow = [line((390, 200), (390, 335)), line((370, 310), (390, 338), (410, 310))]
    return [
        (INK, 5.0, line((90, 380), (870, 380))),
        *[(INK, 4.0, mark) for mark in marks],
        *[(GREEN, 6.0, points) for points in arrow],
    ]


def triangle() -> list[tuple[str, float, Points]]:
    """Page 3: a right triangle and the square on its longest side."""
    return [
        (BLUE, 5.0, line((280, 520), (600, 520), (280, 280), (280, 520))),
        (INK, 3.0, line((280, 490), (310, 490), (310, 520))),
        (GREEN, 4.0, line((600, 520), (840, 200), (520, -40 + 120), (280, 280))),
    ]


PAGES = (cake, number_line, triangle)
