"""Everybody who looks at one board in this process, and how what happens reaches them.

What is said is gathered for a tick and encoded once for each form that somebody reads; the same bytes go to every
socket. The first word after silence goes at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from common.sockets.direct import BINARY
from common.sockets.outlets import SHED_LIVE, SHED_POINTERS, WITHHOLD, Outlet, Said
from whiteboard.board import EVERYBODY, STAFF, Viewer
from whiteboard.deltas import KINDS, Begin, Delta, decode, thin
from whiteboard.messages import Variants
from whiteboard.packing import pack_told

# Seconds between two frames to the same sockets: few people get every word at once, many get it bundled.
SHORT_TICK, LONG_TICK, MANY_WATCHERS = 0.004, 0.016, 60
# And very many hear seldom enough that each frame has been written, and read, before the next one is made.
TICK_A_WATCHER = 0.00002
# Whoever asked for little hears what is live five times a second, or less often while so much else is told that both
# together would be more bytes than this.
LOW_RATE_SECONDS, LOW_LONGEST_SECONDS, LOW_BYTES_A_SECOND = 0.2, 1.0, 7_500
LAGGING_SECONDS = 0.05  # between two looks at those who lag
STUCK_SECONDS = 60.0  # a reader that took nothing at all for so long is gone
SLICE_BYTES = 128 * 1024
RING_EDITS, RING_BYTES = 2000, 2 * 1024 * 1024
FORMS = ("json", "full", "low")

# What is live comes in four streams, each a list of records; the stream's number says who reads it, and how gladly.
INK, POINTERS, STAFF_INK, STAFF_POINTERS = range(4)
Streams = list[list[bytes]]


def no_streams() -> Streams:
    return [[], [], [], []]


@dataclass(eq=False, slots=True)
class Watcher:
    """One socket. `delivered` is the last edit it was given; `form` how it reads what is live, and whether ink that is
    kept comes to it packed."""

    outlet: Outlet
    close: Callable[[], None]
    form: str = "json"
    is_packed: bool = False
    viewer: Viewer = EVERYBODY
    delivered: int = 0
    is_behind: bool = True  # does not know the strokes that have begun
    is_lagging: bool = False
    least: int = 0
    moved_at: float = 0.0

    @property
    def is_staff(self) -> bool:
        return self.viewer == STAFF

    @property
    def way(self) -> str:
        """How edits are told: in JSON, packed, or packed with only the points that a shape needs."""
        return ("thin" if self.form == "low" else "packed") if self.is_packed else "json"

    def begin(self, viewer: Viewer, seq: int, snapshot: bytes, packs: Sequence[bytes] = ()) -> None:
        """Its first words, or its first ones with other eyes; the packs of its ink go before them."""
        self.viewer, self.delivered, self.is_behind = viewer, seq, True
        for pack in packs:
            self.outlet.put(Said(pack, BINARY))
        self.outlet.put_alone(snapshot)


@dataclass(eq=False, slots=True)
class Part:
    """Edits that were said together; packed when the first one asks for that."""

    first: int
    last: int
    variants: Variants
    _packed: dict[tuple[Viewer, str], bytes] = field(default_factory=dict)

    def body(self, viewer: Viewer, way: str) -> bytes:
        known = viewer if viewer in self.variants else EVERYBODY
        if way == "json":
            return self.variants[known]
        if (known, way) not in self._packed:
            self._packed[known, way] = pack_told(self.variants[known], is_thin=way == "thin")
        return self._packed[known, way]

    @property
    def size(self) -> int:
        return sum(len(body) for body in self.variants.values())


@dataclass(slots=True)
class Ring:
    """The latest edits as they were said, for those who lag."""

    parts: deque[Part] = field(default_factory=deque)
    bytes: int = 0

    def add(self, part: Part) -> None:
        if self.parts and self.parts[-1].last != part.first - 1:
            self.parts.clear()
            self.bytes = 0
        self.parts.append(part)
        self.bytes += part.size
        while self.parts and (self.bytes > RING_BYTES or part.last - self.parts[0].first >= RING_EDITS):
            self.bytes -= self.parts.popleft().size

    def after(self, seq: int, now: int) -> list[Part] | None:
        """What followed up to `now`; None when something of it is gone."""
        later = [part for part in self.parts if part.last > seq]
        if (later[0].first if later else now + 1) > seq + 1:
            return None
        return later


def join(parts: list[Part], viewer: Viewer, way: str) -> Said | None:
    """What this viewer is told of them; None when it is nothing."""
    bodies = [part.body(viewer, way) for part in parts]
    if way != "json":
        return Said(told, BINARY) if (told := b"".join(bodies)) else None
    told = b",".join(body for body in bodies if body)
    return Said(b"[" + told + b"]") if told else None


class Crowd:
    """`describe` and `begins` say what is known of the strokes that are being drawn."""

    def __init__(self, describe: Callable[[int], Begin | None], begins: Callable[[bool], bytes]) -> None:
        self._describe, self._begins = describe, begins
        self.watchers: set[Watcher] = set()
        self.delivered = 0
        self._ring = Ring()
        self._edits: list[Part] = []
        self._live = no_streams()
        self._low = no_streams()
        self._low_due, self._low_bytes = (
            0.0,
            0,
        )  # when the next thinned frame may go; told to one of them since
        self._timer: asyncio.Handle | None = None
        self._mender: asyncio.Handle | None = None  # its own, so that who lags slows nobody's tick

    @property
    def is_large(self) -> bool:
        return len(self.watchers) > MANY_WATCHERS

    def say_live(self, stream: int, records: bytes) -> None:
        self._live[stream].append(records)
        self._soon()

    def say_edits(self, first: int, last: int, variants: Variants) -> None:
        """Envelopes with these numbers, joined by commas; each number comes once and in its turn."""
        self.delivered = last
        part = Part(first, last, variants)
        self._ring.add(part)
        self._edits.append(part)
        self._soon()

    def add(self, watcher: Watcher) -> None:
        """One that knows everything up to `delivered`, and is told what followed; a gap in that mends the client."""
        self.watchers.add(watcher)
        if missed := self.after(watcher.delivered):
            self._give(watcher, missed)
            self._mend_soon()

    def after(self, seq: int) -> list[Part] | None:
        """What was said after that edit; None when something of it is gone."""
        return self._ring.after(seq, self.delivered)

    def stop(self) -> None:
        for timer in (self._timer, self._mender):
            if timer is not None:
                timer.cancel()

    def _soon(self) -> None:
        if self._timer is None:  # not now: what else has arrived in this turn of the loop goes along
            self._timer = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        begun = time.monotonic()
        self._tell_all(begun)
        pause = self._pause(time.monotonic() - begun)
        self._timer = asyncio.get_running_loop().call_later(
            pause, self._tick if self._is_waiting() else self._rest
        )

    def _rest(self) -> None:
        self._timer = None
        if self._is_waiting():
            self._tick()

    def _is_waiting(self) -> bool:
        return bool(self._edits) or any(self._live) or any(self._low)

    def _pause(self, spent: float) -> float:
        """At least as long as telling everybody took: the other half of the time is for listening."""
        least = LONG_TICK if self.is_large else SHORT_TICK
        return max(spent, least, len(self.watchers) * TICK_A_WATCHER)

    def _tell_all(self, now: float) -> None:
        live, parts = self._take_live(now), self._edits
        self._edits = []
        edits = Edits(parts) if parts else None
        both: dict[tuple[Said, Said], Said] = {}
        spent = 0
        for watcher in self.watchers:
            # What is live comes first: a finished stroke must not be followed by its own beginnings.
            is_low = watcher.form == "low"
            points = self._tell_live(watcher, forms) if (forms := live[is_low]) else None
            fact = self._tell_edits(watcher, edits) if edits else None
            if is_low:
                spent = max(spent, sum(len(said.payload) for said in (points, fact) if said))
            if points and fact and watcher.is_packed:
                # Each frame costs each socket more than what is in it.
                if (points, fact) not in both:
                    both[points, fact] = Said(points.payload + fact.payload, BINARY)
                watcher.outlet.put(both[points, fact])
                continue
            for said in (points, fact):
                if said is not None:
                    watcher.outlet.put(said)
        self._low_bytes += spent
        if live[True]:
            pause = min(LOW_LONGEST_SECONDS, self._low_bytes / LOW_BYTES_A_SECOND)
            self._low_due, self._low_bytes = now + max(LOW_RATE_SECONDS, pause), 0

    def _take_live(self, now: float) -> tuple[Forms | None, Forms | None]:
        """What those hear now who hear everything at once, and those who hear it bundled and thinned."""
        streams, self._live = self._live, no_streams()
        full = Forms(streams, self._describe) if any(streams) else None
        if full and any(watcher.form == "low" for watcher in self.watchers):
            for kept, records in zip(self._low, streams, strict=True):
                kept.extend(records)
        if now < self._low_due or not any(self._low):
            return full, None
        streams, self._low = self._low, no_streams()
        return full, Forms(streams, self._describe)

    def _tell_live(self, watcher: Watcher, forms: Forms) -> Said | None:
        """Shed before whoever lags."""
        backlog = watcher.outlet.backlog()
        if backlog > SHED_LIVE:
            watcher.is_behind = True
            return None
        if watcher.is_behind:
            self._introduce(watcher)
        if backlog > SHED_POINTERS:
            watcher.is_behind = True
        return forms.get(watcher.form, watcher.is_staff, backlog <= SHED_POINTERS)

    def _tell_edits(self, watcher: Watcher, edits: Edits) -> Said | None:
        """Never shed, but withheld from whoever lags."""
        if watcher.is_lagging or self._withholds(watcher):
            return None
        watcher.delivered = max(watcher.delivered, self.delivered)
        return edits.get(watcher.viewer, watcher.way)

    def _introduce(self, watcher: Watcher) -> None:
        """What has begun while it was not listening: without this it could not tell whose points they are."""
        watcher.is_behind = False
        begun = self._begins(watcher.is_staff) if watcher.form != "json" else b""
        if begun:
            watcher.outlet.put(Said(begun, BINARY))

    def _withholds(self, watcher: Watcher) -> bool:
        backlog = watcher.outlet.backlog()
        if backlog > WITHHOLD:
            watcher.is_lagging, watcher.least, watcher.moved_at = True, backlog, time.monotonic()
            self._mend_soon()
        return watcher.is_lagging

    def _mend_soon(self) -> None:
        if self._mender is None:
            self._mender = asyncio.get_running_loop().call_later(LAGGING_SECONDS, self._mend_all)

    def _mend_all(self) -> None:
        self._mender = None
        now = time.monotonic()
        for watcher in [one for one in self.watchers if one.is_lagging]:
            self._mend(watcher, now)
        if any(watcher.is_lagging for watcher in self.watchers):
            self._mend_soon()

    def _mend(self, watcher: Watcher, now: float) -> None:
        backlog = watcher.outlet.backlog()
        if backlog < watcher.least:
            watcher.least, watcher.moved_at = backlog, now
        missed = self.after(watcher.delivered)
        if missed is None or now - watcher.moved_at > STUCK_SECONDS:
            self.watchers.discard(watcher)
            watcher.close()  # its client comes back with `since`
        elif backlog <= SHED_LIVE:
            self._give(watcher, missed)

    def _give(self, watcher: Watcher, missed: list[Part]) -> None:
        """As much of it as fits below the marks."""
        given: list[Part] = []
        while len(given) < len(missed) and sum(part.size for part in given) < SLICE_BYTES:
            given.append(missed[len(given)])
            watcher.delivered = given[-1].last
        if (said := join(given, watcher.viewer, watcher.way)) is not None:
            watcher.outlet.put(said)
        watcher.least, watcher.moved_at = watcher.outlet.backlog(), time.monotonic()
        watcher.is_lagging = len(given) < len(missed)


class Edits:
    """One tick's edits as each of those is told them who are told something of their own."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts
        self._special: set[Viewer] = set().union(*(part.variants for part in parts))
        self._made: dict[tuple[Viewer, str], Said | None] = {}

    def get(self, viewer: Viewer, way: str) -> Said | None:
        key = (viewer if viewer in self._special else EVERYBODY, way)
        if key not in self._made:
            self._made[key] = join(self._parts, *key)
        return self._made[key]


