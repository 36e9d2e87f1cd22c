"""What the capacity policy promises, whatever the timetable: tried with many, and with the cases that matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from classroom.capacity import (
    BridgeSizes,
    Decision,
    Habits,
    Meeting,
    Pace,
    Pool,
    State,
    Wish,
    bridges_needed,
    plan,
    recorders_needed,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
HABITS, PACE = Habits(unplanned_per_hour=0), Pace()


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def lesson(start: float, length: float = 45, state: State = State.PLANNED, people: int = 0) -> Meeting:
    return Meeting(NOW + minutes(start), NOW + minutes(start + length), state, people)


def decide(meetings: list[Meeting], pool: Pool, *, now: datetime = NOW, habits: Habits = HABITS) -> Decision:
    window = timedelta(seconds=PACE.lead_seconds)
    need = partial(recorders_needed, meetings, now=now, window=window, habits=habits)
    return plan(now, meetings, pool, need=need, habits=habits, pace=PACE)


meetings = st.lists(
    st.builds(lesson, st.integers(-120, 60), st.integers(1, 120), st.sampled_from(State)), max_size=30
)
wishes = st.none() | st.builds(
    Wish, st.integers(0, 40), st.sampled_from([NOW - minutes(1), NOW + minutes(1)])
)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    least = draw(st.integers(0, 5))
    most = draw(st.integers(least, 40))
    asked_for = draw(st.integers(least, most))
    return Pool(
        asked_for=asked_for,
        at_work=draw(st.integers(0, asked_for)),
        least=least,
        most=most,
        waiting=draw(st.integers(0, 5)),
        unknown=draw(st.integers(0, 3)),
        less_since=draw(st.sampled_from([None, NOW - minutes(1), NOW - minutes(60)])),
        wish=draw(wishes),
    )


@given(meetings, pools())
def test_it_stays_within_the_bounds_and_never_touches_what_is_at_work(
    planned: list[Meeting], pool: Pool
) -> None:
    decision = decide(planned, pool)
    assert pool.least <= decision.new <= pool.most
    assert decision.new >= min(pool.at_work, pool.most)
    assert decision.short == max(0, decision.needed - pool.most)
    assert decision.needed >= pool.at_work + pool.waiting


@given(meetings, pools())
def test_without_a_wish_less_is_only_taken_slowly_and_when_every_machine_is_known(
    planned: list[Meeting], pool: Pool
) -> None:
    decision = decide(planned, pool)
    has_wish = pool.wish is not None and pool.wish.expires_at > NOW
    if decision.new < decision.old and not has_wish:
        assert decision.reason == "less"
        assert not pool.unknown
        assert decision.old - decision.new <= PACE.most_removed
        assert pool.less_since is not None
        assert NOW - pool.less_since >= timedelta(seconds=PACE.hold_seconds)


def test_machines_are_asked_for_before_the_bell_by_as_long_as_they_take() -> None:
    bell = [lesson(30) for _ in range(20)]
    empty = Pool(asked_for=0, at_work=0, least=0, most=60)
    early = timedelta(seconds=PACE.lead_seconds + HABITS.early_seconds)
    before = decide(bell, empty, now=NOW + minutes(30) - early - timedelta(seconds=1))
    in_time = decide(bell, empty, now=NOW + minutes(30) - early)
    assert (before.new, before.reason) == (0, "steady")
    assert in_time.new >= 18
    assert in_time.reason == "timetable"


def test_one_in_ten_stays_away_and_the_number_is_still_enough() -> None:
    decision = decide([lesson(5) for _ in range(40)], Pool(0, 0, 0, 60))
    assert 36 < decision.new <= 40


def test_a_lesson_that_is_empty_long_after_its_bell_is_not_waited_for() -> None:
    pool = Pool(asked_for=1, at_work=0, least=0, most=60, less_since=NOW - minutes(60))
    assert decide([lesson(-2)], pool).new == 1
    assert decide([lesson(-30)], pool).new == 0


def test_more_unplanned_lessons_keep_more_machines_free() -> None:
    numbers = [
        decide([], Pool(0, 0, 0, 60), habits=Habits(unplanned_per_hour=rate)).new for rate in (0, 1, 6, 30)
    ]
    assert numbers == sorted(numbers)
    assert numbers[:3] == [0, 1, 3]


def test_what_the_bounds_cut_off_is_said() -> None:
    decision = decide([lesson(0, state=State.RUNNING) for _ in range(14)], Pool(9, 9, 0, 9, waiting=5))
    assert (decision.new, decision.needed, decision.short) == (9, 14, 5)


def test_machines_that_are_silent_are_unknown_and_nothing_is_taken_away_then() -> None:
    pool = Pool(asked_for=9, at_work=0, least=0, most=9, unknown=1, less_since=NOW - minutes(60))
    assert (decide([], pool).new, decide([], pool).reason) == (9, "unknown")


def test_a_wish_holds_until_it_expires() -> None:
    bell = [lesson(5) for _ in range(20)]
    until = Wish(30, NOW + minutes(10))
    assert decide(bell, Pool(0, 0, 0, 60, wish=until)).new == 30
    assert decide(bell, Pool(0, 0, 0, 60, wish=Wish(30, NOW))).new < 25


def test_a_wish_for_less_leaves_lessons_their_machines() -> None:
    assert decide([], Pool(9, 4, 0, 9, unknown=1, wish=Wish(0, NOW + minutes(10)))).new == 5


def test_bridges_count_a_class_at_its_full_number_before_it_comes() -> None:
    classes = [lesson(3, people=30) for _ in range(39)]
    need = bridges_needed(classes, NOW, now=NOW, habits=HABITS, sizes=BridgeSizes())
    # 1053 people by 3.3 Mbit/s over 400 are nine; by processor nine too; and one in reserve.
    assert need == 10
    assert bridges_needed([], NOW, now=NOW, habits=HABITS, sizes=BridgeSizes()) == 1
