"""A house of real processes on the test database, emptied after they are gone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from common.services.process import Child, stop_all
from common.services.redis import start_redis
from tests.processes import House, wait_until
from tests.wire.conftest import is_quiet

Build = Callable[..., House]


@pytest.fixture
def build(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[Build]:
    """`build(**extra)`: a house whose folders are this process's too; everything in it ends with the test."""
    houses: list[House] = []

    def build_(**extra: str) -> House:
        house = House(
            database=str(connection.settings_dict["NAME"]),
            folder=tmp_path,
            extra={"PYTHONUNBUFFERED": "1", **extra},
        )
        for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
            setattr(settings, name, Path(house.environment[name]))
        houses.append(house)
        return house

    yield build_
    for house in houses:
        house.stop()
    wait_until(is_quiet, 10, what="the end of what the killed processes still did")


@pytest.fixture
def house(build: Build) -> House:
    return build()


class OwnRedis:
    """A Redis for one test, at one address whenever it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.child: Child
        self.start()

    def start(self) -> None:
        self.child, self.url = start_redis(self.folder)

    def stop(self) -> None:
        stop_all([self.child], grace_seconds=1)

    def kill(self) -> None:
        self.child.kill_group()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    folder = tempfile.mkdtemp(prefix="redis-")  # pytest's own paths are too long for a socket
    server = OwnRedis(Path(folder))
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def nodes(build: Build, own_redis: OwnRedis) -> list[House]:
    """Two web processes that only Redis connects."""
    houses = [build(REDIS_URL=own_redis.url) for _ in range(2)]
    for house in houses:
        house.start_web()
    return houses
