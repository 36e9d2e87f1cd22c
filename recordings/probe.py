"""What is inside a media file, found without trusting its name, its header or its author.

Only containers a recorder writes are opened, and only through the `file` protocol: a playlist
that calls itself .mp4 opens nothing else on this machine and nothing on the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from recordings.ffmpeg import FORMATS, MAX_PIXELS, PROTOCOLS

_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": PROTOCOLS}
_OURS = _OPTIONS | {"format_whitelist": f"{FORMATS},ogg"}
_MARKS = {b"\x1a\x45\xdf\xa3": 0, b"ftyp": 4, b"moov": 4, b"moof": 4, b"mdat": 4, b"styp": 4}


class Unusable(Exception):
    """A file no recording can be made of; `reason_code` is one of
    `not_a_video`, `truncated`, `empty`, `no_picture_or_sound`."""

    def __init__(self, reason_code: str) -> None:
        super().__init__(reason_code)
        self.reason_code = reason_code


@dataclass(frozen=True, slots=True)
class VideoStream:
    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AudioStream:
    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """`start_seconds` is the first timestamp, `duration_seconds` runs from there to the last."""

    duration_seconds: float
    video: VideoStream | None
    audio: AudioStream | None
    start_seconds: float

    @property
    def end_seconds(self) -> float:
        return self.start_seconds + self.duration_seconds


@dataclass(frozen=True, slots=True)
class Length:
    """What is there, packet by packet: `seconds` from the first packet to the end of the last one; `sound_seconds`
    from timestamp 0, and 0 without sound."""

    frames: int
    sound_seconds: float
    seconds: float


def probe(path: Path) -> Probe:
    """Raises Unusable, or OSError when the file cannot be read at all."""
    if path.stat().st_size == 0:
        raise Unusable("empty")
    try:
        with _opened(path) as container:
            return _describe(container)
    except (av.FFmpegError, ValueError) as error:
        raise Unusable("truncated" if _began_well(path) else "not_a_video") from error


def sound_runs(path: Path, gap_seconds: float) -> list[tuple[float, float]]:
    """First and last second of every stretch of sound without a hole longer than `gap_seconds`."""
    runs: list[tuple[float, float]] = []
    with _opened(path) as container:
        stream = next((s for s in container.streams.audio if s.codec_context.sample_rate), None)
        for begins, ends in _packet_times(container, [stream] if stream else []):
            if runs and begins - runs[-1][1] <= gap_seconds:
                runs[-1] = (runs[-1][0], max(runs[-1][1], ends))
            else:
                runs.append((begins, ends))
    return runs


def last_picture(path: Path, begins: float, ends: float, *, decoded: bool = False) -> float | None:
    """The timestamp of the last picture between the key frame before `begins` and `ends`; None where there is none.
    `decoded`: of those that can be shown, which takes a decoder's time. Raises Unusable."""
    try:
        try:
            return _last_picture(path, begins, ends, decoded)
        except av.FFmpegError:
            return _last_picture(path, None, ends, decoded)  # never finished, so without an index to seek in
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Unusable("truncated") from error


def _last_picture(path: Path, begins: float | None, ends: float, decoded: bool) -> float | None:
    with _opened(path) as container:
        stream = next((s for s in container.streams.video if _has_picture(s)), None)
        if stream is None:
            return None
        if begins:
            container.seek(int(max(0.0, begins) / stream.time_base), stream=stream)
        times = _picture_times(container, stream, ends, decoded=decoded)
        return max((at for at in times if at < ends), default=None)


def _picture_times(container: Any, stream: Any, ends: float, *, decoded: bool) -> Iterator[float]:
    """As far as the file goes, and a little over `ends`: pictures are not written in the order in which they show."""
    try:
        for packet in container.demux(stream):
            if packet.pts is not None and float(packet.pts * packet.time_base) > ends + 1:
                return
            for one in _decoded(packet) if decoded else [packet]:
                if one.pts is not None:
                    yield float(one.pts * one.time_base)
    except av.FFmpegError:
        return


def _decoded(packet: Any) -> list[Any]:
    try:
        return list(packet.decode())
    except av.FFmpegError:
        return []  # what is broken in the middle is left out


