"""A board's life in one process: batches in, one frame a tick out.

Durable commands go to PostgreSQL first, many in one transaction, and only then to the sockets,
so an acknowledgement is a promise. What is live (`ink`) is never kept; what everybody hears (`crowd`) is encoded
once and the same bytes go to every socket; only what lies on private layers has variants.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from django.conf import settings
from django.db import DataError, InterfaceError, OperationalError
from django.db import Error as DatabaseError
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from common.clock import to_ms
from common.refusals import Refused, Unavailable
from common.sockets.consumer import in_thread, spawn
from common.sockets.hub import Hub
from common.sockets.wire import envelope
from whiteboard.actions import Outcome, apply_commands
from whiteboard.board import (
    EVERYBODY,
    BoardState,
    Command,
    Edit,
    Rights,
    Viewer,
    any_private,
    fold,
    is_private,
    show,
)
from whiteboard.company import Company
from whiteboard.crowd import POINTERS, STAFF_POINTERS, Crowd, Watcher
from whiteboard.deltas import encode_words
from whiteboard.ink import HELLO, LiveInk
from whiteboard.messages import variants_of, you
from whiteboard.newcomers import First, Newcomers
from whiteboard.queries import MAX_RESUME, edits_after, load_state, names_of

log = logging.getLogger(__name__)
EDITS, PRIVATE_EDITS, NEWS, WORDS, STAFF_WORDS = b"E", b"P", b"N", b"W", b"S"
# Facts that say who may do what from here on; all others pass unread.
# Two hundred pens end a hundred strokes a second: one transaction for each would leave no time for their points.
WRITE_PAUSE_SECONDS = 0.05
LINGER_SECONDS = 60.0  # a board that everybody has left: somebody who loads the page anew finds it as it was
RIGHTS_WORDS = (b'"rights.changed"', b'"answers.opened"', b'"answers.closed"', b'"follow.changed"')
Asked = tuple[Command, asyncio.Future[Outcome]]
AWAY = (
    OperationalError,
    InterfaceError,
)  # the database itself: to ask once for each command would only take longer


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
        self.newcomers = Newcomers(lambda seq: self.crowd.after(seq) is not None)
        self.company = Company()
        self._commands: list[Asked] = []
        self._words: list[bytes] = []
        self._writing = self._speaking = False

    async def open(self) -> None:
        await self.hub.listen(self.topic, self)
        await self.ink.greet()
        async with self.lock:
            state = await self._current()
            self.crowd.delivered, self.rights = state.seq, state.rights
            self.company.set_follow(state.follow)

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
        """The first command at once; while many draw, those that follow wait for each other a little."""
        try:
            while self._commands:
                batch, self._commands = self._commands, []
                await self._write_and_tell(batch)
                if self.crowd.is_large:
                    await asyncio.sleep(WRITE_PAUSE_SECONDS)
        finally:
            self._writing = False

    async def _write_and_tell(self, batch: list[Asked]) -> None:
        try:
            outcomes = await self._write_batch([command for command, _ in batch])
        except Exception as error:
            # Whatever went wrong, nothing was acknowledged and the clients will say it again.
            log.exception("Board %s could not be written", self.board_id)
            if len(batch) > 1 and not isinstance(error, AWAY):
                return await self._write_singly(batch)
            # Said again, what PostgreSQL cannot keep would be refused for ever.
            if isinstance(error, DataError):
                return _refuse(batch, Refused, "bad_data")
            return _refuse(batch, Unavailable, "unavailable")
        await self._tell([outcome.edit for outcome in outcomes if outcome.is_new and outcome.edit])
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if not future.done():  # its socket may have gone meanwhile
                future.set_result(outcome)
        return None

    async def _write_singly(self, batch: list[Asked]) -> None:
        """What cannot be written holds up nobody else. What its author said after it waits with it: an undo that
        overtook it would undo something older."""
        waiting: set[str] = set()
        for command, future in batch:
            if command.author in waiting:
                _refuse([(command, future)], Unavailable, "unavailable")
                continue
            await self._write_and_tell([(command, future)])
            if not future.cancelled() and isinstance(future.exception(), Unavailable):
                waiting.add(command.author)

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
        for persons, staff_only in self.company.untold_in(edits):
            await self._name(persons, staff_only=staff_only)
        body = b",".join(msgspec.json.encode(edit.envelope()) for edit in edits)
        kind = PRIVATE_EDITS if any(is_private(edit) for edit in edits) else EDITS
        payload = b"%b%d:%d:%b" % (kind, edits[0].seq, edits[-1].seq, body)
        if not await self.hub.publish(self.topic, payload):
            self.on_message(payload)

    # Ephemeral words that are no ink: kept by nobody, but every process knows the last ones.

    def introduce(self, person: str, *, staff_only: bool) -> None:
        """Whoever moves is named, now and then: the word may be shed."""
        if untold := self.company.untold([person], staff_only=staff_only):
            spawn(self._name(untold, staff_only=staff_only), self.tasks)

    def move_view(self, view: dict[str, Any]) -> None:
        self.company.view, self.company.is_view_ours = view, True
        self._say("view.moved", view)

    async def _name(self, persons: list[str], *, staff_only: bool) -> None:
        await self._learn_names(persons)
        people = {person: self.company.names[person] for person in persons if person in self.company.names}
        self._say("people.named", {"people": people}, staff_only=staff_only)

    async def _learn_names(self, persons: Iterable[str]) -> None:
        unknown = [person for person in persons if person not in self.company.names]
        if unknown:
            self.company.names |= await in_thread(names_of)(unknown)

    def _say(self, type_: str, data: dict[str, Any], *, staff_only: bool = False) -> None:
        kind = STAFF_WORDS if staff_only else WORDS
        self._words.append(kind + msgspec.json.encode(envelope(type_, data)))
        if not self._speaking:
            self._speaking = True
            spawn(self._speak(), self.tasks)

    async def _speak(self) -> None:
        try:
            while self._words:
                payload = self._words.pop(0)
                if not await self.hub.publish(self.topic, payload):
                    self.on_message(payload)
        finally:
            self._speaking = False

    def _hear_words(self, kind: bytes, words: bytes) -> None:
        told, staff_only = msgspec.json.decode(words), kind == STAFF_WORDS
        self.company.hear(told["type"], told["data"], staff_only=staff_only)
        self.crowd.say_live(STAFF_POINTERS if staff_only else POINTERS, encode_words(words))

    # What Redis says.

    def on_message(self, payload: bytes) -> None:
        kind = payload[:1]
        if kind == NEWS:
            return self._catch_up_soon()
        if kind in (WORDS, STAFF_WORDS):
            return self._hear_words(kind, payload[1:])
        if kind not in (EDITS, PRIVATE_EDITS):
            if kind == HELLO and self.company.is_view_ours and self.company.view:
                self._say("view.moved", self.company.view)  # another process is new here
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
            if edit.type == "follow.changed":
                self.company.set_follow(edit.data["on"])
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

    async def view(self, arrival: Arrival) -> View:
        viewer, is_packed = arrival.viewer, arrival.is_packed
        async with self.lock:
            state = await self._current()
            edits = arrival.missed(state)
            if edits is None:
                first = self.newcomers.find(state, viewer, is_packed=is_packed)
                if first is None:
                    make = in_thread(self.newcomers.make)
                    first = cast(First, await make(state, viewer, is_packed=is_packed))
            else:
                first = First(
                    state.seq, {"edits": [show(edit, viewer) for edit in edits]}, (), state.authors(viewer)
                )
            shown = first.authors | self.company.told(viewer)
            await self._learn_names(shown)
            names = self.company.names
            people = {one: names[one] for one in sorted(shown) if one in names}
            type_ = "board.opened" if edits is None else "board.resumed"
            company = {"people": people, "view": self.company.view}
            yourself = you(arrival.person, arrival.standing, state, is_over=arrival.is_over)
            about = {**company, "you": yourself}
            told = envelope(type_, {**first.data, **about}, seq=first.seq)
            return View(first.seq, msgspec.json.encode(told), first.packs)


def _refuse(batch: list[Asked], how: type[Refused | Unavailable], code: str) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(how(code))


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes, with which eyes. `since` is the last edit they heard, with the standing `was`; "" when they do not say."""

    person: str
    standing: str
    viewer: Viewer
    is_packed: bool = False
    since: int | None = None
    was: str = ""
    is_over: bool = False

    def missed(self, state: BoardState) -> list[Edit] | None:
        """Few enough to say one by one; None when that would not do."""
        if self.since is None or not 0 <= state.seq - self.since <= MAX_RESUME:
            return None
        if self.standing != self.was and (self.was or any_private(state, self.since)):
            return None  # what was hidden from them then is not in what follows
        return [edit for edit in state.edits.values() if edit.seq > self.since]


@dataclass(frozen=True, slots=True)
class View:
    """The first words to somebody who arrives, up to `seq`, and packed ink that goes before them."""

    seq: int
    words: bytes
    packs: tuple[bytes, ...]


def catch_up(board_id: str, state: BoardState) -> None:
    fold(edits_after(board_id, state.seq), state)


class Boards:
    """The boards of this process that somebody looks at."""

    def __init__(self, linger_seconds: float = LINGER_SECONDS) -> None:
        self.linger_seconds = linger_seconds
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
        if not board.visitors:
            asyncio.get_running_loop().call_later(self.linger_seconds, self._forget, board)

    def _forget(self, board: LiveBoard) -> None:
        if not board.visitors and self.boards.get(board.board_id) is board:
            del self.boards[board.board_id]
            self.opening.pop(board.board_id, None)
            board.crowd.stop()
            spawn(board.hub.forget(board.topic), board.tasks)


boards = Boards()


def nudge(board_id: str) -> None:
    """For workers, whose edits no web process saw: PostgreSQL has more than was said. The next edit says so, too."""
    with suppress(RedisError, OSError), Redis.from_url(settings.CHANNELS_REDIS_URL) as redis:
        redis.publish(f"darasa:board:{board_id}", NEWS)
