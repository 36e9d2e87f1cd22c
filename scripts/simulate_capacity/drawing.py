"""A day as a picture: how many were needed, and how many each policy kept, minute by minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.simulate_capacity.machines import Outcome
from scripts.simulate_capacity.school import OPENS

WIDTH, HEIGHT, EDGE = 960, 360, 48
COLOURS = ("#2b3e86", "#b3541e")
NEEDED = "#c9d3ea"


def draw_day(outcomes: Mapping[str, Outcome]) -> str:
    """SVG. What was needed is filled; each policy is a line."""
    first = next(iter(outcomes.values()))
    top = max(max(one.pool) for one in outcomes.values()) * 1.1
    lines = [
        f'<path d="{_path(first.work, top)}V{HEIGHT - EDGE}H{EDGE}Z" fill="{NEEDED}"/>',
        *_hours(len(first.pool)),
        *_scale(top),
    ]
    for place, ((name, one), colour) in enumerate(zip(outcomes.items(), COLOURS, strict=True)):
        lines.append(f'<path d="{_path(one.pool, top)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{EDGE + place * 200}" y="24" fill="{colour}">{name}</text>')
    lines.append(f'<text x="{EDGE + 400}" y="24" fill="#5b6b93">filled: at work or waited for</text>')
    body = "\n".join(lines)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="14">\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def _path(values: Sequence[int], top: float) -> str:
    steps = [f"M{EDGE} {_y(values[0], top):.1f}"]
    for place, value in enumerate(values):
        steps.append(f"H{_x(place, len(values)):.1f}V{_y(value, top):.1f}")
    return "".join(steps) + f"H{WIDTH - EDGE}"


def _x(place: float, many: int) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * place / many


def _y(value: float, top: float) -> float:
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / top


def _hours(minutes: int) -> list[str]:
    begins = OPENS.hour * 60 + OPENS.minute
    return [
        f'<text x="{_x(hour * 60 - begins, minutes):.0f}" y="{HEIGHT - 20}" text-anchor="middle">{hour}:00</text>'
        for hour in range(OPENS.hour + 1, (begins + minutes) // 60 + 1, 2)
    ]


def _scale(top: float) -> list[str]:
    return [
        f'<text x="{EDGE - 8}" y="{_y(number, top) + 5:.0f}" text-anchor="end">{number}</text>'
        for number in range(0, int(top), 10)
    ]
