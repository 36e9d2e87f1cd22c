"""A board's life in one process: batches in, one frame a tick out.

Durable commands go to PostgreSQL first, many in one transaction, and only then to the sockets,
so an acknowledgement is a promise. Live points go straight through Redis, coalesced. Each frame is
encoded once and the same text goes to every socket.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from common.clock import to_ms
from common.refusals import Unavailable
from common.sockets.consumer import spawn
from common.sockets.hub import Hub, Outlet
from whiteboard.actions import Outcome, apply_commands
from whiteboard.board import BoardState, Command, Edit, fold
from whiteboard.queries import MAX_RESUME, edits_after, load_state

log = logging.getLogger(__name__)
# Seconds between two frames to the same sockets: few people get every word at once, many get it bundled.
SHORT_TICK, LONG_TICK, MANY_SOCKETS = 0.004, 0.016, 20
EDITS, LIVE = b"E", b"L"


def in_thread(function: Any) -> Any:
    return database_sync_to_async(function, thread_sensitive=False)


class LiveBoard:
    """One board in this process. `state` is only touched under `lock`; `delivered` is what the sockets know."""

    def __init__(self, board_id: str, hub: Hub) -> None:
        self.board_id, self.hub = board_id, hub
        self.topic = f"board:{board_id}"
        self.lock = asyncio.Lock()
        self.state: BoardState | None = None
        self.delivered = 0
        self.draw = "nobody"
        self.outlets: set[Outlet] = set()
        self.visitors = 0  # also those that have no outlet yet
        self.tasks: set[asyncio.Task[Any]] = set()
        self._commands: list[tuple[Command, asyncio.Future[Outcome]]] = []
        self._strokes: list[bytes] = []
        self._edits_out: list[bytes] = []
        self._live_out: list[bytes] = []
        self._writing = self._publishing = self._ticking = False

    async def open(self) -> None:
        await self.hub.listen(self.topic, self)
        async with self.lock:
            state = await self._current()
            self.delivered, self.draw = state.seq, state.draw

    # Durable: command → PostgreSQL → everybody.

    async def submit(self, command: Command) -> Outcome:
        """The outcome once PostgreSQL has it; a new edit reaches the sockets by itself."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._commands.append((command, future))
        if not self._writing:
            self._writing = True
            spawn(self._write(), self.tasks)
        return await future

    async def _write(self) -> None:
        try:
            while self._commands:
                batch, self._commands = self._commands, []
                await self._write_and_tell(batch)
        finally:
            self._writing = False

    async def _write_and_tell(self, batch: list[tuple[Command, asyncio.Future[Outcome]]]) -> None:
        try:
            outcomes = await self._write_batch([command for command, _ in batch])
        except Exception:
            # Whatever went wrong, nothing was acknowledged and the clients will say it again.
            log.exception("Board %s could not be written", self.board_id)
            for _, future in batch:
                if not future.done():
                    future.set_exception(Unavailable("unavailable"))
            return
        await self._tell([outcome.edit for outcome in outcomes if outcome.is_new and outcome.edit])
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():  # its socket may have gone meanwhile
                future.set_result(outcome)

    async def _write_batch(self, commands: list[Command]) -> list[Outcome]:
        async with self.lock:
            state, self.state = self.state or BoardState(), None
            outcomes: list[Outcome] = await in_thread(apply_commands)(
                board_id=self.board_id, state=state, commands=commands, at=to_ms(timezone.now())
            )
            self.state = state  # only now: a failed transaction leaves no state behind
            return outcomes

    async def _tell(self, edits: list[Edit]) -> None:
        if not edits:
            return
        body = b",".join(msgspec.json.encode(edit.envelope()) for edit in edits)
        payload = b"%b%d:%d:%b" % (EDITS, edits[0].seq, edits[-1].seq, body)
        if not await self.hub.publish(self.topic, payload):
            self.on_message(payload)

    # Ephemeral: points → everybody, coalesced on the way in and on the way out.

    def extend(self, message: dict[str, Any]) -> None:
        self._strokes.append(msgspec.json.encode(message))
        if not self._publishing:
            self._publishing = True
            spawn(self._publish_strokes(), self.tasks)

    async def _publish_strokes(self) -> None:
        while self._strokes:
            batch, self._strokes = self._strokes, []
            payload = LIVE + b",".join(batch)
            if not await self.hub.publish(self.topic, payload):
                self.on_message(payload)
        self._publishing = False

    # What Redis says.

    def on_message(self, payload: bytes) -> None:
        if payload[:1] == LIVE:
            self._live_out.append(payload[1:])
            return self._tick_soon()
        first, last, body = payload[1:].split(b":", 2)
        if int(last) <= self.delivered:
            return None
        if int(first) != self.delivered + 1:
            return self.on_gap()
        return self._deliver(int(last), body)

    def on_gap(self) -> None:
        """Something was said while nobody listened, or out of turn: PostgreSQL knows what."""
        spawn(self._catch_up(), self.tasks)

    async def _catch_up(self) -> None:
        try:
            missed = await in_thread(edits_after)(self.board_id, self.delivered)
        except DatabaseError:
            await asyncio.sleep(1)
            return self.on_gap()
        fresh = [edit for edit in missed if edit.seq > self.delivered]
        if fresh:
            self._deliver(fresh[-1].seq, b",".join(msgspec.json.encode(edit.envelope()) for edit in fresh))
        return None

    def _deliver(self, last: int, body: bytes) -> None:
        self.delivered = last
        if b'"rights.changed"' in body:
            changes = [
                edit for edit in msgspec.json.decode(b"[" + body + b"]") if edit["type"] == "rights.changed"
            ]
            self.draw = changes[-1]["data"]["draw"] if changes else self.draw
        self._edits_out.append(body)
        self._tick_soon()

    def _tick_soon(self) -> None:
        if not self._ticking:
            self._ticking = True
            spawn(self._tick(), self.tasks)

    async def _tick(self) -> None:
        while self._edits_out or self._live_out:
            self._send_frames()
            await asyncio.sleep(LONG_TICK if len(self.outlets) > MANY_SOCKETS else SHORT_TICK)
        self._ticking = False

    def _send_frames(self) -> None:
        # Live points first: a finished stroke must not be followed by its own beginnings.
        for parts, durable in ((self._live_out, False), (self._edits_out, True)):
            if parts:
                frame = "[" + b",".join(parts).decode() + "]"
                parts.clear()
                for outlet in list(self.outlets):
                    outlet.put(frame, durable=durable)

    # Newcomers.

    async def _current(self) -> BoardState:
        state = self.state
        if state is None:
            state = await in_thread(load_state)(self.board_id)
        else:
            await in_thread(catch_up)(self.board_id, state)
        self.state = state
        return state

    async def view(self, since: int | None) -> tuple[BoardState, list[dict[str, Any]] | None]:
        """The state now; and the edits after `since` when they are few enough to say one by one."""
        async with self.lock:
            state = await self._current()
            if since is None or not 0 <= state.seq - since <= MAX_RESUME:
                return state, None
            later = [edit.envelope() for edit in state.edits.values() if edit.seq > since]
            return state, later


