"""How many recorders a timetable needs at once. No clock, no database."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from classroom.recurrence import Interval


@dataclass(frozen=True, slots=True)
class Peak:
    """`count` lessons run at once at `at`, and never more within the interval that was asked about."""

    at: datetime
    count: int


def find_peaks(proposed: Sequence[Interval], existing: Iterable[Interval]) -> list[Peak]:
    """For each proposed interval the first moment within it at which most run, itself and the others among them.

    A sweep over the starts (+1) and ends (-1): intervals are half-open, so one that begins as another
    ends does not meet it. Between two changes the number stays, hence only changes are looked at.
    """
    changes: Counter[datetime] = Counter()
    for interval in (*proposed, *existing):
        changes[interval.starts_at] += 1
        changes[interval.ends_at] -= 1
    moments = sorted(changes)
    running = list(accumulate(changes[moment] for moment in moments))
    return [_peak_within(interval, moments, running) for interval in proposed]


def _peak_within(interval: Interval, moments: list[datetime], running: list[int]) -> Peak:
    first, last = bisect_right(moments, interval.starts_at) - 1, bisect_left(moments, interval.ends_at)
    highest = max(range(first, last), key=running.__getitem__)
    return Peak(moments[highest], running[highest])
