"""From tracks to a finished file: look into them, make pieces and sound, join, mux."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from recordings import ffmpeg
from recordings.chapters import Chapter, escape_ffmetadata, to_ffmetadata
from recordings.compositing.encoders import ChipFailed, forbid_chips
from recordings.compositing.jobs import Job, Plan, lay_plan
from recordings.compositing.joining import join
from recordings.compositing.loudness import gain_for
from recordings.compositing.plan import Composed, Composition
from recordings.compositing.soundtrack import blocks_of
from recordings.compositing.steps import Progress, check_length, share_of, write_anew
from recordings.compositing.workshop import at_once
from recordings.probe import length_of, probe

Workshop = Callable[[Sequence[Job], Progress], None]


def compose(
    composition: Composition,
    out: Path,
    *,
    work: Path,
    progress: Progress | None = None,
    workshop: Workshop = at_once,
) -> Composed:
    """Write 1280 x 720 H.264 and AAC, `timeline.duration` long; `work` keeps finished steps for a retry.

    `workshop` sees to it that all jobs are done. Raises NothingUsable, ffmpeg.FfmpegFailed, ValueError for an
    empty timeline.
    """
    plan, failed_chip = _make_pieces(composition, work, share_of(progress, 0, 0.85), workshop)
    damaged = dict.fromkeys(name for job in plan.jobs for name in job.damaged)
    left_out = [*plan.left_out, *((Path(name), "damaged") for name in damaged)]
    loudness, joining = plan.loudness, share_of(progress, 0.85, 1)
    join(plan, left_out, out, gain_for(loudness), joining)
    joining(1.0)
    return Composed(out, probe(out).duration_seconds, left_out, loudness, failed_chip)


def _make_pieces(
    composition: Composition, work: Path, progress: Progress, workshop: Workshop
) -> tuple[Plan, str]:
    """All of them, and the name of the chip that failed on the way, if one did."""
    plan = lay_plan(composition, work)
    try:
        workshop(plan.jobs, progress)
    except ChipFailed as failed:
        forbid_chips(work, failed)
        plan = lay_plan(composition, work)
        workshop(plan.jobs, progress)
        return plan, failed.name
    return plan, ""


def finish(video: Path, chapters: Sequence[Chapter], out: Path, *, title: str = "") -> None:
    """The same pictures and sounds with chapters and a title, playable from the first byte."""
    about = out.with_name(f".part-{uuid.uuid4().hex}.txt")
    head, _, blocks = to_ffmetadata(chapters).partition("\n")
    about.write_text(
        f"{head}\ntitle={escape_ffmetadata(title)}\n{blocks}", encoding="utf-8", errors="replace"
    )
    whole = length_of(video)
    args = [*ffmpeg.source(video), "-f", "ffmetadata", "-i", str(about), "-map", "0:v?", "-map", "0:a?"]
    copy = ["-map_metadata", "1", "-map_chapters", "1", "-c", "copy", "-movflags", "+faststart", "-f", "mp4"]

    def write(part: Path) -> None:
        ffmpeg.run([*args, *copy, str(part)], expected_seconds=whole.seconds)
        check_length(part, frames=whole.frames, sound_seconds=whole.sound_seconds)

    try:
        write_anew(out, write)
    finally:
        about.unlink(missing_ok=True)


def poster(video: Path, out: Path, at_seconds: float) -> None:
    """A JPEG at most 1280 wide; a moment after the end means the last second."""
    at = max(0.0, min(at_seconds, probe(video).duration_seconds - 1))
    args = [*ffmpeg.source(video, "-ss", f"{at:.3f}"), "-map", "0:v:0", "-vf", "scale='min(1280,iw)':-2"]
    still = ["-frames:v", "1", "-update", "1", "-q:v", "4", "-f", "image2", "-c:v", "mjpeg"]
    still += ["-pix_fmt", "yuvj420p"]
    write_anew(out, lambda part: ffmpeg.run([*args, *still, str(part)], expected_seconds=1))


def sound_ahead(plan: Plan, progress: Progress) -> None:
    """What is certain of a room's sound, levelled by all that was heard so far. Raises what ffmpeg raises."""
    loudness = plan.loudness
    if loudness is not None and all(one.track.kind == "room" for one in plan.heard):
        timeline, gain = plan.composition.timeline, gain_for(loudness)
        at_once(blocks_of(plan.heard, timeline, plan.work, gain, ahead=True), progress)
