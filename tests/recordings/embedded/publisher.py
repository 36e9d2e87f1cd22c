"""A person made of aiortc: sends a white flash and a 1 kHz beep, both 100 ms long, every two seconds."""

import array
import asyncio
import json
import math
import time
import uuid
from fractions import Fraction
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PERIOD_SECONDS = 2.0
MARK_SECONDS = 0.1
FPS = 30
RATE = 48_000
SAMPLES = 960
BEEP = array.array("h", [round(12000 * math.sin(math.pi * i / 24)) for i in range(SAMPLES)]).tobytes()
CONFIGURATION = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


class Metronome:
    """One clock for sound and picture: seconds since it was made."""

    def __init__(self) -> None:
        self.epoch = time.time()

    def now(self) -> float:
        return time.time() - self.epoch

    @staticmethod
    def marks(seconds: float) -> bool:
        return (seconds + 1e-6) % PERIOD_SECONDS < MARK_SECONDS


class Flash(VideoStreamTrack):
    def __init__(self, clock: Metronome, width: int = 320, height: int = 180) -> None:
        super().__init__()
        self._clock = clock
        self._count = math.ceil(clock.now() * FPS)
        self._size = (width, height)
        self.sent = 0

    async def recv(self) -> VideoFrame:
        # A camera does not queue: what could not be taken in time is skipped.
        self._count = max(self._count, math.floor(self._clock.now() * FPS))
        due = self._count / FPS
        await asyncio.sleep(max(0.0, due - self._clock.now()))
        frame = VideoFrame(*self._size, "yuv420p")
        luma = 235 if self._clock.marks(due) else 16 + self._count % 48
        for plane, value in zip(frame.planes, (luma, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = self._count * 90_000 // FPS, Fraction(1, 90_000)
        self._count += 1
        self.sent += 1
        return frame


class Beep(AudioStreamTrack):
    """Timestamps count samples from zero, as a browser's do: they say nothing about the wall clock."""

    def __init__(self, clock: Metronome) -> None:
        super().__init__()
        self._clock = clock
        self._count = math.ceil(clock.now() * RATE / SAMPLES)
        self._first = self._count

    async def recv(self) -> AudioFrame:
        due = (self._count + 1) * SAMPLES / RATE  # a packet leaves when its last sample is there
        await asyncio.sleep(max(0.0, due - self._clock.now()))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        # A mark is five packets long and begins with one, so a packet is all beep or all silence.
        loud = self._clock.marks(self._count * SAMPLES / RATE)
        frame.planes[0].update(BEEP if loud else bytes(2 * SAMPLES))
        frame.sample_rate = RATE
        frame.pts, frame.time_base = (self._count - self._first) * SAMPLES, Fraction(1, RATE)
        self._count += 1
        return frame


class Publisher:
    """Offers to the recorder whenever one is there, as the wire page says a person does."""

    def __init__(self, url: str, occupant: str, size: tuple[int, int] = (320, 180)) -> None:
        self.url = f"{url}?occupant={occupant}"
        self.clock = Metronome()
        self.beep, self.flash = Beep(self.clock), Flash(self.clock, *size)
        self.session = ""
        self.answered = 0
        self._connection: RTCPeerConnection | None = None
        self._socket: ClientConnection | None = None
        self._size = size
        self._listening: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        self._socket = await connect(self.url, subprotocols=[Subprotocol("darasa.v1")], proxy=None)
        self._listening = asyncio.ensure_future(self._listen(self._socket))

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._connection is not None:
            await self._connection.close()
        if self._listening is not None:
            self._listening.cancel()

    async def offer(self, recorder: str) -> None:
        """A new attempt with a new session."""
        before, self.session = self._connection, str(uuid.uuid4())
        self._connection = connection = RTCPeerConnection(CONFIGURATION)
        self.beep, self.flash = Beep(self.clock), Flash(self.clock, *self._size)
        connection.addTransceiver(self.beep, direction="sendonly")
        connection.addTransceiver(self.flash, direction="sendonly")
        connection.addTransceiver("video", direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        told = {"type": "offer", "sdp": connection.localDescription.sdp}
        await self._signal(recorder, description=told)
        await self._signal(recorder, candidate=None)
        if before is not None:
            await before.close()

    def camera(self, on: bool) -> None:
        """`replaceTrack`, as the camera button does."""
        assert self._connection is not None
        self.flash = Flash(self.clock, *self._size)
        self._connection.getSenders()[1].replaceTrack(self.flash if on else None)

    async def _signal(self, to: str, **words: Any) -> None:
        assert self._socket is not None
        data = {"to": to, "session": self.session, **words}
        await self._socket.send(json.dumps({"type": "peer.signal", "ref": str(uuid.uuid4()), "data": data}))

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                await self._heard(json.loads(text))
        except ConnectionClosed:
            return

    async def _heard(self, told: dict[str, Any]) -> None:
        data = told["data"]
        if told["type"] == "room.entered" and data["recorder"] and self._connection is None:
            await self.offer(data["recorder"])
        elif told["type"] == "recorder.joined" and self._connection is None:
            await self.offer(data["occupant"])
        elif told["type"] == "peer.signalled" and data["session"] == self.session and "description" in data:
            assert self._connection is not None
            self.answered += 1
            await self._connection.setRemoteDescription(RTCSessionDescription(**data["description"]))
