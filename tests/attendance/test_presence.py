"""Time inside, from events that may be doubled, missing or out of order."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from attendance.presence import Event, Interval, intervals


def test_a_rejoin_makes_two_stays_and_their_sum_counts() -> None:
    events = [
        Event("a", "1", "joined", 0),
        Event("a", "1", "left", 10),
        Event("a", "2", "joined", 20),
        Event("a", "2", "left", 30),
    ]
    assert intervals(events, until=100) == {"a": [Interval(0, 10), Interval(20, 30)]}


def test_two_tabs_at_once_count_once() -> None:
    events = [
        Event("a", "1", "joined", 0),
        Event("a", "2", "joined", 5),
        Event("a", "1", "left", 10),
        Event("a", "2", "left", 15),
    ]
    assert intervals(events, until=100) == {"a": [Interval(0, 15)]}


def test_somebody_who_never_left_is_inside_until_the_end() -> None:
    assert intervals([Event("a", "1", "joined", 4)], until=9) == {"a": [Interval(4, 9)]}


def test_any_order_of_the_same_events_gives_the_same_stays() -> None:
    events = [
        Event("a", "1", "joined", 0),
        Event("a", "1", "left", 10),
        Event("a", "1", "joined", 10),
        Event("a", "1", "left", 25),
    ]
    found = {str(intervals([*order, *order[:2]], until=30)) for order in itertools.permutations(events)}
    assert found == {str({"a": [Interval(0, 25)]})}


@given(
    st.lists(
        st.builds(
            Event,
            st.sampled_from("ab"),
            st.sampled_from("12"),
            st.sampled_from(["joined", "left"]),
            st.floats(0, 1000, allow_nan=False),
        )
    )
)
def test_stays_never_overlap_never_run_backwards_never_pass_the_end(events: list[Event]) -> None:
    for stays in intervals(events, until=500).values():
        assert all(0 <= stay.starts_at <= stay.ends_at <= 500 for stay in stays if stay.starts_at <= 500)
        assert all(one.ends_at < other.starts_at for one, other in itertools.pairwise(stays))
