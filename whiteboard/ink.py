"""What is being drawn on one board right now: who has begun which stroke, and the points on their way to everybody.

Points go to this process's sockets at once, and over Redis to those of other processes, as long as there are any.
Nothing here is kept: the finished stroke replaces it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from common.sockets.consumer import spawn
from common.sockets.hub import Hub
from whiteboard.crowd import INK, POINTERS, STAFF_INK, no_streams
from whiteboard.deltas import FIRST_POINTER, MAX_POINTS, Begin, decode, encode_begin, encode_words, join_delta

LIVE, HELLO = b"L", b"H"
PUBLISH_SECONDS = 0.004
ALONE_SECONDS = 1.0  # how long to believe that no other process listens
ANNOUNCE_SECONDS = 20.0
FORGET_SECONDS = 60.0
PENS_A_SOCKET = 8


class Batch(msgspec.Struct, array_like=True):
    """What one process tells the others: strokes that began, with their stream, and the records of each stream."""

    origin: bytes
    begins: list[tuple[int, bytes]]
    streams: list[bytes]


@dataclass(eq=False, slots=True)
class Pen:
    """One stroke of one socket, as everybody knows it. `left` is how many points it may still have."""

    index: int
    stream: int
    left: int


@dataclass(slots=True)
class _Known:
    begin: Begin
    raw: bytes
    stream: int
    heard_at: float
    is_ours: bool


class LiveInk:
    def __init__(self, hub: Hub, topic: str, tasks: set[asyncio.Task[Any]]) -> None:
        self.hub, self.topic, self.tasks = hub, topic, tasks
        self.origin = secrets.token_bytes(8)
        self.say: Callable[[int, bytes], None] = lambda stream, records: None
        self._known: dict[int, _Known] = {}
        # Three bytes long, and so far from other processes' that two never meet within a lesson.
        self._next = 1 << 14 | secrets.randbelow(1 << 20)
        self._begins: list[tuple[int, bytes]] = []
        self._streams = no_streams()
        self._publishing = False
        self._alone_until = self._announced_at = 0.0

    async def greet(self) -> None:
        """We are new here: who is drawing elsewhere?"""
        await self.hub.publish(self.topic, HELLO + self.origin)

    def begin(self, author: UUID, begin: Begin, *, staff_only: bool = False) -> Pen:
        self._next += 1
        stream = POINTERS if begin.kind >= FIRST_POINTER else INK
        pen = Pen(self._next, stream + (STAFF_INK if staff_only else 0), MAX_POINTS)
        known = replace(begin, index=pen.index, author=author)
        self._learn(known, encode_begin(known), pen.stream, is_ours=True)
        return pen

    def extend(self, pen: Pen, count: int, raw: bytes) -> None:
        """More points of a stroke, checked already; one that is too long ends for the watchers here."""
        if pen.stream & 1 == INK:
            pen.left -= count
            if pen.left < 0:
                return
        if (known := self._known.get(pen.index)) is not None:
            known.heard_at = time.monotonic()
        self._tell(pen.stream, join_delta(pen.index, count, raw))

    def whisper(self, envelope: dict[str, Any], *, staff_only: bool = False) -> None:
        """Any other ephemeral word; shed like a pointer."""
        stream = POINTERS + (STAFF_INK if staff_only else 0)
        self._tell(stream, encode_words(msgspec.json.encode(envelope)))

    def forget(self, pen: Pen) -> None:
        self._known.pop(pen.index, None)

    def describe(self, index: int) -> Begin | None:
        known = self._known.get(index)
        return known.begin if known else None

    def begins(self, is_staff: bool) -> bytes:
        """All that has begun and may go on, for a newcomer."""
        self._tidy()
        return b"".join(one.raw for one in self._known.values() if is_staff or one.stream < STAFF_INK)

    def _learn(self, begin: Begin, raw: bytes, stream: int, *, is_ours: bool) -> None:
        self._known[begin.index] = _Known(begin, raw, stream, time.monotonic(), is_ours)
        self.say(stream, raw)
        if is_ours and not self._is_alone():
            self._begins.append((stream, raw))
            self._publish_soon()

    def _tell(self, stream: int, record: bytes) -> None:
        self.say(stream, record)
        if not self._is_alone():
            self._streams[stream].append(record)
            self._publish_soon()

    def _tidy(self) -> None:
        oldest = time.monotonic() - FORGET_SECONDS
        self._known = {index: one for index, one in self._known.items() if one.heard_at > oldest}

    # Other processes.

    def _is_alone(self) -> bool:
        return time.monotonic() < self._alone_until

    def _publish_soon(self) -> None:
        if not self._publishing:
            self._publishing = True
            spawn(self._publish(), self.tasks)

    async def _publish(self) -> None:
        try:
            while self._begins or any(self._streams):
                payload = LIVE + msgspec.msgpack.encode(self._take())
                others = await self.hub.publish(self.topic, payload) - 1
                self._alone_until = time.monotonic() + ALONE_SECONDS if others < 1 else 0.0
                await asyncio.sleep(PUBLISH_SECONDS)
        finally:
            self._publishing = False

    def _take(self) -> Batch:
        if time.monotonic() - self._announced_at > ANNOUNCE_SECONDS:
            self._announce()
        batch = Batch(self.origin, self._begins, [b"".join(records) for records in self._streams])
        self._begins, self._streams = [], no_streams()
        return batch

    def _announce(self) -> None:
        """All our strokes again: who has just come, or forgets what is silent for long, knows them then."""
        self._announced_at = time.monotonic()
        self._tidy()
        self._begins = [(one.stream, one.raw) for one in self._known.values() if one.is_ours]

    def on_message(self, payload: bytes) -> None:
        if payload[:1] == HELLO:
            if payload[1:] != self.origin:
                self.on_gap()
            return
        batch = msgspec.msgpack.decode(payload[1:], type=Batch)
        if batch.origin == self.origin:
            return  # our sockets had it before it went out
        for stream, raw in batch.begins:
            begin = next(decode(raw, with_author=True))
            assert isinstance(begin, Begin)  # noqa: S101  another process of ours wrote it
            self._learn(begin, raw, stream, is_ours=False)
        for stream, records in enumerate(batch.streams):
            if records:
                self.say(stream, records)

    def on_gap(self) -> None:
        """Somebody may have come, or come back."""
        self._alone_until = self._announced_at = 0.0
        if any(one.is_ours for one in self._known.values()):
            self._announce()
            self._publish_soon()


class Pens:
    """The strokes that one socket is drawing, by the socket's own name for each: a number, or in JSON the UUID."""

    def __init__(self, ink: LiveInk, author: UUID) -> None:
        self.ink, self.author = ink, author
        self._pens: dict[int | UUID, Pen] = {}

    def begin(self, name: int | UUID, begin: Begin, *, staff_only: bool = False) -> Pen:
        self._forget(name)
        if len(self._pens) >= PENS_A_SOCKET:
            self._forget(next(iter(self._pens)))
        pen = self._pens[name] = self.ink.begin(self.author, begin, staff_only=staff_only)
        return pen

    def get(self, name: int | UUID, *, staff_only: bool) -> Pen | None:
        """None also for a stroke that began before answers were set apart, or before they no longer were."""
        pen = self._pens.get(name)
        return pen if pen and (pen.stream >= STAFF_INK) is staff_only else None

    def put_down(self) -> None:
        for name in list(self._pens):
            self._forget(name)

    def _forget(self, name: int | UUID) -> None:
        if (pen := self._pens.pop(name, None)) is not None:
            self.ink.forget(pen)
