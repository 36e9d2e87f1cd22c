"""From join and leave events to time inside. Pure: no Django, no clock.

Events may be doubled, late or out of order; a leave may be missing. Intervals of one person never
overlap, are never negative, and never reach past `until`.

Two witnesses tell of the same person: the room page's socket (`page`) and Prosody (`jitsi`). Where both speak
of the same visit, Prosody is right about its edges, because the page loads before and closes after; with one
exception: of a network that broke, Prosody hears only when it gives the session up, a minute late. Where only
one of them speaks, it is believed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

# A page's socket, Prosody, and heartbeats of whoever watches the live stream instead of sitting in the room.
PAGE, JITSI, STREAM = "page", "jitsi", "hls"
# A gap this short is a connection that came back, not a visit that ended.
GAP_SECONDS = 60.0
# `smacks_hibernation_time` of Jitsi's Prosody: so long a session without a network is kept.
HIBERNATION_SECONDS = 60.0
# How much later than the socket Prosody may notice a broken network: that, and what sockets take to notice it.
LATEST_SECONDS = 75.0
# Edges that lie closer together are the same coming or going, seen by two.
SLACK_SECONDS = 30.0
# So long a page takes to bring the video, and so often its socket is heard of.
LOADING_SECONDS, HEARTBEAT_SECONDS = 10.0, 5.0
# Why a visit ended that nobody ended: Prosody's word, and ours for a page that was not heard of any more.
TIMED_OUT, FELL_SILENT = "timeout", "silence"


@dataclass(frozen=True, slots=True)
class Event:
    """Somebody came or went. `occupant` is one tab or device, or one visit to Jitsi; `at` is in seconds.

    Of a `left`: `is_inferred` when nobody said so, but they were not seen after `seen_at`; `reason` as Prosody
    has it, or "silence" of a page. A second `joined` of one visit says that somebody given up was seen inside after all.
    """

    person: str
    occupant: str
    kind: str  # "joined" or "left"
    at: float
    door: str = PAGE
    reason: str = ""
    is_inferred: bool = False
    seen_at: float | None = None
    # The page of board and quiz beside the Jitsi app: nobody has to look at it.
    is_companion: bool = False
    # Which fact this was.
    key: str = field(default="", compare=False)


# By person, occupant and door.
_Sorted = dict[tuple[str, str, str], list[Event]]


@dataclass(frozen=True, slots=True)
class Interval:
    starts_at: float
    ends_at: float

    @property
    def seconds(self) -> float:
        return self.ends_at - self.starts_at


def intervals(events: Iterable[Event], until: float) -> dict[str, list[Interval]]:
    """Per person the merged intervals inside; somebody who never left is inside until `until`."""
    return _intervals(_by_occupant(events), until)


def fold(events: Iterable[Event], until: float) -> tuple[dict[str, list[Interval]], dict[str, list[Visit]]]:
    """Intervals and visits, the events sorted once for both."""
    sorted_out = _by_occupant(events)
    return _intervals(sorted_out, until), _visits(sorted_out, until)


def _intervals(sorted_out: _Sorted, until: float) -> dict[str, list[Interval]]:
    pages: dict[str, list[Interval]] = defaultdict(list)
    visits: dict[str, list[list[Event]]] = defaultdict(list)
    for (person, _, door), happened in sorted_out.items():
        if door == JITSI:
            visits[person].append(happened)
        else:
            pages[person] += _stays(happened, until)
    return {
        person: _combine(merge(pages.get(person, [])), visits.get(person, []), until)
        for person in [*pages, *(one for one in visits if one not in pages)]
    }


def _by_occupant(events: Iterable[Event]) -> _Sorted:
    found: _Sorted = defaultdict(list)
    for event in events:
        found[event.person, event.occupant, event.door].append(event)
    return {key: _in_order(happened) for key, happened in found.items()}


def _in_order(happened: list[Event]) -> list[Event]:
    """Each once. At the same instant leaving comes first: a rejoin follows it."""
    if len({event.at for event in happened}) < len(happened):
        happened = list(set(happened))
    return sorted(happened, key=lambda event: (event.at, event.kind == "joined"))


def _stays(events: list[Event], until: float) -> list[Interval]:
    stays, since, unmatched = [], None, None
    for event in events:
        if event.kind == "joined" and since is None and event.at == unmatched:
            # Who came and fell silent at once is given up at the instant at which they came: a stay of no length.
            stays.append(Interval(event.at, min(event.at, until)))
        elif event.kind == "joined":
            since = event.at if since is None else since
        elif since is not None:
            stays.append(Interval(since, min(event.at, until)))
            since = None
        else:
            unmatched = event.at
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


def close_gaps(stays: Iterable[Interval], shorter_than: float = GAP_SECONDS) -> list[Interval]:
    """Stays between which somebody was away for less than so many seconds are one."""
    closed: list[Interval] = []
    for stay in merge(stays):
        if closed and stay.starts_at - closed[-1].ends_at < shorter_than:
            closed[-1] = Interval(closed[-1].starts_at, stay.ends_at)
        else:
            closed.append(stay)
    return closed


@dataclass(frozen=True, slots=True)
class Visit:
    """One tab or device, once, as its own events have it: what the intervals are made of."""

    occupant: str
    door: str
    starts_at: float
    ends_at: float
    is_companion: bool
    events: tuple[Event, ...]


def visits(events: Iterable[Event], until: float) -> dict[str, list[Visit]]:
    """Per person every visit, in the order in which they began."""
    return _visits(_by_occupant(events), until)


def _visits(sorted_out: _Sorted, until: float) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = defaultdict(list)
    for (person, occupant, door), happened in sorted_out.items():
        # Prosody's events of one visit speak of one stay; a page may come back with the same name.
        stays = _visit(happened, [], until) if door == JITSI else _stays(happened, until)
        is_companion = any(event.is_companion for event in happened)
        for stay in stays:
            own = tuple(event for event in happened if door == JITSI or _is_edge(event, stay))
            found[person].append(Visit(occupant, door, stay.starts_at, stay.ends_at, is_companion, own))
    for one in found.values():
        one.sort(key=lambda visit: (visit.starts_at, visit.ends_at, visit.door, visit.occupant))
    return found


def _is_edge(event: Event, stay: Interval) -> bool:
    return stay.starts_at <= event.at <= stay.ends_at


def losses(seen: Sequence[Visit]) -> list[Interval]:
    """The times in which the connection was lost: from when it was last heard of, until somebody came again. Who
    closes a page has lost nothing. Of somebody with pages their word counts: by them they write and answer, and
    Prosody hears of the same break a minute later."""
    own = [visit for visit in seen if visit.door != JITSI] or list(seen)
    ended = sorted({visit.ends_at for visit in own if _was_lost(visit)})
    back = ((at, min((v.starts_at for v in own if v.starts_at >= at), default=None)) for at in ended)
    open_at = [(at, again) for at, again in back if not any(v.starts_at <= at < v.ends_at for v in own)]
    return [Interval(at, again) for at, again in open_at if again is not None]


def _was_lost(visit: Visit) -> bool:
    """A page that came back under its name stands at the edge of the visit before."""
    own = [
        one for one in visit.events if one.kind == "left" and (one.door == JITSI or one.at == visit.ends_at)
    ]
    return bool(own) and (own[-1].is_inferred or own[-1].reason in {TIMED_OUT, FELL_SILENT})


def _combine(pages: list[Interval], visits: list[list[Event]], until: float) -> list[Interval]:
    told = [stay for events in visits for stay in _visit(events, pages, until)]
    return merge([*told, *(one for page in pages for one in _without_edges(page, merge(told)))])


def _visit(events: list[Event], pages: list[Interval], until: float) -> list[Interval]:
    """One visit from its own events alone; a visit has one beginning, and one end if any."""
    starts_at = min((event.at for event in events if event.kind == "joined"), default=None)
    if starts_at is None:
        return []
    ends_at = max(starts_at, _end(events, starts_at, pages, until))
    return [Interval(starts_at, min(ends_at, until))] if starts_at < until else []


def _end(events: list[Event], starts_at: float, pages: list[Interval], until: float) -> float:
    told = [event for event in events if event.kind == "left" and not event.is_inferred]
    if told:
        return _trimmed(told[0], starts_at, pages)
    given_up = [event for event in events if event.kind == "left"]
    seen_at = max(event.at for event in events if event.kind == "joined")
    if not given_up or given_up[-1].at < seen_at:
        return until
    return _inferred(given_up[-1], starts_at, pages)


def _trimmed(left: Event, starts_at: float, pages: list[Interval]) -> float:
    """Prosody's word, but for the minute in which it waited for a network that never came back."""
    if left.reason not in (TIMED_OUT, ""):
        return left.at
    closed_at = _page_end(pages, starts_at, left.at - LATEST_SECONDS, left.at)
    if closed_at is not None:
        return closed_at
    is_covered = any(page.starts_at <= left.at <= page.ends_at for page in pages)
    return left.at - HIBERNATION_SECONDS if left.reason == TIMED_OUT and not is_covered else left.at


