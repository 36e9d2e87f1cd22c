"""Live ink as bytes (docs/wire.md, "Live frames"): what a pen, a pointer or a laser does before anything is kept. Pure.

A frame is records one after another. A record begins with a varint `n << 2 | type`; coordinates are
zig-zag varints in sixteenths of a board unit, a record's first point absolute, the others relative to the one before:
so a record that was shed leaves a hole and never shifts what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from whiteboard.simplify import simplify

BEGIN, POINTS, WORDS, INK = 0, 1, 2, 3
KINDS = ("pen", "highlighter", "pointer", "laser")
FIRST_POINTER = 2  # from this kind on nothing is ink: it is shed first
SCALE = 16
LOWEST, HIGHEST = -4096 * SCALE, 8192 * SCALE
MAX_POINTS, MAX_WIDTH = 2000, 64 * SCALE
_MAX_SHIFT = 56  # eight bytes: a time in milliseconds needs six

Points = list[tuple[float, float]]


class NotReadable(ValueError):
    """These bytes are no frame of ours."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What all points of one stroke share. `author` is None on its way up: the server knows who speaks."""

    index: int
    stroke: UUID
    page: UUID
    kind: int
    colour: str
    width: float
    sent_at: int = 0
    author: UUID | None = None


class Delta(NamedTuple):
    """Points of a stroke that has begun; `raw` is the record's body behind the stroke's index."""

    number: int
    points: Points
    raw: bytes


class Pack(NamedTuple):
    """Ink that is kept (`whiteboard/packing.py`), still unread."""

    body: bytes


Record = Begin | Delta | Pack | bytes  # bytes: a finished JSON envelope


def put_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def put_points(out: bytearray, points: Sequence[Sequence[float]]) -> None:
    """Only x and y: how hard a pen is pressed waits for the finished stroke."""
    before_x = before_y = 0
    for point in points:
        x, y = round(point[0] * SCALE), round(point[1] * SCALE)
        for delta in (x - before_x, y - before_y):
            put_varint(out, delta << 1 if delta >= 0 else (-delta << 1) - 1)
        before_x, before_y = x, y


def encode_begin(begin: Begin) -> bytes:
    out = bytearray()
    put_varint(out, begin.index << 2 | BEGIN)
    out += begin.stroke.bytes
    if begin.author is not None:
        out += begin.author.bytes
    out += begin.page.bytes
    out.append(begin.kind)
    out += bytes.fromhex(begin.colour[1:])
    put_varint(out, round(begin.width * SCALE))
    put_varint(out, begin.sent_at)
    return bytes(out)


def encode_points(index: int, points: Sequence[Sequence[float]]) -> bytes:
    out = bytearray()
    put_points(out, points)
    return join_delta(index, len(points), out)


def join_delta(index: int, count: int, raw: bytes | bytearray) -> bytes:
    out = bytearray()
    put_varint(out, count << 2 | POINTS)
    put_varint(out, index)
    out += raw
    return bytes(out)


def encode_words(envelope: bytes) -> bytes:
    out = bytearray()
    put_varint(out, len(envelope) << 2 | WORDS)
    return bytes(out) + envelope


def decode(frame: bytes, *, with_author: bool) -> Iterator[Record]:
    """The records of a frame; NotReadable at the first one that is none."""
    at = 0
    try:
        while at < len(frame):
            head, at = read_varint(frame, at)
            n, kind = head >> 2, head & 3
            if kind == POINTS:
                record, at = _read_points(frame, at, n)
            elif kind == BEGIN:
                record, at = _read_begin(frame, at, n, with_author)
            elif with_author and at + n <= len(frame):
                body, at = frame[at : at + n], at + n
                record = body if kind == WORDS else Pack(body)
            else:
                raise NotReadable("an unknown record")
            yield record
    except IndexError as error:
        raise NotReadable("it ends too early") from error


def read_varint(frame: bytes, at: int) -> tuple[int, int]:
    value = frame[at]
    at += 1
    if value < 128:
        return value, at
    value &= 127
    for shift in range(7, _MAX_SHIFT, 7):
        byte = frame[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise NotReadable("a number without end")


def _read_points(frame: bytes, at: int, count: int) -> tuple[Record, int]:
    if not 1 <= count <= MAX_POINTS:
        raise NotReadable("no points, or too many")
    index, at = read_varint(frame, at)
    begun, x, y = at, 0, 0
    points: Points = []
    for _ in range(count):
        delta, at = read_varint(frame, at)
        x += (delta >> 1) ^ -(delta & 1)
        delta, at = read_varint(frame, at)
        y += (delta >> 1) ^ -(delta & 1)
        if not (LOWEST <= x <= HIGHEST and LOWEST <= y <= HIGHEST):
            raise NotReadable("a point far from the board")
        points.append((x / SCALE, y / SCALE))
    return Delta(index, points, frame[begun:at]), at


def _read_begin(frame: bytes, at: int, index: int, with_author: bool) -> tuple[Record, int]:
    stroke, at = UUID(bytes=take(frame, at, 16)), at + 16
    author = None
    if with_author:
        author, at = UUID(bytes=take(frame, at, 16)), at + 16
    page, at = UUID(bytes=take(frame, at, 16)), at + 16
    kind, colour, at = frame[at], "#" + take(frame, at + 1, 3).hex(), at + 4
    width, at = read_varint(frame, at)
    sent_at, at = read_varint(frame, at)
    if kind >= len(KINDS) or not SCALE <= width <= MAX_WIDTH:
        raise NotReadable("no such pen")
    return Begin(index, stroke, page, kind, colour, width / SCALE, sent_at, author), at


def take(frame: bytes, at: int, count: int) -> bytes:
    taken = frame[at : at + count]
    if len(taken) != count:
        raise NotReadable("it ends too early")
    return taken


def thin(frame: bytes, tolerance: float = 1.0) -> bytes:
    """The same strokes in one record each, with only the points that their shape needs."""
    lines: dict[int, Points] = {}
    out: list[bytes] = []
    for record in decode(frame, with_author=True):
        if isinstance(record, Delta):
            lines.setdefault(record.number, []).extend(record.points)
        elif not isinstance(record, Pack):  # what is kept is never among what is live
            out.append(encode_begin(record) if isinstance(record, Begin) else encode_words(record))
    for index, points in lines.items():
        kept = simplify(points, tolerance)
        out += [
            encode_points(index, kept[first : first + MAX_POINTS])
            for first in range(0, len(kept), MAX_POINTS)
        ]
    return b"".join(out)
