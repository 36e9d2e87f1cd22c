"""What there is to compose: the tracks looked into, and a job for each piece of the picture."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings.compositing.encoders import X264, ChipFailed, encoder_for
from recordings.compositing.layouts import cuts_of, layout_of
from recordings.compositing.loudness import loudness_of
from recordings.compositing.pictures import Scene, is_our_fault, make_film
from recordings.compositing.plan import (
    Composition,
    NothingUsable,
    Track,
    Usable,
    is_drawn_on,
    marks_of_edits,
    pieces,
)
from recordings.compositing.sound import measure
from recordings.compositing.steps import Progress, check_length, make_once, plays
from recordings.ffmpeg import FfmpegFailed
from recordings.probe import Unusable, probe

LeftOut = list[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece to be made; idempotent, and the same file whoever makes it."""

    scene: Scene
    heard: tuple[Usable, ...]
    work: Path

    @property
    def seconds(self) -> float:
        return self.scene.piece.frames / self.scene.composition.fps

    @property
    def film(self) -> Path:
        return self.work / f"piece-{self.scene.fingerprint}.mp4"

    @property
    def told(self) -> Path:
        return self.film.with_suffix(".json")

    @property
    def is_done(self) -> bool:
        return self.told.exists() and plays(self.film)

    @property
    def damaged(self) -> list[str]:
        """The files that were left out of it."""
        return list(json.loads(self.told.read_text())["damaged"])

    @property
    def lufs(self) -> float:
        return float(json.loads(self.told.read_text())["lufs"])

    def make(self, progress: Progress) -> None:
        """Raises ChipFailed where a chip is to be blamed, perhaps: x264 will show."""
        damaged: list[Path] = []

        def film(part: Path) -> None:
            damaged.extend(make_film(self.scene, part, self.work, progress))
            check_length(part, frames=self.scene.piece.frames)

        try:
            make_once(self.film, film)
        except FfmpegFailed as error:
            if self.scene.encoder == X264 or is_our_fault(error):
                raise
            raise ChipFailed(self.scene.encoder.name, error) from error
        lufs = measure(self.heard, self.scene.piece.span, self.work)
        told = {"lufs": lufs, "damaged": [str(path) for path in damaged]}

        def tell(part: Path) -> None:
            part.write_text(json.dumps(told))

        make_once(self.told, tell)


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do. A later plan of the same lesson has the same jobs, but for its end and for what changed."""

    composition: Composition
    usable: list[Usable]
    left_out: LeftOut
    jobs: list[Job]
    work: Path

    @property
    def heard(self) -> list[Usable]:
        return heard_of(self.usable, self.composition)

    @property
    def loudness(self) -> float | None:
        """In LUFS, of all pieces that are made."""
        return loudness_of((job.lufs, job.seconds) for job in self.jobs if job.told.exists())


def lay_plan(composition: Composition, work: Path) -> Plan:
    """Raises NothingUsable, ValueError for an empty timeline."""
    if composition.timeline.duration <= 0:
        raise ValueError("a timeline without spans makes no video")
    work.mkdir(parents=True, exist_ok=True)
    usable, left_out = _look_into(composition.tracks)
    if not usable and (left_out or not is_drawn_on(composition.edits)):
        raise NothingUsable([code for _, code in left_out])
    return Plan(composition, usable, left_out, _jobs(composition, usable, work), work)


def _jobs(composition: Composition, usable: Sequence[Usable], work: Path) -> list[Job]:
    todo = pieces(composition.timeline, composition.fps, cuts_of(composition, usable))
    marks = marks_of_edits(composition.edits, [piece.span.ends_at for piece in todo])
    heard, chip = heard_of(usable, composition), encoder_for(work)
    seen = [one for one in usable if one.probe.video and one.track.person not in composition.excluded]
    jobs = []
    for piece, mark in zip(todo, marks, strict=True):
        layout = layout_of(composition, usable, piece)
        here = [one for one in seen if _overlaps(one, piece.span.starts_at, piece.span.ends_at)]
        shown = [(one, box) for one in here if (box := layout.box_of(one))]
        ordered = tuple(sorted(shown, key=lambda pair: pair[0].track.starts_at))
        scene = Scene(composition, piece, layout, ordered, mark, chip)
        jobs.append(Job(scene, tuple(heard), work))
    return jobs


def _overlaps(usable: Usable, starts_at: float, ends_at: float) -> bool:
    return usable.shows.starts_at < ends_at and usable.shows.ends_at > starts_at


def heard_of(usable: Iterable[Usable], composition: Composition) -> list[Usable]:
    return [
        one
        for one in usable
        if one.probe.audio
        and one.track.kind in ("room", "microphone")
        and one.track.person not in composition.excluded
    ]


def _look_into(tracks: Sequence[Track]) -> tuple[list[Usable], LeftOut]:
    usable: list[Usable] = []
    left_out: LeftOut = []
    for track in tracks:
        try:
            usable.append(_usable(track))
        except Unusable as unusable:
            left_out.append((track.path, unusable.reason_code))
        except OSError:
            left_out.append((track.path, "not_a_video"))
    return usable, left_out


def _usable(track: Track) -> Usable:
    found = probe(track.path)
    wanted = {"room": found.video or found.audio, "microphone": found.audio}.get(track.kind, found.video)
    if not wanted:
        raise Unusable("no_picture_or_sound")
    return Usable(track, found)
