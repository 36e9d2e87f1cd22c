"""The simulation of a few days: the timetable keeps its promise there, and what it compares with does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.costs import RECORDER_OVERHEAD
from scripts.simulate_capacity.__main__ import MOST_HOURS, MOST_LATE, simulate
from scripts.simulate_capacity.drawing import draw_day
from scripts.simulate_capacity.machines import Boot, ideal_hours
from scripts.simulate_capacity.school import DAY, Lesson, lessons_of


@pytest.mark.deep
def test_the_timetable_is_in_time_at_little_more_than_the_ideal_and_reactive_policies_are_late() -> None:
    rows, firsts = simulate(days=3, boot=Boot(), unplanned=1, no_show=0.1)
    by_name = {row.policy: row for row in rows}
    ours = by_name["timetable"]
    assert ours.late < MOST_LATE
    assert ours.ratio <= MOST_HOURS
    assert abs(ours.ratio - RECORDER_OVERHEAD) <= 0.05, "the cost page reckons with another number"
    misjudged = by_name["timetable, misjudged"]
    assert misjudged.hours != ours.hours
    assert misjudged.late < MOST_LATE, "its own habits need not be known to the last lesson"
    assert by_name["jitsi-autoscaler defaults"].late > 0.2
    assert by_name["80 % busy, +2 in 2 min"].late > 0.2
    assert by_name["static 60"].hours > 3 * ours.hours
    assert len({row.recordings for row in rows}) == 1
    assert draw_day({name: firsts[name] for name in ("timetable", "static 60")}).count("<path") == 3


def test_a_day_is_the_same_whenever_it_is_drawn() -> None:
    assert lessons_of(7) == lessons_of(7) != lessons_of(8)


def test_who_knows_everything_keeps_a_machine_over_a_short_break_only() -> None:
    def held(start: float, end: float) -> Lesson:
        times = DAY + timedelta(hours=start), DAY + timedelta(hours=end)
        return Lesson(*times, *times)

    boot = Boot(minutes=6)
    assert round(ideal_hours([held(8, 9), held(9.05, 10)], boot), 2) == 0.1 + 2.0
    assert round(ideal_hours([held(8, 9), held(10, 11)], boot), 2) == 0.2 + 2.0