def length_of(path: Path) -> Length:
    """Of all packets: a head may promise more than there is. Opens Ogg too, which no recorder writes. Raises Unusable."""
    try:
        with _opened(path, _OURS) as container:
            streams = [*container.streams.video, *container.streams.audio]
            reaches = _reaches(container, streams)
            ticks = {stream.index: (stream.type, float(stream.time_base)) for stream in streams}
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Unusable("truncated") from error
    known = [(*ticks[index], *reach) for index, reach in reaches.items()]
    frames = sum(count for kind, _, count, _, _ in known if kind == "video")
    sound = max((last * tick for kind, tick, _, _, last in known if kind == "audio"), default=0.0)
    begins = min((first * tick for _, tick, _, first, _ in known), default=0.0)
    ends = max((last * tick for _, tick, _, _, last in known), default=0.0)
    return Length(frames, sound, ends - begins)


def _reaches(container: Any, streams: list[Any]) -> dict[int, tuple[int, int, int]]:
    """For each stream that has any: how many packets, the first tick and the end of the last. In whole ticks, as an
    hour has a quarter of a million packets."""
    found: dict[int, tuple[int, int, int]] = {}
    try:
        for packet in container.demux(streams) if streams else ():
            if (pts := packet.pts) is not None:
                at, ends = packet.stream_index, pts + (packet.duration or 0)
                count, first, last = found.get(at, (0, pts, ends))
                found[at] = (count + 1, min(first, pts), max(last, ends))
    except av.FFmpegError:
        pass  # what is behind the break cannot be played either
    return found


def _opened(path: Path, options: dict[str, str] = _OPTIONS) -> Any:
    return av.open(f"file:{path.absolute()}", options=dict(options))


def _describe(container: Any) -> Probe:
    video = next((s for s in container.streams.video if _has_picture(s)), None)
    audio = next((s for s in container.streams.audio if s.codec_context.sample_rate), None)
    if video is None and audio is None:
        raise Unusable("no_picture_or_sound")
    start, end = _extent(container, [stream for stream in (video, audio) if stream])
    if end <= start:
        raise Unusable("truncated")
    return Probe(
        end - start,
        VideoStream(video.codec_context.name, video.width, video.height) if video else None,
        AudioStream(audio.codec_context.name, audio.codec_context.sample_rate, audio.codec_context.channels)
        if audio
        else None,
        start,
    )


def _has_picture(stream: Any) -> bool:
    return bool(stream.codec_context and 0 < stream.width * stream.height <= MAX_PIXELS)


def _extent(container: Any, streams: list[Any]) -> tuple[float, float]:
    """First and last second. Recorders that were killed leave no duration, or that of a first fragment."""
    start, duration = container.start_time, container.duration
    if start is not None and duration and duration > 0 and not _is_fragmented(streams):
        # libavformat writes and reads Matroska's duration as counted from 0, every other one's from the start.
        end = duration if "matroska" in container.format.name and duration > start else start + duration
        return start / av.time_base, end / av.time_base
    return _extent_by_packets(container, streams)


def _is_fragmented(streams: list[Any]) -> bool:
    """A stream that says how long it is can be believed; one that does not sits in fragments."""
    return all(stream.duration is None and not stream.frames for stream in streams) and any(
        "mov" in stream.container.format.name for stream in streams
    )


def _extent_by_packets(container: Any, streams: list[Any]) -> tuple[float, float]:
    first, last = float("inf"), float("-inf")
    for begins, ends in _packet_times(container, streams):
        first, last = min(first, begins), max(last, ends)
    return (first, last) if last > first else (0.0, 0.0)


def _packet_times(container: Any, streams: list[Any]) -> Iterator[tuple[float, float]]:
    """First and last second of each packet, on to the end or to where the file breaks off."""
    try:
        for packet in container.demux(streams) if streams else ():
            if packet.pts is not None:
                at = float(packet.pts * packet.time_base)
                yield at, at + float((packet.duration or 0) * packet.time_base)
    except av.FFmpegError:
        return


def _began_well(path: Path) -> bool:
    """Whether the first bytes are those of a container we know, so that only the rest is missing."""
    with path.open("rb") as file:
        head = file.read(16)
    return any(head[place : place + len(mark)] == mark for mark, place in _MARKS.items())
