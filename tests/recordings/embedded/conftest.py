"""A room, a recorder process, and a reader of what it leaves behind."""

import array
import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Protocol

import av
import pytest

from tests.recordings.embedded.room_server import RoomServer

ROOT = Path(__file__).parents[3]


class Recorder:
    """The process under test, seen as its parent sees it."""

    def __init__(self, process: asyncio.subprocess.Process, directory: Path) -> None:
        self.process = process
        self.directory = directory
        self.events: list[dict[str, Any]] = []
        self._listening = asyncio.ensure_future(self._listen())

    def order(self, told: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n")

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def heard(self, event: str, seconds: float = 60) -> dict[str, Any]:
        """The first such event, waited for."""
        await until(lambda: any(told["event"] == event for told in self.events), seconds)
        return next(told for told in self.events if told["event"] == event)

    async def ended(self, seconds: float = 100) -> int:
        code = await asyncio.wait_for(self.process.wait(), seconds)
        await self._listening
        return code

    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text())
        return told

    def tracks(self, kind: str) -> list[dict[str, Any]]:
        return [track for track in self.manifest()["tracks"] if track["kind"] == kind]

    async def _listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.events.append(json.loads(line))


class Start(Protocol):
    """Starts a warm recorder for a room, with the room's token unless another is given."""

    async def __call__(self, room: RoomServer, token: str | None = None) -> Recorder: ...


async def until(true: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  what is waited for happens in another process
            await asyncio.sleep(0.02)


@pytest.fixture
async def room() -> AsyncIterator[RoomServer]:
    async with RoomServer() as server:
        yield server


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a recorder for a room and waits until it is warm; whatever still runs is killed at the end."""
    running: list[Recorder] = []

    async def begin(room: RoomServer, token: str | None = None) -> Recorder:
        session = uuid.uuid4().hex
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "recordings.embedded.capture",
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        recorder = Recorder(process, tmp_path / session)
        running.append(recorder)
        await recorder.heard("ready")
        job = {"socket_url": room.url, "token": token or room.token, "occupant": str(uuid.uuid4())}
        where = {"directory": str(recorder.directory), "session_id": session, "room": "fractions"}
        recorder.order({**job, **where, "origin": None, "recording": str(uuid.uuid4())})
        return recorder

    yield begin
    for recorder in running:
        if recorder.process.returncode is None:
            recorder.process.kill()
            await recorder.process.wait()


def flashes(path: Path) -> list[float]:
    """Seconds at which the picture turns white."""
    found, white = [], False
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            line = bytes(plane)[: plane.line_size * 8][: frame.width]
            was, white = white, sum(line) / len(line) > 180
            if white and not was:
                found.append(float(frame.time or 0))
    return found


def beeps(path: Path) -> list[float]:
    """Seconds at which the sound becomes loud after it was quiet for half a second."""
    found, loud_at = [], -1.0
    with av.open(str(path)) as container:
        for frame in av_mono(container):
            start, samples = (
                float(frame.time or 0),
                array.array("h", bytes(frame.planes[0])[: 2 * frame.samples]),
            )
            for index in range(0, len(samples), 48):
                if max(samples[index : index + 48], default=0) > 4000:
                    at = start + index / frame.sample_rate
                    if at - loud_at > 0.5:
                        found.append(at)
                    loud_at = at
    return found


def av_mono(container: Any) -> list[Any]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
    return [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]


def span(path: Path) -> tuple[float, float]:
    """First and last decodable frame's time."""
    with av.open(str(path)) as container:
        stream: Any = container.streams[0]
        times = [float(frame.time or 0) for frame in container.decode(stream)]
    return times[0], times[-1]
