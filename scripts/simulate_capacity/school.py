"""A school day by its seed: what stands in the timetable, and what really happens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY = datetime(2026, 11, 23, tzinfo=UTC)
OPENS, CLOSES = DAY + timedelta(hours=6, minutes=30), DAY + timedelta(hours=18, minutes=30)
# When it rings, and how many lessons begin.
BELLS = ((8, 0, 18), (9, 40, 40), (11, 20, 32), (14, 0, 22))
MINUTES, WEIGHTS = (45, 60, 90), (3, 4, 2)
NO_SHOW = 0.1
UNPLANNED_PER_HOUR = 1.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """`comes` and `goes` are when the first one comes and the last one leaves; None when nobody does."""

    starts_at: datetime
    ends_at: datetime
    comes: datetime | None
    goes: datetime | None
    is_planned: bool = True


def lessons_of(seed: int, *, no_show: float = NO_SHOW, unplanned: float = UNPLANNED_PER_HOUR) -> list[Lesson]:
    chance = random.Random(f"school day {seed}")  # noqa: S311  a simulation
    planned = [
        _planned(chance, DAY + timedelta(hours=hour, minutes=minute), no_show)
        for hour, minute, many in BELLS
        for _ in range(many)
    ]
    return [*planned, *_unplanned(chance, unplanned)]


def _planned(chance: random.Random, starts_at: datetime, no_show: float) -> Lesson:
    ends_at = starts_at + timedelta(minutes=chance.choices(MINUTES, WEIGHTS)[0])
    # From four minutes before the bell to five after it, most of them just before it.
    comes = starts_at + timedelta(minutes=chance.triangular(-4, 5, -0.5))
    goes = ends_at + timedelta(minutes=chance.expovariate(1 / 4) - 2)
    if chance.random() < no_show:
        return Lesson(starts_at, ends_at, None, None)
    return Lesson(starts_at, ends_at, comes, goes)


def _unplanned(chance: random.Random, per_hour: float) -> Sequence[Lesson]:
    found, at = [], DAY + timedelta(hours=7, minutes=30)
    while per_hour:
        at += timedelta(hours=chance.expovariate(per_hour))
        if at > DAY + timedelta(hours=17):
            break
        found.append(Lesson(at, at, at, at + timedelta(minutes=chance.uniform(15, 50)), is_planned=False))
    return found
