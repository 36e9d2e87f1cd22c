"""Each figure of `make bench-recording`, one after the other on a machine that does nothing else."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from recordings import ffmpeg
from recordings.chapters import Chapter
from recordings.clock import Span, Timeline
from recordings.compositing import Composition, Track, compose, finish, lay_plan
from recordings.compositing.encoders import encoder
from recordings.compositing.workshop import hands
from recordings.live import LOOK_SECONDS, SAFETY_SECONDS
from recordings.probe import probe
from scripts import bench_hls
from scripts.bench_recording.hour import HOUR, after_the_end, film_of_an_hour
from scripts.bench_recording.lesson import START, board, film
from scripts.bench_recording.live import Backlog, compose_meanwhile
from scripts.bench_recording.watched import watch
from whiteboard.board import Edit

# Of the film, and of the layouts in which a camera is small.
FILM_FPS, USUAL_FPS = 30, 15
ALONE = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "128k")


@dataclass(frozen=True, slots=True)
class Lesson:
    source: Path
    seconds: int
    edits: Sequence[Edit]


def measure(root: Path, seconds: int) -> dict[str, Any]:
    lesson = Lesson(film(root / "source.ts", seconds, root), seconds, board(seconds))
    rates = [side_by_side(lesson, root, fps) for fps in (FILM_FPS, USUAL_FPS)]
    usual = root / f"whole-{USUAL_FPS}"
    backlog = during(lesson, root / "live")
    steps, meanwhile = hour(lesson, root / "hour", usual / "spans")
    is_whole_hour = abs(probe(root / "hour" / "video.mp4").duration_seconds - HOUR) < 1
    forget_services()
    weights = watch(usual / "video.mp4", seconds, root / "watched")
    stream = bench_hls.measure()
    return {
        "seconds": seconds,
        "hands": hands(),
        "encoder": encoder().name,
        "ratio": max(rate["ratio"] for rate in rates),
        "rates": rates,
        "backlog": asdict(backlog),
        "sound_during_the_hour": meanwhile,
        "steps_of_an_hour": steps,
        "after_end_60_min": round(backlog.seconds + sum(steps.values()), 1),
        "not_whole": sum(not rate["is_whole"] for rate in rates) + (not is_whole_hour),
        **weights,
        "glass_to_player_s": stream["glass_to_player_p95_s"],
        "viewers_dropped": stream["viewers_dropped"],
        "hls": stream,
    }


def side_by_side(lesson: Lesson, root: Path, fps: int) -> dict[str, Any]:
    """Ours and ffmpeg alone, with equally many pictures a second; seconds, and megabytes."""
    alone, folder = root / f"limit-{fps}.mp4", root / f"whole-{fps}"
    limit = timed(lambda: transcode(lesson, alone, fps))
    ours = timed(lambda: whole(lesson, folder, fps))
    video, share = folder / "video.mp4", HOUR / lesson.seconds / 1e6
    return {
        "fps": fps,
        "limit_seconds": round(limit, 2),
        "composite_seconds": round(ours, 2),
        "ratio": round(ours / limit, 3),
        "is_whole": abs(probe(video).duration_seconds - lesson.seconds) < 1,
        "limit_mb_an_hour": round(alone.stat().st_size * share, 1),
        "composite_mb_an_hour": round(video.stat().st_size * share, 1),
    }


def timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def transcode(lesson: Lesson, out: Path, fps: int) -> None:
    args = [*ffmpeg.source(lesson.source), "-r", str(fps), *ALONE, "-y", str(out)]
    ffmpeg.run(args, expected_seconds=lesson.seconds)


def composition(source: Path, until: float, edits: Sequence[Edit], fps: int = USUAL_FPS) -> Composition:
    seen = [edit for edit in edits if edit.at <= (START + until) * 1000]
    begins = probe(source).start_seconds
    room = Track(source, "room", "", "", "", START - begins, until + begins)
    return Composition(Timeline([Span(START, START + until)]), [room], seen, fps=fps)


def whole(lesson: Lesson, folder: Path, fps: int) -> Path:
    """From nothing to a file with chapters, as the pipeline makes it."""
    folder.mkdir(exist_ok=True)
    made, out = folder / "composite.mp4", folder / "video.mp4"
    composed = composition(lesson.source, lesson.seconds, lesson.edits, fps)
    compose(composed, made, work=folder / "spans")
    finish(made, [Chapter(0, lesson.seconds, "Page 1")], out, title="Bench")
    return out


def during(lesson: Lesson, folder: Path) -> Backlog:
    def composed(growing: Path, until: float) -> Composition:
        return composition(growing, until, lesson.edits)

    return compose_meanwhile(lesson.source, folder, composed, lesson.seconds)


def hour(lesson: Lesson, folder: Path, short: Path) -> tuple[dict[str, float], float]:
    """Of a lesson of an hour whose pieces are made: what is left, step by step, and the sound made before the end."""
    folder.mkdir()
    film_ = film_of_an_hour(lesson.source, lesson.seconds, folder / "hour.ts")
    made = lay_plan(composition(lesson.source, lesson.seconds, lesson.edits), short).jobs
    drawn = board(HOUR)
    known = composition(film_, HOUR - SAFETY_SECONDS - LOOK_SECONDS, drawn)
    return after_the_end(made, composition(film_, HOUR, drawn), known, folder, drawn)


def forget_services() -> None:
    """What follows starts its own, and must not take ours for given."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
