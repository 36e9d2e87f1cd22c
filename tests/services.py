"""A pytest plugin, loaded by `-p tests.services`: a real PostgreSQL and a real Redis under `var/test/`.

They start before pytest-django reads the settings. With both DATABASE_URL and REDIS_URL in the
environment nothing is started. With `-n`, the workers share the servers of the process that started
them: each has a test database of its own, from pytest-django, and a Redis database of its own, from here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from common.services import Services, bundled_services

pytest_plugins = ("tests.s3",)

ROOT = Path(__file__).resolve().parent.parent
# A test database need not survive a power cut; four workers have many processes of the product at once.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


# A wrapper, because pytest-django's own hook is `tryfirst` and registered after this one.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _take_own_redis(int(worker.removeprefix("gw")))
    else:
        _start(early_config)
    yield


def _take_own_redis(number: int) -> None:
    os.environ["REDIS_URL"] = re.sub(r"(db=|/)0$", rf"\g<1>{number + 1}", os.environ["REDIS_URL"])


def _start(early_config: pytest.Config) -> None:
    running = bundled_services(ROOT / "var" / "test", postgres_options=FAST)
    services = running.__enter__()
    early_config.add_cleanup(partial(_end, running))
    os.environ.update(services.urls.environment())
    # Every test has threads and loops of its own, which would leak the pool's connections.
    os.environ["DATABASE_URL"] += "&pool=0" if "?" in os.environ["DATABASE_URL"] else "?pool=0"
    os.environ.setdefault("SECRET_KEY", "for tests only " * 5)


def _end(running: AbstractContextManager[Services]) -> None:
    running.__exit__(None, None, None)
