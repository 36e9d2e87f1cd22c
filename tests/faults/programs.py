"""Small programs that the fault tests run, interrupt and kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

# Says whom it watches as soon as it does.
_LOUD = """
import sys
from pathlib import Path

from common.services import Supervisor, bundled_services
class Loud(Supervisor):
    def _watch(self):
        print(*(child.process.pid for child in (*self.watched, *self.children)), flush=True)
        return super()._watch()
"""
SERVE = (
    _LOUD
    + """
with bundled_services(Path(sys.argv[1])) as services:
    with Loud(Path(sys.argv[1]) / "log", watched=services.children) as supervisor:
        supervisor.start("sleeper", ["sleep", "1000"])
        code = supervisor.run()
sys.exit(code)
"""
)
TWO_CHILDREN = (
    _LOUD
    + """
supervisor = Loud(Path(sys.argv[1]))
for name in ("web", "worker"):
    supervisor.start(name, ["sleep", "1000"])
sys.exit(supervisor.run())
"""
)


def environment() -> dict[str, str]:
    """As in a fresh terminal: no services given."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "REDIS_URL")}
    return {**kept, "PYTHONPATH": str(ROOT)}


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def rest(process: subprocess.Popen[str]) -> str:
    """What it still says, once it has ended."""
    return process.communicate(timeout=PATIENCE * 30)[0]


def pids(line: str) -> list[int]:
    assert line.strip().replace(" ", "").isdigit(), line
    return [int(word) for word in line.split()]


def is_alive(pid: int) -> bool:
    """A zombie is dead: whoever inherited it may be slow to bury it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def group_of(leader: int) -> list[int]:
    """Living members of the session that `leader` started."""
    return [pid for pid in all_pids() if is_alive(pid) and session_of(pid) == leader]


def session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def all_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + PATIENCE * seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def none_alive(numbers: Iterable[int]) -> bool:
    return not any(is_alive(number) for number in numbers)
