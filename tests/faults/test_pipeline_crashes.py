"""A worker may die between any two side effects: the lesson is published once, whole, by the next one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from classroom.models import Fact
from common.queue import find_task
from common.storage.contract import sha256_of
from recordings import pipeline
from recordings.models import Capture, Recording, RecordingState, Rendition, RenditionKind, RenditionState
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.programs import eventually, group_of, none_alive
from tests.faults.scenes import CLIP_SECONDS, SECOND_PAGE, Scene, captured
from tests.patience import PATIENCE
from tests.processes import ROOT, WORKER, House, Process, wait_until
from tests.wire.conftest import is_quiet

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]

SOURCES = sorted((ROOT / "recordings").rglob("*.py"))
BY_FILE = {
    str(path.relative_to(ROOT / "recordings")): found
    for path in SOURCES
    if (found := re.findall(r'crash_point\("([^"]+)"\)', path.read_text()))
}
# Each of the others has a test of its own, where what it is between is set up.
ELSEWHERE = {
    "adoption.py": "test_pipeline_chain.py",
    "expiry.py": "test_housekeeping_crashes.py",
    "originals.py": "test_housekeeping_crashes.py",
    "live.py": "test_chunk_crashes.py",
}
POINTS = [point for file, found in BY_FILE.items() if file.startswith("pipeline/") for point in found]
OF_RENDITIONS = BY_FILE["renditions.py"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=320, height=180)


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The worker called `second` lives on through all tests; a dead worker's lease is free after a second."""
    database = str(connection.settings_dict["NAME"])
    house = House(database, tmp_path_factory.mktemp("house"), extra={"LEASE_SECONDS": "1"})
    start_worker(house, "second")
    yield house
    house.stop()


@pytest.fixture
def scene(transactional_db: None, house: House, settings: Any, cast: Cast, clip: Path) -> Iterator[Scene]:
    for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
        folder = Path(house.environment[name])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
    yield captured(cast, clip)
    if "first" in house.running:
        house.kill("first")
    wait_until(is_quiet, 10, what="the end of what the workers still do")


def start_worker(house: House, name: str, **extra: str) -> Process:
    """It hears only what is said to it by name, the one called `second` also what the sweep asks for."""
    queues = f"{name},media" if name == "second" else name
    return house.start(name, [*WORKER, "-Q", queues, "-n", f"{name}@%h"], **extra)


def doomed_worker(house: House, point: str) -> Process:
    """A worker that will die at this point; it may have been started already."""
    return house.running.get(point) or start_worker(house, point, CRASH_AT=point)


def ask(name: str, scene: Scene) -> None:
    find_task("recordings.advance").apply_async(args=(str(scene.recording.pk),), queue=name)


def sweep(house: House) -> None:
    """By the second worker, and until it is done: one left in the queue would give it the next test's recording."""
    before = sweeps_done(house)
    find_task("recordings.sweep").apply_async(queue="second")
    wait_until(lambda: sweeps_done(house) > before, 60, what="the end of a sweep")


def sweeps_done(house: House) -> int:
    return len(re.findall(r"Task recordings\.sweep\[\S+\] (?:succeeded|raised)", house.log("second")))


def publishes(house: House, scene: Scene, seconds: float = 60) -> None:
    """The second worker and the sweep, as every two seconds in real life, see it through."""
    deadline = time.monotonic() + PATIENCE * seconds
    while scene.recording.state != RecordingState.PUBLISHED or scene.work.exists():
        assert time.monotonic() < deadline, f"{scene.recording.state}\n{house.log('second')[-3000:]}"
        sweep(house)
        time.sleep(0.3)


def is_published_once(scene: Scene, *, beside: int = 0) -> None:
    """`beside`: how many files of renditions there are as well."""
    recording = scene.recording
    assert (recording.state, recording.reason) == (RecordingState.PUBLISHED, "")
    assert Fact.objects.filter(lesson=scene.lesson, type="recording.published").count() == 1
    objects = settings.STORAGE_DIR / "objects"
    stored = [path for path in objects.rglob("*") if path.is_file()]
    assert len(stored) == 2 + beside
    assert {str(path.relative_to(objects)) for path in stored} >= {recording.video_key, recording.poster_key}
    assert sha256_of(objects / recording.video_key) == recording.sha256
    assert (objects / recording.video_key).stat().st_size == recording.size_bytes
    assert list(recording.chapters.values_list("title", flat=True)) == ["Page 1", SECOND_PAGE]
    assert recording.duration_seconds == pytest.approx(CLIP_SECONDS, abs=0.2)
    assert scene.is_untouched()
    assert not scene.work.exists()


def test_every_crash_point_has_its_test() -> None:
    assert len(POINTS) >= 9
    every = [point for found in BY_FILE.values() for point in found]
    assert len(set(every)) == len(every)
    mine = {file for file in BY_FILE if file.startswith("pipeline/")} | {"renditions.py"}
    assert set(BY_FILE) == mine | set(ELSEWHERE)
    for file, other in ELSEWHERE.items():
        told = (ROOT / "tests" / "faults" / other).read_text()
        assert f"recordings/{file}" in told or all(point in told for point in BY_FILE[file]), file


@pytest.mark.deep  # each of them on one recording: test_pipeline_chain.py
@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_this_point_costs_nothing(house: House, scene: Scene, point: str) -> None:
    first = doomed_worker(house, point)
    ask(point, scene)
    assert first.wait(60 * PATIENCE) == -signal.SIGKILL, house.log(point)[-3000:]
    publishes(house, scene)
    is_published_once(scene)


