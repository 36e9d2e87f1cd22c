"""How many machines a timetable needs: at its peak, and from minute to minute."""

from classroom.capacity.demand import (
    BridgeSizes,
    Habits,
    Meeting,
    State,
    bridges_needed,
    recorders_needed,
)
from classroom.capacity.peaks import Peak, find_peaks
from classroom.capacity.policy import Decision, Pace, Pool, Wish, plan

__all__ = [
    "BridgeSizes",
    "Decision",
    "Habits",
    "Meeting",
    "Pace",
    "Peak",
    "Pool",
    "State",
    "Wish",
    "bridges_needed",
    "find_peaks",
    "plan",
    "recorders_needed",
]
