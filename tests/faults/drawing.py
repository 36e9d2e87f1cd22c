"""A client of the board socket that behaves as docs/wire.md asks: keeps what is unanswered, comes back, resends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from accounts.models import Person
from common.clock import to_ms
from tests.patience import PATIENCE
from tests.processes import House
from whiteboard.actions import apply_commands
from whiteboard.board import BoardState, Command, Edit, Item, fold
from whiteboard.deltas import Begin, Delta, Pack, decode, encode_begin, encode_points
from whiteboard.models import Board
from whiteboard.models import Edit as EditRow
from whiteboard.packing import unpack
from whiteboard.queries import load_state

RETRY_SECONDS = 0.2
MOST_UNANSWERED = 60  # more at once than a socket may say would be refused


class Drawer:
    """One tab that speaks JSON. `acknowledged` is what the server promised; `state` what the tab shows."""

    def __init__(self, house: House, board: Board, cookie: str, *others: House) -> None:
        self.houses, self.board, self.cookie = [house, *others], board, cookie
        self.first = BoardState()  # what edits came on top of
        self.edits: dict[int, dict[str, Any]] = {}
        self.unanswered: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.returns = 0
        self.absences: list[float] = []
        self.live_points = 0
        self.added = 0
        self.page = ""
        self.standing = ""
        self._socket: ClientConnection | None = None
        self._lost_at = 0.0
        self._has_begun = False

    @property
    def seq(self) -> int:
        return max(self.edits, default=self.first.seq)

    @property
    def is_there(self) -> bool:
        return self._socket is not None

    @property
    def url(self) -> str:
        return self.houses[0].url.replace("http", "ws") + f"/ws/boards/{self.board.pk}/"

    def address(self) -> str:
        """From the very first edit on, one by one."""
        return f"{self.url}?since={self.seq}"

    def address_of_newcomer(self) -> str:
        return self.url

    async def run(self) -> None:
        """Stays connected until cancelled; through the next house, if there are several, when one is gone."""
        while True:
            with contextlib.suppress(OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                await self._once()
            if self._socket is not None:
                self._lost_at = time.monotonic()
            self._socket = None
            self.returns += 1
            self.houses.append(self.houses.pop(0))
            await asyncio.sleep(RETRY_SECONDS)

    async def add(self, colour: str = "#374ea2") -> str:
        """A finished stroke, kept until it is answered."""
        ref = str(uuid.uuid4())
        data = {**self._shape(colour), "kind": "pen", "points": angle(self.added), "duration_ms": 100}
        self.added += 1
        self.unanswered[ref] = {"type": "item.add", "ref": ref, "data": data}
        await self._send(self.unanswered[ref])
        return ref

    async def extend(self) -> None:
        """Live points, which nobody keeps."""
        data = {**self._shape("#374ea2"), "stroke": str(uuid.uuid4()), "points": [[5, 5]]}
        await self._send({"type": "stroke.extend", "data": data})

    def state(self) -> BoardState:
        """The board as this tab folded it."""
        later = sorted(seq for seq in self.edits if seq > self.first.seq)
        return fold((Edit.of_envelope(self.edits[seq]) for seq in later), deepcopy(self.first))

    def _shape(self, colour: str) -> dict[str, Any]:
        return {"page": self.page, "colour": colour, "width": 4}

    async def newcomer(self, seq: int) -> BoardState:
        """What somebody sees who comes now, in the same way; with what follows a snapshot, up to `seq`."""
        other = type(self)(self.houses[0], self.board, self.cookie)
        async with asyncio.timeout(PATIENCE * 10), self._connect(other.address_of_newcomer()) as socket:
            while other.seq < seq:
                other.read(await socket.recv())
        return other.state()

    def _connect(self, url: str) -> connect:
        return connect(
            url,
            additional_headers={"Origin": self.houses[0].url, "Cookie": self.cookie},
            subprotocols=[Subprotocol("darasa.v1")],
            open_timeout=3,
            close_timeout=1,
            proxy=None,
            # A whole board in one frame, as browsers take it; this library alone stops at 1 MiB.
            max_size=None,
        )

    async def _once(self) -> None:
        self._has_begun = False
        async with self._connect(self.address()) as socket:
            async for frame in socket:
                self.read(frame)
                if self._socket is None and self._has_begun:
                    self._socket = socket
                    self.absences += [time.monotonic() - self._lost_at] if self._lost_at else []
                    for command in list(self.unanswered.values()):
                        await self._send(command)

    def read(self, frame: str | bytes) -> None:
        told = json.loads(frame)
        for envelope in told if isinstance(told, list) else [told]:
            self.hear(envelope)

    def hear(self, envelope: dict[str, Any]) -> None:
        assert envelope["type"] != "error", envelope
        if envelope["type"] == "board.opened":
            self._open(envelope["data"], envelope["seq"])
        elif envelope["type"] == "board.resumed":
            for edit in envelope["data"]["edits"]:
                self._keep(edit)
        elif envelope["type"] == "stroke.extended":
            self.live_points += 1
        elif "seq" in envelope:
            self._keep(envelope)
        if envelope["type"] in ("board.opened", "board.resumed"):
            self.standing, self._has_begun = envelope["data"]["you"]["standing"], True

    def _open(self, data: dict[str, Any], seq: int) -> None:
        assert self.seq == 0, "who says what they have is told what they miss"
        self.first = BoardState.of_snapshot(data, seq)
        self.page = data["current_page"]

    def _keep(self, edit: dict[str, Any]) -> None:
        known = self.edits.setdefault(edit["seq"], edit)
        assert known == edit, "one seq, one edit"
        self.page = self.page or edit["data"].get("page", "")
        if self.unanswered.pop(edit["ref"], None):
            self.acknowledged[edit["ref"]] = edit["seq"]

    async def _send(self, message: dict[str, Any]) -> None:
        await self._send_frame(json.dumps(message))

    async def _send_frame(self, frame: str | bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed, OSError):
                await self._socket.send(frame)


class PageDrawer(Drawer):
    """One that asks as our own page does: begins with a snapshot, has ink packed and what is live in bytes, and says
    with which standing it saw what it has."""

    form = "full"

    def __init__(self, house: House, board: Board, cookie: str, *others: House) -> None:
        super().__init__(house, board, cookie, *others)
        self.unpacked = 0
        self._arriving: list[Item] = []
        self._pens = 0

    def address(self) -> str:
        missing = f"&since={self.seq}&as={self.standing}" if self.seq else ""
        return f"{self.address_of_newcomer()}{missing}"

    def address_of_newcomer(self) -> str:
        return f"{self.url}?live={self.form}&ink=packed"

    async def extend(self) -> None:
        self._pens += 1
        pen = Begin(self._pens, uuid.uuid4(), uuid.UUID(self.page), 0, "#374ea2", 4)
        await self._send_frame(encode_begin(pen) + encode_points(self._pens, [(5, 5)]))

    def read(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            return super().read(frame)
        for record in decode(frame, with_author=True):
            if isinstance(record, bytes):
                self.hear(json.loads(record))
            elif isinstance(record, Pack):
                self._unpack(record)
            elif isinstance(record, Delta):
                self.live_points += 1
        return None

    async def _once(self) -> None:
        self._arriving = []
        await super()._once()

    def _unpack(self, pack: Pack) -> None:
        """As facts they are told with their `seq`; else they are part of the snapshot that comes behind them."""
        for item, is_fact in unpack(pack.body):
            self.unpacked += 1
            if is_fact:
                self.hear({"type": "item.added", "ref": item["id"], "seq": item["seq"], "data": item})
            else:
                self._arriving.append(item)

    def _open(self, data: dict[str, Any], seq: int) -> None:
        super()._open({**data, "items": [*data["items"], *self._arriving]}, seq)


class PhoneDrawer(PageDrawer):
    """The same over a poor network."""

    form = "low"


KINDS = (Drawer, PageDrawer, Drawer, PhoneDrawer)


def angle(number: int) -> list[list[float]]:
    """Three points, so far apart that a thin stroke has all of them too; every third one pressed by a pen."""
    left, top = 0.1 * (number * 37 % 8000), 0.1 * (number * 53 % 6000)
    points = [[left, top], [left + 30, top + 38.5], [left + 5.2, top + 90]]
    pressed = [[0.25], [0.5], [0.75]] if number % 3 == 0 else [[], [], []]
    return [[round(x, 1), round(y, 1), *pressure] for (x, y), pressure in zip(points, pressed, strict=True)]


@asynccontextmanager
async def at_work(drawers: Sequence[Drawer], pause: float = 0.1) -> AsyncIterator[None]:
    """Everybody connected and drawing; afterwards they wait until the last stroke is answered."""
    running = [asyncio.ensure_future(one.run()) for one in drawers]
    try:
        await until(lambda: all(one.is_there for one in drawers), 15, "the first snapshot")
        drawing = [asyncio.ensure_future(keep_drawing(one, pause)) for one in drawers]
        yield
        for task in drawing:
            task.cancel()
        await until(lambda: not any(one.unanswered for one in drawers), 20, "the last answers")
        await until(lambda: len({one.seq for one in drawers}) == 1, 10, "the same board everywhere")
        assert not any(task.done() for task in running), "somebody heard what should not be said"
    finally:
        for task in running:
            task.cancel()


async def keep_drawing(drawer: Drawer, pause: float) -> None:
    """Less often than the server takes it."""
    while True:
        await drawer.extend()
        await asyncio.sleep(0.02)
        if len(drawer.unanswered) < MOST_UNANSWERED:
            await drawer.add()
        await asyncio.sleep(pause)


def open_to_all(board: Board, teacher: Person) -> None:
    command = Command("rights.change", str(uuid.uuid4()), str(teacher.pk), {"draw": "all"})
    apply_commands(
        board_id=board.pk, state=load_state(board.pk), commands=[command], at=to_ms(timezone.now())
    )


async def everything_agrees(drawers: Sequence[Drawer], board: Board) -> None:
    """What was promised is kept once, in order, and everybody shows what newcomers of each kind are shown."""
    rows = [edit async for edit in EditRow.objects.filter(board=board).order_by("seq")]
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    kept = {str(row.ref): row.seq for row in rows}
    assert len(kept) == len(rows)
    for drawer in drawers:
        assert drawer.acknowledged
        assert drawer.acknowledged.items() <= kept.items()
        assert not isinstance(drawer, PageDrawer) or drawer.unpacked > 0
    newcomers = {
        kind: await one.newcomer(len(rows)) for kind, one in {type(one): one for one in drawers}.items()
    }
    assert len(newcomers) > 1, "there are several ways to be told of a board"
    expected = seen(await sync_to_async(load_state)(board.pk))
    for state in (*newcomers.values(), *(drawer.state() for drawer in drawers)):
        assert seen(state) == expected


def seen(state: BoardState) -> Any:
    """A board as it is sent: without the difference between tuples and lists."""
    return json.loads(json.dumps([state.seq, state.snapshot()]))


async def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE * seconds):
            while not true():  # noqa: ASYNC110  what is waited for happens in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {PATIENCE * seconds} s") from None
