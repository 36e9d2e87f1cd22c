"""One Redis subscription per process and topic, shared by every socket of the process.

A textbook group send costs one dispatch per socket and message; here a message arrives once per
process and the listener decides how to fan it out. After a lost connection every listener is told
(`on_gap`), because Redis keeps nothing for those who were away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
RETRY_SECONDS = 0.5


class Listener(Protocol):
    def on_message(self, payload: bytes) -> None: ...
    def on_gap(self) -> None: ...


class Hub:
    """Lives as long as its event loop. `listen` returns once Redis confirms, so nothing is missed after it."""

    def __init__(self, url: str, prefix: str = "darasa:") -> None:
        self._redis = Redis.from_url(url, health_check_interval=10)
        self._prefix = prefix
        self._pubsub = self._redis.pubsub()
        self._listeners: dict[str, Listener] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None

    async def listen(self, topic: str, listener: Listener) -> None:
        key = self._prefix + topic
        self._listeners[key] = listener
        self._confirmed[key] = asyncio.Event()
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.subscribe(key)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._confirmed[key].wait(), 2)

    async def forget(self, topic: str) -> None:
        key = self._prefix + topic
        self._listeners.pop(key, None)
        self._confirmed.pop(key, None)
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.unsubscribe(key)

    async def publish(self, topic: str, payload: bytes) -> bool:
        """True when Redis took it; False when it is away (the caller then serves its own sockets)."""
        try:
            await self._redis.publish(self._prefix + topic, payload)
        except (RedisError, OSError):
            log.warning("Redis is away: %s was delivered in this process only", topic)
            return False
        return True

    async def _read(self) -> None:
        while True:
            try:
                await self._read_until_lost()
            except (RedisError, OSError) as lost:
                log.warning("Lost the Redis subscription: %s", lost)
            await asyncio.sleep(RETRY_SECONDS)
            await self._subscribe_again()

    async def _read_until_lost(self) -> None:
        while True:
            if not self._pubsub.subscribed:
                await asyncio.sleep(0.05)
                continue
            message = await self._pubsub.get_message(timeout=5)
            if message is not None:
                self._dispatch(message)

    def _dispatch(self, message: dict[str, object]) -> None:
        key = (
            message["channel"].decode() if isinstance(message["channel"], bytes) else str(message["channel"])
        )
        if message["type"] == "subscribe" and key in self._confirmed:
            if self._confirmed[
                key
            ].is_set():  # redis-py reconnected by itself: what was said meanwhile is gone
                self._listeners[key].on_gap()
            self._confirmed[key].set()
        if message["type"] == "message" and key in self._listeners and isinstance(message["data"], bytes):
            self._listeners[key].on_message(message["data"])

    async def _subscribe_again(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        self._pubsub = self._redis.pubsub()
        with contextlib.suppress(RedisError, OSError):
            for key in list(self._listeners):
                await self._pubsub.subscribe(key)
                self._listeners[key].on_gap()


Send = Callable[[str], Awaitable[None]]


class Outlet:
    """The queue before one socket, so that a slow reader delays nobody else.

    Ephemeral frames are shed above `SHED`; above `LIMIT` the socket is closed: its client
    reconnects with `since` and misses nothing.
    """

    SHED, LIMIT = 32, 512

    def __init__(self, send: Send, close: Callable[[], Awaitable[None]]) -> None:
        self._send, self._close = send, close
        self._frames: asyncio.Queue[str] = asyncio.Queue()
        self._task = asyncio.create_task(self._drain())

    def put(self, frame: str, *, durable: bool) -> None:
        waiting = self._frames.qsize()
        if waiting > self.LIMIT:
            self._task.cancel()
            asyncio.ensure_future(self._close())  # noqa: RUF006  the socket's own end cleans up
        elif durable or waiting <= self.SHED:
            self._frames.put_nowait(frame)

    def stop(self) -> None:
        self._task.cancel()

    async def _drain(self) -> None:
        while True:
            await self._send(await self._frames.get())
