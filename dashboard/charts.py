"""The shapes of charts. Pure: numbers in, numbers out; words, colours and directions are the page's.

Everything lies on a sheet of 100 by 100 that the page stretches, y downwards as in SVG. There is no text on
it, so that a page that reads from right to left can simply mirror it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SIDE = 100.0
# How much of its column a bar fills.
FULLNESS = 0.68


@dataclass(frozen=True, slots=True)
class Bar:
    """One column; `foot` is what stands below it, empty where the labels would crowd."""

    x: float
    y: float
    width: float
    height: float
    label: str
    foot: str
    value: float


@dataclass(frozen=True, slots=True)
class Bars:
    """`scale` are the numbers beside the sheet, from the top down to 0."""

    bars: list[Bar]
    scale: list[float]


@dataclass(frozen=True, slots=True)
class Steps:
    """A staircase: `below` the ceiling and the part `above` it, as SVG paths; `ceiling` is its height on the sheet."""

    below: str
    above: str
    ceiling: float
    scale: list[float]


def draw_bars(values: Sequence[float], labels: Sequence[str], *, most_feet: int = 7) -> Bars:
    """A column for each value; at most about `most_feet` labels, the last one always."""
    top = round_up(max(values, default=0))
    column, every = SIDE / max(1, len(values)), math.ceil(len(values) / most_feet) or 1
    bars = [
        Bar(
            x=_short(column * (place + (1 - FULLNESS) / 2)),
            y=_short(SIDE - SIDE * value / top),
            width=_short(column * FULLNESS),
            height=_short(SIDE * value / top),
            label=label,
            foot=label if (len(values) - 1 - place) % every == 0 else "",
            value=value,
        )
        for place, (value, label) in enumerate(zip(values, labels, strict=True))
    ]
    return Bars(bars, scale_of(top))


def draw_steps(values: Sequence[float], ceiling: float) -> Steps:
    """A staircase of equally wide steps, with what is above the ceiling apart."""
    top = round_up(max([ceiling, *values]))
    return Steps(
        below=_path([min(value, ceiling) for value in values], 0, top),
        above=_path(values, ceiling, top),
        ceiling=_short(SIDE - SIDE * ceiling / top),
        scale=scale_of(top),
    )


def _path(values: Sequence[float], floor: float, top: float) -> str:
    """Closed rectangles, equal neighbours joined, over `floor`; nothing where the value does not reach it."""
    width, pieces, begun = SIDE / max(1, len(values)), [], 0
    for place in range(1, len(values) + 1):
        if place < len(values) and values[place] == values[begun]:
            continue
        if values[begun] > floor:
            left, right = _short(begun * width), _short(place * width)
            y, base = (_short(SIDE - SIDE * height / top) for height in (values[begun], floor))
            pieces.append(f"M{left:g} {base:g}V{y:g}H{right:g}V{base:g}Z")
        begun = place
    return "".join(pieces)


def round_up(value: float) -> float:
    """The next round number whose half is round too, so that a scale reads well; never 0."""
    if value <= 2:
        return 2
    unit = 10 ** math.floor(math.log10(value))
    return next(float(unit * times) for times in (1, 2, 4, 6, 8, 10) if unit * times >= value)


def scale_of(top: float) -> list[float]:
    return [top, top / 2, 0]


def count_at_once(
    spans: Iterable[tuple[datetime, datetime, int]], begins: datetime, ends: datetime, step: timedelta
) -> list[int]:
    """How many of `(start, end, how many)` overlap each step of the time between."""
    slots = math.ceil((ends - begins) / step)
    counts = [0] * slots
    for start, end, many in spans:
        first = max(0, math.floor((start - begins) / step))
        for slot in range(first, min(slots, math.ceil((end - begins) / step))):
            counts[slot] += many
    return counts


def _short(number: float) -> float:
    return round(number, 2)
