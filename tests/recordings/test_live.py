"""A lesson composed while it goes on: what ended some seconds ago is made, and taken over in the end."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from classroom import actions as lessons
from recordings import actions, pipeline
from recordings.chunks import want, work_folder
from recordings.compositing import work_off
from recordings.live import all_jobs, make_chunks, settled_plan
from recordings.models import (
    Capture,
    CaptureState,
    Chunk,
    ChunkState,
    Engine,
    Look,
    Recording,
    RecordingState,
)
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.scenes import filming
from tests.recordings.media import beeps_in, make_camera, make_microphone

pytestmark = pytest.mark.django_db
CLIP_SECONDS, EMBEDDED_SECONDS = 55.0, 80.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.ts"
    return make_sample_clip(path, CLIP_SECONDS, width=160, height=90)


@pytest.fixture
def live(cast: Cast, clip: Path, settings: Any) -> Recording:
    """A Jibri has filmed for 55 seconds and is still at it; the teacher has drawn in the first five."""
    settings.RECORDER_ENGINE = "jibri"
    return filming(cast, clip, CLIP_SECONDS)


def films(recording: Recording) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in work_folder(recording).glob("piece-*.mp4")}


def end(recording: Recording, cast: Cast) -> None:
    now = timezone.now()
    Capture.objects.filter(recording=recording).update(state=CaptureState.CLOSED, ended_at=now)
    lessons.end_lesson(lesson=recording.lesson, now=now, by=cast.teacher)
    actions.finish_captured(now=now)


def test_what_is_settled_is_made_and_only_the_tail_is_left(live: Recording, cast: Cast) -> None:
    make_chunks(live.pk)
    made = films(live)
    rows = live.chunks.values_list("state", flat=True)
    # Half a minute; what comes after it, and what the safety margin covers, is left alone.
    assert made
    assert set(rows) == {ChunkState.READY}
    assert len(rows) == len(made)
    end(live, cast)
    whole = [job.film.name for job in all_jobs(live)]
    assert set(made) < set(whole), "the pipeline takes up every piece that was made"
    assert len(whole) - len(made) <= 2
    pipeline.advance(live.pk)
    live.refresh_from_db()
    assert (live.state, live.reason) == (RecordingState.PUBLISHED, "")
    assert live.duration_seconds == pytest.approx(CLIP_SECONDS, abs=1)
    assert not Chunk.objects.exists()


@pytest.mark.deep
def test_another_layout_makes_them_again(live: Recording, cast: Cast) -> None:
    make_chunks(live.pk)
    before = films(live)
    actions.choose_look(recording=live, look=Look.BOARD, by=cast.teacher, now=timezone.now())
    make_chunks(live.pk)
    after = films(live)
    assert before.items() < after.items()
    assert set(live.chunks.values_list("state", flat=True)) == {ChunkState.READY}


@pytest.mark.deep
def test_a_chunk_that_another_worker_makes_is_left_to_it_until_it_dies(live: Recording) -> None:
    now = timezone.now()
    plan = settled_plan(live, now=now)
    assert plan is not None
    want(live, plan.jobs, now=now)
    theirs = live.chunks.order_by("number").first()
    assert theirs is not None
    live.chunks.filter(pk=theirs.pk).update(lease_owner="another", lease_until=now + timedelta(hours=1))
    make_chunks(live.pk)
    assert theirs.fingerprint not in {name.removesuffix(".mp4") for name in films(live)}
    live.chunks.filter(pk=theirs.pk).update(lease_until=now - timedelta(seconds=1))
    make_chunks(live.pk)
    assert theirs.fingerprint in {name.removesuffix(".mp4") for name in films(live)}


# The built-in recorder's files: one a person and kind, none of them finished.


@pytest.fixture
def embedded(cast: Cast, settings: Any, clip: Path) -> Recording:
    """Recorded for 80 seconds, the last of them not yet in the files."""
    recording = filming(cast, clip, EMBEDDED_SECONDS)
    capture = recording.captures.get()
    begun = capture.wanted_at.timestamp()
    folder = settings.RECORDINGS_DIR / capture.session_id
    for path in folder.iterdir():
        path.unlink()
    make_camera(folder / "camera.mkv", begun, EMBEDDED_SECONDS, sizes=((160, 120),), fps=10)
    make_microphone(folder / "voice.mkv", begun, EMBEDDED_SECONDS)
    Capture.objects.filter(pk=capture.pk).update(engine=Engine.EMBEDDED)
    settings.RECORDER_ENGINE = "embedded"
    tell(folder, recording, begun, None)
    return recording


def tell(folder: Path, recording: Recording, begun: float, ended_at: float | None) -> None:
    """The manifest, as the recorder keeps it."""
    teacher = recording.lesson.created_by
    about = {"occupant": "o", "person": str(teacher.pk), "name": "Tomas", "role": "teacher"}
    tracks = [
        {"file": f"{name}.mkv", "kind": kind, "started_at": begun, "ended_at": ended_at, **about}
        for name, kind in (("camera", "camera"), ("voice", "microphone"))
    ]
    told = {"version": 1, "engine": "embedded", "session_id": folder.name, "room": recording.lesson.room.name}
    times = {"recording": str(recording.pk), "started_at": begun, "ended_at": ended_at}
    (folder / "manifest.json").write_text(json.dumps({**told, **times, "tracks": tracks}))


@pytest.mark.deep
def test_what_the_built_in_recorder_still_writes_is_composed_too(
    embedded: Recording, cast: Cast, settings: Any
) -> None:
    capture = embedded.captures.get()
    folder = settings.RECORDINGS_DIR / capture.session_id
    whole = {path: path.read_bytes() for path in folder.glob("*.mkv")}
    for path, content in whole.items():
        path.write_bytes(content[: len(content) * 9 // 10])  # what it holds back, and no index
    # As much has passed as was recorded, however slow this machine is.
    plan = settled_plan(embedded, now=capture.wanted_at + timedelta(seconds=EMBEDDED_SECONDS))
    assert plan is not None
    assert len(plan.jobs) >= 2
    work_off(plan.jobs, lambda _: None, claim=lambda _: True, done=lambda _: None)
    made = films(embedded)
    for path, content in whole.items():
        path.write_bytes(content)
    begun = capture.wanted_at.timestamp()
    tell(folder, embedded, begun, begun + EMBEDDED_SECONDS)
    (folder / "finalized").touch()
    end(embedded, cast)
    assert set(made) < {job.film.name for job in all_jobs(embedded)}, "the pipeline takes up every piece"
    pipeline.advance(embedded.pk)
    embedded.refresh_from_db()
    assert (embedded.state, embedded.reason, embedded.left_out) == (RecordingState.PUBLISHED, "", [])
    # Without the film of a room it goes on for as long as somebody is inside.
    assert (embedded.duration_seconds or 0) > EMBEDDED_SECONDS - 1
    video = settings.STORAGE_DIR / "objects" / embedded.video_key
    beeps = beeps_in(video)
    assert len(beeps) == pytest.approx(EMBEDDED_SECONDS / 2, abs=2)
