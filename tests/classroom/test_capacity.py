"""The peak is exact: the sweep says what counting minute by minute says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from classroom.capacity import find_peaks
from classroom.recurrence import Interval

TEN = datetime(2026, 11, 24, 10, tzinfo=UTC)


def minutes(start: int, length: int) -> Interval:
    return Interval(TEN + timedelta(minutes=start), TEN + timedelta(minutes=start + length))


intervals = st.builds(minutes, st.integers(0, 40), st.integers(1, 25))


def running_at(moment: datetime, everything: list[Interval]) -> int:
    return sum(one.starts_at <= moment < one.ends_at for one in everything)


@given(st.lists(intervals, min_size=1, max_size=8), st.lists(intervals, max_size=12))
def test_the_peak_is_what_counting_minute_by_minute_finds(
    proposed: list[Interval], existing: list[Interval]
) -> None:
    everything = proposed + existing
    for interval, peak in zip(proposed, find_peaks(proposed, existing), strict=True):
        length = int((interval.ends_at - interval.starts_at) / timedelta(minutes=1))
        counts = [running_at(interval.starts_at + timedelta(minutes=n), everything) for n in range(length)]
        assert peak.count == max(counts)
        assert interval.starts_at <= peak.at < interval.ends_at
        assert running_at(peak.at, everything) == peak.count


def test_lessons_that_follow_each_other_share_a_recorder() -> None:
    assert find_peaks([minutes(0, 30)], [minutes(30, 30), minutes(-30, 30)])[0].count == 1


def test_two_that_begin_as_one_ends_are_not_its_peak() -> None:
    peak = find_peaks([minutes(0, 30)], [minutes(30, 30), minutes(30, 60)])[0]
    assert (peak.at, peak.count) == (TEN, 1)


def test_two_that_never_meet_are_no_peak_of_three() -> None:
    assert find_peaks([minutes(0, 60)], [minutes(0, 30), minutes(30, 30)])[0].count == 2


def test_the_moment_of_the_peak_is_named() -> None:
    assert find_peaks([minutes(0, 60)], [minutes(20, 30), minutes(25, 5)])[0].at == TEN + timedelta(
        minutes=25
    )
