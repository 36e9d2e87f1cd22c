"""How many cells of the authorisation table and which crash points were tried; said at the end of the run, also with
several workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

# A report's own properties travel from the workers of pytest-xdist to the process that prints.
CELLS = "cells_of_the_authorisation_table"
POINTS = "crash_points"
Count = Callable[[str, str], None]
# At which points a process was started to die, since the last test ended.
doomed: set[str] = set()


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Iterable[Count]:
    """`count(side, situation)` notes one cell; side is HTTP, API, key, guest or socket."""
    tried: Counter[tuple[str, str]] = Counter()

    def note(side: str, situation: str) -> None:
        tried[side, situation] += 1

    yield note
    cells = [[str(side), str(situation), number] for (side, situation), number in tried.items()]
    request.node.user_properties.append((CELLS, cells))


def cells_in(reports: Iterable[pytest.TestReport]) -> Counter[tuple[str, str]]:
    """Each test says its numbers once, with the end of it."""
    found: Counter[tuple[str, str]] = Counter()
    for report in reports:
        for name, cells in report.user_properties:
            if name == CELLS and report.when == "teardown" and isinstance(cells, list):
                found.update({(side, situation): number for side, situation, number in cells})
    return found


def say_cells(terminalreporter: pytest.TerminalReporter) -> None:
    lists = terminalreporter.stats.values()
    found = cells_in(one for reports in lists for one in reports if isinstance(one, pytest.TestReport))
    if not found:
        return
    terminalreporter.section(f"authorisation: {found.total()} cells tried")
    for side in dict.fromkeys(side for side, _ in found):
        cells = {situation: number for (one, situation), number in found.items() if one == side}
        terminalreporter.line(f"{side}: {sum(cells.values())} cells")
        for situation, number in sorted(cells.items(), key=lambda cell: -cell[1]):
            terminalreporter.line(f"  {number:>6}  {situation}")


def note_points(item: pytest.Item) -> None:
    if doomed:
        item.user_properties.append((POINTS, sorted(doomed)))
        doomed.clear()


def say_points(terminalreporter: pytest.TerminalReporter) -> None:
    """Those of tests that failed are not among them."""
    tried: set[str] = set()
    for report in terminalreporter.stats.get("", []):
        for name, points in getattr(report, "user_properties", ()):
            if name == POINTS and report.when == "teardown" and isinstance(points, list):
                tried.update(points)
    if tried:
        terminalreporter.section(f"crash points: {len(tried)} at which a process was killed")
        terminalreporter.line(", ".join(sorted(tried)))
