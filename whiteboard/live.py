"""A board's life in one process: batches in, one frame a tick out.

Durable commands go to PostgreSQL first, many in one transaction, and only then to the sockets,
so an acknowledgement is a promise. What is live (`ink`) is never kept; what everybody hears (`crowd`) is encoded
once and the same bytes go to every socket; only what lies on private layers has variants.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from common.clock import to_ms
from common.refusals import Unavailable
from common.sockets.consumer import spawn
from common.sockets.hub import Hub
from whiteboard.actions import Outcome, apply_commands
from whiteboard.board import EVERYBODY, BoardState, Command, Edit, Rights, fold, is_private
from whiteboard.crowd import Crowd, Watcher
from whiteboard.ink import LiveInk
from whiteboard.messages import variants_of
from whiteboard.queries import MAX_RESUME, edits_after, load_state

log = logging.getLogger(__name__)
EDITS, PRIVATE_EDITS, NEWS = b"E", b"P", b"N"
RIGHTS_WORDS = (b'"rights.changed"', b'"answers.opened"', b'"answers.closed"')


def in_thread(function: Any) -> Any:
    return database_sync_to_async(function, thread_sensitive=False)


class LiveBoard:
    """One board in this process. `state` is only touched under `lock`; `crowd.delivered` is what the sockets know."""

    def __init__(self, board_id: str, hub: Hub) -> None:
        self.board_id, self.hub = board_id, hub
        self.topic = f"board:{board_id}"
        self.lock = asyncio.Lock()
        self.state: BoardState | None = None
        self.rights = Rights()
        self.visitors = 0  # also those that do not watch yet
        self.tasks: set[asyncio.Task[Any]] = set()
        self.ink = LiveInk(hub, self.topic, self.tasks)
        self.crowd = Crowd(self.ink.describe, self.ink.begins)
        self.ink.say = self.crowd.say_live
        self._commands: list[tuple[Command, asyncio.Future[Outcome]]] = []
        self._writing = False

    async def open(self) -> None:
        await self.hub.listen(self.topic, self)
        await self.ink.greet()
        async with self.lock:
            state = await self._current()
            self.crowd.delivered, self.rights = state.seq, state.rights

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
        kind = PRIVATE_EDITS if any(is_private(edit) for edit in edits) else EDITS
        payload = b"%b%d:%d:%b" % (kind, edits[0].seq, edits[-1].seq, body)
        if not await self.hub.publish(self.topic, payload):
            self.on_message(payload)

    # What Redis says.

    def on_message(self, payload: bytes) -> None:
        kind = payload[:1]
        if kind == NEWS:
            return self._catch_up_soon()
        if kind not in (EDITS, PRIVATE_EDITS):
            return self.ink.on_message(payload)
        first, last, body = payload[1:].split(b":", 2)
        if int(last) <= self.crowd.delivered:
            return None
        if int(first) != self.crowd.delivered + 1:
            return self._catch_up_soon()
        if kind == EDITS and not any(word in body for word in RIGHTS_WORDS):
            return self.crowd.say_edits(int(first), int(last), {EVERYBODY: body})
        told = msgspec.json.decode(b"[" + body + b"]")
        return self._deliver_edits([Edit.of_envelope(envelope) for envelope in told])

    def on_gap(self) -> None:
        """Something was said while nobody listened: PostgreSQL knows what was durable."""
        self.ink.on_gap()
        self._catch_up_soon()

    def _catch_up_soon(self) -> None:
        spawn(self._catch_up(), self.tasks)

    async def _catch_up(self) -> None:
        try:
            missed = await in_thread(edits_after)(self.board_id, self.crowd.delivered)
        except DatabaseError:
            await asyncio.sleep(1)
            return self._catch_up_soon()
        fresh = [edit for edit in missed if edit.seq > self.crowd.delivered]
        if fresh:
            self._deliver_edits(fresh)
        return None

    def _deliver_edits(self, edits: list[Edit]) -> None:
        for edit in edits:
            self.rights = self.rights.after(edit.type, edit.data)
        self.crowd.say_edits(edits[0].seq, edits[-1].seq, variants_of(edits))

    # Newcomers.

    async def _current(self) -> BoardState:
        state = self.state
        if state is None:
            state = await in_thread(load_state)(self.board_id)
        else:
            await in_thread(catch_up)(self.board_id, state)
        self.state = state
        return state

    async def view(self, since: int | None) -> tuple[BoardState, list[Edit] | None]:
        """The state now; and the edits after `since` when they are few enough to say one by one."""
        async with self.lock:
            state = await self._current()
            if since is None or not 0 <= state.seq - since <= MAX_RESUME:
                return state, None
            return state, [edit for edit in state.edits.values() if edit.seq > since]


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

    async def leave(self, board: LiveBoard, watcher: Watcher | None) -> None:
        if watcher is not None:
            board.crowd.watchers.discard(watcher)
        board.visitors -= 1
        if not board.visitors and self.boards.get(board.board_id) is board:
            del self.boards[board.board_id]
            self.opening.pop(board.board_id, None)
            board.crowd.stop()
            await board.hub.forget(board.topic)


boards = Boards()


def nudge(board_id: str) -> None:
    """For workers, whose edits no web process saw: PostgreSQL has more than was said. The next edit says so, too."""
    with suppress(RedisError, OSError), Redis.from_url(settings.CHANNELS_REDIS_URL) as redis:
        redis.publish(f"darasa:board:{board_id}", NEWS)
