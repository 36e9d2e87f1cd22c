"""A line with fewer points and nearly the same shape. Pure."""

from __future__ import annotations

# A corner that the curve would cut by so many times the tolerance is one.
SHARP = 3.0


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
    between = points[first + 1 : last]
    if not between:
        return first, 0.0
    # Nearly always all of them lie beside the line, and then whole lists are several times faster.
    along_all = [(x - ax) * dx + (y - ay) * dy for x, y in between]
    if length and min(along_all) >= 0 and max(along_all) <= length:
        across = [abs((x - ax) * dy - (y - ay) * dx) for x, y in between]
        widest = max(across)
        return first + 1 + across.index(widest), widest * widest / length
    worst, far = first, 0.0
    for one in range(first + 1, last):
        px, py = points[one][0] - ax, points[one][1] - ay
        along = min(1.0, max(0.0, (px * dx + py * dy) / length)) if length else 0.0
        distance = (px - along * dx) ** 2 + (py - along * dy) ** 2
        if distance > far:
            worst, far = one, distance
    return worst, far


def ease(points: list[tuple[float, float]], tolerance: float) -> list[tuple[float, float]]:
    """The same for the board's curve (`drawing.marks.curve`), which cuts the corners of the points it is given: around
    a corner the points that lay beside it stay, so that it is as sharp as it was."""
    kept = simplify(points, tolerance)
    if len(kept) < 3 or len(set(points)) < len(points):
        return kept
    places = {point: place for place, point in enumerate(points)}
    chosen = {places[point] for point in kept}
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        cut = [
            ((one + other) / 2 - middle) / 4 for one, middle, other in zip(before, corner, after, strict=True)
        ]
        if cut[0] ** 2 + cut[1] ** 2 > (SHARP * tolerance) ** 2:
            chosen |= {places[corner] - 1, places[corner] + 1}
    return [points[place] for place in sorted(chosen)]
