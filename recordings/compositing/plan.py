"""Who sits where, and which stretch of the lesson is made in which piece. Pure arithmetic."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recordings.clock import Span, Timeline
from recordings.probe import Probe
from whiteboard.board import Edit
from whiteboard.drawing.raster import Pictures, no_pictures

Kind = Literal["room", "camera", "screen", "microphone"]
WIDTH, HEIGHT = 1280, 720
SEATS = 4
PIECE_SECONDS = 300
_TEACHERS = ("teacher", "co_teacher")
_NOT_DRAWING = frozenset({"page.added", "page.turned", "rights.changed"})


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int


EVERYTHING = Box(0, 0, WIDTH, HEIGHT)
BOARD = Box(0, 0, 960, 720)
SCREEN = Box(0, 0, 960, 540)
SMALL_BOARD = Box(0, 540, 240, 180)


@dataclass(frozen=True, slots=True)
class Track:
    """One file. `starts_at` is the epoch second of its timestamp 0; `person` is "" for a room.

    `duration_seconds` counts from timestamp 0 and may be 0 when nobody knows.
    """

    path: Path
    kind: Kind
    person: str
    name: str
    role: str
    starts_at: float
    duration_seconds: float


@dataclass(frozen=True, slots=True)
class Composition:
    """`edits` in order of seq; `font` is a TrueType file for the names; `pictures` those that lie on the board."""

    timeline: Timeline
    tracks: Sequence[Track]
    edits: Sequence[Edit]
    fps: int = 15
    font: Path | None = None
    pictures: Pictures = no_pictures


@dataclass(frozen=True, slots=True)
class Composed:
    """`left_out`: the damaged files and why (probe's reason codes, or `damaged`)."""

    path: Path
    duration_seconds: float
    left_out: list[tuple[Path, str]]


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


def pieces(timeline: Timeline, fps: int) -> list[Piece]:
    """Every frame of the video once, in stretches of at most five minutes that never cross a cut."""
    found: list[Piece] = []
    for span, begins, ends in zip(timeline.spans, timeline.offsets, timeline.offsets[1:], strict=False):
        last = round(ends * fps)
        for first in range(round(begins * fps), last, PIECE_SECONDS * fps):
            frames = min(PIECE_SECONDS * fps, last - first)
            at = span.starts_at + first / fps - begins
            found.append(Piece(len(found), frames, Span(at, at + frames / fps)))
    return found


def seat(number: int) -> Box:
    return Box(960, 180 * number, 320, 180)


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


def is_drawn_on(edits: Sequence[Edit]) -> bool:
    """Whether the board was used for more than opening and turning pages."""
    return any(edit.type not in _NOT_DRAWING for edit in edits)


def fingerprint(*parts: object) -> str:
    """A short name for what an intermediate file was made of."""
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()[:16]
