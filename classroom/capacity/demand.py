"""How many recorders and bridges lessons need at a moment to come. No clock, no database.

Whether a planned lesson takes place, and when one that overruns ends, is not known: what is needed is the smallest
number that suffices with a probability of 1 - risk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import ceil, exp


class State(StrEnum):
    PLANNED = "planned"  # nobody has come yet
    RUNNING = "running"  # it has a recorder, or waits for one
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A lesson as capacity sees it. `people` are those on the roster; only bridges ask for them."""

    starts_at: datetime
    ends_at: datetime
    state: State = State.PLANNED
    people: int = 0


@dataclass(frozen=True, slots=True)
class Habits:
    """How lessons keep to their timetable."""

    show_up: float = 0.9
    """The share of planned lessons that take place; of bridges, the share of the roster that comes."""
    early_seconds: float = 240
    """So long before the bell the first ones come."""
    late_seconds: float = 240
    """Who comes late comes after about so long: a lesson that is still empty then hardly comes at all."""
    overrun_seconds: float = 300
    """So long a lesson goes on after its end, on average."""
    unplanned_per_hour: float = 1.0
    risk: float = 0.005
    """How often the number may be too small."""


@dataclass(frozen=True, slots=True)
class BridgeSizes:
    """What one bridge carries: two limits, of its processor and of its line. Sources: docs/operations/capacity.md."""

    stress_per_person: float = 0.005
    highest_stress: float = 0.6
    mbits_per_person: float = 3.3
    highest_mbits: float = 400
    in_reserve: int = 1


def recorders_needed(
    meetings: Sequence[Meeting], at: datetime, *, now: datetime, window: timedelta, habits: Habits
) -> int:
    """At `at`, which is `now` or later; meetings that nobody planned may come at any moment of `window`."""
    chances = Counter(round(chance_of(one, at, now=now, habits=habits), 2) for one in meetings)
    unplanned = habits.unplanned_per_hour * window.total_seconds() / 3600
    key = tuple(sorted((chance, many) for chance, many in chances.items() if chance))
    return _smallest_that_suffices(key, round(unplanned, 3), habits.risk)


def bridges_needed(
    meetings: Sequence[Meeting], at: datetime, *, now: datetime, habits: Habits, sizes: BridgeSizes
) -> int:
    """By those who are expected, at their full number from the bell on: a class comes within half a minute."""
    people = sum(
        one.people * habits.show_up for one in meetings if chance_of(one, at, now=now, habits=habits) > 0.05
    )
    if not people:
        return sizes.in_reserve
    by_processor = ceil(people * sizes.stress_per_person / sizes.highest_stress)
    by_line = ceil(people * sizes.mbits_per_person / sizes.highest_mbits)
    return max(by_processor, by_line) + sizes.in_reserve


def chance_of(one: Meeting, at: datetime, *, now: datetime, habits: Habits) -> float:
    """How probable it is that it goes on at `at`, as seen from `now`."""
    if one.state == State.OVER:
        return 0.0
    if one.state == State.RUNNING:
        over = (at - max(one.ends_at, now)).total_seconds()
        return 1.0 if over <= 0 else exp(-over / habits.overrun_seconds)
    if not one.starts_at - timedelta(seconds=habits.early_seconds) <= at < one.ends_at:
        return 0.0
    return _comes_at_all((now - one.starts_at).total_seconds(), habits)


def _comes_at_all(late_seconds: float, habits: Habits) -> float:
    """Bayes: the longer a lesson is empty after its bell, the more probable it is that it will not be held."""
    if late_seconds <= 0:
        return habits.show_up
    still_may = habits.show_up * exp(-late_seconds / habits.late_seconds)
    return still_may / (still_may + 1 - habits.show_up) if still_may else 0.0


@lru_cache(maxsize=4096)
def _smallest_that_suffices(chances: tuple[tuple[float, int], ...], unplanned: float, risk: float) -> int:
    """The smallest n with P(D > n) <= risk, D the sum of independent lessons and of Poisson many unplanned ones."""
    distribution = _poisson(unplanned)
    for chance, many in chances:
        for _ in range(many):
            distribution = list(_with_one_more(distribution, chance))
    reached = 0.0
    for number, probability in enumerate(distribution):
        reached += probability
        if 1 - reached <= risk:
            return number
    return len(distribution)


def _with_one_more(distribution: list[float], chance: float) -> Iterable[float]:
    for without, with_it in zip([*distribution, 0.0], [0.0, *distribution], strict=True):
        yield without * (1 - chance) + with_it * chance


def _poisson(mean: float) -> list[float]:
    term, terms = exp(-mean), list[float]()
    while len(terms) <= mean or term > 1e-9:
        terms.append(term)
        term *= mean / len(terms)
    return terms
