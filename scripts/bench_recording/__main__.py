"""`make bench-recording`: how long a lesson takes to become a video (QUICK=1: two minutes of it instead of ten).

Makes a lesson as a Jibri films it and a teacher draws it, and measures in the same run: ffmpeg that transcodes the
film alone at the same preset, which is the limit; our whole composite; a lesson fed while it is composed, where only
its last pieces are left after the end; and all that comes after them, step by step, of a whole hour. The last line is JSON.
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
from whiteboard.board import Edit

QUICK = "--quick" in sys.argv
SECONDS = 120 if QUICK else 600
# The lesson runs so many times faster than a real one.
PACE = 3
# As in recordings/live.py, which needs a database.
SAFETY_SECONDS, LOOK_SECONDS = 15.0, 25.0
LIMITS = {"ratio": 1.25, "after_end_60_min": 30.0}


def timed(act: Callable[[], object]) -> float:
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def transcode(source: Path, out: Path) -> None:
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "128k"]
    ffmpeg.run([*ffmpeg.source(source), *encode, "-y", str(out)], expected_seconds=SECONDS)


def composition(source: Path, until: float, edits: list[Edit]) -> Composition:
    seen = [edit for edit in edits if edit.at <= (START + until) * 1000]
    begins = probe(source).start_seconds
    room = Track(source, "room", "", "", "", START - begins, until + begins)
    return Composition(Timeline([Span(START, START + until)]), [room], seen)


def whole(source: Path, folder: Path, edits: list[Edit]) -> Path:
    """From nothing to a file with chapters, as the pipeline makes it."""
    folder.mkdir(exist_ok=True)
    made, out = folder / "composite.mp4", folder / "video.mp4"
    compose(composition(source, SECONDS, edits), made, work=folder / "spans")
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


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bench-recording-") as name:
        root = Path(name)
        source, edits = film(root / "source.ts", SECONDS, root), list(board(SECONDS))
        limit = timed(lambda: transcode(source, root / "limit.mp4"))
        ours = timed(lambda: whole(source, root / "whole", edits))
        tail, left = during(source, root / "live", edits)
        sizes = {"source": source, "limit": root / "limit.mp4", "ours": root / "whole" / "video.mp4"}
        megabytes = {word: path.stat().st_size / 1e6 for word, path in sizes.items()}
        lasts = probe(sizes["ours"]).duration_seconds
        steps, meanwhile = hour(source, root / "hour", root / "whole" / "spans", edits)
        lasts_an_hour = probe(root / "hour" / "video.mp4").duration_seconds
    after = tail + sum(steps.values())
    ratio = round(ours / limit, 3)
    result: dict[str, object] = {
        "seconds": SECONDS,
        "hands": hands(),
        "encoder": encoder().name,
        "limit_seconds": round(limit, 2),
        "composite_seconds": round(ours, 2),
        "ratio": ratio,
        "tail_seconds": round(tail, 2),
        "tail_pieces": left,
        "sound_during_the_hour": meanwhile,
        "steps_of_an_hour": steps,
        "after_end_60_min": round(after, 1),
        "mb_an_hour": {word: round(size * HOUR / SECONDS, 1) for word, size in megabytes.items()},
    }
    are_whole = abs(lasts - SECONDS) < 1 and abs(lasts_an_hour - HOUR) < 1
    met = ratio <= LIMITS["ratio"] and after <= LIMITS["after_end_60_min"] and are_whole
    show(result, steps)
    sys.stdout.write(json.dumps({**result, "limits": LIMITS, "met": met}) + "\n")
    return 0 if met else 1


def show(result: dict[str, object], steps: dict[str, float]) -> None:
    rows = [
        (
            "the lesson",
            f"{result['seconds']} s of 720p30, {result['hands']} pieces at once, {result['encoder']}",
        ),
        ("limit: the film alone, transcoded", f"{result['limit_seconds']} s"),
        (
            "our composite, all of it afterwards",
            f"{result['composite_seconds']} s, {result['ratio']} of the limit",
        ),
        ("an hour’s sound, made while it goes on", f"{result['sound_during_the_hour']} s"),
        (
            f"after the end: last pieces, fed at {PACE} times the pace",
            f"{result['tail_seconds']} s ({result['tail_pieces']} pieces)",
        ),
        *((f"after the end of an hour: {name}", f"{seconds} s") for name, seconds in steps.items()),
        ("an hour is ready after its end", f"{result['after_end_60_min']} s"),
        ("megabytes an hour", f"{result['mb_an_hour']}"),
    ]
    for name, value in rows:
        sys.stdout.write(f"{name:<56}{value}\n")


if __name__ == "__main__":
    sys.exit(main())
