"""What somebody did inside, and every minute with what it came from."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from attendance.activity import NOT_AWAY, Act, Activity, Claim, Stretch, close, name_doors, stretches, sum_of
from attendance.presence import JITSI, STREAM, Event, Interval, close_gaps, intervals, visits
from attendance.trace import AWAY, trace

END = 600.0


def event(kind: str, at: float, name: str = "tab", door: str = "page", **more: object) -> Event:
    return Event("a", name, kind, at, door, key=f"{door}:{name}:{kind}:{at}", **more)  # type: ignore[arg-type]


def told(events: list[Event], claims: list[Claim] = [], acts: list[Act] = []) -> list[Stretch]:  # noqa: B006
    stays = intervals(events, END).get("a", [])
    return close(stretches(stays, visits(events, END).get("a", []), claims, acts), close_gaps(stays))


def test_a_page_counts_as_looked_at_until_it_says_otherwise() -> None:
    claims = [Claim("tab", 100, Activity.HIDDEN), Claim("tab", 300, Activity.ACTIVE)]
    assert told([event("joined", 0)], claims) == [
        Stretch(0, 100, Activity.ACTIVE),
        Stretch(100, 300, Activity.HIDDEN),
        Stretch(300, END, Activity.ACTIVE),
    ]


def test_a_short_gap_is_closed_and_shown_as_time_without_a_connection() -> None:
    events = [event("joined", 0), event("left", 100), event("joined", 140, "two")]
    assert close_gaps(intervals(events, END)["a"]) == [Interval(0, END)]
    assert told(events)[1] == Stretch(100, 140, Activity.DISCONNECTED)


def test_a_bad_connection_makes_nobody_less_active() -> None:
    breaks = [(60 * n, 60 * n + 50) for n in range(1, 9)]
    events = [event("joined", 0, "0")]
    for begins, ends in breaks:
        events += [event("left", begins, str(begins // 60 - 1)), event("joined", ends, str(begins // 60))]
    assert sum_of(told(events), NOT_AWAY) == END
    longer = [event("joined", 0), event("left", 100), event("joined", 160, "two")]
    assert sum_of(told(longer), NOT_AWAY) == END - 60


def test_a_gap_of_a_minute_stays_a_gap() -> None:
    events = [event("joined", 0), event("left", 100), event("joined", 160, "two")]
    assert [one.activity for one in told(events)] == [Activity.ACTIVE, Activity.ACTIVE]
    assert close_gaps(intervals(events, END)["a"]) == [Interval(0, 100), Interval(160, END)]


def test_of_the_app_and_of_the_stream_nobody_can_tell_and_nothing_is_taken_away() -> None:
    for door in (JITSI, STREAM):
        assert told([event("joined", 0, door=door)]) == [Stretch(0, END, Activity.UNMEASURED)]


def test_the_page_beside_the_app_may_lie_in_the_dark() -> None:
    events = [event("joined", 0, "v", JITSI), event("joined", 0, "beside", is_companion=True)]
    assert [one.activity for one in told(events, [Claim("beside", 60, Activity.HIDDEN)])] == [
        Activity.ACTIVE,
        Activity.UNMEASURED,
    ]


def test_who_is_looking_at_one_of_two_pages_is_looking() -> None:
    events = [event("joined", 0), event("joined", 10, "two")]
    assert told(events, [Claim("two", 20, Activity.HIDDEN)]) == [Stretch(0, END, Activity.ACTIVE)]


def test_what_the_server_saw_counts_more_than_what_the_page_says() -> None:
    shown = told([event("joined", 0)], [Claim("tab", 0, Activity.HIDDEN)], [Act(200, "answer")])
    assert shown == [
        Stretch(0, 200, Activity.HIDDEN),
        Stretch(200, 260, Activity.ACTIVE),
        Stretch(260, END, Activity.HIDDEN),
    ]


def test_a_connection_that_only_came_and_went_and_the_next_one_are_one_stay() -> None:
    events = [event("joined", 0, "app", JITSI), event("left", 0, "app", JITSI), event("joined", 20)]
    assert told(events) == [Stretch(0, 20, Activity.DISCONNECTED), Stretch(20, END, Activity.ACTIVE)]


def test_a_page_that_only_came_is_not_looked_at_while_the_app_is_open() -> None:
    events = [event("joined", 0), event("left", 0), event("joined", 0, "app", JITSI)]
    assert told(events) == [Stretch(0, END, Activity.UNMEASURED)]


def test_a_stretch_knows_by_which_doors_they_were_inside() -> None:
    history = [event("joined", 0), event("left", 100), event("joined", 140, "two")]
    history += [event("joined", 300, "v", JITSI), event("left", 400, "v", JITSI)]
    history += [event("joined", 300, "brief", STREAM), event("left", 300, "brief", STREAM)]
    shown = name_doors(told(history), visits(history, END)["a"])
    assert [(one.starts_at, one.doors) for one in shown] == [
        (0, ("page",)),
        (100, ()),
        (140, (JITSI, "page")),
    ]


# Any history, in any order, with parts of it lost.

times = st.floats(0, END, allow_nan=False)
events = st.lists(
    st.builds(
        event,
        st.sampled_from(["joined", "left"]),
        times,
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["page", JITSI, STREAM]),
    ),
    max_size=14,
)
claims = st.lists(
    st.builds(
        Claim,
        st.sampled_from(["1", "2", "3"]),
        times,
        st.sampled_from([Activity.ACTIVE, Activity.HIDDEN, Activity.IDLE]),
    ),
    max_size=8,
)
acts = st.lists(st.builds(Act, times, st.just("answer")), max_size=4)


@given(events, claims, acts)
def test_stretches_never_overlap_and_fill_the_stays_exactly(
    history: list[Event], said: list[Claim], done: list[Act]
) -> None:
    shown = told(history, said, done)
    assert all(one.ends_at <= other.starts_at for one, other in itertools.pairwise(shown))
    assert all(0 <= one.starts_at < one.ends_at <= END for one in shown)
    stays = close_gaps(intervals(history, END).get("a", []))
    inside = sum(stay.seconds for stay in stays)
    assert abs(sum(one.seconds for one in shown) - inside) < 1e-6


@given(events, claims, st.integers(0, 2**16), st.sampled_from(["page", JITSI, STREAM, ""]))
def test_order_and_repetition_change_nothing_and_a_lost_stream_breaks_nothing(
    history: list[Event], said: list[Claim], seed: int, lost: str
) -> None:
    heard = [one for one in history if one.door != lost]
    again = [*heard, *(replace(one) for one in heard[:3])]
    random.Random(seed).shuffle(again)
    assert told(again, said) == told(heard, said)


@given(events, claims, acts, claims)
def test_whatever_a_client_says_it_never_gains_a_second(
    history: list[Event], said: list[Claim], done: list[Act], tampered: list[Claim]
) -> None:
    honest = sum_of(told(history, [], done), NOT_AWAY)
    assert sum_of(told(history, [*said, *tampered], done), NOT_AWAY) <= honest + 1e-6


def test_every_minute_answers_with_its_facts() -> None:
    history = [event("joined", 130), event("left", 200), event("joined", 420, "two")]
    seen, claim = visits(history, END)["a"], Claim("two", 480, Activity.HIDDEN, "claim")
    shown = told(history, [claim])
    spans = trace(shown, seen, [claim], [], 0, END)
    assert [(one.first, one.last, one.state) for one in spans] == [
        (0, 1, AWAY),
        (2, 2, "active"),
        (3, 6, AWAY),
        (7, 7, "active"),
        (8, 9, "hidden"),
    ]
    assert spans[0].facts == ("page:tab:joined:130",)  # late, because the first that was seen of them is this
    assert spans[1].facts == ("page:tab:joined:130", "page:tab:left:200")
    assert spans[2].facts == ("page:tab:left:200", "page:two:joined:420")
    assert spans[4].facts == ("page:two:joined:420", "claim")


def test_what_was_done_shortly_before_explains_a_minute_of_a_page_that_lay_in_the_dark() -> None:
    history, claim = [event("joined", 0)], Claim("tab", 30, Activity.HIDDEN, "claim")
    done = [Act(115, "edit", "edit:1"), Act(118, "message", "message:2")]
    spans = trace(told(history, [claim], done), visits(history, END)["a"], [claim], done, 0, END)
    assert (spans[1].state, spans[1].facts) == ("hidden", ("page:tab:joined:0", "claim"))
    assert (spans[2].state, spans[2].facts) == ("active", ("page:tab:joined:0", "message:2"))


def test_a_page_that_came_back_is_believed_for_its_word() -> None:
    history, minute = [event("joined", 0), event("left", 1680)], 60.0
    said = [
        Claim("tab", 5 * minute, Activity.IDLE, "idle"),
        Claim("tab", 10 * minute, Activity.ACTIVE, "used"),
        Claim("tab", 18 * minute, Activity.ACTIVE, "used again"),
    ]
    stays, seen = intervals(history, 1680)["a"], visits(history, 1680)["a"]
    shown = stretches(stays, seen, said, [], 600)
    edges = ("page:tab:joined:0", "page:tab:left:1680")
    assert [
        (one.first, one.last, one.state, one.facts) for one in trace(shown, seen, said, [], 0, 1680, 600)
    ] == [
        (0, 4, "active", edges),
        (5, 9, "idle", (*edges, "idle")),
        (10, 17, "active", (*edges, "used")),
        (18, 27, "active", (*edges, "used again")),
    ]


def test_a_page_that_must_not_be_silent_is_believed_for_its_last_word() -> None:
    history, done = [event("joined", 0)], [Act(290, "answer", "answer")]
    said = [Claim("tab", at, Activity.ACTIVE, str(at)) for at in (100, 200, 300, 400)]
    seen = visits(history, END)["a"]
    shown = stretches(intervals(history, END)["a"], seen, said, done, 180)
    assert [
        (one.first, one.last, one.state, one.facts[1:]) for one in trace(shown, seen, said, done, 0, END, 180)
    ] == [
        (0, 2, "active", ()),
        (3, 3, "active", ("200",)),
        (4, 4, "active", ("answer",)),
        (5, 6, "active", ()),
        (7, 9, "active", ("400",)),
    ]


@given(events, claims, acts)
def test_no_minute_is_without_an_answer_and_no_fact_is_made_up(
    history: list[Event], said: list[Claim], done: list[Act]
) -> None:
    known = {one.key for one in history}
    spans = trace(told(history, said, done), visits(history, END).get("a", []), said, done, 0, END)
    assert spans[0].first == 0
    assert spans[-1].last == 9
    assert all(other.first == one.last + 1 for one, other in itertools.pairwise(spans))
    for span in spans:
        assert set(span.facts) <= known
        assert span.facts or span.state in {AWAY}
