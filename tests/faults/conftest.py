"""A house of real processes on the test database, emptied after they are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

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
