"""All pieces and all sound into one file: pictures by copy, sound levelled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from recordings import ffmpeg
from recordings.compositing.jobs import LeftOut, Plan
from recordings.compositing.pictures import is_our_fault
from recordings.compositing.plan import Composition, Usable, fingerprint
from recordings.compositing.sound import (
    RATE,
    Stretch,
    can_be_heard,
    clips_of,
    inputs_of,
    make_sound,
)
from recordings.compositing.soundtrack import (
    AAC,
    PRIMING_SECONDS,
    BrokenSound,
    blocks_of,
    level,
    sound_graph,
)
from recordings.compositing.steps import Progress, check_length, make_once, share_of, write_anew
from recordings.compositing.workshop import at_once

_MOST_CLIPS = 8


def join(plan: Plan, left_out: LeftOut, out: Path, gain: float, progress: Progress) -> None:
    """A room's sound in blocks. That of several people from their whole files, whose clocks drift: in one pass
    while they are few and all can be decoded."""
    try:
        if all(one.track.kind == "room" for one in plan.heard):
            return _join_blocks(plan, out, gain, progress)
        sounds = list(_stretches(plan))
        if sum(len(clips) for clips, _ in sounds) <= _MOST_CLIPS:
            return _join_at_once(plan, sounds, out, gain, progress)
    except (ffmpeg.FfmpegFailed, BrokenSound) as error:
        if is_our_fault(error):
            raise
    mixed = _sounds(plan, left_out, share_of(progress, 0, 0.5))
    return _join_mixed(plan, mixed, out, gain, share_of(progress, 0.5, 1))


def _join_blocks(plan: Plan, out: Path, gain: float, progress: Progress) -> None:
    """What was made during the lesson is taken; the rest is made now, by all hands."""
    blocks = blocks_of(plan.heard, plan.composition.timeline, plan.work, gain)
    at_once(blocks, share_of(progress, 0, 0.8))
    files = [file for block in blocks if (file := block.file)]

    def write(part: Path) -> None:
        with part.open("wb") as sound:
            for file in files:
                with file.open("rb") as block:
                    shutil.copyfileobj(block, sound, 1 << 20)

    sound = make_once(plan.work / f"sound-{fingerprint(files)}.aac", write)
    # A packet before the first sample, as every AAC encoder writes: players leave it out.
    heard = ["-itsoffset", f"{-PRIMING_SECONDS:.6f}", "-f", "aac", "-i", str(sound)]
    maps = ["-map", "1:v", "-map", "0:a", "-c", "copy"]
    _write(plan, [*heard, *_films(plan), *maps], out, share_of(progress, 0.8, 1))


def _stretches(plan: Plan) -> Iterator[Stretch]:
    """For each span what is heard in it, and how many samples it has."""
    timeline = plan.composition.timeline
    for span, begins, ends in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        clips = [clip for usable in plan.heard for clip in clips_of(usable, span)]
        yield clips, round(ends * RATE) - round(begins * RATE)


def _join_at_once(plan: Plan, sounds: Sequence[Stretch], out: Path, gain: float, progress: Progress) -> None:
    clips = [clip for found, _ in sounds for clip in found]
    inputs = ["-copyts", *inputs_of(clips), *_films(plan)]
    _join(plan, inputs, sound_graph(sounds, gain), len(clips), out, progress)


def _sounds(plan: Plan, left_out: LeftOut, progress: Progress) -> list[Path]:
    """From the whole sources at once: no joins in the sound."""
    heard = plan.heard
    try:
        return _mixes(plan.composition, heard, plan.work, progress)
    except ffmpeg.FfmpegFailed as error:
        fine = [] if is_our_fault(error) else [one for one in heard if can_be_heard(one)]
        if is_our_fault(error) or len(fine) == len(heard):
            raise
    left_out += [(one.track.path, "damaged") for one in heard if one not in fine]
    return _mixes(plan.composition, fine, plan.work, progress)


def _mixes(composition: Composition, heard: Sequence[Usable], work: Path, progress: Progress) -> list[Path]:
    """One sound file per span, each exactly as long as its span in samples."""
    timeline = composition.timeline
    sounds = []
    for span, begins, ends in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        samples = round(ends * RATE) - round(begins * RATE)
        share = share_of(progress, begins / timeline.duration, ends / timeline.duration)
        sounds.append(make_sound(heard, span, samples, work, share))
    return sounds


def _join_mixed(plan: Plan, sounds: Sequence[Path], out: Path, gain: float, progress: Progress) -> None:
    inputs = [argument for sound in sounds for argument in ("-i", str(sound))]
    heard = "".join(f"[{number}:a]" for number in range(len(sounds)))
    graph = f"{heard}concat=n={len(sounds)}:v=0:a=1,{level(gain)}[sound]"
    _join(plan, [*inputs, *_films(plan)], graph, len(sounds), out, progress)


def _films(plan: Plan) -> list[str]:
    lines = [f"file '{job.film.name}'\nduration {job.seconds:.6f}\n" for job in plan.jobs]
    listing = plan.work / f"films-{fingerprint(lines)}.txt"
    listing.write_text("".join(lines))
    return ["-f", "concat", "-i", str(listing)]


def _join(plan: Plan, inputs: Sequence[str], graph: str, films: int, out: Path, progress: Progress) -> None:
    """Sound brought to the target, limited and encoded once over all cuts."""
    maps = ["-filter_complex", graph, "-map", f"{films}:v", "-map", "[sound]", "-c:v", "copy"]
    _write(plan, [*inputs, *maps, *AAC], out, progress)


def _write(plan: Plan, arguments: Sequence[str], out: Path, progress: Progress) -> None:
    """Not yet playable from the first byte: `finish` writes it once more anyway."""
    args = [*arguments, "-video_track_timescale", "90000", "-f", "mp4"]
    seconds = plan.composition.timeline.duration
    frames = sum(job.scene.piece.frames for job in plan.jobs)

    def write(part: Path) -> None:
        ffmpeg.run([*args, str(part)], progress=progress, expected_seconds=seconds)
        check_length(part, frames=frames, sound_seconds=seconds)

    write_anew(out, write)
