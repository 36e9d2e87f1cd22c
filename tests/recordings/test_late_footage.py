"""Footage that comes when the video is made, or being made: it is found, composed again beside the old one, and never deleted
as an original of a video that lacks it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from common.refusals import Refused
from housekeeping.actions import drop_originals
from recordings import actions, pipeline
from recordings.adoption import adopt_folders
from recordings.lease import lease_of
from recordings.models import (
    Capture,
    CaptureState,
    Engine,
    Finding,
    LedgerState,
    Look,
    Note,
    Orphan,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
)
from recordings.originals import find_proven
from recordings.pipeline.job import Job
from recordings.reconciler import reconcile
from recordings.renditions import make_rendition
from recordings.sample import make_sample_clip
from recordings.storage import storage
from tests.conftest import Cast
from tests.faults.scenes import CLIP_SECONDS, Scene, captured, hold_lesson, video_name
from tests.recordings.test_ledger import state_of
from tests.tiers import sampled

pytestmark = pytest.mark.django_db
S = RecordingState
WHOLE = pytest.approx(2 * CLIP_SECONDS, abs=0.3)
HALF = pytest.approx(CLIP_SECONDS, abs=0.3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=160, height=90)


@pytest.fixture
def scene(cast: Cast, clip: Path) -> Scene:
    return captured(cast, clip)


@pytest.fixture
def published(scene: Scene) -> Scene:
    pipeline.advance(scene.recording.pk)
    assert scene.recording.duration_seconds == HALF
    return scene


def leave(scene: Scene, clip: Path, *, seconds_before: float = 30, room: str = "") -> Path:
    """A second Jibri's folder, with what was filmed half a minute before the other one's began."""
    begun = scene.lesson.starts_at - timedelta(seconds=seconds_before)
    folder: Path = settings.RECORDINGS_DIR / "a-second-folder"
    folder.mkdir()
    name = video_name(scene.lesson, begun)
    shutil.copyfile(clip, folder / (name if not room else name.replace(scene.lesson.room.name, room)))
    (folder / "finalized").touch()
    return folder


def grow(scene: Scene, clip: Path) -> None:
    """As a Jibri that everybody thought lost finishes another file of the same session."""
    later = scene.lesson.starts_at + timedelta(seconds=60)
    shutil.copyfile(clip, scene.folder / video_name(scene.lesson, later))
    long_ago = time.time() - 3600
    for path in (*scene.folder.iterdir(), scene.folder):
        os.utime(path, (long_ago, long_ago))


def late_findings() -> list[str]:
    return list(Finding.objects.filter(kind="footage_late", closed_at=None).values_list("about", flat=True))


def make_again(scene: Scene) -> Recording:
    Rendition.objects.update(lease_until=None)
    make_rendition(Rendition.objects.get(kind=RenditionKind.LAYOUT).pk)
    return scene.recording


@pytest.mark.parametrize("comes", sampled(["a folder", "a file"], every=2))
def test_what_comes_after_publishing_is_in_the_video_soon_and_the_old_one_is_shown_until_then(
    published: Scene, clip: Path, cast: Cast, comes: str
) -> None:
    old = published.recording
    Note.objects.create(recording=old, person=cast.amina, at_seconds=2.0, text="!", written_at=timezone.now())
    if comes == "a folder":
        leave(published, clip)
        adopt_folders(now=timezone.now())
    else:
        grow(published, clip)
    assert published.recording.state == S.PUBLISHED
    reconcile()
    assert late_findings() == [f"recording:{old.pk}"]
    assert state_of(published.lesson) == LedgerState.LATE
    assert find_proven(old.pk) is not None
    assert drop_originals(old.pk) is False
    assert published.is_untouched() or comes == "a file"
    assert (published.recording.state, published.recording.video_key) == (S.PUBLISHED, old.video_key)
    new = make_again(published)
    assert new.state == S.PUBLISHED
    assert new.duration_seconds == WHOLE
    assert sum(end - begin for begin, end in new.shown) == pytest.approx(new.duration_seconds, abs=0.01)
    assert new.video_key != old.video_key
    assert storage().head(old.video_key) is None
    assert list(new.chapters.values_list("title", flat=True)) == ["Page 1", "Eighths"]
    assert max(new.chapters.values_list("ends_seconds", flat=True)) == pytest.approx(
        new.duration_seconds, abs=0.01
    )
    where = Note.objects.get().at_seconds
    assert where == pytest.approx(2.0 + (CLIP_SECONDS if comes == "a folder" else 0), abs=0.3)
    reconcile()
    assert late_findings() == []
    assert state_of(published.lesson) in (LedgerState.COMPLETE, LedgerState.GAPS)
    assert drop_originals(new.pk) is True
    assert not any(settings.RECORDINGS_DIR.iterdir())


@pytest.mark.deep
def test_it_is_made_again_by_itself_once_and_then_a_head_has_it_done(
    published: Scene, clip: Path, cast: Cast
) -> None:
    Recording.objects.update(made_more_at=timezone.now())
    leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    reconcile()
    assert not Rendition.objects.exists()
    assert len(late_findings()) == 1
    actions.compose_again(recording=published.recording, by=cast.head, now=timezone.now())
    assert make_again(published).duration_seconds == WHOLE
    with pytest.raises(Refused, match="not_again"):
        actions.compose_again(recording=published.recording, by=cast.head, now=timezone.now())


@pytest.mark.deep
def test_a_layout_that_somebody_chose_is_left_to_people(published: Scene, clip: Path, cast: Cast) -> None:
    Recording.objects.update(look=Look.BOARD)
    leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    assert len(late_findings()) == 1
    assert not Rendition.objects.exists()


@pytest.mark.deep
def test_when_the_originals_are_gone_the_video_stays_as_it_is(
    published: Scene, clip: Path, cast: Cast
) -> None:
    assert drop_originals(published.recording.pk) is True
    late = leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    assert len(late_findings()) == 1
    with pytest.raises(Refused, match="originals_gone"):
        actions.compose_again(recording=published.recording, by=cast.head, now=timezone.now())
    actions.choose_look(recording=published.recording, look=Look.BOARD, by=cast.teacher, now=timezone.now())
    make_again(published)
    assert Rendition.objects.get().reason == "originals_gone"
    assert published.recording.duration_seconds == HALF
    assert drop_originals(published.recording.pk) is False
    assert late.exists()


@pytest.mark.deep
@pytest.mark.parametrize("state", [S.COMPOSING, S.STORING])
def test_a_folder_that_is_found_while_it_is_composed_is_in_the_video(
    scene: Scene, clip: Path, state: RecordingState
) -> None:
    job_until(scene, state)
    leave(scene, clip)
    adopt_folders(now=timezone.now())
    assert scene.recording.state == S.CAPTURED
    pipeline.advance(scene.recording.pk)
    recording = scene.recording
    assert recording.state == S.PUBLISHED
    assert recording.duration_seconds == WHOLE
    assert sum(end - begin for begin, end in recording.shown) == WHOLE
    reconcile()
    assert late_findings() == []


@pytest.mark.deep
def test_a_worker_that_is_at_it_stores_no_video_without_the_folder_that_was_found(
    scene: Scene, clip: Path
) -> None:
    with job_until(scene, S.STORING) as job:
        leave(scene, clip)
        adopt_folders(now=timezone.now())
        job.recording.state = S.STORING  # as it was when the worker last looked
        pipeline.STEPS[S.STORING](job)
        assert job.recording.state == S.CAPTURED
    stored = [path for path in (settings.STORAGE_DIR / "objects").rglob("*") if path.is_file()]
    assert stored == []
    pipeline.advance(scene.recording.pk)
    assert scene.recording.duration_seconds == WHOLE


@pytest.mark.deep
def test_between_stock_and_video_a_file_that_grows_is_told_as_it_is_shown(scene: Scene, clip: Path) -> None:
    job_until(scene, S.COMPOSING)
    grow(scene, clip)
    pipeline.advance(scene.recording.pk)
    recording = scene.recording
    assert recording.state == S.PUBLISHED
    assert recording.duration_seconds == WHOLE
    assert sum(end - begin for begin, end in recording.shown) == WHOLE


class job_until:  # noqa: N801  reads as a verb
    """A worker at this recording, up to that state; it lets go of it at once, or at the end of `with`."""

    def __init__(self, scene: Scene, state: RecordingState) -> None:
        self.lease = lease_of(scene.recording.pk)
        lease = self.lease.__enter__()
        assert lease is not None
        self.job = Job(
            Recording.objects.select_related("lesson__institution").get(pk=scene.recording.pk), lease
        )
        while self.job.recording.state != state:
            pipeline.STEPS[self.job.recording.state](self.job)
        lease.of.objects.filter(pk=scene.recording.pk).update(lease_until=None)

    def __enter__(self) -> Job:
        return self.job

    def __exit__(self, *_: Any) -> None:
        self.lease.__exit__(None, None, None)


def test_a_lost_recorder_that_still_writes_is_waited_for(cast: Cast, clip: Path, settings: Any) -> None:
    lesson, begun = hold_lesson(cast)
    recording = Recording.objects.get(lesson=lesson)
    Recording.objects.update(state=S.LOST_RECORDER)
    folder = Path(settings.RECORDINGS_DIR) / "lost-one"
    folder.mkdir(parents=True)
    shutil.copyfile(clip, folder / video_name(lesson, begun))
    Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id="lost-one",
        state=CaptureState.LOST,
        wanted_at=begun,
        ended_at=timezone.now(),
    )
    lesson.ended_at = timezone.now()
    lesson.save()
    now = timezone.now()
    assert actions.finish_captured(now=now) == []
    assert actions.finish_captured(now=now + timedelta(seconds=settings.QUIET_SECONDS + 5)) == [recording]


@pytest.mark.deep
def test_a_film_that_was_finished_after_all_is_composed(scene: Scene, clip: Path) -> None:
    """Cut off when stock was taken, so it had failed; then its recorder wrote the rest."""
    [film] = scene.folder.glob("*.mp4")
    film.write_bytes(clip.read_bytes()[:5000])
    pipeline.advance(scene.recording.pk)
    assert scene.recording.state == S.FAILED
    reconcile()
    assert late_findings() == []
    shutil.copyfile(clip, film)
    reconcile()
    assert scene.recording.state == S.CAPTURED
    pipeline.advance(scene.recording.pk)
    assert scene.recording.state == S.PUBLISHED


@pytest.mark.deep
def test_what_was_left_out_stays_when_the_originals_go(published: Scene, clip: Path) -> None:
    damaged = leave(published, clip)
    [film] = damaged.glob("*.mp4")
    film.write_bytes(b"nothing that anybody could play")
    adopt_folders(now=timezone.now())
    reconcile()
    recording = make_again(published)
    assert recording.left_out == [[film.name, "not_a_video"]]
    assert recording.duration_seconds == HALF
    reconcile()
    assert late_findings() == []
    assert drop_originals(recording.pk) is True
    assert (damaged.exists(), published.folder.exists()) == (True, False)
    assert not actions.has_originals(published.recording)


@pytest.mark.deep
def test_a_folder_that_is_given_to_a_published_recording_joins_it_beside_the_old_one(
    published: Scene, clip: Path, cast: Cast
) -> None:
    leave(published, clip, room="no-such-room")
    adopt_folders(now=timezone.now())
    orphan = Orphan.objects.get()
    old = published.recording
    actions.assign_orphan(orphan=orphan, lesson=published.lesson, by=cast.head, now=timezone.now())
    assert (published.recording.state, published.recording.video_key) == (S.PUBLISHED, old.video_key)
    assert make_again(published).duration_seconds == WHOLE


@pytest.mark.deep
def test_composed_before_it_was_kept_of_what(published: Scene, clip: Path) -> None:
    """Rows of the version before: what was found after publishing is known to be late."""
    Recording.objects.update(composed=None)
    reconcile()
    assert late_findings() == []
    leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    assert len(late_findings()) == 1
    assert drop_originals(published.recording.pk) is False
    assert make_again(published).duration_seconds == WHOLE
    assert drop_originals(published.recording.pk) is True
