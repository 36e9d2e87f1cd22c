"""Where the bytes of a stream go: to programs that read them, and into the file that is the recording.

Whoever takes bytes must never hold up the sender: a program that does not keep up is dropped, a disk that is full
costs the recording bytes and nobody else anything.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from common.services.process import dying_with_us

log = logging.getLogger(__name__)

PACKET = 188
# About ten seconds of a good picture: whoever is further behind will not come back.
MOST_WAITING = 6 * 1024 * 1024
TAIL_LINES = 20


class Outlet(Protocol):
    def put(self, chunk: bytes) -> None:
        """Whole TS packets. Never blocks, never raises."""


class Program:
    """A child with our bytes on its stdin. Started from the main thread only: the kernel ends it with its starter."""

    def __init__(self, command: Sequence[str], *, first_line: str = "") -> None:
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            preexec_fn=dying_with_us(signal.SIGKILL),
        )
        self.is_behind = False
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._waiting: deque[bytes] = deque()
        self._held = 0
        self._change = threading.Condition()
        self._closing = False
        if first_line:
            self.put(first_line.encode() + b"\n")
        for work in (self._write, self._listen):
            threading.Thread(target=work, daemon=True).start()

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def put(self, chunk: bytes) -> None:
        with self._change:
            if self._held + len(chunk) > MOST_WAITING:
                self.is_behind = True
                return
            self._waiting.append(chunk)
            self._held += len(chunk)
            self._change.notify()

    def finish(self) -> None:
        """No more bytes; it may do what it has to do at the end."""
        with self._change:
            self._closing = True
            self._change.notify()

    def end(self, seconds: float = 0.0) -> None:
        """Finished within so many seconds, or killed."""
        self.finish()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        if self.is_running:
            self.process.kill()
        self.process.wait()

    def _write(self) -> None:
        into = self.process.stdin
        assert into is not None  # noqa: S101  opened as a pipe
        with suppress(OSError, ValueError):
            while (chunk := self._take()) is not None:
                into.write(chunk)
                into.flush()
        with suppress(OSError, ValueError):
            into.close()

    def _take(self) -> bytes | None:
        with self._change:
            while not self._waiting and not self._closing:
                self._change.wait()
            if not self._waiting:
                return None
            chunk = self._waiting.popleft()
            self._held -= len(chunk)
            return chunk

    def _listen(self) -> None:
        assert self.process.stderr is not None  # noqa: S101  opened as a pipe
        for line in self.process.stderr:
            self.tail.append(line.decode(errors="replace").rstrip())


class Reel:
    """The recording: one file a take, in the folder of a recorder's session, as a Jibri would have left it."""

    def __init__(self, folder: Path, call: str) -> None:
        self.folder, self._call = folder, call
        self.lost = 0
        self._path: Path | None = None

    def begin(self) -> None:
        """Another file: what came before it and what comes now do not join up. Local time, as Jibri has it."""
        self._path = self.folder / f"{self._call}_{time.strftime('%Y-%m-%d-%H-%M-%S')}.ts"

    def put(self, chunk: bytes) -> None:
        if self._path is None:
            self.begin()
        assert self._path is not None  # noqa: S101  just begun
        try:
            # Opened anew each time: a folder that was away, or a disk that was full, may be back.
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(chunk)
        except OSError as error:
            if not self.lost:
                log.error("The recording loses bytes: %s", error)
            self.lost += len(chunk)

    def finish(self) -> None:
        """The marker of a recorder that is done."""
        with suppress(OSError):
            if self.folder.is_dir():
                (self.folder / "finalized").touch()
