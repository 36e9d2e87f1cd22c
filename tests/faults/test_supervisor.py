"""Real children that hang, crash, fork and ignore us."""

from __future__ import annotations

import http.server
import io
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from common.services import Child, ChildError, Supervisor, http_ok
from tests.faults.programs import (
    TWO_CHILDREN,
    eventually,
    first_line,
    group_of,
    is_alive,
    none_alive,
    pids,
    rest,
    run_python,
)

pytestmark = [pytest.mark.fault]

STUBBORN = "trap '' TERM INT HUP; echo deaf; while true; do sleep 0.1; done"
# A leader that ends at once when asked, and leaves a child that would not.
NEGLIGENT = f'trap "exit 0" TERM; sh -c "{STUBBORN}" & echo up; while true; do sleep 0.05; done'


def said(path: Path, text: str) -> bool:
    return path.exists() and text in path.read_text()


def test_a_dead_child_is_named_with_its_code_and_last_words_and_takes_the_others_along(
    tmp_path: Path,
) -> None:
    out = io.StringIO()
    with Supervisor(tmp_path, out=out) as supervisor:
        sleeper = supervisor.start("sleeper", ["sleep", "1000"])
        supervisor.start("worker", ["sh", "-c", "seq 1 50; echo no more memory >&2; exit 7"])
        assert supervisor.run() == 1
    assert not is_alive(sleeper.process.pid)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("worker ended with exit code 7")
    assert lines[-1].strip() == "no more memory"
    assert len(lines) == 1 + 20


@dataclass(frozen=True)
class Heard(Child):
    """Notes who is asked to end; the children themselves may be scheduled in any order."""

    asked: list[str] = field(default_factory=list)

    def signal(self, number: signal.Signals) -> None:
        self.asked.append(self.name)
        super().signal(number)


DIARIST = """
import signal, sys
def write(*_):
    open(sys.argv[1], "a").write(sys.argv[2])
    sys.exit()
signal.signal(signal.SIGTERM, write)
print("up", flush=True)
while True:
    signal.pause()
"""


def test_children_are_asked_to_end_in_reverse_order_of_start(tmp_path: Path) -> None:
    names = ("first", "second", "third")
    asked: list[str] = []
    supervisor = Supervisor(tmp_path)
    for name in names:
        code = [sys.executable, "-c", DIARIST, str(tmp_path / name), name]
        child = supervisor.start(name, code, ready=partial(said, tmp_path / f"{name}.log", "up"))
        supervisor.children[-1] = Heard(child.name, child.process, child.log, asked=asked)
    supervisor.stop()
    assert asked == ["third", "second", "first"]
    assert all((tmp_path / name).exists() for name in names), "each had the time to tidy up"


def test_a_child_that_ignores_us_is_killed_within_three_seconds(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    child = supervisor.start(
        "deaf", ["sh", "-c", STUBBORN], ready=lambda: said(tmp_path / "deaf.log", "deaf")
    )
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 3
    # Killed together; who is nobody's child any more is gone when the kernel has come round to it.
    assert eventually(lambda: group_of(child.process.pid) == [], 2)


def test_grandchildren_do_not_outlive_a_leader_that_ended_politely(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    log = tmp_path / "negligent.log"
    child = supervisor.start("negligent", ["sh", "-c", NEGLIGENT], ready=lambda: said(log, "deaf"))
    assert len(group_of(child.process.pid)) >= 2
    supervisor.stop()
    assert eventually(lambda: group_of(child.process.pid) == [])


def test_a_child_that_never_becomes_ready_ends_all(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    sleeper = supervisor.start("sleeper", ["sleep", "1000"])
    with pytest.raises(ChildError, match="web was not ready after 0 s"):
        supervisor.start("web", ["sleep", "1000"], ready=lambda: False, ready_seconds=0.2)
    assert not is_alive(sleeper.process.pid)


def test_a_child_that_dies_before_it_is_ready_is_reported_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ChildError, match=r"(?s)web ended with exit code 3.*port in use"):
        Supervisor(tmp_path).start("web", ["sh", "-c", "echo port in use; exit 3"], ready=lambda: False)
    assert time.monotonic() - began < 5


def test_the_previous_log_is_kept_once(tmp_path: Path) -> None:
    for word in ("one", "two", "three"):
        with Supervisor(tmp_path) as supervisor:
            child = supervisor.start("worker", ["echo", word])
            child.process.wait()
    assert (tmp_path / "worker.log").read_text() == "three\n"
    assert (tmp_path / "worker.log.1").read_text() == "two\n"


def test_http_ok_needs_a_200() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        assert http_ok(f"{url}/")()
        assert not http_ok(f"{url}/missing")()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not http_ok(f"{url}/")()


def test_ctrl_c_in_the_terminal_reaches_only_the_parent_and_leaves_nobody(tmp_path: Path) -> None:
    parent = run_python(TWO_CHILDREN, str(tmp_path))
    children = pids(first_line(parent))
    assert all(os.getsid(child) == child for child in children)
    for _twice in range(2):
        os.killpg(parent.pid, signal.SIGINT)
    assert "Traceback" not in rest(parent)
    assert parent.returncode == 0
    assert none_alive(children)


def test_kill_9_of_the_parent_takes_the_children_along(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a child of its parent's death")
    parent = run_python(TWO_CHILDREN, str(tmp_path))
    children = pids(first_line(parent))
    parent.kill()
    rest(parent)
    assert eventually(lambda: none_alive(children))
