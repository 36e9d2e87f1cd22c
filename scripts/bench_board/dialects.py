"""How the same drawing is said to, and heard from, each of the servers that are compared."""

from __future__ import annotations

import base64
import json
import math
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from scripts.bench_board.frames import pack_masked
from whiteboard.deltas import Begin, Delta, Pack, decode, encode_begin, encode_points
from whiteboard.packing import AS_FACT

# A pen at 75 points a second along a smooth line; the x of a delta's first point tells its number.
FIRST_X, STEP = 500.0, 7.5
MARK = re.compile(rb"d(\d{4})k(\d{6})")
Heard = tuple[list[tuple[int, int]], int, int]  # (drawer, delta) each; how many edits, and their bytes


class Dialect(Protocol):
    """`say` is a frame for delta `k` of a drawer; `hear` what a payload from the server holds. `is_greeted` when the
    server speaks first."""

    @property
    def is_greeted(self) -> bool: ...
    def greet(self) -> bytes: ...
    def say(self, drawer: int, k: int) -> list[bytes]: ...
    def hear(self, opcode: int, payload: bytes) -> Heard: ...


def points_of(drawer: int, k: int) -> list[tuple[float, float]]:
    middle = 60 + drawer % 40 * 15
    steps = (k, k + 1 / 3, k + 2 / 3)
    return [(FIRST_X + STEP * step, middle + 50 * math.sin(step / 5)) for step in steps]


@dataclass(slots=True)
class Bytes:
    """Darasa's live frames, and a finished stroke now and then; also what the bare loop hands on."""

    page: str = str(uuid.UUID(int=1))
    deltas_a_stroke: int = 50
    is_durable: bool = True
    with_author: bool = True
    _strokes: dict[uuid.UUID, int] = field(default_factory=dict)
    _indices: dict[int, int] = field(default_factory=dict)
    _now: dict[int, tuple[uuid.UUID, list[tuple[float, float]]]] = field(default_factory=dict)

    @property
    def is_greeted(self) -> bool:
        return self.is_durable  # the bare loop says nothing of itself

    def greet(self) -> bytes:
        return b""

    def say(self, drawer: int, k: int) -> list[bytes]:
        # People do not lift their pens all at once.
        number, into = divmod(k + 7 * drawer, self.deltas_a_stroke)
        points, index, said = points_of(drawer, k), drawer * 4096 + number, []
        records = encode_points(index, points)
        if not into or drawer not in self._now:
            said += self._finish(drawer)
            stroke = uuid.uuid4()
            self._strokes[stroke], self._now[drawer] = drawer, (stroke, [])
            begin = Begin(index, stroke, uuid.UUID(self.page), 0, "#374ea2", 4, int(time.time() * 1000))
            records = encode_begin(begin) + records
        self._now[drawer][1].extend(points)
        return [*said, pack_masked(2, records)]

    def _finish(self, drawer: int) -> list[bytes]:
        if not self.is_durable or drawer not in self._now:
            return []
        stroke, points = self._now[drawer]
        rounded = [[round(x, 1), round(y, 1)] for x, y in points]
        item = {"kind": "pen", "page": self.page, "colour": "#374ea2", "width": 4}
        data = {**item, "points": rounded, "duration_ms": 2000}
        command = {"type": "item.add", "ref": str(stroke), "data": data}
        return [pack_masked(1, json.dumps(command, separators=(",", ":")).encode())]

    def hear(self, opcode: int, payload: bytes) -> Heard:
        if opcode != 2:
            return self._hear_text(payload)
        heard: list[tuple[int, int]] = []
        edits = kept = 0
        for record in decode(payload, with_author=self.with_author):
            if isinstance(record, bytes):
                edits += self._hear_text(record)[1]
                kept += len(record)
            elif isinstance(record, Pack):
                edits += record.body[0] & AS_FACT and 1  # one in a pack
                kept += len(record.body)
            elif isinstance(record, Begin):
                self._indices[record.index] = self._strokes[record.stroke]
            elif isinstance(record, Delta):
                heard += self._name(record)
        return heard, edits, kept

    def _name(self, record: Delta) -> Iterator[tuple[int, int]]:
        drawer = self._indices.get(record.number)
        if drawer is not None:
            yield drawer, round((record.points[0][0] - FIRST_X) / STEP)

    def _hear_text(self, payload: bytes) -> Heard:
        told = json.loads(payload)
        told = told if isinstance(told, list) else [told]
        for one in told:
            if one["type"] == "error":
                raise SystemExit(f"The board refused: {one}")
        return [], sum(1 for one in told if one["type"] == "item.added"), len(payload)


@dataclass(slots=True)
class Json:
    """One JSON message a delta, as the textbook has it."""

    is_greeted: bool = False

    def greet(self) -> bytes:
        return b""

    def say(self, drawer: int, k: int) -> list[bytes]:
        data: dict[str, Any] = {"author": drawer, "stroke": str(uuid.UUID(int=drawer)), "k": k}
        data.update(page=str(uuid.UUID(int=1)), colour="#374ea2", width=4, points=points_of(drawer, k))
        return [pack_masked(1, json.dumps({"type": "stroke.extend", "data": data}).encode())]

    def hear(self, opcode: int, payload: bytes) -> Heard:
        data = json.loads(payload)["data"]
        return [(data["author"], data["k"])], 0, 0


@dataclass(slots=True)
class Yjs:
    """Updates made beforehand by Yjs itself; `document` is named in each message by hocuspocus only."""

    updates: list[list[str]]
    document: bytes = b""
    is_greeted: bool = False

    def greet(self) -> bytes:
        return pack_masked(2, self.document + b"\x02\x00\x00") if self.document else b""

    def say(self, drawer: int, k: int) -> list[bytes]:
        update = base64.b64decode(self.updates[drawer][k])
        length = (
            bytes([len(update)]) if len(update) < 128 else bytes([len(update) & 127 | 128, len(update) >> 7])
        )
        return [pack_masked(2, self.document + b"\x00\x02" + length + update)]

    def hear(self, opcode: int, payload: bytes) -> Heard:
        return [(int(drawer), int(k)) for drawer, k in MARK.findall(payload)], 0, 0
