"""Signals of one lesson, against what the same person usually does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from attendance.engagement import WEIGHTS, Measures, SignalKind, reckon

USUAL = Measures(3600, 3600, 3600, inside_seconds=3600, asked=4, answered=4, answer_ms=8000, said=4, edits=10)
BEFORE = [USUAL] * 4


def signal(kind: str, now: Measures, before: list[Measures] = BEFORE) -> object:
    return next(one for one in reckon(now, before).signals if one.kind == kind)


def test_who_does_what_they_usually_do_has_all_of_it() -> None:
    assert reckon(USUAL, BEFORE).score == 100


def test_each_signal_says_how_it_came() -> None:
    half = replace(
        USUAL, inside_seconds=1800, attentive_seconds=450, answered=2, answer_ms=16000, said=2, edits=0
    )
    found = {one.kind: (one.value, one.reason) for one in reckon(half, BEFORE).signals}
    assert found == {
        "presence": (0.5, "measured"),
        "participation": (0.5, "counted"),
        "speed": (0.5, "own_usual"),
        "voice": (0.5, "own_usual"),
        "board": (0.0, "own_usual"),
        "attention": (0.25, "own_word"),
        "camera": (None, "never_counted"),
    }


def test_what_could_not_be_seen_costs_nothing() -> None:
    by_telephone = Measures(3600, 3600, 3600, inside_seconds=3600, has_page=False, asked=4)
    found = reckon(by_telephone, BEFORE)
    assert found.score == 100
    assert {one.kind: one.reason for one in found.signals if not one.available} == {
        "participation": "no_page",
        "speed": "no_answers",
        "voice": "no_page",
        "board": "not_allowed",
        "attention": "no_page",
        "camera": "never_counted",
    }


def test_a_bad_connection_is_not_a_slow_pupil() -> None:
    slow = replace(USUAL, answer_ms=None, broken_answers=4)
    assert signal(SignalKind.SPEED, slow).reason == "rough_link"  # type: ignore[attr-defined]
    assert reckon(slow, BEFORE).score == 100


def test_nobody_is_measured_before_they_have_a_usual() -> None:
    first = reckon(replace(USUAL, said=0, edits=0), [])
    assert first.score == 100
    assert {one.reason for one in first.signals if one.kind in {"speed", "voice", "board"}} == {"no_usual"}


def test_who_never_says_anything_need_not() -> None:
    quiet = [replace(USUAL, said=0)] * 4
    assert signal(SignalKind.VOICE, replace(USUAL, said=0), quiet).reason == "not_usual"  # type: ignore[attr-defined]


def test_who_was_not_there_has_no_score() -> None:
    assert reckon(Measures(3600, 0, 0), BEFORE).score is None


def test_a_camera_changes_nothing() -> None:
    assert WEIGHTS[SignalKind.CAMERA] == 0
    off, on = replace(USUAL, answered=1, camera_seconds=0), replace(USUAL, answered=1, camera_seconds=3600)
    assert reckon(off, BEFORE).score == reckon(on, BEFORE).score


measures = st.builds(
    Measures,
    lesson_seconds=st.just(3600.0),
    seconds=st.floats(1, 3600),
    attentive_seconds=st.floats(0, 3600),
    inside_seconds=st.floats(1, 3600),
    breaks=st.integers(0, 9),
    has_page=st.booleans(),
    asked=st.integers(0, 9),
    answered=st.integers(0, 9),
    answer_ms=st.none() | st.integers(0, 90_000),
    said=st.none() | st.integers(0, 30),
    edits=st.none() | st.integers(0, 300),
)


@given(measures, st.lists(measures, max_size=9), st.floats(0, 3600), st.floats(0, 5))
def test_a_claimed_camera_never_raises_a_score_whatever_weight_it_is_given(
    now: Measures, before: list[Measures], claimed: float, weight: float
) -> None:
    weights = {**WEIGHTS, SignalKind.CAMERA: weight}
    honest = reckon(now, before, weights).score
    tampered = reckon(replace(now, camera_seconds=claimed), before, weights).score
    assert honest is not None
    assert tampered is not None
    assert 0 <= tampered <= honest <= 100


@given(measures, st.lists(measures, max_size=9), st.floats(0, 3600))
def test_what_a_page_says_of_itself_changes_no_score(
    now: Measures, before: list[Measures], claimed: float
) -> None:
    assert reckon(replace(now, attentive_seconds=claimed), before).score == reckon(now, before).score


@given(measures, st.lists(measures, max_size=9), st.floats(0, 3600), st.floats(0, 5))
def test_what_a_page_says_of_itself_never_raises_a_score_whatever_weight_it_is_given(
    now: Measures, before: list[Measures], claimed: float, weight: float
) -> None:
    weights = {**WEIGHTS, SignalKind.ATTENTION: weight}
    seen = reckon(now, before).score
    told = reckon(replace(now, attentive_seconds=claimed), before, weights).score
    assert seen is not None
    assert told is not None
    assert told <= seen
