"""Whole recordings and a store that is down, slow, hangs up within a part, or has stored and never says so: a real worker
publishes each once, and the recorder's own file goes only when the store has proved that it has the video."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from classroom.models import Fact
from common.queue import find_task
from recordings.actions import WAITS_FOR_STORE
from recordings.models import Recording, RecordingState
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.fault_s3 import FaultS3, fault_s3
from tests.faults.scenes import CLIP_SECONDS, Scene, captured
from tests.faults.test_store_crashes import ask, is_kept_once, made, of_store
from tests.processes import WORKER, House, wait_until
from tests.wire.conftest import is_quiet

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True, slots=True)
class Trouble:
    """`faults` of one write after the other: three parts of the video, their end, the poster. `waits`: the first attempt ends
    without success. `again`: the parts that are sent once more."""

    faults: tuple[str, ...] = ()
    is_down: bool = False
    waits: bool = False
    again: tuple[int, ...] = ()


# A try and two more is as often as a request is made at once.
TROUBLES = {
    "down": Trouble(is_down=True, waits=True),
    "busy for long": Trouble(("", *["busy"] * 6), waits=True),
    "slow at every write": Trouble(("slow",) * 5),
    "the line breaks within a part": Trouble(("", "partial")),
    "the line breaks within a part again and again": Trouble(("", *["partial"] * 6), waits=True),
    "the answer to a part is lost": Trouble(("", "lost"), again=(2,)),
    "the answer to the end is lost": Trouble(("", "", "", "lost")),
    "the answer to the poster is lost": Trouble(("", "", "", "", "lost")),
    "every answer is lost once": Trouble(
        ("lost", "", "lost", "", "lost", "", "lost", "lost"), again=(1, 2, 3)
    ),
}
DUE = ("the line breaks within a part again and again",)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=160, height=90)


@pytest.fixture(scope="module")
def store() -> Iterator[FaultS3]:
    with fault_s3() as server:
        yield server


@pytest.fixture(scope="module")
def house(django_db_setup: None, store: FaultS3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One worker lives through all tests."""
    database = str(connection.settings_dict["NAME"])
    house = House(database, tmp_path_factory.mktemp("house"), extra=of_store(store))
    house.start("worker", [*WORKER, "-Q", "worker", "-n", "worker@%h"])
    yield house
    house.stop()


@pytest.fixture
def shelves(transactional_db: None, house: House, store: FaultS3, settings: Any) -> Iterator[FaultS3]:
    for name in ("RECORDINGS_DIR", "WORK_DIR"):
        folder = Path(house.environment[name])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
    store.empty()
    yield store
    store.is_down = False
    wait_until(is_quiet, 10, what="the end of what the worker still does")


def told(house: House, task: str) -> int:
    return house.log("worker").count(f"Task {task}[")


def do(house: House, task: str, scene: Scene) -> None:
    """By the worker, to its end: it says that it has received it, and how it ended."""
    before = told(house, task)
    find_task(task).apply_async(args=(str(scene.recording.pk),), queue="worker")
    wait_until(lambda: told(house, task) >= before + 2, 60, what=f"the end of {task}")


def publishes(house: House, scene: Scene) -> None:
    def is_published() -> bool:
        Recording.objects.filter(lease_owner="").update(lease_until=None)
        do(house, "recordings.advance", scene)
        return scene.recording.state == RecordingState.PUBLISHED

    wait_until(is_published, 60, what="the video")
    assert not scene.work.exists()


@pytest.mark.parametrize(
    "name", [one if one in DUE else pytest.param(one, marks=pytest.mark.deep) for one in TROUBLES]
)
def test_a_recording_is_published_once_and_its_original_goes_against_proof(
    house: House, shelves: FaultS3, cast: Cast, clip: Path, name: str
) -> None:
    trouble, scene = TROUBLES[name], made(cast, clip)
    film = (scene.work / "video.mp4").read_bytes()
    shelves.faults, shelves.is_down = list(trouble.faults), trouble.is_down
    do(house, "recordings.advance", scene)
    if trouble.waits:
        recording = scene.recording
        assert (recording.state, recording.step, recording.attempts) == ("storing", WAITS_FOR_STORE, 0)
        assert (scene.work / "video.mp4").read_bytes() == film
        do(house, "housekeeping.drop_originals", scene)
        assert scene.is_untouched()
        shelves.faults, shelves.is_down = [], False
    publishes(house, scene)
    is_kept_once(shelves, scene, film, (1, 2, 3, *trouble.again))
    goes_against_proof(house, shelves, scene)


def goes_against_proof(house: House, store: FaultS3, scene: Scene) -> None:
    key = f"/films/{scene.recording.video_key}"
    body, claims = store.objects[key]
    store.is_down = True
    do(house, "housekeeping.drop_originals", scene)
    store.is_down = False
    store.objects[key] = (body[:-1], claims)
    do(house, "housekeeping.drop_originals", scene)
    assert scene.is_untouched()
    store.objects[key] = (body, claims)
    do(house, "housekeeping.drop_originals", scene)
    assert not scene.folder.exists()
    assert store.objects[key] == (body, claims)


@pytest.mark.deep
@pytest.mark.parametrize("name", ["down", "busy for long", "every answer is lost once"])
def test_from_the_recorders_folder_to_the_store_once(
    house: House, shelves: FaultS3, cast: Cast, clip: Path, name: str
) -> None:
    """Composed by the same worker, while the store is in trouble already."""
    trouble, scene = TROUBLES[name], captured(cast, clip)
    shelves.faults, shelves.is_down = list(trouble.faults), trouble.is_down
    ask("worker", scene)
    if trouble.is_down:
        wait_until(lambda: scene.recording.step == WAITS_FOR_STORE, 120, what="the end of composing")
        assert shelves.refused > 0
        shelves.is_down = False
    publishes(house, scene)
    recording = scene.recording
    assert set(shelves.objects) == {f"/films/{key}" for key in (recording.video_key, recording.poster_key)}
    assert Fact.objects.filter(lesson=scene.lesson, type="recording.published").count() == 1
    assert scene.is_untouched()
    goes_against_proof(house, shelves, scene)
