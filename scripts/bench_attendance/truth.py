"""How right presence is: a thousand lessons as they were, what each witness tells of them, and what is made of it.

By the room: the page opens a little before the video and closes with it; a socket whose network broke was last heard a
heartbeat before. Prosody knows the edges to the second, but of a broken network only when it gives the session up.
By the live stream: its page alone is heard, again and again while it is open, and once more when it is closed. Where the
network broke, or the closing never came, the last of these signs is the end. Some stays are shorter than any of that.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from attendance.presence import (
    FELL_SILENT,
    HIBERNATION_SECONDS,
    JITSI,
    PAGE,
    STREAM,
    Event,
    Interval,
    intervals,
)
from recordings.streaming.passes import RENEW_SECONDS

LESSONS, LESSON_SECONDS = 1000, 3600.0
PAGE_LOADS_SECONDS, HEARTBEAT_SECONDS, GIVES_UP_SECONDS = 8.0, 5.0, 4.0
WAYS = ("left", "timeout", "destroyed")
SHORT, LONG = (1.0, 40.0), (40.0, 1200.0)
# One in so many is at the stream; one in so many is short.
STREAMED, BRIEF = 4, 4


@dataclass(frozen=True, slots=True)
class Stay:
    """As it was; `how` it ended, by Prosody's words."""

    number: int
    inside: Interval
    door: str
    how: str


EVERYTHING = frozenset({PAGE, JITSI, STREAM})


def measure(chance: random.Random) -> dict[str, float]:
    """The worst edge in seconds of all lessons: with everything delivered, and with one of the streams of events lost:
    the pages', Prosody's, or the closing words of the live stream's page."""
    lessons = [list(live_through(chance)) for _ in range(LESSONS)]
    stays = [stay for one in lessons for stay in one]
    whole = [[stay for stay in one if not is_cut_off(stay)] for one in lessons]
    return {
        "presence_lessons": LESSONS,
        "presence_stays": len(stays),
        "presence_stays_at_the_stream": sum(stay.door == STREAM for stay in stays),
        "presence_stays_short": sum(stay.inside.seconds < SHORT[1] for stay in stays),
        "presence_error_seconds": max(error_of(one, EVERYTHING, chance) for one in whole),
        "presence_error_one_lost_seconds": max(
            error_of(one, EVERYTHING - {lost}, chance) for lost in sorted(EVERYTHING) for one in lessons
        ),
    }


def is_cut_off(stay: Stay) -> bool:
    """A broken network keeps back what the stream's page would say at its end, which nobody else says."""
    return stay.door == STREAM and stay.how == "timeout"


def error_of(stays: list[Stay], heard: frozenset[str], chance: random.Random) -> float:
    return worst_edge(_folded(list(tell(stays, heard, chance)), chance), stays)


def live_through(chance: random.Random) -> Iterator[Stay]:
    at, number = chance.uniform(0, 300), 0
    while (ends := at + chance.uniform(*(SHORT if chance.randrange(BRIEF) == 0 else LONG))) <= LESSON_SECONDS:
        door = STREAM if chance.randrange(STREAMED) == 0 else PAGE
        yield Stay(number, Interval(at, ends), door, chance.choice(WAYS))
        at, number = ends + chance.uniform(100, 600), number + 1


def tell(stays: Iterable[Stay], heard: frozenset[str], chance: random.Random) -> Iterator[Event]:
    for stay in stays:
        if stay.door == STREAM:
            yield from told_by_stream(stay, is_closed=STREAM in heard and not is_cut_off(stay))
        if stay.door == PAGE and PAGE in heard:
            yield from told_by_page(stay, chance)
        if stay.door == PAGE and JITSI in heard:
            yield from told_by_prosody(stay, chance)


def told_by_stream(stay: Stay, *, is_closed: bool) -> Iterator[Event]:
    """Its page says at once, and every `RENEW_SECONDS`, that it is there."""
    inside = stay.inside
    last = inside.starts_at + inside.seconds // RENEW_SECONDS * RENEW_SECONDS
    yield Event("a", f"s{stay.number}", "joined", inside.starts_at, STREAM)
    if is_closed:
        yield Event("a", f"s{stay.number}", "left", inside.ends_at, STREAM)
    else:
        yield Event("a", f"s{stay.number}", "left", last, STREAM, FELL_SILENT)


def told_by_page(stay: Stay, chance: random.Random) -> Iterator[Event]:
    is_cut = stay.how == "timeout"
    came = stay.inside.starts_at - chance.uniform(0, PAGE_LOADS_SECONDS)
    # It was heard of when it came, if never again.
    went = max(came, stay.inside.ends_at - (chance.uniform(0, HEARTBEAT_SECONDS) if is_cut else 0.0))
    yield Event("a", f"t{stay.number}", "joined", came, PAGE)
    yield Event("a", f"t{stay.number}", "left", went, PAGE, FELL_SILENT if is_cut else "")


def told_by_prosody(stay: Stay, chance: random.Random) -> Iterator[Event]:
    late = HIBERNATION_SECONDS + chance.uniform(0, GIVES_UP_SECONDS) if stay.how == "timeout" else 0.0
    yield Event("a", f"v{stay.number}", "joined", stay.inside.starts_at, JITSI)
    yield Event("a", f"v{stay.number}", "left", stay.inside.ends_at + late, JITSI, stay.how)


def _folded(told: list[Event], chance: random.Random) -> list[Interval]:
    """Out of order, and some of it twice."""
    heard = told + [replace(one) for one in told if chance.random() < 0.3]
    chance.shuffle(heard)
    return intervals(heard, LESSON_SECONDS).get("a", [])


def worst_edge(found: list[Interval], truth: list[Stay]) -> float:
    """Stays that nobody told of, or that nobody had, count with their length."""
    real = [stay.inside for stay in truth]
    errors = [0.0]
    for stay in real:
        near = [one for one in found if one.starts_at < stay.ends_at and one.ends_at > stay.starts_at]
        edges = (
            (near[0].starts_at - stay.starts_at, near[-1].ends_at - stay.ends_at) if near else (stay.seconds,)
        )
        errors += [abs(edge) for edge in edges]
    for one in found:
        if not any(one.starts_at < stay.ends_at and one.ends_at > stay.starts_at for stay in real):
            errors.append(one.seconds)
    return max(errors)
