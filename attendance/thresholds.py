"""When somebody's attendance is worth a note. Pure: what was counted and a limit in, a crossing or nothing out."""

from __future__ import annotations

from dataclasses import dataclass

ABSENCE, LATENESS, ACTIVITY, TREND = "absence", "lateness", "activity", "trend"
# Below so many lessons a share says nothing.
FEWEST_LESSONS = 2
# What a school may set, lowest and highest, and what is offered.
LIMITS = {ABSENCE: (1, 60), LATENESS: (1, 60), ACTIVITY: (1, 99), TREND: (1, 4)}
USUAL = {ABSENCE: 2, LATENESS: 3, ACTIVITY: 50, TREND: 1}


@dataclass(frozen=True, slots=True)
class Tally:
    """One student's lessons in one period; those from which they were excused are left out. `measured_seconds` are
    inside where activity could be measured: whoever came by the app is no less active for that."""

    lessons: int = 0
    absent: int = 0
    late: int = 0
    active_seconds: int = 0
    measured_seconds: int = 0
    measured_lessons: int = 0
    signs: int = 0


@dataclass(frozen=True, slots=True)
class Crossing:
    """`number` is what was counted: times, percent or signs."""

    number: int
    lessons: int


def find_crossing(measure: str, limit: int, tally: Tally) -> Crossing | None:
    if measure == ACTIVITY:
        return _too_still(limit, tally)
    number = {ABSENCE: tally.absent, LATENESS: tally.late, TREND: tally.signs}[measure]
    return Crossing(number, tally.lessons) if number >= limit else None


def _too_still(limit: int, tally: Tally) -> Crossing | None:
    if tally.measured_lessons < FEWEST_LESSONS or not tally.measured_seconds:
        return None
    percent = round(100 * tally.active_seconds / tally.measured_seconds)
    return Crossing(percent, tally.measured_lessons) if percent < limit else None
