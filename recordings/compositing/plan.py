"""What is composed, who sits first, and which stretch of the lesson is made in which piece. Pure arithmetic."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal

from recordings.clock import Span, Timeline
from recordings.probe import Probe
from whiteboard.board import Edit
from whiteboard.drawing.raster import Pictures, no_pictures

Kind = Literal["room", "camera", "screen", "microphone"]
WIDTH, HEIGHT = 1280, 720
SEATS = 4
PIECE_SECONDS = 30
# Pieces of older versions are never taken for those of this one.
VERSION = 7
FOREVER = 10.0**6
_TEACHERS = ("teacher", "co_teacher")
LONGEST_STROKE_MS = 60_000
_NOT_DRAWING = frozenset({"page.added", "page.turned", "rights.changed"})


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int


EVERYTHING = Box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Track:
    """One file. `starts_at` is the epoch second of its timestamp 0; `person` is "" for a room.

    `duration_seconds` counts from timestamp 0 and may be 0 when nobody knows, FOREVER while it grows;
    `first_seconds` is the first timestamp of a room's film, before which there is nothing.
    """

    path: Path
    kind: Kind
    person: str
    name: str
    role: str
    starts_at: float
    duration_seconds: float
    first_seconds: float = 0.0

    @property
    def span(self) -> Span:
        """From its first picture or sound to its last, in epoch seconds."""
        return Span(self.starts_at + self.first_seconds, self.starts_at + self.duration_seconds)


Look = Literal["beside", "board", "speaker", "screen"]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a quiz had come to when everybody was shown it; shown while `span` runs. Counts, never names."""

    span: Span
    question: str
    bars: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class TitleCard:
    """Over everything until that epoch second: the largest line, then smaller ones."""

    until: float
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Emblem:
    """A school's logo, as a PNG; `mark` stands for it wherever things are named after what they are made of."""

    mark: str
    picture: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Composition:
    """`edits` in order of seq; `font` is a TrueType file for the names; `pictures` those that lie on the board.

    `shares`: when a screen was shared in a room's film, which has no track of its own. `excluded`: persons who
    are neither seen nor heard; of a film of the whole room nobody can be taken out.
    """

    timeline: Timeline
    tracks: Sequence[Track]
    edits: Sequence[Edit]
    fps: int = 15
    font: Path | None = None
    pictures: Pictures = no_pictures
    look: Look = "beside"
    names: bool = False
    excluded: frozenset[str] = frozenset()
    shares: Sequence[Span] = ()
    charts: Sequence[Chart] = ()
    title_card: TitleCard | None = None
    emblem: Emblem | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """`left_out`: the damaged files and why (probe's reason codes, or `damaged`). `loudness` in LUFS, as it was.
    `failed_chip`: the encoder that failed this time, so that x264 made it all."""

    path: Path
    duration_seconds: float
    left_out: list[tuple[Path, str]]
    loudness: float | None
    failed_chip: str = ""


class NothingUsable(Exception):
    """Not one track can be shown or heard; `codes` says why, track by track."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = list(codes)


@dataclass(frozen=True, slots=True)
class Usable:
    """A track whose file was looked into."""

    track: Track
    probe: Probe

    @property
    def shows(self) -> Span:
        """When it runs, in epoch seconds; a still screen sends no frames but goes on."""
        ends = max(self.probe.end_seconds, self.track.duration_seconds)
        return Span(self.track.starts_at + self.probe.start_seconds, self.track.starts_at + ends)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one span on the frame grid of the whole video: `span` is wall-clock time."""

    number: int
    frames: int
    span: Span


def pieces(timeline: Timeline, fps: int, cuts: Iterable[float] = ()) -> list[Piece]:
    """Every frame of the video once, in stretches of at most half a minute that never cross a cut.

    `cuts`: epoch seconds at which the layout changes. What is added at the end of the timeline leaves all
    pieces but the last one as they are: so a lesson can be composed while it goes on.
    """
    found: list[Piece] = []
    within = sorted(cuts)
    for span, begins, ends in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        first, last = round(begins * fps), round(ends * fps)
        marks = {
            round((begins + at - span.starts_at) * fps) for at in within if span.starts_at < at < span.ends_at
        }
        for start, end in pairwise(
            sorted({first, *marks, last} | set(range(first, last, PIECE_SECONDS * fps)))
        ):
            at = span.starts_at + start / fps - begins
            found.append(Piece(len(found), end - start, Span(at, at + (end - start) / fps)))
    return found


def drawn_from(edits: Iterable[Edit]) -> float | None:
    """The epoch second from which on there is something to see on the board; None when there never is."""
    return next((_began_ms(edit) / 1000 for edit in edits if _is_drawing(edit)), None)


def _is_drawing(edit: Edit) -> bool:
    """More than opening and turning pages; a page with a slide on it is."""
    return edit.type not in _NOT_DRAWING or bool(edit.data.get("background"))


def _began_ms(edit: Edit) -> float:
    lasted = float(edit.data.get("duration_ms") or 0) if edit.type == "item.added" else 0.0
    return edit.at - min(max(0.0, lasted), LONGEST_STROKE_MS)


def is_drawn_on(edits: Iterable[Edit]) -> bool:
    """Whether the board was used for more than opening and turning pages."""
    return drawn_from(edits) is not None


def marks_of_edits(edits: Sequence[Edit], moments: Sequence[float]) -> list[str]:
    """For each moment (epoch seconds, ascending) a fingerprint of all edits that show by then.

    A stroke shows from its first point on, and comes to the log with its last.
    """
    chain, found, place = hashlib.sha256(), [], 0
    shown = sorted(edits, key=_began_ms)
    for moment in moments:
        while place < len(shown) and _began_ms(shown[place]) <= moment * 1000:
            one = shown[place]
            chain.update(repr((one.seq, one.type, one.ref, one.at, one.data)).encode(errors="replace"))
            place += 1
        found.append(chain.hexdigest()[:16])
    return found


def seating(tracks: Iterable[Track]) -> list[tuple[str, str]]:
    """(person, name) from the top down: a teacher first, then by first microphone, then by camera."""
    people: dict[str, Track] = {}
    for track in sorted(tracks, key=_precedence):
        if track.kind in ("camera", "microphone"):
            people.setdefault(track.person, track)
    rows = sorted(people.values(), key=lambda track: track.role not in _TEACHERS)
    return [(track.person, track.name) for track in [*rows[:1], *_others(rows[1:])]][:SEATS]


def stay_of(person: str, tracks: Iterable[Usable]) -> Span:
    """From the first track of a person to the end of the last; nobody is in the picture before they came."""
    shown = [one.shows for one in tracks if one.track.person == person]
    return Span(min(one.starts_at for one in shown), max(one.ends_at for one in shown))


def _precedence(track: Track) -> tuple[bool, bool, float]:
    """Within the teachers one with a camera counts first; else who was heard first."""
    is_teacher = track.role in _TEACHERS
    first_kind = "camera" if is_teacher else "microphone"
    return not is_teacher, track.kind != first_kind, track.starts_at


def _others(tracks: Sequence[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: (track.kind != "microphone", track.starts_at))


def fingerprint(*parts: object) -> str:
    """A short name for what an intermediate file was made of."""
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()[:16]
