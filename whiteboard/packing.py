"""Finished ink as bytes (docs/wire.md, "Packed ink"): strokes that are kept, in a snapshot or as they are added. Pure.

Lossless: an item that these bytes cannot say exactly is not packed, and goes as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import sub
from typing import Any
from uuid import UUID

import msgspec

from whiteboard.deltas import INK, NotReadable, encode_words, put_varint, read_varint, take
from whiteboard.simplify import ease

KINDS = ("pen", "highlighter")
WITH_LAYER, WITH_PRESSURE, AS_FACT = 2, 4, 8
TENTHS, HUNDREDTHS, SIXTEENTHS = 10, 100, 16
MOST_IN_A_PACK = 512
SHORT = 1024
TOLERANCE = 0.6  # board units: less than a pixel of a telephone
FIELDS = frozenset(
    {
        "id",
        "author",
        "at",
        "seq",
        "order",
        "page",
        "layer",
        "kind",
        "colour",
        "width",
        "points",
        "duration_ms",
    }
)

Item = dict[str, Any]
Packed = tuple[bytes, bytes]  # what it shares with others, and its own


def pack(item: Item) -> Packed | None:
    """An item in two halves; None when it is no ink, or cannot be said exactly."""
    if item.get("kind") not in KINDS or item.keys() != FIELDS:
        return None
    try:
        with_pressure = len(item["points"][0]) == 3
        shared = (item["author"], item["page"], item["layer"], item["kind"], item["colour"], item["width"])
        head = _pack_head(*shared, WITH_PRESSURE if with_pressure else 0)
        own = bytearray(_uuid(item["id"]))
        for number in (item["seq"], item["order"] - item["seq"], item["at"]):
            put_zigzag(own, number)
        put_varint(own, item["duration_ms"])
        put_varint(own, len(item["points"]))
        _pack_points(own, item["points"], (TENTHS, TENTHS, HUNDREDTHS)[: 3 if with_pressure else 2])
    except ValueError:
        return None
    return head, bytes(own)


def join_packs(packed: Iterable[Packed], *, as_facts: bool = False) -> Iterator[bytes]:
    """Records of those that share what can be shared; as facts, each one is the `item.added` of its `seq`."""
    groups: dict[bytes, list[bytes]] = {}
    for head, own in packed:
        groups.setdefault(head, []).append(own)
    for head, members in groups.items():
        flags = bytes([head[0] | (AS_FACT if as_facts else 0)])
        for first in range(0, len(members), MOST_IN_A_PACK):
            some = members[first : first + MOST_IN_A_PACK]
            body = b"".join((flags, head[1:], *some))
            length = bytearray()
            put_varint(length, len(body) << 2 | INK)
            yield bytes(length) + body


class Told(msgspec.Struct, omit_defaults=True):
    """An envelope, its data unread."""

    type: str
    data: msgspec.Raw
    seq: int | None = None
    ref: str | None = None


def pack_told(body: bytes, *, is_thin: bool = False) -> bytes:
    """Envelopes joined by commas as records of one frame, in their order: what is new ink packed, all else as words.
    Thin: ink has only the points that its shape needs."""
    told = msgspec.json.decode(b"[" + body + b"]", type=list[Told])
    return b"".join(_pack_fact(one, is_thin) or encode_words(msgspec.json.encode(one)) for one in told)


def _pack_fact(told: Told, is_thin: bool) -> bytes:
    item = msgspec.json.decode(told.data) if told.type == "item.added" else {}
    if (item.get("id"), item.get("seq"), item.get("order")) != (told.ref, told.seq, told.seq):
        return b""
    if is_thin and item["kind"] in KINDS and all(len(point) == 2 for point in item["points"]):
        item["points"] = [list(point) for point in ease([(x, y) for x, y in item["points"]], TOLERANCE)]
    packed = pack(item)
    return b"".join(join_packs([packed], as_facts=True)) if packed else b""


def unpack(body: bytes) -> list[tuple[Item, bool]]:
    """The items of a record's body, and whether each is told as a fact; NotReadable."""
    items: list[tuple[Item, bool]] = []
    try:
        flags, shared, at = _read_head(body)
        while at < len(body):
            item, at = _read_own(body, at, flags)
            items.append(({**shared, **item}, bool(flags & AS_FACT)))
    except IndexError as error:
        raise NotReadable("it ends too early") from error
    return items


