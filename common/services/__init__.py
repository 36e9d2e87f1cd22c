"""PostgreSQL and Redis for a machine that has neither: started, watched and ended with us.

with bundled_services(Path("var")) as services:
    with Supervisor(Path("var/log"), watched=services.children) as supervisor:
        supervisor.start("web", [...], env={**os.environ, **services.urls.environment()})
        return supervisor.run()
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from common.services.postgres import start_postgres
from common.services.process import Child, ChildError, ServiceError, alive, stop_all, terminated_as_exit
from common.services.redis import start_redis
from common.services.supervisor import Supervisor, http_ok
from common.services.urls import ServiceUrls, celery_url, note_of, running_services, write_private

__all__ = [
    "Child",
    "ChildError",
    "ServiceError",
    "ServiceUrls",
    "Services",
    "Supervisor",
    "bundled_services",
    "celery_url",
    "http_ok",
    "running_services",
]

# With the supervisor's 1.8 s this keeps a whole Ctrl-C within 3 s.
STOP_SECONDS = 1.2
# So long the last child of an owner that was killed may hold its lock.
ORPHAN_SECONDS = 5.0


@dataclass(frozen=True)
class Services:
    """`children` are the servers we started, to be watched by a `Supervisor`; empty if the env gave both."""

    urls: ServiceUrls
    children: tuple[Child, ...]


@contextlib.contextmanager
def bundled_services(
    directory: Path, *, postgres_options: Mapping[str, str] | None = None
) -> Iterator[Services]:
    """Start what `DATABASE_URL` and `REDIS_URL` do not already give; end it with the block.

    One owner per directory: a second one is refused with a `ServiceError`. Main thread only.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with terminated_as_exit(), _sole_owner(directory), contextlib.ExitStack() as stack:
        children: list[Child] = []
        stack.callback(lambda: stop_all(children, STOP_SECONDS))
        started: dict[str, str] = {}
        if not os.environ.get("DATABASE_URL"):
            child, started["DATABASE_URL"] = start_postgres(directory, postgres_options)
            children.append(child)
        if not os.environ.get("REDIS_URL"):
            child, started["REDIS_URL"] = start_redis(directory)
            children.append(child)
        stack.callback(note_of(directory).unlink, missing_ok=True)
        write_private(note_of(directory), json.dumps({"pid": os.getpid(), "urls": started}))
        yield Services(_urls({**os.environ, **started}), tuple(children))


def _urls(environment: Mapping[str, str]) -> ServiceUrls:
    return ServiceUrls(environment["DATABASE_URL"], environment["REDIS_URL"])


@contextlib.contextmanager
def _sole_owner(directory: Path) -> Iterator[None]:
    """The kernel drops this lock with its last holder, so it cannot be stale."""
    with (directory / "services.lock").open("a+") as lock:
        _take(lock, directory)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _take(lock: IO[str], directory: Path) -> None:
    """Of an owner that was killed while it started a child, the child holds the lock for a moment longer."""
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        lock.seek(0)
        owner = lock.read().strip()
        if time.monotonic() > deadline or not owner.isdigit() or alive(int(owner)):
            raise ServiceError(f"Already running here: pid {owner} owns the services in {directory}.")
        time.sleep(0.05)
