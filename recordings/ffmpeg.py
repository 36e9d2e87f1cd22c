"""The only module that runs ffmpeg.

The child cannot outlive us, cannot read anything but the files it is given, and is killed when
it makes no progress: an untrusted file may hang a decoder as well as crash it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg
from django.conf import settings

FORMATS = "mov,matroska,webm,mpegts"
PROTOCOLS = "file,pipe"
MAX_PIXELS = 7680 * 4320
UNTRUSTED = ("-format_whitelist", FORMATS, "-protocol_whitelist", PROTOCOLS, "-max_pixels", str(MAX_PIXELS))
_PR_SET_PDEATHSIG = 1
NICE = 5
# ffmpeg ends with 255 when it was asked to; SIGKILL comes from whoever shuts down or has no memory left.
STOPPED = (255, -signal.SIGTERM, -signal.SIGINT, -signal.SIGKILL)
NO_ROOM = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT))


class FfmpegFailed(Exception):
    """ffmpeg ended badly: `reason` is `failed`, `stalled` or `truncated` (content with a part); or one that says nothing about the file: `missing`,
    `stopped` by somebody who ends processes, `disk_full`. `tail_of_stderr`: its last lines."""

    def __init__(self, reason: str, tail_of_stderr: str) -> None:
        super().__init__(f"{reason}: {tail_of_stderr[-500:]}")
        self.reason = reason
        self.tail_of_stderr = tail_of_stderr


@cache
def executable() -> str:
    """ffmpeg on PATH, else the one that came with a wheel; FfmpegFailed("missing") without either."""
    found = shutil.which("ffmpeg")
    try:
        return found or str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise FfmpegFailed("missing", str(error)) from error


def source(path: Path, *options: str) -> list[str]:
    """The arguments that open somebody else's file; `options` go before its `-i`."""
    return [*UNTRUSTED, *options, "-i", f"file:{path.absolute()}"]


def run(
    args: Sequence[str],
    *,
    progress: Callable[[float], None] | None = None,
    expected_seconds: float,
    stall_seconds: float | None = None,
    folder: Path | None = None,
) -> None:
    """Run to the end; `progress` hears the fraction done (0–1) about twice a second.

    `expected_seconds` is the length of the output, `stall_seconds` FFMPEG_STALL_SECONDS unless said. Raises FfmpegFailed; whatever happens, also
    an exception from `progress` or a signal's handler, the child is gone when this returns. `folder` is
    where it works: what a filter writes has a name there and no path.
    """
    command = [
        executable(),
        "-nostdin",
        "-hide_banner",
        "-v",
        "error",
        "-nostats",
        "-progress",
        "pipe:1",
        *args,
    ]
    with _child(command, folder) as (child, last_words):
        patience = settings.FFMPEG_STALL_SECONDS if stall_seconds is None else stall_seconds
        stalled = _watch(_pipe(child.stdout), progress, expected_seconds, patience)
        if stalled:
            raise FfmpegFailed("stalled", last_words())
        if (code := child.wait()) != 0:
            raise _failure(code, last_words())


def _failure(code: int, last_words: str) -> FfmpegFailed:
    if code in STOPPED:
        return FfmpegFailed("stopped", last_words)
    return FfmpegFailed("disk_full" if any(word in last_words for word in NO_ROOM) else "failed", last_words)


@contextmanager
def _child(
    command: list[str], folder: Path | None
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]:
    """A running child, and what it complained about last, which ends it; killed on the way out."""
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=die_with(os.getpid()),
        cwd=folder,
    )
    out, complaints = _pipe(child.stdout), _pipe(child.stderr)
    tail: deque[bytes] = deque(maxlen=40)
    listener = threading.Thread(target=_keep_tail, args=(complaints, tail), daemon=True)
    listener.start()

    def end() -> str:
        if child.poll() is None:
            child.kill()
        child.wait()
        listener.join(5)  # it is gone, and what it said last may still be on its way
        return _text(tail)

    try:
        yield child, end
    finally:
        end()
        out.close()


def die_with(parent: int) -> Callable[[], None] | None:
    """What makes a Linux child die with us; nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def before_exec() -> None:
        # A class that is being taught on the same machine comes first.
        os.nice(NICE)
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died between fork and prctl; then no signal will ever come.
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def _watch(
    out: IO[bytes], progress: Callable[[float], None] | None, expected_seconds: float, stall_seconds: float
) -> bool:
    """Follow the child's progress until it closes its output; True when it stood still too long."""
    seen: dict[str, str] = {}
    moved_at = time.monotonic()
    pending = b""
    while True:
        if select.select([out], [], [], min(1.0, stall_seconds / 4))[0]:
            chunk = os.read(out.fileno(), 65536)
            if not chunk:
                return False
            *lines, pending = (pending + chunk).split(b"\n")
            if _note(lines, seen):
                moved_at = time.monotonic()
                _tell(progress, seen, expected_seconds)
        if time.monotonic() - moved_at > stall_seconds:
            return True


def _note(lines: list[bytes], seen: dict[str, str]) -> bool:
    """Remember the counters; True when one of them moved."""
    moved = False
    for line in lines:
        name, _, value = line.decode(errors="replace").partition("=")
        if name in {"frame", "total_size", "out_time_us", "progress"} and seen.get(name) != value:
            seen[name] = value
            moved = True
    return moved


def _tell(progress: Callable[[float], None] | None, seen: dict[str, str], expected_seconds: float) -> None:
    done = seen.get("out_time_us", "")
    if progress and done.lstrip("-").isdigit():
        progress(min(1.0, max(0.0, int(done) / 1e6 / max(expected_seconds, 0.001))))


def _keep_tail(stream: IO[bytes], tail: deque[bytes]) -> None:
    with stream:
        for line in iter(lambda: stream.readline(4096), b""):
            tail.append(line)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Popen's type cannot say that a requested pipe is there."""
    if stream is None:
        raise FfmpegFailed("failed", "no pipe")
    return stream


def _text(tail: deque[bytes]) -> str:
    return b"".join(tail).decode(errors="replace")[-4000:]
