"""From join and leave events to time inside. Pure: no Django, no clock.

Events may be doubled, late or out of order; a leave may be missing. Intervals of one person never
overlap, are never negative, and never reach past `until`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody came or went. `occupant` is one tab or device; `at` is in seconds."""

    person: str
    occupant: str
    kind: str  # "joined" or "left"
    at: float


@dataclass(frozen=True, slots=True)
class Interval:
    starts_at: float
    ends_at: float

    @property
    def seconds(self) -> float:
        return self.ends_at - self.starts_at


def intervals(events: Iterable[Event], until: float) -> dict[str, list[Interval]]:
    """Per person the merged intervals inside; somebody who never left is inside until `until`."""
    stays: dict[str, list[Interval]] = defaultdict(list)
    for (person, _), happened in _by_occupant(events).items():
        stays[person] += _stays(happened, until)
    return {person: merge(found) for person, found in stays.items()}


def _by_occupant(events: Iterable[Event]) -> dict[tuple[str, str], list[Event]]:
    found: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in set(events):
        found[event.person, event.occupant].append(event)
    # At the same instant leaving comes first: a rejoin follows it.
    return {
        key: sorted(happened, key=lambda e: (e.at, e.kind == "joined")) for key, happened in found.items()
    }


def _stays(events: list[Event], until: float) -> list[Interval]:
    stays, since = [], None
    for event in events:
        if event.kind == "joined":
            since = event.at if since is None else since
        elif since is not None:
            stays.append(Interval(since, min(event.at, until)))
            since = None
    if since is not None and since < until:
        stays.append(Interval(since, until))
    return [stay for stay in stays if stay.seconds >= 0]


def merge(stays: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for stay in sorted(stays, key=lambda s: (s.starts_at, s.ends_at)):
        if merged and stay.starts_at <= merged[-1].ends_at:
            merged[-1] = Interval(merged[-1].starts_at, max(merged[-1].ends_at, stay.ends_at))
        else:
            merged.append(stay)
    return merged
