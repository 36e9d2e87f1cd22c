"""Work in steps that survive a crash: a finished file is never made again, half a file is never seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from recordings.probe import Unusable, probe

Progress = Callable[[float], None]


def make_once(target: Path, make: Callable[[Path], None]) -> Path:
    """`make` writes beside, then it is renamed; skipped when `target` is there and can be played."""
    if target.exists() and _plays(target):
        return target
    part = target.with_name(f".part-{uuid.uuid4().hex}{target.suffix}")
    try:
        make(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _plays(path: Path) -> bool:
    if path.suffix not in {".mp4", ".mkv"}:
        return path.stat().st_size > 0
    try:
        probe(path)
    except Unusable:
        return False
    return True


def share_of(progress: Progress | None, begins: float, ends: float) -> Progress:
    """A part of the whole: its 0–1 becomes `begins`–`ends`."""

    def tell(done: float) -> None:
        if progress:
            progress(begins + (ends - begins) * done)

    return tell
