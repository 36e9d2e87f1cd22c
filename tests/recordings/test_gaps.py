"""Where a recording has holes, and what each is called."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.clock import Span, merge
from recordings.gaps import EARLY_END, LATE_START, SHORTEST_SECONDS, UNKNOWN, Loss, cause_of, find_gaps

INSIDE = [Span(0, 100)]
spans = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 60)).map(lambda one: Span(one[0], one[0] + one[1])),
    max_size=6,
)


@pytest.mark.parametrize(
    ("recorded", "gaps"),
    [
        ([Span(0, 100)], []),
        ([Span(2, 99)], []),
        ([Span(0, 40), Span(55, 100)], [Span(40, 55)]),
        ([Span(10, 40), Span(55, 90)], [Span(40, 55)]),
        ([Span(35, 40), Span(55, 60)], [Span(0, 35), Span(40, 55), Span(60, 100)]),
        ([Span(0, 60), Span(30, 100)], []),
        ([Span(-20, 40), Span(70, 300)], [Span(40, 70)]),
        ([], [Span(0, 100)]),
    ],
)
def test_a_gap_is_where_people_were_and_no_recorder(recorded: list[Span], gaps: list[Span]) -> None:
    assert find_gaps(INSIDE, recorded) == gaps


def test_nobody_misses_what_was_not_recorded_while_the_room_was_empty() -> None:
    assert find_gaps([Span(0, 30), Span(60, 100)], [Span(0, 30), Span(60, 100)]) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inside=spans, recorded=spans)
def test_gaps_and_recorded_time_never_meet_and_leave_out_only_moments(
    inside: list[Span], recorded: list[Span]
) -> None:
    gaps = find_gaps(inside, recorded)
    for gap in gaps:
        assert gap.seconds >= SHORTEST_SECONDS
        assert all(span.ends_at <= gap.starts_at or span.starts_at >= gap.ends_at for span in merge(recorded))
    for second in range(260):
        missing = _holds(inside, second) and not _holds(recorded, second)
        if missing and all(_holds(inside, near) and not _holds(recorded, near) for near in _around(second)):
            assert _holds(gaps, second)


def _around(second: int) -> range:
    return range(second - 30, second + 31)


def _holds(held: list[Span], second: int) -> bool:
    return any(span.starts_at <= second and second + 1 <= span.ends_at for span in held)


def test_each_gap_says_what_had_happened_to_the_recorder() -> None:
    recorded = [Span(40, 50), Span(65, 80), Span(90, 100)]
    losses = [Loss(53, "recorder_died"), Loss(60, "never_started")]
    gaps = find_gaps([Span(0, 140)], recorded)
    assert [cause_of(gap, recorded, losses) for gap in gaps] == [
        LATE_START,
        "recorder_died",
        UNKNOWN,
        EARLY_END,
    ]
