"""One parent, a few children: if one dies, all end; if we are told to stop, all end."""

from __future__ import annotations

import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from common.services.process import Child, Probe, handling, spawn, stop_all, wait_ready


class Supervisor:
    """Starts children, watches them and the `watched` ones, which someone else starts and ends."""

    def __init__(
        self,
        log_dir: Path,
        *,
        watched: Iterable[Child] = (),
        out: TextIO | None = None,
        grace_seconds: float = 1.8,
    ) -> None:
        self.log_dir = log_dir
        self.watched = tuple(watched)
        self.children: list[Child] = []
        self.out = out
        self.grace_seconds = grace_seconds
        self._told_to_stop = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        ready: Probe | None = None,
        ready_seconds: float = 30,
    ) -> Child:
        """Output goes to `<log_dir>/<name>.log`. Without readiness in time all end and `ChildError` says why."""
        child = spawn(name, command, log=self.log_dir / f"{name}.log", env=env, cwd=cwd)
        self.children.append(child)
        try:
            if ready:
                wait_ready(child, ready, ready_seconds)
        except BaseException:
            self.stop()
            raise
        return child

    def run(self) -> int:
        """Block until a child dies (1) or a signal asks us to stop (0); then end all children."""
        with handling({signal.SIGINT, signal.SIGTERM, signal.SIGHUP}, self._on_signal):
            try:
                return self._watch()
            finally:
                self.stop()

    def stop(self) -> None:
        """In reverse order of start; what does not end within the grace is killed with its group."""
        stop_all(self.children, self.grace_seconds)
        self.children.clear()

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._told_to_stop = True

    def _watch(self) -> int:
        while not self._told_to_stop:
            for child in (*self.watched, *self.children):
                if child.exit_code is not None:
                    self._say(child.obituary())
                    return 1
            time.sleep(0.1)
        return 0

    def _say(self, text: str) -> None:
        print(text, file=self.out or sys.stderr, flush=True)


def http_ok(url: str) -> Probe:
    """A probe: does `url` answer with 200?"""

    def probe() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return probe
