"""`make bench-recording`: how long a lesson takes to become a video (MINUTES=1: so much of it instead of ten minutes).

Makes a lesson as a Jibri films it and a teacher draws it, and measures in the same run: ffmpeg that transcodes the
film alone at the same preset and as many pictures a second, which is the limit; our whole composite, with as many as
the film has and with as many as the usual layout takes; a lesson fed while it is composed, where only its last pieces
are left after the end; all that comes after them, step by step, of a whole hour; and what weighs who watches it: the
light pack, and the page without its media. The last line is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("SECRET_KEY", "for measuring only " * 4)
os.environ.setdefault("DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")

from recordings import ffmpeg
from recordings.chapters import Chapter
from recordings.clock import Span, Timeline
from recordings.compositing import Composition, Track, compose, finish, lay_plan
from recordings.compositing.encoders import encoder
from recordings.compositing.workshop import at_once, hands
from recordings.probe import Unusable, probe
from scripts.bench_recording.hour import HOUR, after_the_end, film_of_an_hour
from scripts.bench_recording.lesson import START, board, film
from scripts.bench_recording.watched import watch
from whiteboard.board import Edit

MINUTES = int(sys.argv[sys.argv.index("--minutes") + 1]) if "--minutes" in sys.argv else 10
SECONDS = 60 * MINUTES
# Of the film, and of the layouts in which a camera is small.
FILM_FPS, USUAL_FPS = 30, 15
# The lesson runs so many times faster than a real one.
PACE = 3
# As in recordings/live.py, which needs a database.
SAFETY_SECONDS, LOOK_SECONDS = 15.0, 25.0
LIMITS = {
    "ratio": 1.25,
    "after_end_60_min": 30.0,
    "light_pack_mb_an_hour": 15.0,
    "replay_first_load_bytes": 60_000,
}


def timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def transcode(source: Path, out: Path, fps: int) -> None:
    encode = [
        "-r",
        str(fps),
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "23",
        "-c:a",
        "aac",
        "-b:a",
        "128k",
    ]
    ffmpeg.run([*ffmpeg.source(source), *encode, "-y", str(out)], expected_seconds=SECONDS)


def composition(source: Path, until: float, edits: list[Edit], fps: int = USUAL_FPS) -> Composition:
    seen = [edit for edit in edits if edit.at <= (START + until) * 1000]
    begins = probe(source).start_seconds
    room = Track(source, "room", "", "", "", START - begins, until + begins)
    return Composition(Timeline([Span(START, START + until)]), [room], seen, fps=fps)


def whole(source: Path, folder: Path, edits: list[Edit], fps: int) -> Path:
    """From nothing to a file with chapters, as the pipeline makes it."""
    folder.mkdir(exist_ok=True)
    made, out = folder / "composite.mp4", folder / "video.mp4"
    compose(composition(source, SECONDS, edits, fps), made, work=folder / "spans")
    finish(made, [Chapter(0, SECONDS, "Page 1")], out, title="Bench")
    return out


def during(source: Path, folder: Path, edits: list[Edit]) -> tuple[float, int]:
    """Feed it and compose meanwhile: how long the pieces took that were left at the end, and how many they were."""
    folder.mkdir(exist_ok=True)
    growing, work = folder / "growing.ts", folder / "spans"
    feed = [ffmpeg.executable(), "-v", "error", "-nostdin", "-readrate", str(PACE), "-i", str(source)]
    child = subprocess.Popen([*feed, "-c", "copy", "-flush_packets", "1", "-f", "mpegts", str(growing)])
    while child.poll() is None:
        time.sleep(0.5)
        fed = _fed(growing) - SAFETY_SECONDS
        if fed > 0:
            at_once(lay_plan(composition(growing, fed, edits), work).jobs[:-1], lambda _: None)
    begun = time.monotonic()
    jobs = lay_plan(composition(growing, SECONDS, edits), work).jobs
    left = sum(not job.is_done for job in jobs)
    at_once(jobs, lambda _: None)
    return time.monotonic() - begun, left


def _fed(path: Path) -> float:
    try:
        return probe(path).duration_seconds if path.exists() else 0.0
    except Unusable:
        return 0.0


def hour(source: Path, folder: Path, short: Path, edits: list[Edit]) -> tuple[dict[str, float], float]:
    """Of a lesson of an hour whose pieces are made: what is left, step by step, and the sound made before the end."""
    folder.mkdir()
    film_ = film_of_an_hour(source, SECONDS, folder / "hour.ts")
    made = lay_plan(composition(source, SECONDS, edits), short).jobs
    drawn = board(HOUR)
    known = composition(film_, HOUR - SAFETY_SECONDS - LOOK_SECONDS, drawn)
    return after_the_end(made, composition(film_, HOUR, drawn), known, folder, drawn)


def side_by_side(source: Path, root: Path, edits: list[Edit], fps: int) -> dict[str, float]:
    """Ours and ffmpeg alone, with equally many pictures a second; seconds, and megabytes."""
    alone, folder = root / f"limit-{fps}.mp4", root / f"whole-{fps}"
    limit = timed(lambda: transcode(source, alone, fps))
    ours = timed(lambda: whole(source, folder, edits, fps))
    video = folder / "video.mp4"
    is_whole = abs(probe(video).duration_seconds - SECONDS) < 1
    return {
        "fps": fps,
        "limit_seconds": round(limit, 2),
        "composite_seconds": round(ours, 2),
        "ratio": round(ours / limit, 3),
        "is_whole": is_whole,
        "limit_mb_an_hour": round(alone.stat().st_size / 1e6 * HOUR / SECONDS, 1),
        "composite_mb_an_hour": round(video.stat().st_size / 1e6 * HOUR / SECONDS, 1),
    }


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bench-recording-") as name:
        root = Path(name)
        source, edits = film(root / "source.ts", SECONDS, root), list(board(SECONDS))
        rates = [side_by_side(source, root, edits, fps) for fps in (FILM_FPS, USUAL_FPS)]
        usual = root / f"whole-{USUAL_FPS}"
        tail, left = during(source, root / "live", edits)
        steps, meanwhile = hour(source, root / "hour", usual / "spans", edits)
        is_whole_hour = abs(probe(root / "hour" / "video.mp4").duration_seconds - HOUR) < 1
        seen = watch(usual / "video.mp4", SECONDS, root / "watched")
    result: dict[str, Any] = {
        "seconds": SECONDS,
        "hands": hands(),
        "encoder": encoder().name,
        "ratio": max(rate["ratio"] for rate in rates),
        "rates": rates,
        "tail_seconds": round(tail, 2),
        "tail_pieces": left,
        "sound_during_the_hour": meanwhile,
        "steps_of_an_hour": steps,
        "after_end_60_min": round(tail + sum(steps.values()), 1),
        **seen,
    }
    missed = [name for name, most in LIMITS.items() if result[name] > most]
    met = not missed and is_whole_hour and all(rate["is_whole"] for rate in rates)
    show(result, steps)
    sys.stdout.write(json.dumps({**result, "limits": LIMITS, "missed": missed, "met": met}) + "\n")
    return 0 if met else 1


def _rows_of(rate: dict[str, Any]) -> list[tuple[str, str]]:
    fps, mb = rate["fps"], (rate["limit_mb_an_hour"], rate["composite_mb_an_hour"])
    return [
        (f"limit: the film alone, transcoded to {fps} a second", f"{rate['limit_seconds']} s"),
        (
            f"our composite at {fps} a second, all of it afterwards",
            f"{rate['composite_seconds']} s, {rate['ratio']} of that limit",
        ),
        (f"megabytes an hour at {fps} a second", f"{mb[0]} alone, {mb[1]} ours"),
    ]


def show(result: dict[str, Any], steps: dict[str, float]) -> None:
    rows = [
        (
            "the lesson",
            f"{result['seconds']} s of 720p30, {result['hands']} pieces at once, {result['encoder']}",
        ),
        *(row for rate in result["rates"] for row in _rows_of(rate)),
        ("an hour’s sound, made while it goes on", f"{result['sound_during_the_hour']} s"),
        (
            f"after the end: last pieces, fed at {PACE} times the pace",
            f"{result['tail_seconds']} s ({result['tail_pieces']} pieces)",
        ),
        *((f"after the end of an hour: {name}", f"{seconds} s") for name, seconds in steps.items()),
        ("an hour is ready after its end", f"{result['after_end_60_min']} s"),
        ("light pack of an hour", f"{result['light_pack_mb_an_hour']} MB"),
        ("page of the replay, first time, without media", f"{result['replay_first_load_bytes']} bytes"),
    ]
    for name, value in rows:
        sys.stdout.write(f"{name:<56}{value}\n")


if __name__ == "__main__":
    sys.exit(main())
