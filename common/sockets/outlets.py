"""What one socket gets of what is said to many, however slowly it reads.

On a board a reader that lags is spared in this order: pointers, then live points; what is durable is withheld and given
later, from the frames its board still has. In a room (`Reader`) it is spared what is told again soon, and of how
something is by now all but the newest; what is durable waits for it, up to a limit, and beyond that it is let go and
comes back to what it missed. So a slow reader costs a bounded amount of memory and delays nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from common.sockets.direct import BINARY, TEXT, Wire, frame_of
from common.sockets.shedding import Line

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
        self._line: Line[Said] = Line()
        self._sending = 0
        self._more, self._emptied = asyncio.Event(), asyncio.Event()
        self._emptied.set()
        self._task = asyncio.create_task(self._drain())

    def backlog(self) -> int:
        return self._line.weight + self._sending

    def put(self, said: Said, name: str = "") -> None:
        """What has a `name` takes the place of the one of that name that waits (`shedding`)."""
        self._line.put(said, name)
        self._emptied.clear()
        self._more.set()

    def put_alone(self, text: bytes) -> None:
        self.put(Said(text))

    async def emptied(self) -> None:
        """Until the server has taken everything."""
        await self._emptied.wait()

    def stop(self) -> None:
        self._task.cancel()
        self._line.clear()
        self._emptied.set()

    async def _drain(self) -> None:
        while True:
            await self._more.wait()
            while self._line:
                said = self._line.take()
                self._sending = len(said.payload)
                await self._send(said)
                self._sending = 0
            self._more.clear()
            self._emptied.set()


class Shelf(Protocol):
    """An outlet that replaces what waits."""

    def backlog(self) -> int: ...
    def put(self, said: Said, name: str = "") -> None: ...
    def stop(self) -> None: ...


@dataclass(eq=False, slots=True)
class Reader:
    """One socket in a room; `close` says goodbye in such a way that its browser comes back."""

    outlet: Shelf
    close: Callable[[], None]
    is_gone: bool = field(default=False, init=False)

    def tell(self, said: Said, name: str = "") -> None:
        """Comes in its order; with a `name`, how something is by now, all that waits of it is the newest."""
        if self.is_gone:
            return
        if self.outlet.backlog() > WITHHOLD:
            self.let_go()
        else:
            self.outlet.put(said, name)

    def tell_if_quick(self, said: Said) -> None:
        """What is told again soon, or missed by nobody, is the first to be dropped."""
        if not self.is_gone and self.outlet.backlog() <= SHED_POINTERS:
            self.outlet.put(said)

    def let_go(self) -> None:
        """What waits is forgotten: whoever comes back gets it."""
        self.is_gone = True
        self.outlet.stop()
        self.close()


async def send_said(send: Callable[..., Awaitable[None]], said: Said) -> None:
    """`said` in ASGI's words."""
    if said.opcode == BINARY:
        await send(bytes_data=said.payload)
    else:
        await send(text_data=said.payload.decode())
