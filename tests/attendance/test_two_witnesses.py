"""The page's socket and Prosody tell of the same people: who is believed, and how wrong the register can be."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.presence import HIBERNATION_SECONDS, JITSI, Event, Interval, intervals

UNTIL = 3600.0
HEARTBEAT = 5.0  # how stale the last sign of a socket may be
PAGE_LOADS = 8.0  # the page is open before Jitsi is
POLL = 30.0  # how often Prosody is asked
GOOD, ONE_LOST = 5.0, 30.0


def page(kind: str, at: float, tab: str = "tab") -> Event:
    return Event("a", tab, kind, at)


def visit(kind: str, at: float, reason: str = "left", name: str = "v", **more: float | bool) -> Event:
    return Event("a", name, kind, at, JITSI, reason if kind == "left" else "", **more)  # type: ignore[arg-type]


def inside(*events: Event, until: float = UNTIL) -> list[Interval]:
    return intervals(events, until).get("a", [])


def test_prosody_is_right_about_edges_that_both_have_seen() -> None:
    both = [page("joined", 0), visit("joined", 10), visit("left", 100), page("left", 112)]
    assert inside(*both) == [Interval(10, 100)]


def test_where_one_is_silent_for_longer_the_other_is_believed() -> None:
    both = [page("joined", 0), visit("joined", 500), visit("left", 600), page("left", 900)]
    assert inside(*both) == [Interval(0, 900)]


def test_of_a_broken_network_the_socket_knows_first() -> None:
    told = [page("joined", 0), visit("joined", 2), page("left", 100), visit("left", 161, "timeout")]
    assert inside(*told) == [Interval(2, 100)]


def test_without_a_socket_the_minute_of_waiting_is_taken_off() -> None:
    assert inside(visit("joined", 0), visit("left", 161, "timeout")) == [
        Interval(0, 161 - HIBERNATION_SECONDS)
    ]


def test_without_a_socket_and_without_a_reason_prosody_is_believed() -> None:
    assert inside(visit("joined", 0), visit("left", 161, "")) == [Interval(0, 161)]


def test_who_left_on_purpose_after_the_socket_died_left_then() -> None:
    told = [page("joined", 0), visit("joined", 2), page("left", 100), visit("left", 150, "left")]
    assert inside(*told) == [Interval(2, 150)]


def test_a_page_that_came_back_meanwhile_is_not_cut() -> None:
    told = [page("joined", 0), page("left", 90), page("joined", 100, "t2"), page("left", 300, "t2")]
    assert inside(*told, visit("joined", 0), visit("left", 160, "timeout")) == [Interval(0, 300)]


def test_what_was_found_out_counts_until_prosody_says_something() -> None:
    found_out = visit("left", 45, is_inferred=True, seen_at=30.0)
    assert inside(visit("joined", 0), found_out) == [Interval(0, 45)]
    assert inside(visit("joined", 0), found_out, visit("left", 31)) == [Interval(0, 31)]
    assert inside(visit("joined", 0), found_out, visit("joined", 90)) == [Interval(0, UNTIL)]


def test_what_was_found_out_is_sharpened_by_the_page() -> None:
    found_out = visit("left", 45, is_inferred=True, seen_at=30.0)
    for closed in (33.0, 58.0):
        told = [page("joined", 0), page("left", closed), visit("joined", 0), found_out]
        assert inside(*told) == [Interval(0, closed)]


def test_two_devices_of_one_person_count_once() -> None:
    told = [visit("joined", 0, name="v"), visit("joined", 50, name="w"), visit("left", 60, name="v")]
    assert inside(*told, visit("left", 90, name="w")) == [Interval(0, 90)]


# A whole lesson, as it was, and as the two witnesses tell it.


@st.composite
def stays(draw: st.DrawFn) -> list[tuple[Interval, str]]:
    """What really happened: some stays, each with how it ended."""
    found: list[tuple[Interval, str]] = []
    at = draw(st.floats(0, 300))
    for _ in range(draw(st.integers(1, 4))):
        ends = at + draw(st.floats(40, 1200))
        if ends > UNTIL:
            break
        how = draw(st.sampled_from(["left", "timeout", "destroyed"]))
        found.append((Interval(at, ends), how))
        at = ends + draw(st.floats(100, 600))
    return found


def told_by_page(truth: list[tuple[Interval, str]], chance: random.Random) -> list[Event]:
    """The page opens a little before Jitsi, and closes with it; a broken socket was last seen a heartbeat ago."""
    told = []
    for number, (stay, how) in enumerate(truth):
        last = stay.ends_at - (chance.uniform(0, HEARTBEAT) if how == "timeout" else 0)
        told += [
            page("joined", stay.starts_at - chance.uniform(0, PAGE_LOADS), f"t{number}"),
            page("left", last, f"t{number}"),
        ]
    return told


def told_by_prosody(truth: list[tuple[Interval, str]], chance: random.Random) -> list[Event]:
    told = []
    for number, (stay, how) in enumerate(truth):
        late = HIBERNATION_SECONDS + chance.uniform(0, 4) if how == "timeout" else 0
        told += [
            visit("joined", stay.starts_at, name=f"v{number}"),
            visit("left", stay.ends_at + late, how, name=f"v{number}"),
        ]
    return told


def repaired(truth: list[tuple[Interval, str]], lost: set[str], chance: random.Random) -> list[Event]:
    """What the module's snapshots and the leave's own words make of Prosody's events when some were lost."""
    told: list[Event] = []
    for number, (stay, how) in enumerate(truth):
        name = f"v{number}"
        came, went = f"{name}+" not in lost, f"{name}-" not in lost
        ends = stay.ends_at + (HIBERNATION_SECONDS if how == "timeout" else 0)
        polls = [at * POLL for at in range(int(stay.starts_at // POLL) + 1, int(ends // POLL) + 1)]
        if came or went or polls:
            told.append(visit("joined", stay.starts_at, name=name))
        if went:
            told.append(visit("left", ends, how, name=name))
        elif came or polls:
            seen = max([stay.starts_at, *polls])
            missed = (int(ends // POLL) + 1) * POLL
            told.append(visit("left", (seen + missed) / 2, name=name, is_inferred=True, seen_at=seen))
    return told


def worst_edge(found: list[Interval], truth: list[tuple[Interval, str]]) -> float:
    """The largest error of any edge; stays that nobody told of, or that nobody had, count with their length."""
    real = [stay for stay, _ in truth]
    worst = 0.0
    for stay in real:
        near = [one for one in found if one.starts_at < stay.ends_at and one.ends_at > stay.starts_at]
        if not near:
            worst = max(worst, stay.seconds)
            continue
        worst = max(worst, abs(near[0].starts_at - stay.starts_at), abs(near[-1].ends_at - stay.ends_at))
    made_up = [
        one for one in found if not any(one.starts_at < s.ends_at and one.ends_at > s.starts_at for s in real)
    ]
    return max([worst, *(one.seconds for one in made_up)])


def shuffled(events: list[Event], chance: random.Random) -> list[Event]:
    """Out of order, and some of them twice."""
    told = events + [replace(one) for one in events if chance.random() < 0.3]
    chance.shuffle(told)
    return told


@settings(max_examples=300, deadline=None)
@given(stays(), st.integers(0, 2**32))
def test_with_everything_delivered_no_edge_is_wrong_by_more_than_five_seconds(
    truth: list[tuple[Interval, str]], seed: int
) -> None:
    chance = random.Random(seed)
    told = told_by_page(truth, chance) + told_by_prosody(truth, chance)
    assert worst_edge(inside(*shuffled(told, chance)), truth) <= GOOD


@settings(max_examples=300, deadline=None)
@given(stays(), st.integers(0, 2**32), st.sampled_from(["page", "prosody"]))
def test_with_one_whole_stream_lost_no_edge_is_wrong_by_more_than_thirty(
    truth: list[tuple[Interval, str]], seed: int, heard: str
) -> None:
    chance = random.Random(seed)
    told = told_by_page(truth, chance) if heard == "page" else told_by_prosody(truth, chance)
    assert worst_edge(inside(*shuffled(told, chance)), truth) <= ONE_LOST


@settings(max_examples=300, deadline=None)
@given(stays(), st.integers(0, 2**32), st.floats(0, 1))
def test_with_some_events_lost_snapshots_keep_every_edge_within_thirty(
    truth: list[tuple[Interval, str]], seed: int, share: float
) -> None:
    chance = random.Random(seed)
    lost = {f"v{n}{sign}" for n in range(len(truth)) for sign in "+-" if chance.random() < share}
    told = told_by_page(truth, chance) + repaired(truth, lost, chance)
    assert worst_edge(inside(*shuffled(told, chance)), truth) <= ONE_LOST


@pytest.mark.parametrize(
    ("case", "bound"),
    [
        ("all", GOOD),
        ("a fifth lost", ONE_LOST),
        ("no page", ONE_LOST),
        ("no Prosody", ONE_LOST),
        # Two faults at once: nobody saw when a telephone lost its network, and the word about it was lost.
        ("no page, a fifth lost", HIBERNATION_SECONDS + POLL / 2),
    ],
)
def test_figures_of_a_thousand_lessons(case: str, bound: float) -> None:
    chance = random.Random(7)
    errors = []
    for _ in range(1000):
        truth, at = [], chance.uniform(0, 300)
        while (ends := at + chance.uniform(40, 1200)) <= UNTIL:
            truth.append((Interval(at, ends), chance.choice(["left", "timeout", "destroyed"])))
            at = ends + chance.uniform(100, 600)
        lost = {
            f"v{n}{s}"
            for n in range(len(truth))
            for s in "+-"
            if case.endswith("a fifth lost") and chance.random() < 0.2
        }
        told = [] if case.startswith("no page") else told_by_page(truth, chance)
        told += [] if case == "no Prosody" else repaired(truth, lost, chance)
        errors.append(worst_edge(inside(*shuffled(told, chance)), truth))
    print(f"{case}: worst {max(errors):.1f} s, mean {sum(errors) / len(errors):.2f} s")
    assert max(errors) <= bound
