"""A chip that encodes, and one that passes its trial and fails in the middle of a lesson: ffmpeg is a program before the
real one that knows `h264_vaapi`. What it makes so bears its own mark in the film: x264 notes in it how it was told."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache

from common.queue import find_task
from recordings import ffmpeg, pipeline
from recordings.chips import failed_chips
from recordings.chunks import work_folder
from recordings.compositing import encoders
from recordings.models import ChunkState, RecordingState
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.scenes import CLIP_SECONDS, Scene, captured, filming
from tests.faults.test_pipeline_crashes import is_published_once
from tests.processes import WORKER, House, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
BY_CHIP, BY_X264 = b"rc=cqp", b"rc=crf"
LIVE_SECONDS = 110.0
# After its trial and one piece the chip does as `act` says. `calls` has a line for each time it was asked.
PROGRAM = """#!{python} -SE
import os, subprocess, sys, time
args = sys.argv[1:]
if "h264_vaapi" not in args:
    os.execv({real!r}, [{real!r}, *args])
for option in ("-vaapi_device", "-rc_mode"):
    at = args.index(option)
    del args[at : at + 2]
args[args.index("h264_vaapi")] = "libx264"
args = [one.replace(",hwupload", "") for one in args]
args[-1:] = ["-preset", "ultrafast", args[-1]]
with open({calls!r}, "a+") as calls:
    calls.write("asked\\n")
    calls.flush()
    calls.seek(0)
    before = len(calls.readlines()) - 1
if before > 1:
    {act}
os.execv({real!r}, [{real!r}, *args])
"""
HALF = 'subprocess.run([{real!r}, *args[:-1], "-t", "0.5", args[-1]])'
ACTS = {
    "it works": "pass",
    "it stops with an error": f'{HALF}; print("hwupload: device lost", file=sys.stderr); sys.exit(1)',
    "it crashes": f"{HALF}; os.abort()",
    "it hangs": "time.sleep(1000)",
    "it is content with half": f"{HALF}; sys.exit(0)",
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=320, height=180)


def write_program(folder: Path, act: str) -> Path:
    """Its own folder, to be put before the others."""
    program, real = folder / "bin" / "ffmpeg", ffmpeg.executable()
    program.parent.mkdir()
    told = {"real": real, "calls": str(folder / "calls"), "act": ACTS[act].format(real=real)}
    program.write_text(PROGRAM.format(python=sys.executable, **told))
    program.chmod(0o755)
    cache.clear()
    return program.parent


def house_with_chip(build: Build, folder: Path, act: str) -> House:
    """Its worker's ffmpeg is that program."""
    path = f"{write_program(folder, act)}:{os.environ['PATH']}"
    return build(PATH=path, LEASE_SECONDS="1", FFMPEG_STALL_SECONDS="5")


