"""One recording whose worker dies at every point there is, one after the other, and in the middle of ffmpeg.

Processes of their own, forked: to start Django each time costs more than all that they do.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone

from recordings import pipeline
from recordings.models import Recording, RecordingState
from recordings.sample import make_sample_clip
from recordings.tasks import sweep
from tests.conftest import Cast
from tests.faults.programs import eventually, none_alive
from tests.faults.scenes import CLIP_SECONDS, Scene, contents, hold_lesson, make_folder
from tests.faults.test_pipeline_crashes import BY_FILE, POINTS, ffmpeg_of, is_composing, is_published_once
from tests.processes import wait_until
from tests.tally import doomed

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
IN_ORDER = [point for file in ("stock", "making", "keeping") for point in BY_FILE[f"pipeline/{file}.py"]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=320, height=180)


def start(work: Callable[[], object], *, crash_at: str = "") -> int:
    """The process that does it: with connections of its own, and nothing of pytest's afterwards."""
    doomed.update({crash_at} - {""})
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        settings.CRASH_AT = crash_at
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def end_of(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def let_go_at_once() -> None:
    """What a dead process held is free after LEASE_SECONDS; here nobody waits for that."""
    Recording.objects.update(lease_until=timezone.now())


def test_a_worker_that_dies_at_every_point_in_turn_costs_nothing(cast: Cast, clip: Path) -> None:
    lesson, begun = hold_lesson(cast)
    # Nobody came to record it, so it is given up; then a recorder's folder is found after all.
    Recording.objects.update(state=RecordingState.FAILED, reason="no_recorder")
    folder = make_folder(lesson, begun, clip)
    scene = Scene(lesson, folder, contents(folder))
    assert end_of(start(sweep, crash_at="recordings.adopted")) == -signal.SIGKILL
    assert (scene.recording.state, scene.recording.captures.count()) == (RecordingState.FAILED, 0)
    sweep()
    assert scene.recording.state == RecordingState.CAPTURED

    def advance() -> None:
        pipeline.advance(scene.recording.pk)

    assert sorted(IN_ORDER) == sorted(POINTS)
    first, *others = IN_ORDER
    assert end_of(start(advance, crash_at=first)) == -signal.SIGKILL
    let_go_at_once()
    die_while_ffmpeg_runs(scene, start(advance))
    for point in others:
        let_go_at_once()
        assert end_of(start(advance, crash_at=point)) == -signal.SIGKILL, point
    let_go_at_once()
    assert end_of(start(advance)) == 0
    sweep()
    is_published_once(scene)


def die_while_ffmpeg_runs(scene: Scene, worker: int) -> None:
    wait_until(lambda: is_composing(scene) and ffmpeg_of(worker), 60, what="ffmpeg under way")
    ffmpeg = ffmpeg_of(worker)
    os.kill(worker, signal.SIGKILL)
    assert end_of(worker) == -signal.SIGKILL
    assert eventually(lambda: none_alive(ffmpeg))
    assert scene.recording.state == RecordingState.COMPOSING
