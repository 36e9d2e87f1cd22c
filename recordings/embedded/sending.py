"""One picture and one sound out of a room, sent as a live stream.

The picture is whoever matters most: a shared screen, else the teacher's camera, else the camera that moved last. All
microphones are added up. A thread of its own encodes and sends; recording never waits for it, and an address that
does not answer is tried again as long as there is something to send.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.filter.graph import Graph
from av.video.frame import VideoFrame

from recordings.embedded.manifest import Person
from recordings.embedded.matroska import RATE, letterbox

log = logging.getLogger(__name__)

WIDTH, HEIGHT, FPS = 640, 360, 15
TICK_SECONDS = 1 / FPS
SAMPLES = RATE // FPS
# A key frame a second: the packager cuts there.
X264 = {"preset": "ultrafast", "tune": "zerolatency", "crf": "26", "maxrate": "1200k", "bufsize": "1200k"}
AGAIN_SECONDS = 0.7
# A picture older than this is of somebody who has gone.
STALE_SECONDS = 5.0
# Sound that waits longer than this would be heard late for ever.
MOST_WAITING = RATE * 3 // 10
TEACHERS = ("teacher", "co_teacher")


@dataclass(slots=True)
class Source:
    """One line of one person: the newest picture, or the samples that wait."""

    who: Person
    kind: str
    picture: VideoFrame | None = None
    seen_at: float = 0.0
    waiting: deque[np.ndarray] = field(default_factory=deque)
    held: int = 0
    resampler: av.AudioResampler | None = None

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return self.kind == "screen", self.who.role in TEACHERS, self.seen_at

    def hear(self, frame: AudioFrame) -> None:
        self.resampler = self.resampler or av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for part in self.resampler.resample(frame):
            samples = part.to_ndarray().reshape(-1)
            self.waiting.append(samples)
            self.held += len(samples)
        while self.held > MOST_WAITING:
            self.held -= len(self.waiting.popleft())

    def take(self, count: int) -> np.ndarray | None:
        """So many samples, or what there is with silence behind it; None when there is nothing."""
        taken = np.zeros(count, dtype=np.int32)
        filled = 0
        while self.waiting and filled < count:
            part = self.waiting.popleft()
            used = part[: count - filled]
            taken[filled : filled + len(used)] = used
            filled += len(used)
            self.held -= len(used)
            if len(used) < len(part):
                self.waiting.appendleft(part[len(used) :])
        return taken if filled else None


class Mixer:
    """What everybody sends, as one picture and one sound a tick. Called from the event loop and the sender's thread."""

    def __init__(self) -> None:
        self._sources: dict[tuple[str, str], Source] = {}
        self._lock = threading.Lock()

    def put(self, who: Person, kind: str, frame: VideoFrame | AudioFrame, now: float) -> None:
        with self._lock:
            source = self._sources.setdefault((who.occupant, kind), Source(who, kind))
            source.seen_at = now
            if isinstance(frame, VideoFrame):
                source.picture = frame
            else:
                source.hear(frame)

    def forget(self, who: Person, kind: str) -> None:
        with self._lock:
            self._sources.pop((who.occupant, kind), None)

    def picture(self, now: float) -> VideoFrame | None:
        with self._lock:
            fresh = [
                one
                for one in self._sources.values()
                if one.picture is not None and now - one.seen_at < STALE_SECONDS
            ]
            return max(fresh, key=lambda one: one.rank).picture if fresh else None

    def sound(self, count: int) -> AudioFrame:
        with self._lock:
            parts = [part for one in self._sources.values() if (part := one.take(count)) is not None]
        mixed = np.clip(sum(parts, np.zeros(count, dtype=np.int32)), -32768, 32767).astype(np.int16)
        frame = AudioFrame.from_ndarray(mixed.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        return frame


class Sender:
    """Sends what the mixer shows, from `start` to `stop`."""

    def __init__(self, mixer: Mixer, address: str) -> None:
        self._mixer, self._address = mixer, address
        self._stopped = threading.Event()
        self._filter: tuple[tuple[int, int, str], Graph] | None = None
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with av.open(self._address, "w", format="flv", timeout=5.0) as out:
                    self._send(out)
            except (av.FFmpegError, OSError) as error:
                # Without its text, which holds the address and so the key.
                log.info("The stream is not taken: %s", type(error).__name__)
            self._stopped.wait(AGAIN_SECONDS)

    def _send(self, out: OutputContainer) -> None:
        video = out.add_stream("libx264", rate=FPS, options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.gop_size, video.codec_context.thread_count = FPS, 1
        sound = out.add_stream("aac", rate=RATE, layout="mono")
        sound.bit_rate = 64_000
        began, tick, shown = time.monotonic(), 0, _black()
        while not self._stopped.is_set():
            shown = self._newest() or shown
            shown.pts, shown.time_base = tick, Fraction(1, FPS)
            frame = self._mixer.sound(SAMPLES)
            frame.pts, frame.time_base = tick * SAMPLES, Fraction(1, RATE)
            out.mux(video.encode(shown))
            out.mux(sound.encode(frame))
            tick += 1
            behind = time.monotonic() - began - tick * TICK_SECONDS
            if behind > 0:
                # A machine that is too busy leaves pictures out; the sound of them is left out by the mixer.
                tick += int(behind / TICK_SECONDS)
            else:
                self._stopped.wait(-behind)

    def _newest(self) -> VideoFrame | None:
        frame = self._mixer.picture(time.monotonic())
        if frame is None:
            return None
        shape = (frame.width, frame.height, frame.format.name)
        if self._filter is None or self._filter[0] != shape:
            self._filter = shape, letterbox(frame, WIDTH, HEIGHT)
        # A copy without the times of the one whose picture it is: the recording's own writer uses that one.
        copy = VideoFrame.from_ndarray(frame.to_ndarray(), format=frame.format.name)
        copy.pts, copy.time_base = 0, Fraction(1, 1000)
        graph = self._filter[1]
        graph.vpush(copy)
        pulled: VideoFrame = graph.vpull()
        return pulled


def _black() -> VideoFrame:
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, value in zip(frame.planes, (16, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame
