"""A lesson's heatmap in one process: looked at every second while somebody of the staff watches, told as differences.

The picture is made of rows that all processes see, so nothing has to be announced. `seq` counts within one `epoch`, the
life of this room in this process: who comes back with both gets what is missing, anybody else the whole.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any
from uuid import UUID, uuid4

from django.db import Error as DatabaseError
from django.utils import timezone

from attendance import messages
from attendance.heatmap import Picture, changes, snapshot
from attendance.messages import Viewer
from attendance.queries.heatmap import Watcher
from classroom.models import Room
from common.clock import to_ms
from common.sockets.consumer import in_thread, spawn
from common.sockets.fact_rooms import Seat, encode
from common.sockets.hub import Hub
from common.sockets.live_rooms import LiveRooms
from common.sockets.outlets import Said

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
# What was told in about the last five minutes.
KEPT = 300


class LiveHeatmap:
    """`hub` is not needed: see above."""

    def __init__(self, room_id: str, hub: Hub) -> None:
        self.room_id = room_id
        self.seats: set[Seat[Viewer]] = set()
        self.visitors = 0
        self.epoch, self.seq = uuid4().hex[:8], 0
        self.told: deque[tuple[int, Said]] = deque(maxlen=KEPT)
        self.tasks: set[asyncio.Task[Any]] = set()
        self.picture = Picture(0.0, ())

    async def open(self) -> None:
        self.watcher = Watcher(await in_thread(_lesson_of)(self.room_id))
        self.picture = await in_thread(self.watcher.look)(timezone.now())
        spawn(self._watch(), self.tasks)

    async def shut(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self._tell(await in_thread(self.watcher.look)(timezone.now()))
            except DatabaseError as error:
                log.warning("The heatmap of room %s could not be looked at: %s", self.room_id, error)

    def _tell(self, picture: Picture) -> None:
        different, self.picture = changes(self.picture, picture), picture
        if different is None:
            return
        self.seq += 1
        said = encode(messages.heatmap_changed(different, seq=self.seq))
        self.told.append((self.seq, said))
        for seat in list(self.seats):
            seat.tell(said)

    async def greet(self, seat: Seat[Viewer], since: int | None = None) -> None:
        """No await: nothing falls in between."""
        self.seats.add(seat)
        missing = [said for seq, said in self.told if since is not None and seq > since]
        if since is None or since > self.seq or len(missing) < self.seq - since:
            now = to_ms(timezone.now())
            opened = messages.heatmap_opened(snapshot(self.picture), epoch=self.epoch, seq=self.seq, now=now)
            missing = [encode(opened)]
        for said in missing:
            seat.tell(said)


def _lesson_of(room_id: str) -> UUID:
    return Room.objects.values_list("lesson_id", flat=True).get(pk=room_id)


heatmaps: LiveRooms[LiveHeatmap] = LiveRooms(LiveHeatmap)
