"""A lesson that is filmed at its own pace and composed meanwhile, as recordings/live.py does it: what is left at its end."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from recordings import ffmpeg
from recordings.compositing import Composition, Plan, lay_plan, sound_ahead
from recordings.compositing.workshop import at_once
from recordings.live import LOOK_SECONDS, SAFETY_SECONDS
from recordings.probe import Unusable, probe

# How often the bell rings.
RING_SECONDS = float(str(settings.CELERY_BEAT_SCHEDULE["compose-live"]["schedule"]))
# Of a film that grows, up to that second.
Compose = Callable[[Path, float], Composition]


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was left when the film ended: so many pieces with so many seconds of film, made `seconds` after that."""

    pieces: int
    film_seconds: float
    seconds: float
    looks: int


class Feed:
    """Writes a film into a file as a recorder does, one second a second; a thread notes when it is whole."""

    def __init__(self, source: Path, into: Path) -> None:
        read = [ffmpeg.executable(), "-v", "error", "-nostdin", "-readrate", "1", "-i", str(source)]
        self.film = into
        self.begun_at = time.time()
        self.ended_at: float | None = None
        self._child = subprocess.Popen(
            [*read, "-c", "copy", "-flush_packets", "1", "-f", "mpegts", str(into)]
        )
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()

    def _wait(self) -> None:
        if self._child.wait() == 0:
            self.ended_at = time.time()

    def is_running_after(self, seconds: float) -> bool:
        """Waits so long, or until it is whole."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def certain_seconds(self) -> float:
        """As `settled_plan` has it: what lies in the file, and was filmed a while ago."""
        return min(self._written(), time.time() - self.begun_at - SAFETY_SECONDS)

    def _written(self) -> float:
        try:
            return probe(self.film).duration_seconds if self.film.exists() else 0.0
        except Unusable:
            return 0.0

    def stop(self) -> None:
        self._child.kill()
        self._thread.join()


def compose_meanwhile(source: Path, folder: Path, compose: Compose, seconds: float) -> Backlog:
    """One worker that looks as often as in real life and makes piece after piece. Whatever it is at when the film ends
    it finishes first; then all hands make the rest, and all of that counts."""
    folder.mkdir(exist_ok=True)
    work, looks, looked_at = folder / "spans", 0, time.time()
    feed = Feed(source, folder / "growing.ts")
    try:
        while feed.is_running_after(RING_SECONDS):
            until = feed.certain_seconds()
            if until > 0 and time.time() - looked_at > LOOK_SECONDS:
                plan = lay_plan(compose(feed.film, until), work)
                begun_at = time.time()
                if _make(replace(plan, jobs=plan.jobs[:-1])):
                    looks, looked_at = looks + 1, begun_at
    finally:
        feed.stop()
    if feed.ended_at is None:
        raise RuntimeError("the film was not written to its end")
    jobs = lay_plan(compose(feed.film, seconds), work).jobs
    at_once(jobs, _nobody)
    made_at = time.time()
    late = [job for job in jobs if job.told.stat().st_mtime > feed.ended_at]
    film_seconds = round(sum(job.seconds for job in late), 1)
    return Backlog(len(late), film_seconds, round(made_at - feed.ended_at, 2), looks)


def _make(plan: Plan) -> bool:
    """Piece after piece; whether there was anything to make."""
    todo = [job for job in plan.jobs if not job.is_done]
    for job in todo:
        job.make(_nobody)
    if todo:
        sound_ahead(plan, _nobody)
    return bool(todo)


def _nobody(_: float) -> None:
    """Hears of the progress."""
