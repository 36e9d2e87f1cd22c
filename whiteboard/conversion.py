"""The rasteriser as seen from outside: started with nothing but limits, listened to, and killed when it dawdles."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.refusals import Refused

PROGRAM = Path(__file__).with_name("rasteriser.py")
BEAT_SECONDS = 2.0
LONGEST_LINE = 1000
CODES = frozenset({"encrypted", "unreadable", "too_many_pages", "too_many_pixels", "too_complex"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: `page_seconds` between two pages, `seconds` for all of it."""

    pages: int = 300
    pixels: int = 40_000_000
    page_seconds: float = 30
    seconds: float = 600
    memory_bytes: int = 1 << 30
    file_bytes: int = 32 << 20

    def as_json(self) -> str:
        known = {"pages": self.pages, "pixels": self.pixels, "memory_bytes": self.memory_bytes}
        return json.dumps({**known, "file_bytes": self.file_bytes, "cpu_seconds": max(1, int(self.seconds))})


@dataclass(frozen=True, slots=True)
class Made:
    """One page, as a file; the first of `pages`."""

    number: int
    pages: int
    path: Path
    width: int
    height: int


def convert(
    kind: str, source: Path, folder: Path, limits: Limits, beat: Callable[[], None]
) -> Iterator[Made]:
    """The pages one after the other; Refused with a code of docs/wire.md. `beat` every two seconds may end it."""
    with _running(kind, source, folder, limits) as process:
        pages = made = 0
        for line in _lines(process, limits, beat):
            if "error" in line:
                raise Refused(line["error"] if line["error"] in CODES else "unreadable")
            if "pages" in line:
                pages = int(line["pages"])
                continue
            made += 1
            yield Made(made, pages, folder / f"{made:04d}.webp", int(line["width"]), int(line["height"]))
        if not pages or made != pages:
            raise Refused("too_complex")  # it ran out of memory or of time, or fell over


@contextmanager
def _running(kind: str, source: Path, folder: Path, limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-I", str(PROGRAM), kind, str(source), str(folder), limits.as_json()]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={"PATH": os.defpath},  # no word of ours: neither the database nor the secrets
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _lines(
    process: subprocess.Popen[bytes], limits: Limits, beat: Callable[[], None]
) -> Iterator[dict[str, str | int]]:
    """What it says, until it ends; Refused("too_slow") when it says nothing for too long."""
    assert process.stdout  # noqa: S101  it was started with a pipe
    ends, rest = time.monotonic() + limits.seconds, b""
    page_ends = time.monotonic() + limits.page_seconds
    while True:
        now = time.monotonic()
        if now > min(ends, page_ends):
            raise Refused("too_slow")
        ready, _, _ = select.select(
            [process.stdout], [], [], min(BEAT_SECONDS, min(ends, page_ends) - now + 0.01)
        )
        if not ready:
            beat()
            continue
        piece = os.read(process.stdout.fileno(), 65_536)
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            with contextlib.suppress(ValueError):
                yield dict(json.loads(line[:LONGEST_LINE]))
            page_ends = time.monotonic() + limits.page_seconds
        if not piece or len(rest) > LONGEST_LINE:
            return