def _inferred(left: Event, starts_at: float, pages: list[Interval]) -> float:
    """Between being seen last and being missed, of which `left.at` is the middle: when the page closed, if it
    closed in between; or before, since a session that waits for its network is still seen."""
    seen_at = left.at if left.seen_at is None else left.seen_at
    closed_at = _page_end(pages, starts_at, seen_at - LATEST_SECONDS, 2 * left.at - seen_at)
    return left.at if closed_at is None else closed_at


def _page_end(pages: list[Interval], starts_at: float, earliest: float, latest: float) -> float | None:
    """When the last page that was open during the visit closed, if it was within these bounds."""
    during = [page.ends_at for page in pages if page.starts_at <= latest and page.ends_at >= starts_at]
    closed_at = max(during, default=None)
    return closed_at if closed_at is not None and earliest <= closed_at <= latest else None


def _without_edges(page: Interval, visits: list[Interval]) -> list[Interval]:
    """What a page knows beyond the visits during it; edges close to a visit's are the visit's."""
    starts_at, ends_at = page.starts_at, page.ends_at
    for visit in visits:
        if page.seconds <= LOADING_SECONDS and 0 <= visit.starts_at - page.ends_at <= HEARTBEAT_SECONDS:
            # It brought them there, and was not heard of again: a network that broke as soon as they had come.
            return []
        if 0 < visit.starts_at - page.starts_at <= SLACK_SECONDS and visit.starts_at <= page.ends_at:
            starts_at = max(starts_at, visit.starts_at)
        if 0 < page.ends_at - visit.ends_at <= SLACK_SECONDS and visit.ends_at >= page.starts_at:
            ends_at = min(ends_at, visit.ends_at)
    return [Interval(starts_at, ends_at)] if starts_at < ends_at else []
