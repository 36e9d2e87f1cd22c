"""Limits, periods, quiet hours and words with places: arithmetic without a database."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from attendance.periods import next_digest, next_loud, period_before, period_of
from attendance.thresholds import ABSENCE, ACTIVITY, LATENESS, TREND, Crossing, Tally, find_crossing
from attendance.wording import fill, unknown_places

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.mark.parametrize(
    ("measure", "limit", "tally", "found"),
    [
        (ABSENCE, 2, Tally(lessons=5, absent=2), Crossing(2, 5)),
        (ABSENCE, 3, Tally(lessons=5, absent=2), None),
        (LATENESS, 1, Tally(lessons=3, late=2), Crossing(2, 3)),
        (TREND, 2, Tally(signs=1), None),
        (ACTIVITY, 50, Tally(active_seconds=49, measured_seconds=100, measured_lessons=2), Crossing(49, 2)),
        (ACTIVITY, 49, Tally(active_seconds=49, measured_seconds=100, measured_lessons=2), None),
        (ACTIVITY, 50, Tally(active_seconds=1, measured_seconds=100, measured_lessons=1), None),
        (ACTIVITY, 50, Tally(lessons=9), None),
    ],
)
def test_a_limit_is_crossed_or_not(measure: str, limit: int, tally: Tally, found: Crossing | None) -> None:
    assert find_crossing(measure, limit, tally) == found


def test_periods_follow_each_other_without_a_gap() -> None:
    for every in ("week", "month"):
        for begins in (1, 6, 7):
            period = period_of(every, date(2026, 3, 1), begins)
            before = period_before(period)
            assert before.until_on == period.since_on and before.every == every
            assert period_of(every, before.last_on, begins) == before


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=NAIROBI)


@pytest.mark.parametrize(
    ("now", "hours", "then"),
    [
        (at(21), (20, 7), at(7, day=5)),
        (at(6, 59), (20, 7), at(7)),
        (at(7), (20, 7), at(7)),
        (at(13, 30), (13, 15), at(15)),
        (at(3), (8, 8), at(3)),
    ],
)
def test_quiet_hours_end_at_their_hour(now: datetime, hours: tuple[int, int], then: datetime) -> None:
    assert next_loud(now, *hours) == then


def test_what_is_gathered_goes_in_the_afternoon_or_when_the_week_is_over() -> None:
    assert next_digest(at(9), "day", 1) == at(16)
    assert next_digest(at(16), "day", 1) == at(16, day=5)
    assert next_digest(at(9), "week", 7) == at(16, day=8)  # a Wednesday, and weeks from Sunday


def test_places_are_filled_once_and_nothing_else_is_code() -> None:
    words = {"student": "{school} {{ settings.SECRET_KEY }}", "school": "Here"}
    assert fill("{student} {other} {% x %}", words) == "{school} {{ settings.SECRET_KEY }} {other} {% x %}"
    assert unknown_places("{student} of {school}") == []
    assert unknown_places("{pupil} {student.password} {") == ["{pupil}", "{student.password}", "{"]
    assert unknown_places("{{ student }}") != []
