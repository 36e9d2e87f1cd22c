"""From stays to one word, by the school's rules."""

from __future__ import annotations

import pytest

from attendance.presence import Interval
from attendance.verdict import Rules, Window, judge, window_of

HOUR = Window(0, 3600)
RULES = Rules()


@pytest.mark.parametrize(
    ("since", "until", "status"),
    [
        (0, 3600, "present"),
        (300, 3600, "present"),
        (301, 3600, "late"),
        (0, 3300, "present"),
        (0, 3299, "left_early"),
        (301, 3000, "late"),
        (0, 719, "absent"),
        (0, 720, "left_early"),
        (-600, 4000, "present"),
        (4000, 5000, "absent"),
    ],
)
def test_a_stay_becomes_a_word(since: float, until: float, status: str) -> None:
    assert judge([Interval(since, until)], HOUR, RULES).status == status


def test_who_never_came_is_absent_or_excused() -> None:
    assert judge([], HOUR, RULES).status == "absent"
    assert judge([], HOUR, RULES, is_excused=True).status == "excused"
    assert judge([Interval(0, 3600)], HOUR, RULES, is_excused=True).status == "present"


def test_while_the_lesson_goes_on_nobody_has_left_early() -> None:
    assert judge([Interval(0, 60)], Window(0, 600), RULES, is_over=False).status == "present"


def test_rules_are_the_schools_own() -> None:
    strict = Rules(late_minutes=0, leave_minutes=0, absent_percent=90)
    assert judge([Interval(1, 3600)], HOUR, strict).status == "late"
    assert judge([Interval(0, 3000)], HOUR, strict).status == "absent"


def test_nobody_is_late_for_a_teacher_who_was_not_there() -> None:
    window = window_of(
        planned=Interval(0, 3600), opened_at=60, ended_at=3600, staff=[[Interval(420, 3600)], []]
    )
    assert window == Window(420, 3600)
    assert judge([Interval(600, 3600)], window, RULES).status == "present"


def test_a_lesson_that_ends_sooner_is_left_early_by_nobody() -> None:
    window = window_of(planned=Interval(0, 3600), opened_at=0, ended_at=2000, staff=[[Interval(0, 2000)]])
    assert judge([Interval(0, 2000)], window, RULES).status == "present"


def test_a_lesson_held_at_another_time_counts_when_it_was_held() -> None:
    window = window_of(
        planned=Interval(0, 3600), opened_at=5000, ended_at=8000, staff=[[Interval(5000, 8000)]]
    )
    assert window == Window(5000, 8000)
