"""Everything heard: each track placed where it belongs, mixed without turning anybody down."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings import ffmpeg
from recordings.clock import Span
from recordings.compositing.loudness import SILENCE_LUFS
from recordings.compositing.plan import FOREVER, Usable, fingerprint
from recordings.compositing.steps import Progress, make_once
from recordings.full_disk import is_full
from recordings.probe import sound_runs

RATE = 48_000
# aresample fills a hole with silence held in memory, 0.4 MB a second: longer holes are split.
LONGEST_HOLE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Clip:
    """`begins`–`ends` in the file's timestamps, heard `delay` seconds into the span."""

    path: Path
    begins: float
    ends: float
    delay: float


# What is heard in a part of the video, and how many samples it has.
Stretch = tuple[Sequence[Clip], int]


def make_sound(tracks: Sequence[Usable], span: Span, samples: int, work: Path, progress: Progress) -> Path:
    """Exactly `samples` stereo samples at 48 kHz as FLAC; silence when nobody said anything."""
    clips = [clip for usable in tracks for clip in clips_of(usable, span)]

    def make(part: Path) -> None:
        graph = f"{chain(clips, samples, 'mixed')};[mixed]alimiter=limit=0.95:level=0[out]"
        args = ["-copyts", *inputs_of(clips), "-filter_complex", graph, "-map", "[out]", "-vn"]
        encode = ["-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "2"]
        ffmpeg.run([*args, *encode, str(part)], progress=progress, expected_seconds=span.seconds)

    return make_once(work / f"sound-{fingerprint(span, samples, clips)}.flac", make)


def measure(tracks: Sequence[Usable], span: Span, work: Path) -> float:
    """LUFS of that stretch, gated; -70 for silence, and for what cannot be decoded."""
    clips = [clip for usable in tracks if (clip := _clip(usable, span, usable.probe.start_seconds, FOREVER))]
    if not clips:
        return SILENCE_LUFS
    told = work / f".loudness-{uuid.uuid4().hex}.txt"
    # The key comes ten times a second; the last one is that of the whole.
    meter = f"ebur128=metadata=1,ametadata=mode=print:key=lavfi.r128.I:file={told.name}"
    graph = f"{chain(clips, round(span.seconds * RATE), 'mixed')};[mixed]{meter}[out]"
    args = ["-copyts", *inputs_of(clips), "-filter_complex", graph, "-map", "[out]", "-f", "null", "-"]
    try:
        ffmpeg.run(args, expected_seconds=span.seconds, folder=work)
        _finish_writing(told)
        lines = told.read_text().split("lavfi.r128.I=")
        return float(lines[-1]) if len(lines) > 1 else SILENCE_LUFS
    except (ffmpeg.FfmpegFailed, OSError, ValueError) as error:
        _unless_ours(error)
        return SILENCE_LUFS
    finally:
        told.unlink(missing_ok=True)


def can_be_heard(usable: Usable) -> bool:
    """Whether ffmpeg can decode the track at all; slow, so only asked when a mix failed."""
    args = [*ffmpeg.source(usable.track.path), "-map", "0:a:0", "-f", "s16le", "-y", os.devnull]
    try:
        ffmpeg.run(args, expected_seconds=usable.probe.end_seconds)
    except ffmpeg.FfmpegFailed as error:
        _unless_ours(error)
        return False
    return True


def _finish_writing(told: Path) -> None:
    """The filter that writes it is content with a full disk; whoever writes the next byte is not."""
    with told.open("a") as file:
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _unless_ours(error: Exception) -> None:
    if is_full(error) or (isinstance(error, ffmpeg.FfmpegFailed) and error.reason == "stopped"):
        raise error


def clips_of(usable: Usable, span: Span) -> list[Clip]:
    """The stretches of one track that are heard in the span."""
    runs = sound_runs(usable.track.path, LONGEST_HOLE_SECONDS)
    return [clip for begins, ends in runs if (clip := _clip(usable, span, begins, ends))]


def clip_of(usable: Usable, begins_at: float, ends_at: float) -> Clip | None:
    """What is heard of one track from one epoch second to another, whatever holes it has."""
    return _clip(usable, Span(begins_at, ends_at), usable.probe.start_seconds, usable.probe.end_seconds)


def _clip(usable: Usable, span: Span, begins: float, ends: float) -> Clip | None:
    first = max(begins, span.starts_at - usable.track.starts_at)
    last = min(ends, span.ends_at - usable.track.starts_at)
    if last <= first:
        return None
    return Clip(usable.track.path, first, last, usable.track.starts_at + first - span.starts_at)


def _input(clip: Clip) -> list[str]:
    """Open a second early: sound decoders need a run-up; the graph trims to the sample. Read no pictures."""
    early = max(0.0, clip.begins - 1)
    # An accurate seek would count a file's first timestamp twice.
    seek = ("-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{early:.3f}") if early else ()
    return ffmpeg.source(clip.path, "-vn", *seek)


def inputs_of(clips: Sequence[Clip]) -> list[str]:
    return [argument for clip in clips for argument in _input(clip)]


def chain(clips: Sequence[Clip], samples: int, out: str, *, first: int = 0, label: str = "s") -> str:
    """A filter graph: exactly `samples` of all clips together as `[out]`; their inputs count from `first`."""
    chains = [f"anullsrc=r={RATE}:cl=stereo,atrim=end_sample={samples}[{label}silence]"]
    chains += [_placed(number, clip, label) for number, clip in enumerate(clips, first)]
    names = f"[{label}silence]" + "".join(f"[{label}{number}]" for number in range(first, first + len(clips)))
    mix = f"amix=inputs={len(clips) + 1}:normalize=0:duration=first"
    chains.append(f"{names}{mix},apad=whole_len={samples},atrim=end_sample={samples},asetpts=N[{out}]")
    return ";".join(chains)


def _placed(number: int, clip: Clip, label: str) -> str:
    """Cut, put on a clock that starts with the clip, stretched where the sender's clock drifted, delayed."""
    delay = max(0, round(clip.delay * RATE))
    return (
        f"[{number}:a:0]atrim=start={clip.begins:.6f}:end={clip.ends:.6f},asetpts=PTS-({clip.begins:.6f})/TB,"
        f"aresample={RATE}:async=1000:min_hard_comp=0.04:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts=stereo,adelay={delay}S:all=1[{label}{number}]"
    )