@pytest.mark.deep
@pytest.mark.parametrize("point", OF_RENDITIONS)
def test_a_worker_killed_while_it_makes_more_of_a_video_costs_nothing(
    house: House, scene: Scene, point: str
) -> None:
    doomed_worker(house, point)
    sound = wanted_sound(scene)
    make = find_task("recordings.make_rendition")
    make.apply_async(args=(str(sound.pk),), queue=point)
    assert house.running[point].wait(60 * PATIENCE) == -signal.SIGKILL, house.log(point)[-3000:]

    def is_made() -> bool:
        make.apply_async(args=(str(sound.pk),), queue="second")
        sweep(house)
        return scene.recording.renditions.filter(state=RenditionState.READY).exists()

    wait_until(is_made, 60, what="the sound, by the second worker")
    assert len(kept_sounds()) == 1


def wanted_sound(scene: Scene) -> Rendition:
    """Of a published video. Without a bell: the second worker would hear it."""
    pipeline.advance(scene.recording.pk)
    return Rendition.objects.create(
        recording=scene.recording, kind=RenditionKind.AUDIO, wanted_at=timezone.now()
    )


def kept_sounds() -> list[Path]:
    return [path for path in (settings.STORAGE_DIR / "objects").rglob("*.ogg") if path.is_file()]


@pytest.mark.deep
def test_a_worker_killed_while_ffmpeg_runs_costs_nothing(house: House, scene: Scene) -> None:
    first = start_worker(house, "first")
    ask("first", scene)
    wait_until(lambda: is_composing(scene) and ffmpeg_of(first.pid), 60, what="ffmpeg under way")
    ffmpeg = ffmpeg_of(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert eventually(lambda: none_alive(ffmpeg))
    assert scene.recording.state == RecordingState.COMPOSING
    publishes(house, scene)
    is_published_once(scene)


@pytest.mark.deep
def test_a_whole_group_that_is_asked_to_end_at_every_crash_point_finishes_what_it_began(
    house: House, scene: Scene
) -> None:
    """As a supervisor asks: whoever is at work sees it through, however often it is said, and then goes."""
    asked = start_worker(house, "asked", CRASH_AT="term:all")
    ask("asked", scene)
    assert asked.wait(60 * PATIENCE) == 0, house.log("asked")[-3000:]
    assert none_alive(group_of(asked.pid))
    is_published_once(scene)


@pytest.mark.deep
def test_a_group_that_is_asked_to_end_at_every_crash_point_of_a_rendition_finishes_it(
    house: House, scene: Scene
) -> None:
    sound = wanted_sound(scene)
    asked = start_worker(house, "asked-for-more", CRASH_AT="term:all")
    make = find_task("recordings.make_rendition")
    make.apply_async(args=(str(sound.pk),), queue="asked-for-more")
    assert asked.wait(60 * PATIENCE) == 0, house.log("asked-for-more")[-3000:]
    assert none_alive(group_of(asked.pid))
    sound.refresh_from_db()
    assert (sound.state, sound.attempts, sound.reason) == (RenditionState.READY, 0, "")
    assert [str(path.relative_to(settings.STORAGE_DIR / "objects")) for path in kept_sounds()] == sound.keys
    is_published_once(scene, beside=1)


@pytest.mark.deep
def test_a_group_that_is_asked_to_end_while_a_folder_is_adopted_has_adopted_it_once(
    house: House, scene: Scene
) -> None:
    Capture.objects.filter(recording=scene.recording).delete()
    Recording.objects.filter(pk=scene.recording.pk).update(state=RecordingState.FAILED, reason="no_recorder")
    asked = start_worker(house, "asked-to-sweep", CRASH_AT="term:recordings.adopted")
    find_task("recordings.sweep").apply_async(queue="asked-to-sweep")
    assert asked.wait(60 * PATIENCE) == 0, house.log("asked-to-sweep")[-3000:]
    assert none_alive(group_of(asked.pid))
    assert scene.recording.captures.count() == 1
    publishes(house, scene)  # the second worker has heard the bell
    assert scene.recording.captures.count() == 1
    is_published_once(scene)


@pytest.mark.deep
def test_a_group_that_is_asked_to_end_while_ffmpeg_runs_leaves_it_to_another(
    house: House, scene: Scene
) -> None:
    first = start_worker(house, "first")
    ask("first", scene)
    wait_until(lambda: is_composing(scene) and ffmpeg_of(first.pid), 60, what="ffmpeg under way")
    os.killpg(first.pid, signal.SIGTERM)
    assert first.wait(60 * PATIENCE) == 0
    assert eventually(lambda: none_alive(group_of(first.pid)))
    Recording.objects.update(lease_until=timezone.now())  # else it would be left alone for ten seconds
    publishes(house, scene)
    assert scene.recording.left_out == [], "an ffmpeg that was stopped says nothing about its file"
    is_published_once(scene)


def is_composing(scene: Scene) -> bool:
    recording = scene.recording
    return recording.state == RecordingState.COMPOSING and recording.percent > 0


def ffmpeg_of(worker: int) -> list[int]:
    """Running ffmpeg children of this process."""
    children = Path(f"/proc/{worker}/task").glob("*/children")
    pids = [int(word) for path in children for word in read_if_there(path).split()]
    return [pid for pid in pids if "ffmpeg" in read_if_there(Path(f"/proc/{pid}/comm"))]


def read_if_there(path: Path) -> str:
    """What /proc says, or nothing once the process it speaks of has ended between two looks."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def test_two_workers_at_once_publish_once(house: House, scene: Scene) -> None:
    before = house.log("first").count("ready.") if (house.folder / "first.log").exists() else 0
    start_worker(house, "first")
    wait_until(lambda: house.log("first").count("ready.") > before, 60, what="the first worker")
    for _ in range(3):
        ask("first", scene)
        ask("second", scene)
    publishes(house, scene)
    is_published_once(scene)
