"""A client of the board socket that behaves as docs/wire.md asks: keeps what is unanswered, comes back, resends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from accounts.models import Person
from common.clock import to_ms
from tests.patience import PATIENCE
from tests.processes import House
from whiteboard.actions import apply_commands
from whiteboard.board import BoardState, Command, Edit, fold
from whiteboard.models import Board
from whiteboard.models import Edit as EditRow
from whiteboard.queries import load_state

RETRY_SECONDS = 0.2
MOST_UNANSWERED = 60  # more at once than a socket may say would be refused


class Drawer:
    """One tab. `acknowledged` is what the server promised; `state` what the tab shows."""

    def __init__(self, house: House, board: Board, cookie: str, *others: House) -> None:
        self.houses, self.board_id, self.cookie = [house, *others], board.pk, cookie
        self.edits: dict[int, dict[str, Any]] = {}
        self.unanswered: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.returns = 0
        self.absences: list[float] = []
        self.live_points = 0
        self.page = ""
        self._socket: ClientConnection | None = None
        self._lost_at = 0.0

    @property
    def seq(self) -> int:
        return max(self.edits, default=0)

    @property
    def is_there(self) -> bool:
        return self._socket is not None

    @property
    def url(self) -> str:
        return self.houses[0].url.replace("http", "ws") + f"/ws/boards/{self.board_id}/"

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
        data = {**self._shape(colour), "kind": "pen", "points": [[1, 2], [30, 40]], "duration_ms": 100}
        self.unanswered[ref] = {"type": "item.add", "ref": ref, "data": data}
        await self._send(self.unanswered[ref])
        return ref

    async def extend(self) -> None:
        """Live points, which nobody keeps."""
        data = {**self._shape("#374ea2"), "stroke": str(uuid.uuid4()), "points": [[5, 5]]}
        await self._send({"type": "stroke.extend", "data": data})

    def state(self) -> BoardState:
        """The board as this tab folded it."""
        return fold(Edit.of_envelope(self.edits[seq]) for seq in sorted(self.edits))

    def _shape(self, colour: str) -> dict[str, Any]:
        return {"page": self.page, "colour": colour, "width": 4}

    async def snapshot(self) -> dict[str, Any]:
        """The `board.opened` of a newcomer."""
        async with self._connect(self.url) as socket:
            opened: dict[str, Any] = json.loads(await socket.recv())
            return opened

    def _connect(self, url: str) -> connect:
        return connect(
            url,
            additional_headers={"Origin": self.houses[0].url, "Cookie": self.cookie},
            subprotocols=[Subprotocol("darasa.v1")],
            open_timeout=3,
            close_timeout=1,
            proxy=None,
        )

    async def _once(self) -> None:
        async with self._connect(f"{self.url}?since={self.seq}") as socket:
            async for frame in socket:
                told = json.loads(frame)
                for envelope in told if isinstance(told, list) else [told]:
                    self._hear(envelope)
                if self._socket is None:
                    self._socket = socket
                    self.absences += [time.monotonic() - self._lost_at] if self._lost_at else []
                    for command in list(self.unanswered.values()):
                        await self._send(command)

    def _hear(self, envelope: dict[str, Any]) -> None:
        if envelope["type"] == "board.resumed":
            for edit in envelope["data"]["edits"]:
                self._keep(edit)
        elif envelope["type"] == "stroke.extended":
            self.live_points += 1
        elif "seq" in envelope:
            self._keep(envelope)
        assert envelope["type"] not in ("error", "board.opened"), envelope

    def _keep(self, edit: dict[str, Any]) -> None:
        known = self.edits.setdefault(edit["seq"], edit)
        assert known == edit, "one seq, one edit"
        self.page = self.page or edit["data"].get("page", "")
        if self.unanswered.pop(edit["ref"], None):
            self.acknowledged[edit["ref"]] = edit["seq"]

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed, OSError):
                await self._socket.send(json.dumps(message))


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
    """What was promised is kept once, in order, and everybody shows what a newcomer is shown."""
    rows = [edit async for edit in EditRow.objects.filter(board=board).order_by("seq")]
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    kept = {str(row.ref): row.seq for row in rows}
    assert len(kept) == len(rows)
    for drawer in drawers:
        assert drawer.acknowledged
        assert drawer.acknowledged.items() <= kept.items()
    newcomer = await drawers[0].snapshot()
    for drawer in drawers:
        state = drawer.state()
        assert (state.seq, state.snapshot()) == (newcomer["seq"], drawn(newcomer["data"]))


def drawn(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in ("you", "people", "view")}


async def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE * seconds):
            while not true():  # noqa: ASYNC110  what is waited for happens in another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {PATIENCE * seconds} s") from None