class Forms:
    """One tick's live records in each form, made when the first watcher asks for it."""

    def __init__(self, streams: Streams, describe: Callable[[int], Begin | None]) -> None:
        self._streams, self._describe = streams, describe
        self._made: dict[tuple[str, bool, bool], Said | None] = {}

    def get(self, form: str, is_staff: bool, with_pointers: bool) -> Said | None:
        key = (form, is_staff, with_pointers)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, form: str, is_staff: bool, with_pointers: bool) -> Said | None:
        wanted = [INK, *([POINTERS] * with_pointers), *([STAFF_INK] * is_staff)]
        wanted += [STAFF_POINTERS] * (is_staff and with_pointers)
        records = b"".join(b"".join(self._streams[stream]) for stream in wanted)
        if not records:
            return None
        if form == "json":
            told = list(envelopes(records, self._describe))
            return Said(b"[" + b",".join(told) + b"]") if told else None
        return Said(thin(records) if form == "low" else records, BINARY)


def envelopes(records: bytes, describe: Callable[[int], Begin | None]) -> list[bytes]:
    """The same in JSON, for whoever did not ask for bytes."""
    told: list[bytes] = []
    for record in decode(records, with_author=True):
        if isinstance(record, bytes):
            told.append(record)
        elif isinstance(record, Delta) and (begin := describe(record.number)):
            told.append(msgspec.json.encode(envelope_of(begin, record)))
    return told


def envelope_of(begin: Begin, delta: Delta) -> dict[str, Any]:
    kind = KINDS[begin.kind]
    x, y = delta.points[-1]
    if kind in ("pointer", "laser"):
        data = {"author": str(begin.author), "page": str(begin.page), "x": x, "y": y}
        return {"type": f"{kind}.moved", "data": data}
    data = {
        "author": str(begin.author),
        "stroke": str(begin.stroke),
        "page": str(begin.page),
        "kind": kind,
        "colour": begin.colour,
        "width": begin.width,
        "points": delta.points,
        "sent_at": begin.sent_at or None,
    }
    return {"type": "stroke.extended", "data": data}
