"""What a month of the timetable costs, from prices that somebody states. Pure: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from classroom.capacity import BridgeSizes, Habits, Meeting, bridges_needed
from dashboard.charts import count_at_once

STEP = timedelta(minutes=30)
# Recorders come before they are needed and stay a little longer: what `make simulate-capacity` finds.
RECORDER_OVERHEAD = 1.26
GB_PER_MEGABIT_HOUR = 3600 / 8 / 1000


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one unit each, in whatever money. The defaults are list prices that anybody should check."""

    bridge_hour: Decimal = Decimal("0.34")
    recorder_hour: Decimal = Decimal("0.17")
    egress_gb: Decimal = Decimal("0.09")
    storage_gb_month: Decimal = Decimal("0.023")
    hosted_person_minute: Decimal = Decimal("0.004")
    hosted_recording_minute: Decimal = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one month. `people_hours` are those of everybody who is expected."""

    lessons: int
    lesson_hours: float
    people_hours: float
    bridge_hours: float
    recorder_hours: float
    egress_gb: float
    storage_gb: float


@dataclass(frozen=True, slots=True)
class Line:
    """`amount` units at `price` each."""

    what: str
    amount: float
    price: Decimal

    @property
    def cost(self) -> Decimal:
        return Decimal(str(round(self.amount, 4))) * self.price


def usage_of(
    meetings: Sequence[Meeting],
    begins: datetime,
    ends: datetime,
    *,
    habits: Habits,
    sizes: BridgeSizes,
    gb_an_hour: float,
    stored_gb: float,
) -> Usage:
    """`stored_gb` lie there already, and `gb_an_hour` of each lesson's video come to them."""
    hours = [(one.ends_at - one.starts_at) / timedelta(hours=1) for one in meetings]
    people_hours = sum(
        one.people * habits.show_up * length for one, length in zip(meetings, hours, strict=True)
    )
    held = sum(hours) * habits.show_up
    return Usage(
        lessons=len(meetings),
        lesson_hours=held,
        people_hours=people_hours,
        bridge_hours=_bridge_hours(meetings, begins, ends, habits, sizes),
        recorder_hours=held * RECORDER_OVERHEAD,
        egress_gb=people_hours * sizes.mbits_per_person * GB_PER_MEGABIT_HOUR,
        storage_gb=stored_gb + held * gb_an_hour,
    )


def _bridge_hours(
    meetings: Sequence[Meeting], begins: datetime, ends: datetime, habits: Habits, sizes: BridgeSizes
) -> float:
    """Half hour by half hour, the one in reserve too."""
    people = count_at_once(((one.starts_at, one.ends_at, one.people) for one in meetings), begins, ends, STEP)
    counts = {
        number: bridges_needed(
            [Meeting(begins, ends, people=number)], begins, now=begins, habits=habits, sizes=sizes
        )
        for number in set(people)
    }
    return sum(counts[number] for number in people) * (STEP / timedelta(hours=1))


def own_lines(usage: Usage, prices: Prices) -> list[Line]:
    return [
        Line("bridges", usage.bridge_hours, prices.bridge_hour),
        Line("recorders", usage.recorder_hours, prices.recorder_hour),
        Line("egress", usage.egress_gb, prices.egress_gb),
        Line("storage", usage.storage_gb, prices.storage_gb_month),
    ]


def hosted_lines(usage: Usage, prices: Prices) -> list[Line]:
    """What the same hours cost by the minute."""
    return [
        Line("hosted_people", usage.people_hours * 60, prices.hosted_person_minute),
        Line("hosted_recording", usage.lesson_hours * 60, prices.hosted_recording_minute),
    ]


def total_of(lines: Sequence[Line]) -> Decimal:
    return sum((line.cost for line in lines), Decimal(0))
