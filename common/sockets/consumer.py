"""The socket every door builds on: admission before acceptance, strict commands, limits, one error shape."""

import asyncio
import contextlib
import logging
import random
import time
from functools import partial
from typing import Any, ClassVar

import msgspec
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from common.ids import fingerprint
from common.refusals import Refused, Unavailable
from common.sockets import codes
from common.sockets.direct import Wire, find_wire
from common.sockets.doors import deny
from common.sockets.leaving import HOUSE
from common.sockets.limits import Bucket
from common.sockets.outlets import QueuedOutlet, Reader, Said, send_said
from common.sockets.recheck import group_of_person
from common.sockets.sessions import session_holds
from common.sockets.wire import error, read_data, read_envelope
from common.sockets.words import Vocabulary

log = logging.getLogger(__name__)
PROTOCOL = "darasa.v1"
BROKEN = 1011  # WebSocket's own codes: a fault on our side; please come back
COME_BACK = 1012
TOO_SLOW = 1013
MAX_STRIKES, STRIKE_SECONDS = 10, 10.0
# All sockets of a process together look again no oftener than this: what changes is announced, and 2,000 people who
# each ask PostgreSQL every half minute would leave no time for their lesson.
LOOKS_A_SECOND = 5


class WireConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """Subclasses give `words` (all that is said here), `admit` and one `on_…` method a command.

    `on_item_add(ref, data)` hears `item.add`. Refused and Unavailable become error messages to
    this socket alone; nothing that one client sends can reach another but through an `on_…` method.
    """

    words: ClassVar[Vocabulary] = Vocabulary({})
    per_second: ClassVar[float] = 20
    burst: ClassVar[float] = 40
    recheck_seconds: ClassVar[float] = 30
    goodbye_seconds: ClassVar[float] = 5

    # Where what is said waits for a slow reader; without one, whoever says something waits themselves.
    reader: Reader | None = None
    outlet: QueuedOutlet | None = None
    wire: Wire | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bucket = Bucket(self.per_second, self.burst)
        self.strikes = Bucket(MAX_STRIKES / STRIKE_SECONDS, MAX_STRIKES)
        self.admitted = self.is_closing = False
        self.own_group: str | None = None
        self.session_person: object = None
        self.session_key = ""
        self.tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:  # a failure on our side, such as a Redis that is away, is an end like any other
            await self.disconnect(BROKEN)
            await self._forget_person()

    async def admit(self) -> None:
        """Find out who this is and whether they may enter; raise Refused for a stranger."""
        raise Refused("not_found")

    async def may_stay(self) -> bool:
        """Whether `admit` would let this person in again; asked when something changed, and regularly."""
        return True

    async def enter(self) -> None:
        """After acceptance: say the first words."""

    async def leave(self, code: int) -> None:
        """After the end, also an abnormal one; called once, and only when `admit` succeeded."""

    async def connect(self) -> None:
        if HOUSE.is_leaving:
            await deny(self.base_send, status=503)
            raise StopConsumer
        await self._listen_for_person()  # before the look: what changes from here on is heard
        try:
            await self.admit()
        except Refused:
            await deny(self.base_send)
            raise StopConsumer from None
        self.admitted = True
        HOUSE.inside.add(self)
        offered = self.scope.get("subprotocols", [])
        await self.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
        spawn(self._recheck_regularly(), self.tasks)
        await self.enter()

    async def _listen_for_person(self) -> None:
        person_id = self.session_person = getattr(self.scope.get("user"), "pk", None)
        self.session_key = getattr(self.scope.get("session"), "session_key", None) or ""
        self.own_group = group_of_person(person_id) if person_id else None
        if self.own_group:
            with contextlib.suppress(RedisError, OSError):  # then the regular look must do
                await self.channel_layer.group_add(self.own_group, self.channel_name)

    async def _forget_person(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.own_group:
            with contextlib.suppress(RedisError, OSError):
                await self.channel_layer.group_discard(self.own_group, self.channel_name)

    async def _recheck_regularly(self) -> None:
        while True:
            pause = max(self.recheck_seconds, len(HOUSE.inside) / LOOKS_A_SECOND)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  spread, after all came at once
            await self.recheck({})

    async def recheck(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: look again, and say goodbye to who may not stay."""
        try:
            if event.get("renewed") == fingerprint(self.session_key):
                await self.close(COME_BACK)
            elif not (await self._is_signed_in() and await self.may_stay()):
                await self.close(codes.REMOVED)
        except DatabaseError as error:
            log.warning("Whether somebody may stay could not be asked: %s", error)

    async def _is_signed_in(self) -> bool:
        """Only of those who came by a session: guests and recorders have none, or another person's."""
        is_theirs = getattr(self.scope.get("user"), "pk", None) == self.session_person
        if not (self.session_key and is_theirs and self.session_person):
            return True
        return bool(await in_thread(session_holds)(self.session_key, self.session_person))

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        """After all that was said. Who reads nothing does not hear the goodbye either, and is cut off."""
        if self.is_closing:
            return
        self.is_closing = True
        if self.reader is not None:
            self.reader.is_gone = True  # what is said from here on is no longer for them
        try:
            async with asyncio.timeout(self.goodbye_seconds):
                if self.outlet is not None:
                    await self.outlet.emptied()
                with contextlib.suppress(OSError):  # gone already
                    await super().close(code, reason)
        except TimeoutError:
            if self.wire is not None:
                self.wire.abort()

    def make_outlet(self) -> QueuedOutlet:
        self.wire = find_wire(self.scope.get("server_send"))
        self.outlet = QueuedOutlet(partial(send_said, self._send_quietly))
        return self.outlet

    def close_slow(self) -> None:
        """Who reads too slowly comes back to what is missing."""
        spawn(self.close(TOO_SLOW), self.tasks)

    async def disconnect(self, code: int) -> None:
        if self.outlet is not None:
            self.outlet.stop()
        if self.admitted:
            self.admitted = False
            HOUSE.inside.discard(self)
            await self.leave(code)

    def send_away(self) -> None:
        """This process is about to end."""
        spawn(self.close(COME_BACK), self.tasks)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        ref = None
        try:
            message = read_envelope(text_data if text_data is not None else bytes_data or b"")
            ref = message.ref
            await self.hear(message.type, ref, message.data)
        except (Refused, Unavailable) as refusal:
            await self.refuse(refusal.code, ref)
        except DatabaseError:
            log.exception("A command could not be carried out")
            await self.refuse("unavailable", ref)

    async def hear(self, type_: str, ref: str | None, raw: msgspec.Raw) -> None:
        if type_ not in self.words.commands:
            raise Refused("unknown_type")
        if not self.bucket.take(time.monotonic()):
            raise Refused("slow_down")
        data = read_data(raw, self.words.commands[type_])
        await getattr(self, "on_" + type_.replace(".", "_"))(ref, data)

    async def refuse(self, code: str, ref: str | None) -> None:
        await self.say(error(code, ref))
        if not self.strikes.take(time.monotonic()):
            await self.close(codes.TOO_MANY_ERRORS)

    async def say(self, message: dict[str, Any] | list[dict[str, Any]]) -> None:
        await self.say_text(msgspec.json.encode(message).decode())

    async def say_text(self, frame: str) -> None:
        if self.reader is None:
            await self._send_quietly(text_data=frame)
        else:
            self.reader.tell(Said(frame.encode()))

    async def _send_quietly(self, **frame: str | bytes) -> None:
        # ASGI lets `send` raise once the client is gone. The disconnect itself is already waiting for us,
        # and dying here would skip `leave`.
        with contextlib.suppress(OSError):
            await self.send(**frame)

    async def relay(self, event: dict[str, Any]) -> None:
        """The one internal message type: a finished message from the channel layer, or an encoded frame of several."""
        if "frame" in event:
            await self.say_text(event["frame"])
        else:
            await self.say(event["message"])


def in_thread(function: Any) -> Any:
    """For what asks PostgreSQL: awaited, in a thread of its own."""
    return database_sync_to_async(function, thread_sensitive=False)


def spawn(coroutine: Any, tasks: set["asyncio.Task[Any]"]) -> None:
    """Run in the background, held by `tasks` so that it is not collected, its failure logged."""
    task = asyncio.ensure_future(coroutine)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    task.add_done_callback(_log_failure)


def _log_failure(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (failure := task.exception()):
        log.error("A background task failed", exc_info=failure)
