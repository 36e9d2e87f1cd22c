"""The shapes of charts are arithmetic."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.charts import count_at_once, draw_bars, draw_steps, round_up
from tests.processes import ROOT

DAY = datetime(2026, 3, 2, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (5, 6), (9, 10), (11, 20), (61, 80), (999, 1000), (0.4, 2)],
)
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == top


def test_bars_stand_on_the_ground_and_the_tallest_stays_on_the_sheet() -> None:
    drawn = draw_bars([0, 5, 10], ["Jan", "Feb", "Mar"])
    assert drawn.scale == [10, 5, 0]
    assert [bar.y + bar.height for bar in drawn.bars] == [100, 100, 100]
    assert [bar.height for bar in drawn.bars] == [0, 50, 100]
    assert all(bar.x >= 0 and bar.x + bar.width <= 100 for bar in drawn.bars)


def test_labels_never_crowd_and_the_last_is_always_said() -> None:
    feet = [bar.foot for bar in draw_bars([1] * 24, [str(n) for n in range(24)]).bars]
    assert feet[-1] == "23"
    assert len([foot for foot in feet if foot]) == 6


def test_no_values_make_an_empty_sheet() -> None:
    assert draw_bars([], []).bars == []
    assert draw_steps([], 4).below == ""


def test_what_is_above_the_ceiling_is_drawn_apart() -> None:
    drawn = draw_steps([2, 2, 6, 0], 4)
    assert drawn.scale == [6, 3, 0]
    assert drawn.below == "M0 100V66.67H50V100ZM50 100V33.33H75V100Z"
    assert drawn.above == "M50 33.33V0H75V33.33Z"
    assert draw_steps([4, 4], 4).above == ""


def test_lessons_are_counted_in_every_step_they_touch() -> None:
    spans = [
        (DAY + timedelta(minutes=10), DAY + timedelta(minutes=20), 2),
        (DAY + timedelta(minutes=15), DAY + timedelta(minutes=30), 1),
        (DAY - timedelta(hours=1), DAY + timedelta(minutes=1), 1),
        (DAY + timedelta(minutes=50), DAY + timedelta(hours=5), 1),
    ]
    assert count_at_once(spans, DAY, DAY + timedelta(hours=1), QUARTER) == [3, 3, 0, 1]


def test_a_day_of_23_hours_has_92_quarters() -> None:
    assert len(count_at_once([], DAY, DAY + timedelta(hours=23), QUARTER)) == 92


def test_one_sheet_alone_says_how_charts_of_pages_look() -> None:
    """All sheets go to every page; the chart of a quiz was once called the same, and scales fell into the pictures."""
    sheets = (ROOT / "frontend" / "src" / "styles").glob("*.css")
    assert {
        sheet.name for sheet in sheets if re.search(r"^\.chart[\s,{:\[]", sheet.read_text(), re.MULTILINE)
    } == {"desks.css"}
