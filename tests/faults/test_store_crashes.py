"""A worker that dies in the middle of an upload in parts: the next one sends the rest, and the lesson is published once."""

from __future__ import annotations

import hashlib
import re
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.utils import timezone

from classroom.models import Fact
from common.queue import find_task
from common.storage.s3 import PART_SIZE
from recordings.models import Recording, RecordingState
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.fault_s3 import FaultS3, fault_s3
from tests.faults.programs import group_of, none_alive
from tests.faults.scenes import CLIP_SECONDS, Scene, captured
from tests.patience import PATIENCE
from tests.processes import ROOT, WORKER, House, wait_until
from tests.tiers import sampled

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
SOURCES = (ROOT / "common" / "storage").rglob("*.py")
POINTS = [point for path in SOURCES for point in re.findall(r'crash_point\("([^"]+)"\)', path.read_text())]
# What was sent when a worker died there, and what the next one therefore sends.
SENT_BEFORE = {"storage.begun": [], "storage.part_sent": [1]}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=160, height=90)


@pytest.fixture
def store() -> Iterator[FaultS3]:
    with fault_s3() as server:
        yield server


@pytest.fixture
def house(build: Build, store: FaultS3) -> House:
    return build(**of_store(store))


def of_store(store: FaultS3) -> dict[str, str]:
    """The settings of a worker that keeps recordings there; its lease is free a second after its death."""
    return {
        "LEASE_SECONDS": "1",
        "STORAGE_BACKEND": "s3",
        "S3_BUCKET": "films",
        "S3_REGION": "us-east-1",
        "S3_ENDPOINT_URL": store.url,
        "S3_ACCESS_KEY_ID": "a",
        "S3_SECRET_ACCESS_KEY": "b",
    }


def made(cast: Cast, clip: Path) -> Scene:
    """Composed already, and longer than two parts: what is left is to store it."""
    scene = captured(cast, clip)
    scene.work.mkdir(parents=True)
    padding = 2 * PART_SIZE
    # A box that every player passes over, as long as it says.
    free = (padding + 8).to_bytes(4, "big") + b"free" + bytes(padding)
    (scene.work / "video.mp4").write_bytes(clip.read_bytes() + free)
    (scene.work / "poster.jpg").write_bytes(b"a picture")
    Recording.objects.filter(pk=scene.recording.pk).update(state=RecordingState.STORING)
    return scene


def test_every_crash_point_of_a_store_is_tried() -> None:
    assert set(POINTS) == set(SENT_BEFORE)


@pytest.mark.parametrize("point", sampled(POINTS, every=2))
def test_a_worker_killed_in_the_middle_of_an_upload_costs_no_part(
    house: House, store: FaultS3, cast: Cast, clip: Path, point: str
) -> None:
    scene = made(cast, clip)
    film = (scene.work / "video.mp4").read_bytes()
    doomed = house.start("doomed", [*WORKER, "-Q", "doomed", "-n", "doomed@%h"], CRASH_AT=point)
    ask("doomed", scene)
    assert doomed.wait(60 * PATIENCE) == -signal.SIGKILL, house.log("doomed")[-3000:]
    assert store.sent == SENT_BEFORE[point]
    assert store.objects == {}
    assert scene.recording.state == RecordingState.STORING
    house.start("next", [*WORKER, "-Q", "next", "-n", "next@%h"])

    def is_published() -> bool:
        Recording.objects.filter(lease_until__lt=timezone.now()).update(lease_owner="", lease_until=None)
        ask("next", scene)
        time.sleep(0.5)
        return scene.recording.state == RecordingState.PUBLISHED

    wait_until(is_published, 60, what="the video")
    is_kept_once(store, scene, film)


@pytest.mark.deep
def test_a_group_that_is_asked_to_end_at_every_crash_point_of_an_upload_finishes_it(
    house: House, store: FaultS3, cast: Cast, clip: Path
) -> None:
    scene = made(cast, clip)
    film = (scene.work / "video.mp4").read_bytes()
    asked = house.start("asked", [*WORKER, "-Q", "asked", "-n", "asked@%h"], CRASH_AT="term:all")
    ask("asked", scene)
    assert asked.wait(60 * PATIENCE) == 0, house.log("asked")[-3000:]
    assert none_alive(group_of(asked.pid))
    assert scene.recording.state == RecordingState.PUBLISHED
    is_kept_once(store, scene, film)


def ask(name: str, scene: Scene) -> None:
    find_task("recordings.advance").apply_async(args=(str(scene.recording.pk),), queue=name)


def is_kept_once(store: FaultS3, scene: Scene, film: bytes, sent: Sequence[int] = (1, 2, 3)) -> None:
    """`sent`: all parts, those first whose answer was lost twice."""
    recording = scene.recording
    assert sorted(store.sent) == sorted(sent), "no part was sent twice"
    assert store.uploads == {}
    assert set(store.objects) == {f"/films/{key}" for key in (recording.video_key, recording.poster_key)}
    assert store.objects[f"/films/{recording.video_key}"][0] == film
    assert recording.sha256 == hashlib.sha256(film).hexdigest()
    assert Fact.objects.filter(lesson=scene.lesson, type="recording.published").count() == 1
    assert scene.is_untouched()
