"""Timestamps in, places out: no media, no waiting."""

import random

import pytest

from recordings.embedded.clock import Line, TrackClock

RATE = 48_000
EPOCH = 1_800_000_000.0


def send(clock: TrackClock, first: int, at: float, seconds: float, late: float = 0.0) -> tuple[int, float]:
    """Packets of 20 ms from `at` on; the next timestamp and the next time."""
    chance = random.Random(7)
    for index in range(round(seconds * 50)):
        delay = late + chance.choice([0.002, 0.005, 0.030, 0.080])
        clock.heard((first + index * 960) & 0xFFFFFFFF, EPOCH + at + index * 0.02 + delay)
        clock.place((first + index * 960) & 0xFFFFFFFF)
    return (first + round(seconds * 50) * 960) & 0xFFFFFFFF, at + seconds


def wall(clock: TrackClock, rtp: int) -> float:
    return clock.started_at + clock.place(rtp) - EPOCH


def test_the_32_bit_wrap_and_a_step_back_are_steps_on_one_line() -> None:
    line = Line(1)
    assert [line.seconds(rtp) for rtp in (0xFFFFFFFE, 1, 0xFFFFFFFF)] == [0xFFFFFFFE, 2**32 + 1, 0xFFFFFFFF]


def test_the_earliest_packets_decide_where_the_line_lies() -> None:
    clock = TrackClock(RATE)
    first = 0xFFFFFF00
    send(clock, first, 10.0, 1.5)
    assert clock.place(first) == 0
    assert clock.started_at - EPOCH == pytest.approx(10.002, abs=0.001)
    assert clock.place((first + RATE) & 0xFFFFFFFF) == pytest.approx(1.0, abs=0.001)


def test_the_start_stays_once_the_first_second_is_over() -> None:
    clock = TrackClock(RATE)
    rtp, at = send(clock, 0, 0.0, 1.2, late=0.04)
    settled = clock.started_at
    rtp, at = send(clock, rtp, at, 2.0)
    assert clock.started_at == settled
    assert wall(clock, rtp - 960) == pytest.approx(at - 0.02 + 0.002, abs=0.001)


@pytest.mark.parametrize("ran_on", [True, False])
def test_a_pause_keeps_its_length_whether_or_not_the_timestamps_ran_on(ran_on: bool) -> None:
    clock = TrackClock(RATE)
    rtp, at = send(clock, 0, 0.0, 2.0)
    stuck = rtp - 960  # still in the decoder while the sender pauses
    rtp, at = send(clock, rtp + (5 * RATE if ran_on else 0), at + 5.0, 1.0)
    assert wall(clock, rtp - 960) == pytest.approx(at - 0.02, abs=0.01)
    assert wall(clock, stuck) == pytest.approx(1.98, abs=0.01)


def test_timestamps_that_start_anew_after_a_pause_are_followed() -> None:
    clock = TrackClock(RATE)
    _, at = send(clock, 30 * RATE, 0.0, 2.0)
    rtp, at = send(clock, 17, at + 3.0, 1.0)
    assert wall(clock, rtp - 960) == pytest.approx(at - 0.02, abs=0.01)


def test_frames_wait_after_a_pause_so_that_a_late_burst_does_not_move_the_line() -> None:
    clock = TrackClock(RATE)
    rtp, at = send(clock, 0, 0.0, 2.0)
    for index in range(60):  # 1.2 s of packets were held up and come at once
        clock.heard(rtp + index * 960, EPOCH + at + 1.2 + index * 0.001)
    assert clock.unsettled_seconds(EPOCH + at + 1.2) > 0.2
    assert wall(clock, rtp + 59 * 960) == pytest.approx(at + 1.18, abs=0.1)


def test_a_sender_whose_clock_runs_slow_is_followed_slowly() -> None:
    clock = TrackClock(RATE)
    for index in range(50 * 120):
        clock.heard(index * 960, EPOCH + index * 0.02 * 1.0002)
        clock.place(index * 960)
    assert wall(clock, 50 * 119 * 960) == pytest.approx(119 * 1.0002, abs=0.01)
