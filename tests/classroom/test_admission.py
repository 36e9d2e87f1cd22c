"""By which door newcomers come: what counts as a measurement, when a bridge runs hot, when it is cool again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.admission import (
    COOL,
    COOL_SAMPLES,
    CPU_PER_STRESS,
    FRESH,
    HOT,
    HOT_SAMPLES,
    Decision,
    Door,
    Load,
    Sample,
    Why,
    decide,
    decide_all,
    is_new_sample,
    is_share_of_cpu,
    runs_hot,
)

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
TEN_SECONDS = timedelta(seconds=10)


def measured(*stresses: float, every: timedelta = TEN_SECONDS) -> list[Sample]:
    return [Sample(NINE + place * every, stress) for place, stress in enumerate(stresses)]


def decided(
    *loads: tuple[str, Sequence[Sample]], later: timedelta = timedelta(0), was_hot: bool = False
) -> Decision:
    newest = max((samples[-1].at for _name, samples in loads if samples), default=NINE)
    made = [Load(name, "east", samples, was_hot=was_hot) for name, samples in loads]
    return decide("east", made, now=newest + later)


def test_seventy_percent_of_the_processor_is_the_stress_at_which_it_begins() -> None:
    assert pytest.approx(0.70, abs=0.005) == HOT * CPU_PER_STRESS


@pytest.mark.parametrize(
    ("stresses", "door"),
    [
        ((0.9, 0.9), Door.WEBRTC),
        ((0.9, 0.9, 0.9), Door.HLS),
        ((HOT, HOT, HOT), Door.HLS),
        ((0.9, 0.9, 0.7799), Door.WEBRTC),
        ((0.9, 0.7, 0.9, 0.9), Door.WEBRTC),
        ((0.1, 0.9, 0.9, 0.9), Door.HLS),
    ],
)
def test_three_in_a_row_and_not_before(stresses: tuple[float, ...], door: Door) -> None:
    assert decided(("a", measured(*stresses))).door == door


def test_half_a_minute_means_measurements_that_follow_each_other() -> None:
    apart = measured(0.9, 0.9, 0.9, every=timedelta(minutes=1))
    assert not runs_hot(apart, was_hot=False)


def test_a_hot_bridge_is_cool_only_after_a_quiet_minute() -> None:
    assert runs_hot(measured(*[COOL] * (COOL_SAMPLES - 1)), was_hot=True)
    assert not runs_hot(measured(*[COOL] * COOL_SAMPLES), was_hot=True)
    assert runs_hot(measured(*[COOL] * (COOL_SAMPLES - 1), COOL + 0.01), was_hot=True)


def test_one_bridge_with_room_is_enough() -> None:
    decision = decided(("a", measured(0.9, 0.9, 0.9)), ("b", measured(0.9, 0.9, 0.5)))
    assert (decision.door, decision.why) == (Door.WEBRTC, Why.ROOM)


def test_of_a_silent_bridge_nothing_is_known_and_nobody_is_sent_away() -> None:
    hot = ("a", measured(0.9, 0.9, 0.9))
    assert decided(hot, later=FRESH).door == Door.HLS
    silent = decided(hot, later=FRESH + timedelta(seconds=1))
    assert (silent.door, silent.why) == (Door.WEBRTC, Why.UNKNOWN)
    assert decided().why == Why.UNKNOWN


def test_a_bridge_that_is_emptied_does_not_count_as_room() -> None:
    busy = Load("a", "east", measured(0.9, 0.9, 0.9))
    emptied = Load("b", "east", measured(0.1, 0.1, 0.1), takes_people=False)
    assert decide("east", [busy, emptied], now=NINE + 2 * TEN_SECONDS).door == Door.HLS


def test_a_stress_that_no_processor_has_is_not_believed() -> None:
    assert is_share_of_cpu(1 / CPU_PER_STRESS)
    assert not is_share_of_cpu(1.4)
    assert decided(("a", measured(1.4, 1.4, 1.4))).why == Why.UNKNOWN


def test_each_region_is_judged_for_itself_and_all_together_as_the_pool() -> None:
    loads = [Load("a", "east", measured(0.9, 0.9, 0.9)), Load("b", "west", measured(0.1, 0.1, 0.1))]
    doors = {one.region: one.door for one in decide_all(loads, now=NINE + 2 * TEN_SECONDS)}
    assert doors == {"": Door.WEBRTC, "east": Door.HLS, "west": Door.WEBRTC}


def answer(heard: float, stress: float, clock: float | None) -> Sample:
    """Heard so many seconds after nine, made so many seconds after nine on the bridge's own clock."""
    own = None if clock is None else NINE + timedelta(hours=3, seconds=clock)
    return Sample(NINE + timedelta(seconds=heard), stress, own)


