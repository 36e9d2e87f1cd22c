"""Who is told what, and what a reader that lags is spared."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from common.sockets.outlets import SHED_LIVE, SHED_POINTERS, WITHHOLD, QueuedOutlet, Said
from whiteboard.board import EVERYBODY, STAFF
from whiteboard.crowd import (
    INK,
    LOW_BYTES_A_SECOND,
    LOW_RATE_SECONDS,
    POINTERS,
    RING_BYTES,
    STAFF_INK,
    Crowd,
    Watcher,
)
from whiteboard.deltas import Begin, Delta, Pack, decode, encode_begin, encode_points, encode_words
from whiteboard.drawing.marks import curve
from whiteboard.packing import TOLERANCE, unpack

PEN = Begin(1, UUID(int=1), UUID(int=2), 0, "#374ea2", 4.0, 0, UUID(int=3))
HAND = Begin(2, UUID(int=4), UUID(int=2), 2, "#000000", 1.0, 0, UUID(int=3))


class Shelf:
    """An outlet that keeps what it is given; `waiting` is how much of it has not been read."""

    def __init__(self) -> None:
        self.given: list[Said] = []
        self.waiting = 0

    def backlog(self) -> int:
        return self.waiting

    def put(self, said: Said) -> None:
        self.given.append(said)

    def put_alone(self, text: bytes) -> None:
        self.put(Said(text))

    def stop(self) -> None:
        self.given.clear()


class Scene:
    def __init__(self) -> None:
        known = {1: PEN, 2: HAND}
        self.crowd = Crowd(known.get, lambda is_staff: encode_begin(PEN) + encode_begin(HAND))
        self.closed: list[Shelf] = []

    def join(self, form: str = "full", viewer: str | None = EVERYBODY, *, is_packed: bool = False) -> Shelf:
        shelf = Shelf()
        watcher = Watcher(shelf, lambda: self.closed.append(shelf), form, is_packed)
        watcher.begin(viewer, self.crowd.delivered, b"snapshot")
        shelf.given.clear()
        self.crowd.watchers.add(watcher)
        return shelf

    def say_edits(self, seq: int, size: int = 0) -> None:
        edit = {"type": "item.erased", "seq": seq, "data": "x" * size}
        self.crowd.say_edits(seq, seq, {EVERYBODY: json.dumps(edit).encode()})


def numbers(shelf: Shelf) -> list[int]:
    """The indices of the strokes whose points it was given."""
    frames = [said.payload for said in shelf.given if said.opcode == 2]
    records = [one for frame in frames for one in decode(frame, with_author=True)]
    return [one.number for one in records if isinstance(one, Delta)]


def ends(shelf: Shelf) -> list[list[float]]:
    """Where the points of each stroke ended, frame by frame."""
    frames = [said for said in shelf.given if said.opcode == 2]
    records = [one for said in frames for one in decode(said.payload, with_author=True)]
    return [list(one.points[-1]) for one in records if isinstance(one, Delta)]


def seqs(shelf: Shelf) -> list[int]:
    return [edit["seq"] for said in shelf.given if said.opcode == 1 for edit in json.loads(said.payload)]


async def turns() -> None:
    """Long enough for a tick or two in a small room."""
    await asyncio.sleep(0.03)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  what is waited for are timers of their own
            await asyncio.sleep(0.005)


async def test_a_reader_that_lags_is_spared_pointers_then_points_and_no_edit() -> None:
    scene = Scene()
    shelves = [scene.join() for _ in range(3)]
    for shelf, waiting in zip(shelves, (0, SHED_POINTERS + 1, SHED_LIVE + 1), strict=True):
        shelf.waiting = waiting
    scene.crowd.say_live(INK, encode_points(1, [(1, 1)]))
    scene.crowd.say_live(POINTERS, encode_points(2, [(2, 2)]))
    scene.say_edits(1)
    await turns()
    assert [numbers(shelf) for shelf in shelves] == [[1, 2], [1], []]
    assert [seqs(shelf) for shelf in shelves] == [[1], [1], [1]]
    scene.crowd.stop()


async def test_whoever_missed_live_frames_is_told_again_what_has_begun() -> None:
    scene = Scene()
    shelf = scene.join()
    shelf.waiting = SHED_LIVE + 1
    scene.crowd.say_live(INK, encode_begin(PEN) + encode_points(1, [(1, 1)]))
    await turns()
    assert shelf.given == []
    shelf.waiting = 0
    scene.crowd.say_live(INK, encode_points(1, [(2, 2)]))
    await turns()
    told = [one for said in shelf.given for one in decode(said.payload, with_author=True)]
    assert told[:2] == [PEN, HAND]
    assert numbers(shelf) == [1]
    scene.crowd.stop()


async def test_edits_are_withheld_from_a_full_reader_and_given_in_order_when_it_reads_again() -> None:
    scene = Scene()
    slow, quick = scene.join(), scene.join()
    slow.waiting = WITHHOLD + 1
    for seq in range(1, 8):
        scene.say_edits(seq, size=50_000)
        await turns()
    assert (seqs(slow), seqs(quick)) == ([], [1, 2, 3, 4, 5, 6, 7])
    slow.waiting = 0
    await until(lambda: seqs(slow) == [1, 2, 3, 4, 5, 6, 7])
    scene.say_edits(8)
    await turns()
    assert seqs(slow) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len(slow.given) >= 3, "in slices, not all at once"
    scene.crowd.stop()


async def test_a_reader_so_far_behind_that_the_ring_has_forgotten_is_sent_to_resume() -> None:
    scene = Scene()
    slow = scene.join()
    slow.waiting = WITHHOLD + 1
    for seq in range(1, 5):
        scene.say_edits(seq, size=RING_BYTES // 2)
    await until(lambda: scene.closed)
    assert scene.closed == [slow]
    assert seqs(slow) == []
    scene.crowd.stop()


async def test_the_low_rate_gets_the_same_strokes_in_fewer_frames_and_points() -> None:
    scene = Scene()
    full, low, begun = scene.join("full"), scene.join("low"), time.monotonic()
    for step in range(30):
        scene.crowd.say_live(INK, encode_points(1, [(step + part / 3, 10) for part in range(3)]))
        await asyncio.sleep(0.005)
    await until(lambda: ends(low)[-1:] == [[29 + 11 / 16, 10.0]])
    assert len(numbers(full)) == 30
    frames = [said for said in low.given if said.opcode == 2]
    assert 2 <= len(frames) <= 2 + (time.monotonic() - begun) / LOW_RATE_SECONDS
    assert sum(len(said.payload) for said in low.given) < sum(len(said.payload) for said in full.given) / 2
    scene.crowd.stop()


async def test_what_is_for_staff_reaches_staff_only_in_every_form() -> None:
    scene = Scene()
    student, teacher, json_student = scene.join(), scene.join(viewer=STAFF), scene.join("json", "amina")
    scene.crowd.say_live(STAFF_INK, encode_points(1, [(1, 1)]))
    await turns()
    assert (numbers(student), numbers(teacher), json_student.given) == ([], [1], [])
    scene.crowd.stop()


async def test_who_did_not_ask_for_bytes_hears_the_same_in_json() -> None:
    scene = Scene()
    shelf = scene.join("json")
    scene.crowd.say_live(INK, encode_begin(PEN) + encode_points(1, [(1, 1.5)]))
    scene.crowd.say_live(POINTERS, encode_points(2, [(2, 2)]) + encode_words(b'{"type":"view.moved"}'))
    await turns()
    (said,) = shelf.given
    stroke, pointer, view = json.loads(said.payload)
    assert (stroke["type"], stroke["data"]["points"], stroke["data"]["kind"]) == (
        "stroke.extended",
        [[1, 1.5]],
        "pen",
    )
    assert (pointer["type"], pointer["data"]["x"]) == ("pointer.moved", 2)
    assert view == {"type": "view.moved"}
    scene.crowd.stop()


async def test_the_same_bytes_go_to_everybody_who_reads_the_same_form() -> None:
    scene = Scene()
    shelves = [scene.join() for _ in range(5)]
    scene.say_edits(1)
    await turns()
    assert len({id(shelf.given[-1]) for shelf in shelves}) == 1
    scene.crowd.stop()


async def test_a_queued_outlet_counts_what_waits_and_gives_it_in_order() -> None:
    heard: list[bytes] = []
    gate = asyncio.Event()

    async def send(said: Said) -> None:
        await gate.wait()
        heard.append(said.payload)

    outlet = QueuedOutlet(send)
    outlet.put(Said(b"one"))
    outlet.put(Said(b"three"))
    await asyncio.sleep(0)
    assert outlet.backlog() == 8
    gate.set()
    await until(lambda: len(heard) == 2 and not outlet.backlog())
    assert (heard, outlet.backlog()) == ([b"one", b"three"], 0)
    outlet.stop()


async def test_who_reads_ink_packed_is_given_points_and_edits_in_one_frame() -> None:
    scene = Scene()
    packed, plain = scene.join(is_packed=True), scene.join()
    scene.crowd.say_live(INK, encode_points(1, [(1, 1)]))
    scene.say_edits(1)
    await turns()
    assert [said.opcode for said in plain.given[-2:]] == [2, 1]
    (said,) = packed.given[-1:]
    *_, points, words = decode(said.payload, with_author=True)
    assert isinstance(points, Delta) and isinstance(words, bytes)
    assert json.loads(words)["seq"] == 1
    scene.crowd.stop()


async def test_who_knows_less_than_was_said_meanwhile_is_told_the_rest() -> None:
    scene = Scene()
    for seq in (1, 2, 3):
        scene.say_edits(seq)
    await turns()
    shelf = Shelf()
    watcher = Watcher(shelf, lambda: None)
    watcher.begin(EVERYBODY, 1, b"[]", [b"ink"])
    assert [said.payload for said in shelf.given] == [b"ink", b"[]"], "the packs come before the first words"
    scene.crowd.add(watcher)
    assert seqs(shelf) == [2, 3]
    assert watcher.delivered == 3
    scene.crowd.stop()


def drawn(seq: int, points: list[list[float]]) -> bytes:
    """A stroke that is kept, as everybody is told."""
    name = str(UUID(int=100 + seq))
    about = {"author": str(UUID(int=3)), "page": str(UUID(int=2)), "layer": "", "at": 1, "duration_ms": 9}
    item = {**about, "id": name, "seq": seq, "order": seq, "kind": "pen", "colour": "#374ea2", "width": 4}
    told = {"type": "item.added", "seq": seq, "ref": name, "data": {**item, "points": points}}
    return json.dumps(told).encode()


async def test_the_low_rate_gets_kept_strokes_with_the_points_that_their_shape_needs() -> None:
    scene = Scene()
    full, low = scene.join("full", is_packed=True), scene.join("low", is_packed=True)
    wave = [[float(x), round(300 + 50 * math.sin(x / 40), 1)] for x in range(0, 400, 3)]
    zigzag = [[float(x), float(abs(x % 40 - 20))] for x in range(0, 400, 2)]
    for seq, points in enumerate((wave, zigzag), start=1):
        scene.crowd.say_edits(seq, seq, {EVERYBODY: drawn(seq, points)})
    await until(lambda: len(kept_in(low)) == len(kept_in(full)) == 2)
    assert [item["points"] for item in kept_in(full)] == [wave, zigzag]
    for whole, thin in zip(kept_in(full), kept_in(low), strict=True):
        assert {**thin, "points": 0} == {**whole, "points": 0}
        assert len(thin["points"]) < len(whole["points"]) / 2
        line = curve(thin["points"])
        assert max(apart(place, line) for place in curve(whole["points"])) < 2.5 * TOLERANCE
    scene.crowd.stop()


def apart(place: tuple[float, float], line: list[tuple[float, float]]) -> float:
    """How far a place lies from a line, closely enough."""
    between = (
        (ax + (bx - ax) * step / 20, ay + (by - ay) * step / 20)
        for (ax, ay), (bx, by) in itertools.pairwise(line)
        for step in range(21)
    )
    return min(math.dist(place, other) for other in between)


def kept_in(shelf: Shelf) -> list[dict[str, Any]]:
    records = [one for said in shelf.given for one in decode(said.payload, with_author=True)]
    return [item for one in records if isinstance(one, Pack) for item, _ in unpack(one.body)]


async def test_the_low_rate_hears_live_ink_less_often_while_many_strokes_are_kept() -> None:
    scene = Scene()
    low = scene.join("low", is_packed=True)
    jumps = [[float(x * x * 37 % 900), float(x * x * 91 % 700)] for x in range(LOW_BYTES_A_SECOND // 8)]
    scene.crowd.say_live(INK, encode_points(1, [(1, 1), (2, 2)]))
    scene.crowd.say_edits(1, 1, {EVERYBODY: drawn(1, jumps)})
    await until(lambda: numbers(low) == [1])
    begun = time.monotonic()
    scene.crowd.say_live(INK, encode_points(1, [(3, 3), (4, 4)]))
    await until(lambda: len(numbers(low)) == 2)
    assert time.monotonic() - begun > LOW_RATE_SECONDS
    scene.crowd.stop()
