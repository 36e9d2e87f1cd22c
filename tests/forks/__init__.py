"""Processes of the product that begin with everything read: forked by a process of ours that has nothing else to do.

Nearly all that a process of the product computes before its first answer is the reading of libraries and of what is ours,
and a whole run starts many. So one reads them, with settings that nobody has (`reading.py`), and forks each from itself, which
takes its own settings from its own environment. Whatever else starts Darasa, `make run` and `test_demo.py` among them,
starts it from nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """As much of `subprocess.Popen` as the tests need; `told` says how it ended."""

    def __init__(self, pid: int, told: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told = told
        self._reading = Lock()

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """As in `subprocess`, -9 after SIGKILL."""
        with self._reading:
            if self.returncode is None:
                self._read(timeout)
            assert self.returncode is not None
            return self.returncode

    def _read(self, timeout: float | None) -> None:
        if not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(f"the process {self.pid}", timeout or 0)
        end = _line(self._told)
        self._told.close()
        self.returncode = int(end["code"])
        Nursery.spent += end["cpu"]

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Nursery:
    """It ends with the process that began it; those it forked go on, as if they were that one's own."""

    # Seconds of a processor, by those who have ended.
    spent = 0.0

    def __init__(self) -> None:
        self._asking = Lock()
        self._ours, its = socket.socketpair()
        with its:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.forks.server", str(its.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
            )

    def fork(self, words: Sequence[str], *, environment: Mapping[str, str], log: int) -> Forked:
        """`words` follow Python's name: `-m`, a module and its arguments, or a file of ours and its arguments. `log` is an
        open file, for all that it says. It leads a session of its own."""
        told, its = socket.socketpair()
        with its, self._asking:
            wish = json.dumps({"words": list(words), "environment": dict(environment)}) + "\n"
            sent = socket.send_fds(self._ours, [wish.encode()], [log, its.fileno()])
            self._ours.sendall(wish.encode()[sent:])
            return Forked(int(_line(told)["pid"]), told)


@cache
def nursery() -> Nursery:
    """Of this process."""
    return Nursery()


def _line(come: socket.socket) -> dict[str, Any]:
    """Each is read before the next one is sent."""
    line = b""
    while not line.endswith(b"\n"):
        more = come.recv(4096)
        if not more:
            raise RuntimeError("who forks the processes of the tests has ended")
        line += more
    read: dict[str, Any] = json.loads(line)
    return read
