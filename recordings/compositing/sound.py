"""Everything heard: each track placed where it belongs, mixed without turning anybody down."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings import ffmpeg
from recordings.clock import Span
from recordings.compositing.plan import Usable, fingerprint
from recordings.compositing.steps import Progress, make_once
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


def make_sound(tracks: Sequence[Usable], span: Span, samples: int, work: Path, progress: Progress) -> Path:
    """Exactly `samples` stereo samples at 48 kHz as FLAC; silence when nobody said anything."""
    clips = [clip for usable in tracks for clip in clips_of(usable, span)]

    def make(part: Path) -> None:
        inputs = [argument for clip in clips for argument in _input(clip)]
        args = ["-copyts", *inputs, "-filter_complex", _graph(clips, samples), "-map", "[out]", "-vn"]
        encode = ["-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "2"]
        ffmpeg.run([*args, *encode, str(part)], progress=progress, expected_seconds=span.seconds)

    return make_once(work / f"sound-{fingerprint(span, samples, clips)}.flac", make)


def can_be_heard(usable: Usable) -> bool:
    """Whether ffmpeg can decode the track at all; slow, so only asked when a mix failed."""
    args = [*ffmpeg.source(usable.track.path), "-map", "0:a:0", "-f", "s16le", "-y", os.devnull]
    try:
        ffmpeg.run(args, expected_seconds=usable.probe.end_seconds)
    except ffmpeg.FfmpegFailed:
        return False
    return True


def clips_of(usable: Usable, span: Span) -> list[Clip]:
    """The stretches of one track that are heard in the span."""
    found = []
    for begins, ends in sound_runs(usable.track.path, LONGEST_HOLE_SECONDS):
        first = max(begins, span.starts_at - usable.track.starts_at)
        last = min(ends, span.ends_at - usable.track.starts_at)
        if last > first:
            found.append(
                Clip(usable.track.path, first, last, usable.track.starts_at + first - span.starts_at)
            )
    return found


def _input(clip: Clip) -> list[str]:
    """Open a second early: sound decoders need a run-up; the graph trims to the sample."""
    early = max(0.0, clip.begins - 1)
    return (
        ffmpeg.source(clip.path, "-seek_timestamp", "1", "-ss", f"{early:.3f}")
        if early
        else ffmpeg.source(clip.path)
    )


def _graph(clips: Sequence[Clip], samples: int) -> str:
    chains = [f"anullsrc=r={RATE}:cl=stereo,atrim=end_sample={samples}[silence]"]
    chains += [_placed(number, clip) for number, clip in enumerate(clips)]
    names = "[silence]" + "".join(f"[s{number}]" for number in range(len(clips)))
    mix = f"amix=inputs={len(clips) + 1}:normalize=0:duration=first,alimiter=limit=0.95:level=0"
    chains.append(f"{names}{mix},apad=whole_len={samples},atrim=end_sample={samples},asetpts=N[out]")
    return ";".join(chains)


def _placed(number: int, clip: Clip) -> str:
    """Cut, put on a clock that starts with the clip, stretched where the sender's clock drifted, delayed."""
    delay = max(0, round(clip.delay * RATE))
    return (
        f"[{number}:a:0]atrim=start={clip.begins:.6f}:end={clip.ends:.6f},asetpts=PTS-({clip.begins:.6f})/TB,"
        f"aresample={RATE}:async=1000:min_hard_comp=0.04:first_pts=0,"
        f"aformat=sample_fmts=fltp:channel_layouts=stereo,adelay={delay}S:all=1[s{number}]"
    )
