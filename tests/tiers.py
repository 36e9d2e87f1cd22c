"""Two tiers: `make test` tries a covering sample of the large tables, `make sweeps` every cell of them.

The sample is the same in each run. What `make test` leaves out, .ci/run tries with `make sweeps`: the cells that are
not due, and the tests marked `deep`, each of which is dear and has a cheaper neighbour that would fail first.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
TIERS = ("deep", "sweep")
MANY = 6
# Of `make sweeps`; it also runs the tests that bear the mark `sweep` longer or with more examples.
THOROUGH = bool(os.environ.get("DARASA_THOROUGH"))


def is_due(*places: int, every: int) -> bool:
    """Whether a cell at these places of its table belongs to the sample: one of `every` in each direction."""
    return THOROUGH or sum(places) % every == 0


def few_or(many: int, *, few: int) -> int:
    """How many examples Hypothesis makes for a test that bears the mark `sweep`."""
    return many if THOROUGH else few


def by_turns(values: Sequence[T], place: int, *, every: int) -> list[T]:
    """For a row of a table: one of `every` of its values, in the next row others; one at least where there are any."""
    if THOROUGH or not values:
        return list(values)
    return [one for turn, one in enumerate(values, place) if turn % every == 0] or [
        values[place % len(values)]
    ]


def thin_out(items: Iterable[pytest.Item]) -> None:
    """Of a test with many cases that says nothing of tiers itself, `make test` tries each second one."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    for same in cases.values():
        if len(same) >= MANY and not any(item.get_closest_marker(mark) for item in same for mark in TIERS):
            for item in same[1::2]:
                item.add_marker("deep")


def sampled(values: Iterable[Any], *, every: int) -> list[Any]:
    """For `parametrize`: the first of `every` few is tried by `make test` too, the others by `make sweeps` only."""
    return [
        value if place % every == 0 else pytest.param(value, marks=pytest.mark.deep)
        for place, value in enumerate(values)
    ]
