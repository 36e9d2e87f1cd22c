"""One m-line of one person: packets are heard, frames placed in time and handed to a writer."""

import asyncio
import logging
import time
from typing import Any

from aiortc import RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtp import RtcpByePacket, RtpPacket
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from recordings.embedded.clock import TrackClock
from recordings.embedded.manifest import Person, Track
from recordings.embedded.studio import Studio
from recordings.embedded.writing import Writer

log = logging.getLogger(__name__)

CLOCK_RATES = {"microphone": 48_000, "camera": 90_000, "screen": 90_000}
FRAME_SECONDS = 1 / 30  # how long a picture stands when nothing follows it
ASK_SECONDS = 2.0
CLOSE_SECONDS = 8.0


class RawTimestamps:
    """In the place of aiortc's mapper, which takes every step back for a wrap and jumps by 13 hours."""

    def map(self, timestamp: int) -> int:
        return timestamp


class Inlet:
    """From a receiver to a file, which is opened by the first frame. Never raises into the connection:
    an exception from a packet handler would end all lines of that person."""

    def __init__(self, kind: str, who: Person, transceiver: RTCRtpTransceiver, studio: Studio) -> None:
        self.kind = kind
        self._who = who
        self._studio = studio
        self._receiver = transceiver.receiver
        self._clock = TrackClock(CLOCK_RATES[kind])
        self._track: Track | None = None
        self._writer: Writer | None = None
        self._ssrc = 0
        self._pictured_at = 0.0
        self._tap({codec.payloadType for codec in transceiver._codecs if codec.name.lower() == "rtx"})

    @property
    def heard_at(self) -> float:
        """When the newest packet arrived; 0.0 before the first."""
        return self._clock.arrival

    async def run(self) -> None:
        """Until the line ends, which only the end of its connection does."""
        track = self._receiver.track
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if wait := self._clock.unsettled_seconds(self._studio.now()):
                await asyncio.sleep(wait)
            if isinstance(frame, VideoFrame | AudioFrame):
                self._take(frame)

    async def ask_for_pictures(self) -> None:
        """While packets come and no picture does, the key frame was lost: ask again."""
        while self.kind != "microphone":
            await asyncio.sleep(ASK_SECONDS)
            since = self._studio.now() - ASK_SECONDS
            if self._ssrc and self._clock.arrival > since > self._pictured_at:
                await self._receiver._send_rtcp_pli(self._ssrc)

    async def close(self) -> None:
        """Finishes the file. After `run` has returned or was cancelled."""
        if self._studio.mixer is not None:
            self._studio.mixer.forget(self._who, self.kind)
        if self._writer is None or self._track is None:
            return
        self._writer.close()
        if not await asyncio.to_thread(self._writer.join, CLOSE_SECONDS):
            log.error("%s was not closed in time", self._track.file)
        self._track.end()
        self._studio.changed()

    def _tap(self, retransmissions: set[int | None]) -> None:
        """aiortc tells neither arrival times nor raw timestamps, and ends a track for good at an RTCP BYE,
        which browsers send at `replaceTrack(null)`: so we stand between the transport and the receiver."""
        receiver: Any = self._receiver
        begin, hand_on_rtp, hand_on_rtcp = (
            receiver.receive,
            receiver._handle_rtp_packet,
            receiver._handle_rtcp_packet,
        )

        async def rtp(packet: RtpPacket, arrival_time_ms: int) -> None:
            # A retransmission carries an old timestamp and would look like a sender that had paused.
            if packet.payload and packet.payload_type not in retransmissions:
                self._ssrc = packet.ssrc
                self._clock.heard(packet.timestamp, self._studio.now())
            await hand_on_rtp(packet, arrival_time_ms=arrival_time_ms)

        async def rtcp(packet: Any) -> None:
            if not isinstance(packet, RtcpByePacket):
                await hand_on_rtcp(packet)

        async def receive(parameters: RTCRtpReceiveParameters) -> None:
            # aiortc's router knows no retransmission by its source: with two videos it would drop them all.
            await begin(parameters)
            for encoding in parameters.encodings:
                if encoding.rtx is not None:
                    receiver.transport._rtp_router.ssrc_table.setdefault(encoding.rtx.ssrc, receiver)

        if not hasattr(receiver, "_RTCRtpReceiver__timestamp_mapper"):
            raise RuntimeError("this aiortc keeps its timestamps elsewhere")
        receiver._RTCRtpReceiver__timestamp_mapper = RawTimestamps()
        receiver.receive = receive
        receiver._handle_rtp_packet = rtp
        receiver._handle_rtcp_packet = rtcp

    def _take(self, frame: VideoFrame | AudioFrame) -> None:
        if frame.pts is None or not self._clock.arrival:
            return
        place = self._clock.place(frame.pts)
        self._pictured_at = self._studio.now()
        track, writer = self._opened()
        track.started_at = self._clock.started_at
        seconds = frame.samples / frame.sample_rate if isinstance(frame, AudioFrame) else FRAME_SECONDS
        track.saw(place, seconds)
        writer.put(frame, place)
        if self._studio.mixer is not None:
            self._studio.mixer.put(self._who, self.kind, frame, time.monotonic())

    def _opened(self) -> tuple[Track, Writer]:
        if self._track is None or self._writer is None:
            studio, loop = self._studio, asyncio.get_running_loop()
            file = studio.manifest.new_file(self._who, self.kind)
            self._track = Track(file, self.kind, self._who, self._clock.started_at)
            studio.manifest.add(self._track)

            def written() -> None:
                loop.call_soon_threadsafe(studio.captured)

            self._writer = Writer(studio.job.directory, self._track, written)
            studio.tell({"event": "track", "file": file, "kind": self.kind, "person": self._who.person})
            studio.changed()
        return self._track, self._writer
