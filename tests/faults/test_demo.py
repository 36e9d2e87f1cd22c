"""`manage.py demo`, the whole of it: one child's death or one Ctrl-C ends everything and leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.services import http_ok
from common.services.urls import free_port
from tests.faults.programs import all_pids, environment, eventually, is_alive
from tests.processes import PYTHON, ROOT

pytestmark = [pytest.mark.timeout(300), pytest.mark.fault]


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Both tests use the same folder: the second start has its database already."""
    folder = tempfile.mkdtemp(prefix="demo-")
    Path(folder).chmod(0o755)
    yield Path(folder)
    shutil.rmtree(folder)


class Demo:
    """A running demo; `everybody` is its whole tree."""

    def __init__(self, var: Path) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [PYTHON, "manage.py", "demo"],
            cwd=ROOT,
            env={**environment(), "DARASA_VAR": str(var), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def is_ready(self) -> bool:
        return self.process.poll() is not None or http_ok(f"http://127.0.0.1:{self.port}/readyz")()

    def everybody(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            found += [child for child in all_pids() if parent_of(child) == pid]
        return found

    def named(self, words: str) -> int:
        return next(pid for pid in self.everybody() if words in command_of(pid))

    def said(self, seconds: float) -> str:
        return self.process.communicate(timeout=seconds)[0]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture
def demo(var: Path) -> Iterator[Demo]:
    running = Demo(var)
    assert eventually(running.is_ready, 90)
    if running.process.poll() is not None:
        raise AssertionError(running.said(1))
    recorders = running.named("record_rooms")
    assert eventually(lambda: any(parent_of(pid) == recorders for pid in all_pids()), 20)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return door.connect_ex(("127.0.0.1", port)) != 0


def leaves_nothing(demo: Demo, everybody: list[int]) -> None:
    assert eventually(lambda: not any(is_alive(pid) for pid in everybody)), [
        command_of(pid) for pid in everybody if is_alive(pid)
    ]
    assert is_free(demo.port)


def test_kill_9_of_one_child_ends_the_demo_and_names_it(demo: Demo) -> None:
    everybody = demo.everybody()
    assert len(everybody) >= 9, "servers, beat, two workers, web, recorders and their spare"
    os.kill(demo.named("-n media@"), signal.SIGKILL)
    assert "media was killed by SIGKILL" in demo.said(15)
    assert demo.process.returncode == 1
    leaves_nothing(demo, everybody)


def test_ctrl_c_ends_the_demo_quietly_within_ten_seconds(demo: Demo) -> None:
    everybody = demo.everybody()
    began = time.monotonic()
    os.killpg(demo.process.pid, signal.SIGINT)  # the whole foreground group, as a terminal does
    said = demo.said(10)
    assert time.monotonic() - began < 10
    assert (demo.process.returncode, "Traceback" in said) == (0, False), said
    leaves_nothing(demo, everybody)
