"""Work in steps that survive a crash: a finished file is never made again, half a file is never seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from recordings.ffmpeg import FfmpegFailed
from recordings.probe import Unusable, last_picture, length_of, probe

Progress = Callable[[float], None]
# The last packet of a sound, and a picture of a slow film.
SLACK_SECONDS = 0.25
# Of a person's picture: it stands still so long at most, and nobody's film is damaged for that.
TILE_SLACK_SECONDS = 1.0


def make_once(target: Path, make: Callable[[Path], None]) -> Path:
    """`make` writes beside, then it is renamed; skipped when `target` is there and can be played."""
    if plays(target):
        return target
    part = target.with_name(f".part-{uuid.uuid4().hex}{target.suffix}")
    try:
        make(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def write_anew(out: Path, make: Callable[[Path], None]) -> None:
    """Always anew, but never half: what `out` names is complete or not there."""
    part = out.with_name(f".part-{uuid.uuid4().hex}{out.suffix}")
    try:
        make(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def check_length(path: Path, *, frames: int = 0, sound_seconds: float = 0.0, seconds: float = 0.0) -> None:
    """FfmpegFailed("truncated") for less than that: ffmpeg may be content with a part, and a part can be played.

    Before the file gets its name: what is published lets the originals go in the end. Reads the whole file.
    """
    try:
        found = length_of(path)
    except Unusable as unusable:
        raise FfmpegFailed("truncated", f"{path.name}: {unusable.reason_code}") from unusable
    short = [found.sound_seconds < sound_seconds - SLACK_SECONDS, found.seconds < seconds - SLACK_SECONDS]
    if found.frames < frames or any(short):
        wanted = f"{frames} frames, {sound_seconds:.3f} s of sound, {seconds:.3f} s"
        raise FfmpegFailed("truncated", f"{path.name}: {found} instead of {wanted}")


def check_reach(part: Path, source: Path, begins: float, ends: float) -> None:
    """FfmpegFailed("truncated") when a part of a film ends well before what can be shown of the film; both have the
    film's timestamps. Only of one that ends before the film's packets do the film is decoded, to see why."""
    reached = _last(part, 0, ends) or 0.0
    if (wanted := _reach(source, begins, ends, decoded=False)) is None or reached >= wanted:
        return
    if (shown := _reach(source, begins, ends, decoded=True)) is not None and reached < shown:
        raise FfmpegFailed("truncated", f"{part.name}: reaches {reached:.3f} instead of {shown:.3f} s")


def _reach(source: Path, begins: float, ends: float, *, decoded: bool) -> float | None:
    """None where no picture lies between: one from before goes on, as of a screen that stands still."""
    last = _last(source, begins, ends, decoded=decoded)
    return None if last is None or last < begins else last - TILE_SLACK_SECONDS


def _last(film: Path, begins: float, ends: float, *, decoded: bool = False) -> float | None:
    """A film that cannot be opened shows nothing."""
    try:
        return last_picture(film, begins, ends, decoded=decoded)
    except Unusable:
        return None


def plays(path: Path) -> bool:
    """Whether it is there and whole; a file that was looked into is not looked into again."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    return _plays(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _plays(path: Path, size: int, changed_ns: int) -> bool:
    if path.suffix not in {".mp4", ".mkv"}:
        return size > 0
    try:
        probe(path)
    except (Unusable, OSError):
        return False
    return True


def share_of(progress: Progress | None, begins: float, ends: float) -> Progress:
    """A part of the whole: its 0–1 becomes `begins`–`ends`."""

    def tell(done: float) -> None:
        if progress:
            progress(begins + (ends - begins) * done)

    return tell
