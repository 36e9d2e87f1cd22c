"""The simulated servers as real processes, moved on and made to fail by hand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from classroom.jitsi.simulated.server import HAND
from common.services.urls import free_port
from common.tls import trusted

ROOT = Path(__file__).resolve().parents[3]


@dataclass(slots=True)
class Machine:
    """One of them. `tell` is the hand of whoever runs the test."""

    url: str
    process: subprocess.Popen[str]

    def tell(self, **what: Any) -> None:
        httpx.post(self.url + HAND, json=what, timeout=5, verify=trusted()).raise_for_status()

    def put(self, path: str, said: Any) -> None:
        httpx.put(f"{self.url}{HAND}/{path}", json=said, timeout=5).raise_for_status()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running(program: str, *options: str) -> Iterator[Machine]:
    """`program` is a module of classroom/jitsi/simulated."""
    port = str(free_port())
    command = [sys.executable, "-m", f"classroom.jitsi.simulated.{program}", "--port", port, *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()  # said once it listens
        assert url, f"the simulated {program} did not start"
        yield Machine(url, process)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
