"""One Redis subscription per process and topic, shared by every socket of the process.

A textbook group send costs one dispatch per socket and message; here a message arrives once per
process and the listener decides how to fan it out. After a lost connection every listener is told
(`on_gap`), because Redis keeps nothing for those who were away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import cache
from typing import Protocol

from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
RETRY_SECONDS = 0.5
TIMEOUT_SECONDS = 2.0
PREFIX = "darasa:"


class Listener(Protocol):
    def on_message(self, payload: bytes) -> None: ...
    def on_gap(self) -> None: ...


class Hub:
    """Lives as long as its event loop. `listen` returns once Redis confirms, so nothing is missed after it."""

    def __init__(self, url: str, prefix: str = PREFIX) -> None:
        # No long retries inside the client: a writer must not wait for Redis to come back.
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 1),
            socket_connect_timeout=TIMEOUT_SECONDS,
            socket_timeout=TIMEOUT_SECONDS,
            health_check_interval=10,
        )
        self._prefix = prefix
        self._pubsub = self._redis.pubsub()
        self._listeners: dict[str, Listener] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None
        self._is_lost = False

    async def listen(self, topic: str, listener: Listener) -> None:
        key = self._prefix + topic
        self._listeners[key] = listener
        confirmed = self._confirmed[key] = asyncio.Event()
        await self._subscribe(key)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(confirmed.wait(), TIMEOUT_SECONDS)
        confirmed.set()  # from now on every confirmation is one after a gap

    async def forget(self, topic: str) -> None:
        key = self._prefix + topic
        self._listeners.pop(key, None)
        self._confirmed.pop(key, None)
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.unsubscribe(key)

    async def publish(self, topic: str, payload: bytes) -> int:
        """How many processes heard it; 0 when Redis is away (the caller then serves its own sockets)."""
        try:
            return int(await self._redis.publish(self._prefix + topic, payload))
        except (RedisError, OSError):
            log.warning("Redis is away: %s was delivered in this process only", topic)
            return 0

    async def _subscribe(self, *keys: str) -> None:
        """Ask for these topics; when that fails the reader begins anew, with all of them."""
        try:
            await self._pubsub.subscribe(*keys)
        except (RedisError, OSError):
            self._is_lost = True

    async def _read(self) -> None:
        while True:
            try:
                await self._read_until_lost()
            except (RedisError, OSError) as lost:
                log.warning("Lost the Redis subscription: %s", lost)
            await asyncio.sleep(RETRY_SECONDS)
            await self._begin_anew()

    async def _read_until_lost(self) -> None:
        while not self._is_lost:
            if not self._pubsub.subscribed:
                await asyncio.sleep(0.05)
                continue
            message = await self._pubsub.get_message(timeout=1)
            if message is not None:
                self._dispatch(message)

    async def _begin_anew(self) -> None:
        """A fresh subscription to everything; each listener hears of the gap when Redis confirms."""
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        self._pubsub, self._is_lost = self._redis.pubsub(), False
        if self._listeners:
            await self._subscribe(*self._listeners)

    def _dispatch(self, message: dict[str, object]) -> None:
        key = (
            message["channel"].decode() if isinstance(message["channel"], bytes) else str(message["channel"])
        )
        if message["type"] == "subscribe" and key in self._confirmed:
            if self._confirmed[key].is_set():  # what was said since the last confirmation may be gone
                self._listeners[key].on_gap()
            self._confirmed[key].set()
        if message["type"] == "message" and key in self._listeners and isinstance(message["data"], bytes):
            self._listeners[key].on_message(message["data"])


@cache
def _blocking(url: str) -> BlockingRedis:
    return BlockingRedis.from_url(url, socket_connect_timeout=TIMEOUT_SECONDS, socket_timeout=TIMEOUT_SECONDS)


def publish_now(url: str, topic: str, payload: bytes) -> bool:
    """What `Hub.publish` does, for code without a loop: an action after its commit, a task."""
    try:
        _blocking(url).publish(PREFIX + topic, payload)
    except (RedisError, OSError):
        log.warning("Redis is away: nobody was told of %s", topic)
        return False
    return True
