"""By which door new people come into a lesson: into the call, or to its stream. Pure: readings in, a decision out.

Stress is what a bridge says of its whole host: (processor + steal) / 0.9. So 70 % of the processor is 0.78, and
nothing above 1 / 0.9 can be a share of a processor: such a bridge measures something else (JVB's
`load-measurement` is not `cpu-usage`) and is not believed. A bridge measures every ten seconds and answers more
often; `is_new_sample` says which answers are measurements.

A bridge runs hot after three measurements in a row at 0.78 or more, which is half a minute, and is cool again
only after six in a row at 0.65 or less, a minute: between the two it stays as it was. New people are sent to the
stream when every bridge that could take them runs hot. Of a bridge that has been silent for too long nothing is
known, and nobody is sent away because of what is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CPU_PER_STRESS = 0.9
HOT, COOL = 0.78, 0.65
HOT_SAMPLES, COOL_SAMPLES = 3, 6
HIGHEST_OF_CPU = 1 / CPU_PER_STRESS + 0.01
SAMPLED_EVERY = timedelta(seconds=10)
# Two measurements further apart than this were not one after the other.
LONGEST_GAP = timedelta(seconds=25)
# Longer silence, and nothing is known any more.
FRESH = timedelta(seconds=25)


class Door(StrEnum):
    WEBRTC = "webrtc"
    HLS = "hls"


class Why(StrEnum):
    ROOM = "room"  # some bridge has room
    BUSY = "busy"  # all of them run hot
    UNKNOWN = "unknown"  # no bridge that could take anybody says how it is


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement. `measured_at` is on the bridge's own clock, `at` is when we heard of it."""

    at: datetime
    stress: float
    measured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """A bridge as the decision sees it; `samples` from the oldest to the newest."""

    bridge: str
    region: str
    samples: Sequence[Sample]
    was_hot: bool = False
    takes_people: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of one bridge. `is_known` is false when it takes nobody, is silent, or measures amiss."""

    bridge: str
    is_known: bool
    is_hot: bool
    stress: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    region: str
    door: Door
    why: Why
    verdicts: tuple[Verdict, ...]


def is_new_sample(before: Sample | None, now: Sample) -> bool:
    """Whether `now` was measured after `before`: the stress is another one, or the bridge's own clock has gone on
    by a whole interval. Two answers of the same instant on that clock are the same answer out of its cache."""
    if before is None:
        return True
    if now.measured_at is not None and before.measured_at is not None:
        if now.measured_at == before.measured_at:
            return False
        return now.stress != before.stress or abs(now.measured_at - before.measured_at) >= SAMPLED_EVERY
    return now.stress != before.stress or now.at - before.at >= SAMPLED_EVERY


def is_share_of_cpu(stress: float) -> bool:
    return 0 <= stress <= HIGHEST_OF_CPU


def runs_hot(samples: Sequence[Sample], *, was_hot: bool) -> bool:
    """By the newest measurements alone; fewer in a row than it takes change nothing."""
    recent = _in_a_row(samples)
    if len(recent) >= HOT_SAMPLES and all(one.stress >= HOT for one in recent[-HOT_SAMPLES:]):
        return True
    if len(recent) >= COOL_SAMPLES and all(one.stress <= COOL for one in recent[-COOL_SAMPLES:]):
        return False
    return was_hot


def _in_a_row(samples: Sequence[Sample]) -> Sequence[Sample]:
    """What follows the last hole."""
    begins = len(samples) - 1
    while begins > 0 and samples[begins].at - samples[begins - 1].at <= LONGEST_GAP:
        begins -= 1
    return samples[max(0, begins) :]


def judge(load: Load, *, now: datetime) -> Verdict:
    newest = load.samples[-1] if load.samples else None
    is_fresh = newest is not None and now - newest.at <= FRESH
    if newest is None or not is_fresh:
        return Verdict(load.bridge, is_known=False, is_hot=False, stress=None)
    if not load.takes_people or not is_share_of_cpu(newest.stress):
        return Verdict(load.bridge, is_known=False, is_hot=False, stress=newest.stress)
    believed = [one for one in load.samples if is_share_of_cpu(one.stress)]
    is_hot = runs_hot(believed, was_hot=load.was_hot)
    return Verdict(load.bridge, is_known=True, is_hot=is_hot, stress=newest.stress)


def decide(region: str, loads: Iterable[Load], *, now: datetime) -> Decision:
    """For those who would be put on the bridges of `region`."""
    verdicts = tuple(judge(load, now=now) for load in loads)
    known = [verdict for verdict in verdicts if verdict.is_known]
    if not known:
        return Decision(region, Door.WEBRTC, Why.UNKNOWN, verdicts)
    if all(verdict.is_hot for verdict in known):
        return Decision(region, Door.HLS, Why.BUSY, verdicts)
    return Decision(region, Door.WEBRTC, Why.ROOM, verdicts)


def decide_all(loads: Sequence[Load], *, now: datetime) -> list[Decision]:
    """One for each region, and one for the whole pool, called "", for people whose region has no bridge."""
    regions = sorted({load.region for load in loads} - {""})
    own = [decide(one, [load for load in loads if load.region == one], now=now) for one in regions]
    return [decide("", loads, now=now), *own]
