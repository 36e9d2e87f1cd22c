"""The rooms of this process in which somebody listens: one of each, as long as it has a visitor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings

from common.sockets.consumer import spawn
from common.sockets.hub import Hub


class LiveRoom(Protocol):
    room_id: str
    seats: set[Any]
    visitors: int

    async def open(self) -> None: ...
    async def shut(self) -> None: ...


R = TypeVar("R", bound=LiveRoom)


class LiveRooms(Generic[R]):
    """`make` makes the room of an id; its hub is that of the running loop."""

    def __init__(self, make: Callable[[str, Hub], R]) -> None:
        self.make = make
        self.hub: Hub | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.opening: dict[str, asyncio.Future[R]] = {}

    async def join(self, room_id: str) -> R:
        """The room with one more visitor; each one must `leave`."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:  # one hub a loop; tests run several loops in turn
            self.hub, self.loop, self.opening = Hub(settings.CHANNELS_REDIS_URL), loop, {}
        while True:
            if room_id not in self.opening:
                self.opening[room_id] = asyncio.ensure_future(self._open(room_id))
            opening = self.opening[room_id]
            try:
                room = await asyncio.shield(opening)
            except Exception:
                if self.opening.get(room_id) is opening:
                    del self.opening[room_id]
                raise
            if self.opening.get(room_id) is opening:  # else its last visitor left while we waited
                room.visitors += 1
                return room

    async def _open(self, room_id: str) -> R:
        assert self.hub is not None  # noqa: S101  join made it
        room = self.make(room_id, self.hub)
        await room.open()
        return room

    async def leave(self, room: R, seat: object | None) -> None:
        room.seats.discard(seat)
        room.visitors -= 1
        if not room.visitors:
            self.opening.pop(room.room_id, None)
            await room.shut()


class Pacer:
    """Does `act` soon, and at most once in `seconds`, however often it is nudged."""

    def __init__(
        self, act: Callable[[], Awaitable[None]], seconds: float, tasks: set[asyncio.Task[Any]]
    ) -> None:
        self.act, self.seconds, self.tasks = act, seconds, tasks
        self._is_wanted = self._is_running = False

    def nudge(self) -> None:
        self._is_wanted = True
        if not self._is_running:
            self._is_running = True
            spawn(self._run(), self.tasks)

    async def _run(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                await self.act()
                await asyncio.sleep(self.seconds)
        finally:
            self._is_running = False
