"""Real processes of the product for tests: started on free ports, killed on purpose, never left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit

from common.services.urls import free_port
from dashboard.management.commands.demo import web_command
from tests.forks import Forked, nursery
from tests.patience import PATIENCE
from tests.tally import doomed

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "config", "--quiet"]
# Of all workers of this run.
COLLECTED = ROOT / "var" / "test" / "static"
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
WORKER = [*CELERY, "worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle"]


Process = subprocess.Popen[bytes] | Forked


def start(command: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Process:
    """In a session of its own. A process of ours begins with the libraries read."""
    if command[0] == PYTHON and (command[1] == "-m" or command[1].endswith(".py")):
        return nursery().fork(command[1:], environment=environment, log=log.fileno())
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )


def database_url(name: str) -> str:
    """The test server's URL with another database's name, and with a pool as in real life."""
    parts = urlsplit(os.environ["DATABASE_URL"].replace("&pool=0", "").replace("?pool=0", ""))
    return urlunsplit(parts._replace(path=f"/{name}"))


@dataclass(slots=True)
class House:
    """The processes of one Darasa on one database; `folder` holds its recordings, store and logs."""

    database: str
    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    running: dict[str, Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        folders = {
            name: str(self.folder / name.lower()) for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR")
        }
        own = {
            "DATABASE_URL": database_url(self.database),
            "PORT": str(self.port),
            "DARASA_VAR": str(self.folder),
            "DARASA_DEMO": "1",
            "SECRET_KEY": "for tests only " * 5,
            "LEASE_SECONDS": "3",
            # As the demo's workers, which find the checks made.
            "CELERY_SKIP_CHECKS": "1",
            # Films are made where a test wants them.
            "RENDITIONS": "",
            "COMPOSE_LIVE": "0",
        }
        return {**os.environ, **folders, **own, **self.extra}

    def start(self, name: str, command: Sequence[str], **extra: str) -> Process:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {**self.environment, **extra}
        doomed.update({environment["CRASH_AT"]} if environment.get("CRASH_AT") else ())
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = process = start(command, environment, log)
        return process

    def start_web(self) -> None:
        self.start("web", web_command(self.port))
        wait_until(lambda: self.answers("/healthz"), 30, what="the web process")

    def start_worker(self, queues: str = "celery,media,outward,boards", **extra: str) -> Process:
        return self.start("worker", [*WORKER, "-Q", queues], **extra)

    def start_beat(self) -> None:
        schedule = str(self.folder / "beat-schedule")
        self.start("beat", [*CELERY, "beat", "--loglevel=WARNING", "--schedule", schedule])

    def start_recorders(self) -> None:
        self.start("recorders", [PYTHON, "manage.py", "record_rooms"])

    def start_all(self) -> None:
        self.start_worker()
        self.start_beat()
        self.start_web()
        self.start_recorders()

    def collect_static(self) -> None:
        """As `make run` does, by the first house of a run; the files are the same for all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mark = COLLECTED / "run"
        with alone(COLLECTED.with_suffix(".lock")):
            if not mark.exists() or mark.read_text() != RUN:
                if COLLECTED.exists():
                    shutil.rmtree(COLLECTED)
                self.manage("collectstatic", "--noinput", "--verbosity=0", STATIC_ROOT=str(COLLECTED))
                mark.write_text(RUN)
        (self.folder / "static").symlink_to(COLLECTED)

    def manage(self, *arguments: str, **extra: str) -> None:
        code = self.start("manage", [PYTHON, "manage.py", *arguments], **extra).wait()
        assert code == 0, self.log("manage")
        del self.running["manage"]

    def kill(self, name: str) -> None:
        """`kill -9`, the whole group: nobody gets to say goodbye."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + 5
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (HTTPError, URLError, OSError):
            return False

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Of all workers; the second one waits for what the first one makes."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def wait_until(check: object, seconds: float, *, what: str) -> None:
    """Poll until `check()` is true; AssertionError naming `what` after `seconds` of a quiet machine."""
    assert callable(check)
    deadline = time.monotonic() + PATIENCE * seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {PATIENCE * seconds} s")
        time.sleep(0.05)
