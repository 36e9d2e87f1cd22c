"""A line with fewer points and nearly the same shape. Pure."""

from __future__ import annotations


def simplify(points: list[tuple[float, float]], tolerance: float) -> list[tuple[float, float]]:
    """No point that is left out lies further than `tolerance` from the line that remains (Douglas and Peucker)."""
    if len(points) < 3:
        return points
    keep, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        worst, far = _farthest(points, first, last)
        if far > tolerance * tolerance:
            keep.add(worst)
            spans += [(first, worst), (worst, last)]
    return [points[one] for one in sorted(keep)]


def _farthest(points: list[tuple[float, float]], first: int, last: int) -> tuple[int, float]:
    """The point between these two that lies farthest from their line, and its squared distance."""
    (ax, ay), (bx, by) = points[first], points[last]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    worst, far = first, 0.0
    for one in range(first + 1, last):
        px, py = points[one][0] - ax, points[one][1] - ay
        along = min(1.0, max(0.0, (px * dx + py * dy) / length)) if length else 0.0
        distance = (px - along * dx) ** 2 + (py - along * dy) ** 2
        if distance > far:
            worst, far = one, distance
    return worst, far
