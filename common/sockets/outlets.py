"""What one socket gets of what is said to many, however slowly it reads.

A reader that lags is given up in this order: pointers, then live points; what is durable is withheld and given
later, from the frames its board still has. So a slow reader costs a bounded amount of memory and delays nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from common.sockets.direct import BINARY, TEXT, Wire, frame_of

# Bytes that wait before a socket; above each of them something more is withheld.
SHED_POINTERS, SHED_LIVE, WITHHOLD = 16 * 1024, 48 * 1024, 256 * 1024


class Said:
    """One finished message, encoded at most once for each way of sending it."""

    __slots__ = ("_frame", "opcode", "payload")

    def __init__(self, payload: bytes, opcode: int = TEXT) -> None:
        self.payload, self.opcode = payload, opcode
        self._frame = b""

    @property
    def frame(self) -> bytes:
        self._frame = self._frame or frame_of(self.opcode, self.payload)
        return self._frame


class Outlet(Protocol):
    """One socket's way out. `backlog` is how many bytes wait; `put` never waits; `put_alone` is for nobody else."""

    def backlog(self) -> int: ...
    def put(self, said: Said) -> None: ...
    def put_alone(self, text: bytes) -> None: ...
    def stop(self) -> None: ...


class DirectOutlet:
    """Straight to the transport: no task, no queue, no encoding."""

    def __init__(self, wire: Wire) -> None:
        self.backlog = wire.backlog
        self.write = wire.write
        self.put_alone = wire.write_alone

    def put(self, said: Said) -> None:
        self.write(said.frame)

    def stop(self) -> None:
        """Nothing is ours to stop."""


Send = Callable[[Said], Awaitable[None]]


class QueuedOutlet:
    """By ASGI's `send`, on any server: a queue and a task, so that a slow reader delays nobody else."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: deque[Said] = deque()
        self._bytes = 0
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._drain())

    def backlog(self) -> int:
        return self._bytes

    def put(self, said: Said) -> None:
        self._waiting.append(said)
        self._bytes += len(said.payload)
        self._more.set()

    def put_alone(self, text: bytes) -> None:
        self.put(Said(text))

    def stop(self) -> None:
        self._task.cancel()

    async def _drain(self) -> None:
        while True:
            await self._more.wait()
            while self._waiting:
                await self._send(self._waiting[0])
                self._bytes -= len(self._waiting.popleft().payload)
            self._more.clear()


async def send_said(send: Callable[..., Awaitable[None]], said: Said) -> None:
    """`said` in ASGI's words."""
    if said.opcode == BINARY:
        await send(bytes_data=said.payload)
    else:
        await send(text_data=said.payload.decode())
