"""Simulated Jibris as processes of a house, and somebody in the room who hears what becomes of the recording."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.models import Person
from classroom.models import Lesson
from common.services.urls import free_port
from tests.patience import PATIENCE
from tests.processes import PYTHON, House, wait_until
from tests.wire.conftest import Socket, open_socket

SECRET = "what-only-jibris-know-and-nobody-else"
QUICK = {
    "RECORDER_ENGINE": "jibri",
    "JIBRI_START": "http",
    "JIBRI_HOOK_SECRET": SECRET,
    "JIBRI_POLL_SECONDS": "1",
    "JIBRI_SILENCE_SECONDS": "3",
    "JIBRI_START_SECONDS": "6",
    "RECORDER_ALARM_SECONDS": "6",
    "QUIET_SECONDS": "6",
}


@dataclass(slots=True)
class Jibris:
    """A fleet; `house` is the one that it is told of and that is told of it."""

    ports: dict[str, int] = field(default_factory=lambda: {"jibri-a": free_port(), "jibri-b": free_port()})

    @property
    def setting(self) -> str:
        return ",".join(f"{name}=http://127.0.0.1:{port}" for name, port in self.ports.items())

    def start(self, house: House, name: str, behaviour: str = "well") -> None:
        port = self.ports[name]
        command = [PYTHON, "-m", "recordings.simulated.jibri", "--port", str(port), "--name", name]
        command += ["--recordings-dir", house.environment["RECORDINGS_DIR"], "--behaviour", behaviour]
        command += ["--webhook", f"{house.url}/hooks/jibri/{SECRET}", "--webhook-seconds", "2"]
        house.start(name, [*command, "--size", "320x180", "--fps", "10", "--launch-seconds", "0.2"], TZ="UTC")
        wait_until(lambda: self.asked(name) is not None, 20, what=name)

    def asked(self, name: str) -> dict[str, Any] | None:
        """What the simulator says of itself."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports[name]}/simulator", timeout=2
            ) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError:
            return None

    def behave(self, name: str, behaviour: str) -> None:
        body = json.dumps({"behaviour": behaviour}).encode()
        url = f"http://127.0.0.1:{self.ports[name]}/simulator"
        urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5).close()

    def at_work(self) -> list[str]:
        return [name for name in self.ports if (told := self.asked(name)) and told["session"]]

    def kill(self, house: House, name: str) -> None:
        process = house.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.wait()


class Listener:
    """A person's tab: every state that the room was told, and when."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.states: list[tuple[str, float]] = []

    async def listen(self) -> None:
        with contextlib.suppress(Exception):  # the room hangs up when the lesson ends
            while True:
                told = await self.socket.next()
                if told["type"] == "room.entered":
                    self.states.append((told["data"]["recording"]["state"], time.monotonic()))
                elif told["type"] == "recording.changed":
                    self.states.append((told["data"]["state"], time.monotonic()))

    async def state(self, wanted: str, seconds: float, times: int = 1) -> float:
        """When it was told for the nth time."""
        try:
            async with asyncio.timeout(PATIENCE * seconds):
                while [state for state, _ in self.states].count(wanted) < times:  # noqa: ASYNC110  another process's
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(
                f"{wanted} x{times} was not told: {[one for one, _ in self.states]}"
            ) from None
        return [at for state, at in self.states if state == wanted][times - 1]

    async def end_lesson(self) -> None:
        await self.socket.say("lesson.end")


@asynccontextmanager
async def inside(house: House, lesson: Lesson, person: Person) -> AsyncIterator[Listener]:
    path = f"/ws/rooms/{lesson.room.pk}/?occupant={uuid.uuid4()}"
    async with open_socket(house, path, person) as socket:
        listener = Listener(socket)
        listening = asyncio.ensure_future(listener.listen())
        yield listener
        listening.cancel()


def folders(house: House) -> list[Path]:
    return sorted(Path(house.environment["RECORDINGS_DIR"]).iterdir())
