"""Real people in the built-in room: a session cookie, a microphone that beeps, a camera that flashes."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

from aiortc import RTCSessionDescription
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from classroom.models import Lesson
from tests.processes import House
from tests.recordings.embedded.publisher import Publisher


class Participant(Publisher):
    """A publisher that enters through the real door and offers to every recorder that comes."""

    def __init__(self, house: House, lesson: Lesson, cookie: str) -> None:
        self.occupant = str(uuid.uuid4())
        super().__init__(
            house.url.replace("http", "ws") + f"/ws/rooms/{lesson.room.pk}/", self.occupant, (160, 90)
        )
        self.headers = {"Origin": house.url, "Cookie": cookie}
        self.recorders: list[str] = []
        self.states: list[tuple[str, float]] = []

    async def enter(self) -> None:
        subprotocols = [Subprotocol("darasa.v1")]
        self._socket = await connect(
            self.url, additional_headers=self.headers, subprotocols=subprotocols, proxy=None
        )
        self._listening = asyncio.ensure_future(self._listen(self._socket))

    async def end_lesson(self) -> None:
        assert self._socket is not None
        await self._socket.send('{"type": "lesson.end", "data": {}}')

    async def state(self, wanted: str, seconds: float, times: int = 1) -> None:
        """Until the room was told this state of its recording so often."""
        async with asyncio.timeout(seconds):
            while [state for state, _ in self.states].count(wanted) < times:  # noqa: ASYNC110  another process's
                await asyncio.sleep(0.05)

    async def _heard(self, told: dict[str, Any]) -> None:
        data = told["data"]
        if told["type"] == "recording.changed":
            self.states.append((data["state"], time.time()))
        elif told["type"] == "recorder.joined" and data["occupant"] not in self.recorders:
            self.recorders.append(data["occupant"])
            await self.offer(data["occupant"])
        elif told["type"] == "peer.signalled" and data["session"] == self.session and "description" in data:
            assert self._connection is not None
            await self._connection.setRemoteDescription(RTCSessionDescription(**data["description"]))