def put_zigzag(out: bytearray, value: int) -> None:
    put_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _short_one(value: int) -> bytes:
    out = bytearray()
    put_zigzag(out, value)
    return bytes(out)


# Most steps from point to point, at their own index; those below zero are counted from the end.
_SHORT = [_short_one(value) for value in (*range(SHORT), *range(-SHORT, 0))]


@lru_cache(4096)
def _pack_head(author: str, page: str, layer: str, kind: str, colour: str, width: float, flags: int) -> bytes:
    flags |= KINDS.index(kind) | (WITH_LAYER if layer else 0)
    hexes = bytes.fromhex(colour[1:])
    if "#" + hexes.hex() != colour:
        raise ValueError("a colour in other letters")
    out = bytearray([flags])
    out += _uuid(author) + _uuid(page) + (_uuid(layer) if layer else b"") + hexes
    put_varint(out, _whole(width, SIXTEENTHS))
    return bytes(out)


def _pack_points(out: bytearray, points: Sequence[Sequence[float]], scales: tuple[int, ...]) -> None:
    """Column by column, because a page may have half a million numbers."""
    width = len(scales)
    steps: list[int] = [0] * (len(points) * width)
    for axis, (column, scale) in enumerate(zip(zip(*points, strict=True), scales, strict=True)):
        whole = [round(value * scale) for value in column]
        if [value / scale for value in whole] != list(column):
            raise ValueError("too fine a number")
        steps[axis::width] = map(sub, whole, (0, *whole))
    for step in steps[:width]:
        put_zigzag(out, step)
    rest = steps[width:]
    if rest and (max(rest) >= SHORT or min(rest) < -SHORT):
        for step in rest:
            put_zigzag(out, step)
    else:
        out += b"".join([_SHORT[step] for step in rest])


def _whole(value: float, scale: int) -> int:
    whole = round(value * scale)
    if whole / scale != value:
        raise ValueError("too fine a number")
    return whole


def _uuid(text: str) -> bytes:
    one = UUID(text)
    if str(one) != text:
        raise ValueError("an id in other letters")
    return one.bytes


def _read_head(frame: bytes) -> tuple[int, Item, int]:
    flags, at = frame[0], 1
    author, page = (str(UUID(bytes=take(frame, at + 16 * n, 16))) for n in (0, 1))
    at, layer = at + 32, ""
    if flags & WITH_LAYER:
        layer, at = str(UUID(bytes=take(frame, at, 16))), at + 16
    colour, at = "#" + take(frame, at, 3).hex(), at + 3
    width, at = read_varint(frame, at)
    shared = {"author": author, "page": page, "layer": layer, "kind": KINDS[flags & 1], "colour": colour}
    return flags, {**shared, "width": width / SIXTEENTHS}, at


def _read_own(frame: bytes, at: int, flags: int) -> tuple[Item, int]:
    name, at = str(UUID(bytes=take(frame, at, 16))), at + 16
    seq, at = _read_zigzag(frame, at)
    above, at = _read_zigzag(frame, at)
    when, at = _read_zigzag(frame, at)
    duration, at = read_varint(frame, at)
    count, at = read_varint(frame, at)
    scales = (TENTHS, TENTHS, HUNDREDTHS)[: 3 if flags & WITH_PRESSURE else 2]
    place, points = [0] * len(scales), []
    for _ in range(count):
        for axis in range(len(scales)):
            step, at = _read_zigzag(frame, at)
            place[axis] += step
        points.append([whole / scale for whole, scale in zip(place, scales, strict=True)])
    own = {
        "id": name,
        "seq": seq,
        "order": seq + above,
        "at": when,
        "duration_ms": duration,
        "points": points,
    }
    return own, at


def _read_zigzag(frame: bytes, at: int) -> tuple[int, int]:
    value, at = read_varint(frame, at)
    return (value >> 1) ^ -(value & 1), at
