"""Sample media, made quickly: cameras that flash and microphones that beep at the same even seconds."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import av
from PIL import Image

from recordings.ffmpeg import run
from recordings.sample import make_sample_clip
from whiteboard.board import Edit

START = 1_700_000_000.0
EVENT_SECONDS = 0.1
PERIOD_SECONDS = 2.0
MILLISECONDS = Fraction(1, 1000)

Size = tuple[int, int]
More = ParamSpec("More")
# A thousandth of a second at 1 kHz, forty-eight samples.
BEEP = array("h", (int(12_000 * math.sin(2 * math.pi * n / 48)) for n in range(48))).tobytes()
SILENCE = bytes(len(BEEP))


Make = Callable[Concatenate[Path, More], Path]


def made_once(make: Make[More]) -> Make[More]:
    """The second one like it, in this process, is a copy."""
    known: dict[Any, bytes] = {}

    def make_or_copy(path: Path, /, *args: More.args, **options: More.kwargs) -> Path:
        key = (path.suffix, args, tuple(sorted(options.items())))
        if key in known:
            path.write_bytes(known[key])
        else:
            known[key] = make(path, *args, **options).read_bytes()
        return path

    return make_or_copy


def is_event(epoch: float) -> bool:
    return (epoch + 1e-6) % PERIOD_SECONDS < EVENT_SECONDS


@made_once
def make_camera(
    path: Path,
    starts_at: float,
    seconds: float,
    *,
    first_pts: float = 0.0,
    sizes: tuple[Size, ...] = ((320, 240),),
    fps: float = 30,
    uneven: bool = False,
) -> Path:
    """A VP8 camera, black but for white flashes at even epoch seconds; several sizes change in mid-file."""
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream("libvpx", rate=30)
        stream.width, stream.height, stream.pix_fmt = *sizes[0], "yuv420p"
        part = seconds / len(sizes)
        for number, size in enumerate(sizes):
            begins = first_pts + number * part
            times = list(_times(begins, begins + part, fps, uneven=uneven))
            _encode(container, stream, size, [(at, is_event(starts_at + at)) for at in times])
    return path


def _times(begins: float, ends: float, fps: float, *, uneven: bool) -> Iterator[float]:
    count = round((ends - begins) * fps)
    for number in range(count):
        # An uneven camera drops every third picture and trembles by up to 8 ms.
        if not (uneven and number % 3 == 1):
            yield begins + number / fps + (0.008 * (number % 2) if uneven else 0)


def _encode(container: Any, stream: Any, size: Size, times: list[tuple[float, bool]]) -> None:
    encoder: Any = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.time_base, encoder.bit_rate = MILLISECONDS, 500_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    packets, pictures = [], {white: picture(size, "white" if white else "black") for white in (True, False)}
    for at, white in times:
        frame = pictures[white]
        frame.pts, frame.time_base = round(at * 1000), MILLISECONDS
        packets += encoder.encode(frame)
    for packet in [*packets, *encoder.encode(None)]:
        packet.stream, packet.time_base = stream, MILLISECONDS
        container.mux(packet)


def picture(size: Size, colour: str) -> Any:
    make: Any = av.VideoFrame.from_image
    return make(Image.new("RGB", size, colour)).reformat(format="yuv420p")


@made_once
def make_microphone(
    path: Path,
    starts_at: float,
    seconds: float,
    *,
    first_pts: float = 0.0,
    sounds: Callable[[float], bool] = is_event,
    hole: tuple[float, float] | None = None,
) -> Path:
    """An Opus microphone that beeps (1 kHz) at even epoch seconds; no packets at all inside `hole` (pts)."""
    with av.open(str(path), "w", format="matroska") as container:
        stream: Any = container.add_stream("libopus", rate=48_000)
        stream.layout = "mono"
        for number in range(round(seconds * 50)):
            at = first_pts + number / 50
            frame = _tone(at, [sounds(starts_at + at + n / 48_000) for n in range(0, 960, 48)])
            for packet in stream.encode(frame):
                _keep(container, packet, hole)
        for packet in stream.encode(None):
            _keep(container, packet, hole)
    return path


def _keep(container: Any, packet: Any, hole: tuple[float, float] | None) -> None:
    at = float(packet.pts * packet.time_base)
    if hole is None or not hole[0] <= at < hole[1]:
        container.mux(packet)


def _tone(at: float, loud: list[bool]) -> Any:
    frame: Any = av.AudioFrame(format="s16", layout="mono", samples=960)
    frame.planes[0].update(b"".join(BEEP if one else SILENCE for one in loud))
    frame.sample_rate, frame.pts, frame.time_base = 48_000, round(at * 48_000), Fraction(1, 48_000)
    return frame


def make_jibri_file(folder: Path, call: str, local_time: str, seconds: float, suffix: str = ".mp4") -> Path:
    """What a Jibri leaves: `<call>_<yyyy-MM-dd-HH-mm-ss>.mp4`, picture and sound in one file."""
    folder.mkdir(parents=True, exist_ok=True)
    return make_small_clip(folder / f"{call}_{local_time}{suffix}", seconds)


@made_once
def make_small_clip(path: Path, seconds: float) -> Path:
    return make_sample_clip(path, seconds, width=640, height=360)


def make_garbled(path: Path, whole: Path) -> Path:
    """The same container, streams and timestamps, but nonsense in every packet."""
    with av.open(str(whole)) as source, av.open(str(path), "w", format="matroska") as sink:
        original: Any = source.streams[0]
        copy: Any = sink.add_stream_from_template(original)
        for packet in source.demux(original):
            if packet.pts is not None:
                noise: Any = av.Packet(b"\xff\x13" * (packet.size // 2 + 1))
                noise.pts, noise.dts, noise.time_base = packet.pts, packet.dts, packet.time_base
                noise.stream = copy
                sink.mux(noise)
    return path


@made_once
def make_silent_film(path: Path, seconds: float) -> Path:
    args = ["-y", "-f", "lavfi", "-i", f"color=c=blue:s=320x240:r=15:d={seconds}", "-c:v", "libx264"]
    run([*args, str(path)], expected_seconds=seconds)
    return path


class Pen:
    """Writes the log of a board: pages, strokes, erasures, undos, in order of seq."""

    def __init__(self, at: float = START) -> None:
        self.edits: list[Edit] = []
        self.page("first", at)

    def _add(self, kind: str, at: float, data: dict[str, Any], ref: str = "") -> str:
        seq = len(self.edits) + 1
        self.edits.append(Edit(seq, kind, ref or f"ref-{seq}", "teacher", round(at * 1000), data))
        return self.edits[-1].ref

    def page(self, page: str, at: float) -> str:
        position = sum(edit.type == "page.added" for edit in self.edits)
        return self._add(
            "page.added", at, {"page": page, "title": page.title(), "position": position, "background": None}
        )

    def turn(self, page: str, at: float) -> str:
        return self._add("page.turned", at, {"page": page})

    def stroke(
        self,
        at: float,
        points: list[list[float]],
        *,
        colour: str = "#ff0000",
        page: str = "first",
        width: float = 20,
        seconds: float = 1.0,
    ) -> str:
        shape = {"page": page, "kind": "pen", "layer": "", "colour": colour, "width": width, "points": points}
        return self._add("item.added", at, {**shape, "duration_ms": round(seconds * 1000)})

    def erase(self, at: float, *items: str) -> str:
        return self._add("item.erased", at, {"items": list(items)})

    def undo(self, at: float, target: str, *, removed: list[str]) -> str:
        return self._add("edit.undone", at, {"target": target, "removed": removed, "restored": []})

    def redo(self, at: float, target: str) -> str:
        edit = next(edit for edit in self.edits if edit.ref == target)
        restored = [edit.envelope()["data"]]
        return self._add("edit.redone", at, {"target": target, "removed": [], "restored": restored})


def frames_of(path: Path) -> Iterator[tuple[float, Image.Image]]:
    """(seconds, RGB picture) of every frame."""
    with av.open(str(path)) as container:
        frame: Any
        for frame in container.decode(video=0):
            yield float(frame.time or 0), frame.to_image()


def times_of(path: Path) -> list[float]:
    """Seconds of every frame."""
    with av.open(str(path)) as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def picture_at(path: Path, seconds: float) -> Image.Image:
    """The last picture that has been shown by then."""
    with av.open(str(path)) as container:
        shown: Any = None
        for frame in container.decode(video=0):
            if float(frame.time or 0) > seconds:
                break
            shown = frame
        image: Image.Image = shown.to_image()
        return image


def flashes_in(path: Path, spot: tuple[int, int]) -> list[float]:
    """When that pixel turns from dark to bright."""
    found, before = [], False
    with av.open(str(path)) as container:
        frame: Any
        for frame in container.decode(video=0):
            bright = _luma(frame, spot) > 128
            if bright and not before:
                found.append(float(frame.time or 0))
            before = bright
    return found


def _luma(frame: Any, spot: tuple[int, int]) -> int:
    """How bright, of a picture whose first plane says it; to convert all of it for one pixel takes long."""
    plane = frame.planes[0]
    return int(memoryview(plane)[spot[1] * plane.line_size + spot[0]])


def samples_of(path: Path) -> array[int]:
    """Mono 8 kHz."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    samples: array[int] = array("h")
    with av.open(str(path)) as container:
        for frame in [*container.decode(audio=0), None]:
            for part in resampler.resample(frame):
                samples.frombytes(bytes(part.planes[0])[: part.samples * 2])
    return samples


def beeps_in(path: Path, loudness: int = 2000) -> list[float]:
    """When it turns loud after at least 300 ms of quiet."""
    found, last = [], -1.0
    for number, value in enumerate(samples_of(path)):
        if abs(value) > loudness:
            if number / 8000 - last > 0.3 or last < 0:
                found.append(number / 8000)
            last = number / 8000
    return found
