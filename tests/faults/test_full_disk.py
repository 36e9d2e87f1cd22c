"""A disk that is full, really: what is made of a lesson waits with a sentence, nothing is lost, and it goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from classroom.models import Fact
from common.queue import find_task
from dashboard.texts.replay import states
from recordings.compositing.plan import Track, Usable
from recordings.compositing.sound import measure
from recordings.ffmpeg import FfmpegFailed, run
from recordings.full_disk import is_full
from recordings.models import Finding, Recording, RecordingState
from recordings.probe import probe
from recordings.reconciler import reconcile
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.faults.conftest import Build
from tests.faults.disks import BLOCK, SmallDisk, small_disk
from tests.faults.scenes import CLIP_SECONDS, Scene, captured
from tests.processes import WORKER, House, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
MB = 1024 * 1024


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=160, height=90)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "small", 64 * MB) as disk:
        yield disk


def at_work(build: Build, **folders: str) -> House:
    """A worker that hears what it is told, and what the sweep asks for."""
    house = build(**folders)
    house.start("worker", [*WORKER, "-Q", "celery,media"])
    return house


def waits_for_the_disk(house: House, scene: Scene, state: RecordingState) -> Recording:
    find_task("recordings.advance").apply_async(args=(str(scene.recording.pk),), queue="media")
    wait_until(lambda: is_waiting(scene.recording), 60, what="a word about the full disk")
    recording = scene.recording
    told = (recording.state, recording.step, recording.attempts, recording.reason)
    assert told == (state, "waiting_for_disk", 0, ""), house.log("worker")[-3000:]
    return recording


def is_waiting(recording: Recording) -> bool:
    """It said so, and let it go."""
    is_over = recording.state in (RecordingState.PUBLISHED, RecordingState.FAILED)
    return is_over or (recording.step == "waiting_for_disk" and not recording.lease_owner)


def is_told(cast: Cast, recording: Recording) -> None:
    """The teacher reads why; the operator's ledger has it."""
    asked = client_of(cast.teacher).get(reverse("recording_progress", args=[recording.lesson_id])).json()
    assert (asked["step"], asked["ready"]) == ("waiting_for_disk", False)
    assert "the original is kept, and it goes on by itself" in states()[f"step.{asked['step']}"]
    reconcile()
    about = f"recording:{recording.pk}"
    assert Finding.objects.filter(kind="disk_full", about=about, closed_at=None).exists()


def nothing_is_published(scene: Scene) -> None:
    objects = settings.STORAGE_DIR / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    assert not Fact.objects.filter(lesson=scene.lesson, type="recording.published").exists()
    assert scene.is_untouched()


def goes_on_by_itself(house: House, scene: Scene) -> None:
    """The sweep, as every two seconds in real life, and nobody else."""

    def swept() -> bool:
        find_task("recordings.sweep").apply_async(queue="celery")
        time.sleep(1)
        return scene.recording.state == RecordingState.PUBLISHED

    wait_until(swept, 60, what="the video")
    assert Fact.objects.filter(lesson=scene.lesson, type="recording.published").count() == 1
    assert probe(settings.STORAGE_DIR / "objects" / scene.recording.video_key).duration_seconds == (
        pytest.approx(CLIP_SECONDS, abs=0.3)
    )
    assert scene.is_untouched()
    reconcile()
    assert not Finding.objects.filter(closed_at=None).exists()


@pytest.mark.deep
def test_composing_on_a_full_disk_waits_and_leaves_nothing_out(
    build: Build, cast: Cast, clip: Path, disk: SmallDisk
) -> None:
    house = at_work(build, WORK_DIR=str(disk.folder))
    scene = captured(cast, clip)
    disk.leave(2 * clip.stat().st_size + 4 * BLOCK)  # enough to begin with, too little to end with
    recording = waits_for_the_disk(house, scene, RecordingState.COMPOSING)
    assert recording.left_out == [], "a full disk says nothing about a file"
    nothing_is_published(scene)
    is_told(cast, recording)
    disk.make_room()
    goes_on_by_itself(house, scene)
    assert scene.recording.left_out == []


@pytest.mark.deep
def test_a_store_on_a_full_disk_waits_with_the_video_made(
    build: Build, cast: Cast, clip: Path, disk: SmallDisk
) -> None:
    house = at_work(build, STORAGE_DIR=str(disk.folder))
    scene = captured(cast, clip)
    disk.leave(4 * BLOCK)
    recording = waits_for_the_disk(house, scene, RecordingState.STORING)
    assert (scene.work / "video.mp4").exists()
    nothing_is_published(scene)
    is_told(cast, recording)
    disk.make_room()
    goes_on_by_itself(house, scene)


def test_what_ffmpeg_says_of_a_full_disk_is_told_from_a_damaged_file(
    clip: Path, disk: SmallDisk, settings: Any
) -> None:
    disk.leave(BLOCK)
    with pytest.raises(FfmpegFailed) as failed:
        run(["-i", str(clip), "-c", "copy", str(disk.folder / "copy.mkv")], expected_seconds=CLIP_SECONDS)
    assert failed.value.reason == "disk_full"
    assert is_full(failed.value)


def test_loudness_that_could_not_be_written_down_is_not_taken_for_silence(
    clip: Path, disk: SmallDisk
) -> None:
    """The filter is content with a full disk, and what is silent would be made as loud as can be."""
    track = Track(clip, "room", "", "", "", 0.0, CLIP_SECONDS)
    usable = Usable(track, probe(clip))
    assert measure([usable], usable.shows, disk.folder) > -60
    disk.leave(0)
    with pytest.raises(OSError) as failed:
        measure([usable], usable.shows, disk.folder)
    assert is_full(failed.value)
