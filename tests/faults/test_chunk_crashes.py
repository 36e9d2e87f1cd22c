"""A worker that dies while a lesson is composed costs the piece it was at; the others are not made again."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from common.queue import find_task
from recordings.chunks import work_folder
from recordings.live import make_chunks
from recordings.models import ChunkState, Recording
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.programs import group_of, none_alive
from tests.faults.scenes import filming
from tests.patience import PATIENCE
from tests.processes import WORKER, House, wait_until
from tests.wire.conftest import is_quiet

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
SECONDS = 110.0


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    house = House(str(connection.settings_dict["NAME"]), tmp_path / "house", extra={"LEASE_SECONDS": "1"})
    yield house
    house.stop()


@pytest.fixture
def recording(house: House, settings: Any, cast: Cast, tmp_path: Path) -> Iterator[Recording]:
    for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
        folder = Path(house.environment[name])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
    settings.RECORDER_ENGINE = "jibri"
    yield filming(cast, make_sample_clip(tmp_path / "film.ts", SECONDS, width=160, height=90), SECONDS)
    wait_until(is_quiet, 10, what="the end of what the workers still do")


def films(recording: Recording) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in work_folder(recording).glob("piece-*.mp4")}


def everything(recording: Recording) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in work_folder(recording).iterdir()}


@pytest.mark.deep
def test_a_killed_worker_costs_one_piece(house: House, recording: Recording) -> None:
    first = house.start("first", [*WORKER, "-Q", "first", "-n", "first@%h"], CRASH_AT="chunks.made")
    find_task("recordings.make_chunks").apply_async(args=(str(recording.pk),), queue="first")
    assert first.wait(60 * PATIENCE) == -signal.SIGKILL, house.log("first")[-3000:]
    made = films(recording)
    assert len(made) == 1
    second = house.start("second", [*WORKER, "-Q", "second", "-n", "second@%h"], CRASH_AT="chunks.sounded")
    find_task("recordings.make_chunks").apply_async(args=(str(recording.pk),), queue="second")
    assert second.wait(120 * PATIENCE) == -signal.SIGKILL, house.log("second")[-3000:]
    assert recording.chunks.filter(state=ChunkState.READY).count() >= 3
    assert made.items() < films(recording).items()
    before = everything(recording)
    assert any(name.startswith("sound-") for name in before)
    make_chunks(recording.pk)
    assert everything(recording) == before


@pytest.mark.deep
def test_a_group_that_is_asked_to_end_at_every_crash_point_makes_what_it_began_and_nothing_twice(
    house: House, recording: Recording
) -> None:
    asked = house.start("asked", [*WORKER, "-Q", "asked", "-n", "asked@%h"], CRASH_AT="term:all")
    find_task("recordings.make_chunks").apply_async(args=(str(recording.pk),), queue="asked")
    assert asked.wait(120 * PATIENCE) == 0, house.log("asked")[-3000:]
    assert none_alive(group_of(asked.pid))
    rows = recording.chunks.all()
    assert rows.count() >= 3
    assert {(row.state, row.attempts, row.lease_owner) for row in rows} == {(ChunkState.READY, 0, "")}
    before = everything(recording)
    assert any(name.startswith("sound-") for name in before)
    make_chunks(recording.pk)
    assert everything(recording) == before
