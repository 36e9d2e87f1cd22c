from __future__ import annotations

import pytest

from recordings.clock import Span, Timeline, merge


def test_gaps_are_cut_out() -> None:
    timeline = Timeline([Span(100, 110), Span(200, 205)])
    assert timeline.duration == 15
    assert [timeline.offset_of(at) for at in (90, 100, 104, 110, 150, 200, 203, 205, 999)] == [
        0, 0, 4, 10, 10, 10, 13, 15, 15,
    ]  # fmt: skip


def test_the_way_back_shows_the_later_moment_at_a_cut() -> None:
    timeline = Timeline([Span(100, 110), Span(200, 205)])
    assert [timeline.epoch_of(at) for at in (0, 4, 10, 13, 15)] == [100, 104, 200, 203, 205]


def test_spans_in_any_order_that_touch_or_overlap_are_one() -> None:
    spans = [Span(20, 30), Span(0, 10), Span(9, 12), Span(15, 15), Span(50, 40)]
    assert merge(spans) == [Span(0, 12), Span(20, 30)]
    assert merge(spans, gap_seconds=8) == [Span(0, 30)]


def test_an_empty_timeline_has_no_moments() -> None:
    assert Timeline([]).duration == 0
    assert Timeline([]).offset_of(5) == 0
    with pytest.raises(ValueError, match="no moment"):
        Timeline([]).epoch_of(0)
