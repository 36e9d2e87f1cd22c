"""Time inside, from events that may be doubled, missing or out of order."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.presence import JITSI, PAGE, STREAM, Event, Interval, fold, intervals


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


@pytest.mark.parametrize("door", [PAGE, STREAM])
def test_who_comes_and_falls_silent_at_once_was_not_there(door: str) -> None:
    silent = [Event("a", "1", "joined", 20, door), Event("a", "1", "left", 20, door)]
    inside, seen = fold(silent, until=3600)
    assert inside == {"a": []}
    assert [(one.starts_at, one.ends_at) for one in seen["a"]] == [(20, 20)]
    before = [Event("a", "1", "joined", 0, door), Event("a", "1", "left", 10, door)]
    assert intervals([*before, *silent], until=3600) == {"a": [Interval(0, 10)]}


@pytest.mark.parametrize(("closed", "came", "starts_at"), [(6, 8, 8), (6, 14, 0), (20, 22, 0)])
def test_a_page_that_only_brought_somebody_to_the_video_is_no_stay_of_its_own(
    closed: float, came: float, starts_at: float
) -> None:
    """A network that broke as soon as they had come; but not a page that stood open for a while, or was closed long before."""
    told = [Event("a", "p", "joined", 0), Event("a", "p", "left", closed, reason="silence")]
    told += [Event("a", "v", "joined", came, JITSI), Event("a", "v", "left", 300, JITSI, "left")]
    assert intervals(told, until=400)["a"][0].starts_at == starts_at


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


@st.composite
def signs_of_life(draw: st.DrawFn) -> list[tuple[str, str, float, float]]:
    """(tab, door, came, last seen) of one person; a tab comes back later than it was last seen, and may be seen just
    once."""
    found = []
    for tab in draw(st.sets(st.sampled_from("123"), min_size=1)):
        door, at = draw(st.sampled_from([PAGE, STREAM])), 0.0
        for _ in range(draw(st.integers(1, 4))):
            came = at + draw(st.integers(1, 400))
            at = came + draw(st.just(0) | st.integers(0, 400))
            found.append((tab, door, came, at))
    return found


@given(signs_of_life(), st.randoms(use_true_random=False))
def test_no_visit_outlasts_the_last_sign_of_life(
    truth: list[tuple[str, str, float, float]], chance: random.Random
) -> None:
    told = [Event("a", tab, "joined", came, door) for tab, door, came, _ in truth]
    told += [Event("a", tab, "left", seen_at, door) for tab, door, _, seen_at in truth]
    told += told[:3]
    chance.shuffle(told)
    inside, seen = fold(told, until=5000)
    shown = sorted((one.occupant, one.door, one.starts_at, one.ends_at) for one in seen["a"])
    assert shown == sorted(truth)
    assert all(stay.ends_at <= max(seen_at for *_, seen_at in truth) for stay in inside["a"])