@pytest.mark.parametrize(
    ("before", "now", "is_new"),
    [
        (answer(0, 0.9, 0), answer(3, 0.9, 0), False),  # the same answer out of the cache
        (answer(0, 0.9, 0), answer(3, 0.8, 0), False),
        (answer(0, 0.9, 0), answer(6, 0.9, 5), False),  # another answer, the same measurement
        (answer(0, 0.9, 0), answer(6, 0.8, 5), True),
        (answer(0, 0.9, 0), answer(12, 0.9, 10), True),  # the same number, measured anew
        (answer(0, 0.9, 0), answer(12, 0.9, -3000), True),  # started anew, with another clock
        (answer(0, 0.9, None), answer(5, 0.9, None), False),
        (answer(0, 0.9, None), answer(10, 0.9, None), True),
    ],
)
def test_a_measurement_is_told_from_an_answer(before: Sample, now: Sample, is_new: bool) -> None:
    assert is_new_sample(before, now) is is_new


STRESSES = st.lists(st.floats(0, 1.1, allow_nan=False), min_size=1, max_size=40)


def replay(stresses: Sequence[float]) -> list[bool]:
    """Hot or not after each measurement, every one judged with what was thought before."""
    samples, hot, said = measured(*stresses), False, []
    for upto in range(1, len(samples) + 1):
        hot = runs_hot(samples[:upto], was_hot=hot)
        said.append(hot)
    return said


@given(STRESSES)
def test_it_becomes_hot_only_at_the_third_of_three_hot_ones(stresses: list[float]) -> None:
    said = replay(stresses)
    for place, hot in enumerate(said):
        three = stresses[max(0, place - HOT_SAMPLES + 1) : place + 1]
        is_due = len(three) == HOT_SAMPLES and min(three) >= HOT
        if is_due:
            assert hot
        elif hot:
            assert place > 0
            assert said[place - 1]


@given(STRESSES)
def test_it_becomes_cool_only_after_so_many_cool_ones(stresses: list[float]) -> None:
    said = replay(stresses)
    for place in range(1, len(said)):
        if said[place - 1] and not said[place]:
            assert max(stresses[place - COOL_SAMPLES + 1 : place + 1]) <= COOL


@given(STRESSES, st.floats(COOL, HOT, exclude_min=True, exclude_max=True))
def test_between_the_two_nothing_changes(stresses: list[float], between: float) -> None:
    before = replay(stresses)[-1]
    assert replay([*stresses, *[between] * 20])[len(stresses) :] == [before] * 20


@given(STRESSES, st.integers(1, 6))
def test_an_answer_heard_again_changes_nothing(stresses: list[float], times: int) -> None:
    kept: list[Sample] = []
    for place, stress in enumerate(stresses):
        for again in range(times):
            heard = answer(place * 10 + again, stress, place * 10)
            if is_new_sample(kept[-1] if kept else None, heard):
                kept.append(heard)
    assert [one.stress for one in kept] == stresses


@given(st.lists(STRESSES, max_size=5), st.booleans())
def test_nobody_is_diverted_while_a_fresh_bridge_is_cool(pool: list[list[float]], was_hot: bool) -> None:
    now = NINE + 40 * TEN_SECONDS
    aligned = [
        [Sample(now - (len(one) - 1 - place) * TEN_SECONDS, stress) for place, stress in enumerate(one)]
        for one in pool
    ]
    cool = [Sample(now - place * TEN_SECONDS, 0.2) for place in reversed(range(COOL_SAMPLES))]
    loads = [Load(str(number), "", one, was_hot=was_hot) for number, one in enumerate([*aligned, cool])]
    assert decide("", loads, now=now).door == Door.WEBRTC
