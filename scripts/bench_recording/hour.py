"""What is left after the end of a whole hour, step by step, as the pipeline does it.

The hour is the short film again and again, and its pieces of picture are those that the short one was made of: no
step after the end looks into them. All else is done, not reckoned.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from common.storage import FolderStorage
from common.storage.contract import sha256_of
from recordings import ffmpeg
from recordings.chapters import Chapter
from recordings.compositing import Composition, Job, Plan, compose, finish, lay_plan, poster, sound_ahead
from recordings.probe import probe
from whiteboard.board import Edit

HOUR = 3600


class Watch:
    """Seconds of each step, in order."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.steps[name] = round(time.monotonic() - begun, 2)


def film_of_an_hour(source: Path, seconds: int, path: Path) -> Path:
    again = ["-stream_loop", str(math.ceil(HOUR / seconds) - 1), "-i", str(source), "-t", str(HOUR)]
    ffmpeg.run(["-y", *again, "-c", "copy", str(path)], expected_seconds=HOUR)
    return path


def lend(made: Sequence[Job], wanted: Sequence[Job]) -> None:
    """A piece of the short film for each of the long one, as long as it if there is one."""
    usual = max(made, key=lambda job: job.seconds)
    for number, job in enumerate(wanted):
        like = [one for one in made if one.scene.piece.frames == job.scene.piece.frames] or [usual]
        lent = like[number % len(like)]
        os.link(lent.film, job.film)
        os.link(lent.told, job.told)


def sound_meanwhile(until: Plan) -> float:
    """What was made of the sound when the lesson ended; seconds of work."""
    begun = time.monotonic()
    sound_ahead(replace(until, jobs=until.jobs[:-1]), lambda _: None)
    return round(time.monotonic() - begun, 1)


def after_the_end(
    short: Sequence[Job], whole: Composition, known: Composition, folder: Path, edits: Sequence[Edit]
) -> tuple[dict[str, float], float]:
    """Each step with its seconds; and how long the sound took that was made before. `known`: up to the last look."""
    work, composite, video = folder / "spans", folder / "composite.mp4", folder / "video.mp4"
    lend(short, lay_plan(whole, work).jobs)
    meanwhile = sound_meanwhile(lay_plan(known, work))
    pages = [edit.at / 1000 for edit in edits if edit.type == "page.turned"]
    begins = [0.0, *(at - whole.timeline.spans[0].starts_at for at in pages)]
    chapters = [
        Chapter(one, other, f"Page {number}")
        for number, (one, other) in enumerate(zip(begins, [*begins[1:], float(HOUR)], strict=True), 1)
    ]
    watch = Watch()
    with watch.step("look into the files"):
        for _ in range(4):  # to find the tracks and their damage, for the state and again for the video
            probe(whole.tracks[0].path)
    with watch.step("sound and joining"):
        compose(whole, composite, work=work)
    with watch.step("chapters inside"):
        finish(composite, chapters, video, title="Bench")
    with watch.step("poster"):
        poster(video, folder / "poster.jpg", HOUR - 60)
    with watch.step("hash"):
        digest = sha256_of(video)
    with watch.step("store"):
        store = FolderStorage(folder / "store", base_url="/media/", signer=str)
        store.put("school/lesson.mp4", video, content_type="video/mp4")
        held = store.head("school/lesson.mp4")
    if held is None or held.sha256 != digest:
        raise RuntimeError("the store holds something else")
    return watch.steps, meanwhile