@pytest.fixture
def own_chip(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """`own_chip(act)`: this process's ffmpeg is that program."""
    path = os.environ["PATH"]

    def use(found: str) -> None:
        os.environ["PATH"] = found
        ffmpeg.executable.cache_clear()
        encoders.found.cache_clear()

    yield lambda act: use(f"{write_program(tmp_path, act)}:{path}")
    use(path)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What the encoders' own logger says: Celery, loaded in the middle, sets up the root's anew."""
    logger = logging.getLogger(encoders.__name__)
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def asked(folder: Path) -> int:
    return len((folder / "calls").read_text().splitlines())


def start_worker(house: House) -> None:
    house.start("worker", [*WORKER, "-Q", "one", "-n", "one@%h"])


def publish(house: House, scene: Scene) -> bytes:
    """The video, made by a worker with that program."""
    start_worker(house)
    find_task("recordings.advance").apply_async(args=(str(scene.recording.pk),), queue="one")

    def is_published() -> bool:
        recording = scene.recording
        assert recording.attempts == 0, house.log("worker")[-3000:]
        return recording.state == RecordingState.PUBLISHED and not scene.work.exists()

    wait_until(is_published, 60, what="the video")
    video: Path = settings.STORAGE_DIR / "objects" / scene.recording.video_key
    return video.read_bytes()


@pytest.mark.deep
def test_where_a_chip_fails_in_the_middle_x264_makes_all_of_the_video_and_it_is_told(
    own_chip: Callable[[str], None], cast: Cast, clip: Path, tmp_path: Path, said: pytest.LogCaptureFixture
) -> None:
    scene = captured(cast, clip)
    own_chip("it stops with an error")
    pipeline.advance(scene.recording.pk)
    assert "Videos are encoded by h264_vaapi" in said.text
    assert "The encoder h264_vaapi failed after its trial" in said.text
    is_made_by_x264(scene, tmp_path)


def is_made_by_x264(scene: Scene, folder: Path) -> None:
    recording = scene.recording
    assert (recording.attempts, recording.left_out) == (0, []), "a chip says nothing about a film"
    assert asked(folder) >= 3, "its trial, a piece, and another one"
    video = (settings.STORAGE_DIR / "objects" / recording.video_key).read_bytes()
    assert BY_X264 in video and BY_CHIP not in video
    assert failed_chips() == 1
    is_published_once(scene)


@pytest.mark.deep
def test_a_chip_that_is_found_and_passes_its_trial_makes_the_video(
    build: Build, cast: Cast, clip: Path, tmp_path: Path
) -> None:
    house = house_with_chip(build, tmp_path, "it works")
    scene = captured(cast, clip)
    video = publish(house, scene)
    assert BY_CHIP in video and BY_X264 not in video
    assert "Videos are encoded by h264_vaapi" in house.log("worker")
    assert failed_chips() == 0
    is_published_once(scene)


@pytest.mark.deep
@pytest.mark.parametrize("act", [act for act in ACTS if act != "it works"])
def test_a_worker_whose_chip_fails_publishes_once(
    build: Build, cast: Cast, clip: Path, tmp_path: Path, act: str
) -> None:
    house = house_with_chip(build, tmp_path, act)
    scene = captured(cast, clip)
    publish(house, scene)
    assert "The encoder h264_vaapi failed after its trial" in house.log("worker")
    is_made_by_x264(scene, tmp_path)


@pytest.mark.deep
def test_a_chip_that_fails_while_the_lesson_goes_on_is_not_asked_again(
    build: Build, cast: Cast, tmp_path: Path
) -> None:
    """By no worker: the next plan, whoever lays it, is one of x264's."""
    house = house_with_chip(build, tmp_path, "it stops with an error")
    settings.RECORDER_ENGINE = "jibri"
    film = make_sample_clip(tmp_path / "film.ts", LIVE_SECONDS, width=160, height=90)
    recording = filming(cast, film, LIVE_SECONDS)
    house.start("worker", [*WORKER, "-Q", "one,media", "-n", "one@%h"])
    find_task("recordings.make_chunks").apply_async(args=(str(recording.pk),), queue="one")
    ready = recording.chunks.filter(state=ChunkState.READY)
    wait_until(lambda: ready.count() >= 3, 120, what="pieces, by x264")
    rows = {f"{name}.mp4" for name in ready.values_list("fingerprint", flat=True)}
    made = {path.name: path.read_bytes() for path in work_folder(recording).glob("piece-*.mp4")}
    assert rows <= made.keys()
    assert all(BY_X264 in made[name] for name in rows)
    assert failed_chips() == 1
    before = asked(tmp_path)
    house.start("other", [*WORKER, "-Q", "other", "-n", "other@%h"])
    find_task("recordings.make_chunks").apply_async(args=(str(recording.pk),), queue="other")
    wait_until(
        lambda: "make_chunks" in house.log("other") and "succeeded" in house.log("other"), 60, what="it"
    )
    assert asked(tmp_path) <= before + 1, "its trial, if it was tried at all"
    assert failed_chips() == 1
