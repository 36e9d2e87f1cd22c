"""Chapters: what began when, plus arithmetic. Pure: no Django, no clock, no socket."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from recordings.clock import Timeline

SHORTEST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Moment:
    """At that epoch second something began that people look for later; `key` names it for good."""

    at: float
    title: str
    kind: str = "page"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Seconds on the video's clock."""

    starts_seconds: float
    ends_seconds: float
    title: str
    kind: str = "page"
    key: str = ""


Start = tuple[float, Moment]


def chapters(moments: Sequence[Moment], timeline: Timeline, first_title: str) -> list[Chapter]:
    """Gapless from 0 to the end; what began before the start names the first.

    A chapter shorter than two seconds becomes part of the next one; the last one, which has no
    next, of the one before.
    """
    if timeline.duration <= 0:
        return []
    starts: list[Start] = [(0.0, Moment(0.0, first_title, key="start"))]
    for moment in sorted(moments, key=lambda moment: moment.at):
        starts = _began(starts, timeline.offset_of(moment.at), moment)
    if len(starts) > 1 and timeline.duration - starts[-1][0] < SHORTEST_SECONDS:
        starts.pop()
    ends = [at for at, _ in starts[1:]] + [timeline.duration]
    return [
        Chapter(at, end, moment.title, moment.kind, moment.key)
        for (at, moment), end in zip(starts, ends, strict=True)
    ]


def _began(starts: list[Start], at: float, moment: Moment) -> list[Start]:
    last_at, last = starts[-1]
    if at - last_at < SHORTEST_SECONDS:
        return [*starts[:-1], (last_at, moment)]
    return starts if (moment.kind, moment.title) == (last.kind, last.title) else [*starts, (at, moment)]


def to_ffmetadata(chapters: Sequence[Chapter]) -> str:
    """FFMETADATA1 with milliseconds; `= ; # \\` and line ends are escaped as ffmpeg wants them."""
    blocks = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={round(chapter.starts_seconds * 1000)}\n"
        f"END={round(chapter.ends_seconds * 1000)}\ntitle={escape_ffmetadata(chapter.title)}\n"
        for chapter in chapters
    ]
    return ";FFMETADATA1\n" + "".join(blocks)


def escape_ffmetadata(value: str) -> str:
    """One escaped line. A backslash at its end would swallow the line end even when escaped, so a space follows."""
    escaped = re.sub(r"([=;#\\])", r"\\\1", _one_line(value))
    return f"{escaped} " if escaped.endswith("\\") else escaped


def to_webvtt(chapters: Sequence[Chapter]) -> str:
    """A chapters track; titles cannot end their cue, open a tag or forge a timing line."""
    cues = [
        f"\n{clock_of(chapter.starts_seconds)} --> {clock_of(chapter.ends_seconds)}\n{_cue_text(chapter.title)}\n"
        for chapter in chapters
    ]
    return "WEBVTT\n" + "".join(cues)


def _cue_text(title: str) -> str:
    text = _one_line(title) or "–"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clock_of(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