def catch_up(board_id: str, state: BoardState) -> None:
    fold(edits_after(board_id, state.seq), state)


class Boards:
    """The boards of this process that somebody looks at."""

    def __init__(self) -> None:
        self.hub: Hub | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.boards: dict[str, LiveBoard] = {}
        self.opening: dict[str, asyncio.Future[LiveBoard]] = {}

    async def join(self, board_id: str) -> LiveBoard:
        """The board with one more visitor; each one must `leave`."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:  # one hub a loop; tests run several loops in turn
            self.hub, self.loop, self.boards, self.opening = Hub(settings.CHANNELS_REDIS_URL), loop, {}, {}
        while True:
            if board_id not in self.opening:
                self.opening[board_id] = asyncio.ensure_future(self._open(board_id))
            opening = self.opening[board_id]
            try:
                board = await asyncio.shield(opening)
            except Exception:
                if self.opening.get(board_id) is opening:
                    del self.opening[board_id]
                raise
            if self.opening.get(board_id) is opening:  # else its last visitor left while we waited
                board.visitors += 1
                return board

    async def _open(self, board_id: str) -> LiveBoard:
        assert self.hub is not None  # noqa: S101  join made it
        board = LiveBoard(board_id, self.hub)
        await board.open()
        self.boards[board_id] = board
        return board

    async def leave(self, board: LiveBoard, outlet: Outlet | None) -> None:
        if outlet is not None:
            board.outlets.discard(outlet)
        board.visitors -= 1
        if not board.visitors and self.boards.get(board.board_id) is board:
            del self.boards[board.board_id]
            self.opening.pop(board.board_id, None)
            await board.hub.forget(board.topic)


boards = Boards()
