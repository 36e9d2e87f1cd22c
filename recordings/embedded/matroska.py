"""One track as one Matroska file that survives a kill: at most half a second waits in memory."""

from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.filter.graph import Graph
from av.video.frame import PictureType, VideoFrame

MUXER = {"flush_packets": "1", "cluster_time_limit": "500"}
BOXES = {"camera": (640, 360), "screen": (1280, 720)}
LEAST_WIDTHS = {"camera": 320, "screen": 0}  # a camera starts small and grows with the line, up to a tile
KEY_FRAME_MS = 2000
# force-cfr changes no timestamp; without it x264 keeps one frame back to learn its duration.
X264 = {"preset": "ultrafast", "crf": "26", "forced-idr": "1", "x264-params": "scenecut=0:force-cfr=1"}
RATE = 48_000
OPUS_SAMPLES = 960
DRIFT_SAMPLES = RATE * 30 // 1000  # closer than this is jitter, not a gap
HOLE_SAMPLES = RATE  # a shorter gap is filled with silence, a longer one stays a hole


class TrackFile(Protocol):
    """Encodes and writes; used by one thread only."""

    def write(self, frame: VideoFrame | AudioFrame, seconds: float) -> int:
        """Writes a frame at its place; how many frames the file got. av.FFmpegError: it cannot be written."""

    def close(self) -> int:
        """Writes what is left and the file's index; how many frames that added."""


def fitted(kind: str, width: int, height: int) -> tuple[int, int]:
    """The even size inside the kind's box that keeps the picture's shape."""
    across, down = BOXES[kind]
    scale = min(across / width, down / height, max(1.0, LEAST_WIDTHS[kind] / width))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def letterbox(frame: VideoFrame, width: int, height: int) -> Graph:
    """A filter from the frame's size to exactly `width` by `height`, with bars where the shapes differ."""
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    size = f"{width}:{height}"
    scale = graph.add("scale", f"{size}:force_original_aspect_ratio=decrease:flags=bilinear")
    pad = graph.add("pad", f"{size}:(ow-iw)/2:(oh-ih)/2")
    shape = graph.add("format", "yuv420p")
    graph.link_nodes(source, scale, pad, shape, graph.add("buffersink")).configure()
    return graph


class VideoFile:
    """H.264 at one fixed size and at the times the frames really had; a key frame every two seconds."""

    def __init__(self, path: Path, kind: str) -> None:
        self._container = av.open(str(path), "w", format="matroska", options=MUXER)
        self._stream = self._container.add_stream("libx264", rate=30, options=X264)
        self._kind = kind
        self._last_ms = -1
        self._key_ms = -KEY_FRAME_MS
        self._filter: tuple[tuple[int, int, str], Graph] | None = None

    def write(self, frame: VideoFrame | AudioFrame, seconds: float) -> int:
        """A frame that is not later than the one before is left out."""
        ms = round(seconds * 1000)
        if not isinstance(frame, VideoFrame) or ms <= self._last_ms:
            return 0
        if self._last_ms < 0:
            self._start(frame)
        picture = self._fit(frame)
        picture.pts, picture.time_base = ms, Fraction(1, 1000)
        due = ms - self._key_ms >= KEY_FRAME_MS
        picture.pict_type = PictureType.I if due else PictureType.NONE
        self._key_ms = ms if due else self._key_ms
        self._last_ms = ms
        return self._mux(picture)

    def close(self) -> int:
        added = self._mux(None) if self._last_ms >= 0 else 0
        self._container.close()
        return added

    def _start(self, frame: VideoFrame) -> None:
        codec = self._stream.codec_context
        codec.width, codec.height = fitted(self._kind, frame.width, frame.height)
        codec.pix_fmt = "yuv420p"
        codec.time_base = Fraction(1, 1000)
        codec.gop_size = 100_000  # key frames are asked for by time, the frame rate varies
        codec.max_b_frames = 0
        codec.thread_count = 1

    def _fit(self, frame: VideoFrame) -> VideoFrame:
        codec = self._stream.codec_context
        shape = (frame.width, frame.height, frame.format.name)
        if shape == (codec.width, codec.height, "yuv420p"):
            return frame
        if self._filter is None or self._filter[0] != shape:
            self._filter = shape, letterbox(frame, codec.width, codec.height)
        graph = self._filter[1]
        frame.pts, frame.time_base = self._last_ms + 1, Fraction(1, 1000)
        graph.vpush(frame)
        return graph.vpull()

    def _mux(self, picture: VideoFrame | None) -> int:
        packets = self._stream.encode(picture)
        self._container.mux(packets)
        return len(packets)


class AudioFile:
    """Opus, mono, 20 ms packets that each stand alone; short gaps are silence, long ones a hole."""

    def __init__(self, path: Path) -> None:
        self._container = av.open(str(path), "w", format="matroska", options=MUXER)
        self._stream = self._container.add_stream("libopus", rate=RATE, options={"application": "voip"})
        codec = self._stream.codec_context
        codec.layout, codec.format, codec.bit_rate = "mono", "s16", 32_000
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self._fifo = AudioFifo()
        self._next = 0  # where the fifo's first sample belongs
        self._started = False

    def write(self, frame: VideoFrame | AudioFrame, seconds: float) -> int:
        """A frame that belongs where sound was already written is left out."""
        if not isinstance(frame, AudioFrame):
            return 0
        gap = round(seconds * RATE) - self._next - self._fifo.samples
        if gap < -DRIFT_SAMPLES:
            return 0
        added = self._bridge(gap) if gap > DRIFT_SAMPLES else 0
        for part in self._resampler.resample(frame):
            part.pts = None
            self._fifo.write(part)
        return added + self._drain()

    def close(self) -> int:
        added = self._fill_up()
        if self._started:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return added

    def _bridge(self, gap: int) -> int:
        if gap < HOLE_SAMPLES:
            self._silence(gap)
            return self._drain()
        after = self._next + self._fifo.samples + gap
        # Opus looks 6.5 ms ahead: without this silence the first sound after the hole is heard before it too.
        self._silence(OPUS_SAMPLES)
        added = self._fill_up()
        self._next = after
        return added

    def _fill_up(self) -> int:
        self._silence(-self._fifo.samples % OPUS_SAMPLES)
        return self._drain()

    def _silence(self, samples: int) -> None:
        if not samples:
            return
        quiet = AudioFrame(format="s16", layout="mono", samples=samples)
        quiet.planes[0].update(bytes(2 * samples))
        quiet.sample_rate = RATE
        self._fifo.write(quiet)

    def _drain(self) -> int:
        added = 0
        while (frame := self._fifo.read(OPUS_SAMPLES)) is not None:
            frame.pts, frame.time_base = self._next, Fraction(1, RATE)
            self._next += OPUS_SAMPLES
            self._container.mux(self._stream.encode(frame))
            self._started = True
            added += 1
        return added
