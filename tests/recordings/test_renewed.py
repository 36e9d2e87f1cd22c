"""A video that is another one by now: what was made of the one before is made again, and the old one leaves the store."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from recordings import actions, pipeline
from recordings.adoption import adopt_folders
from recordings.lease import lease_of
from recordings.makers import load
from recordings.models import Finding, Recording, Rendition, RenditionKind, RenditionState
from recordings.probe import length_of
from recordings.reconciler import reconcile
from recordings.renditions import MAKERS, Job, SteppedBack, keep, make_rendition
from recordings.storage import storage
from tests.conftest import Cast
from tests.faults.scenes import CLIP_SECONDS, Scene
from tests.recordings.test_late_footage import WHOLE, clip, leave, make_again, published, scene

pytestmark = pytest.mark.django_db
__all__ = ["clip", "published", "scene"]  # fixtures


def sound_of(scene: Scene) -> Rendition:
    sound = actions.want_rendition(recording=scene.recording, kind=RenditionKind.AUDIO, now=timezone.now())
    make_rendition(sound.pk)
    sound.refresh_from_db()
    assert sound.is_ready
    return sound


def seconds_of(sound: Rendition) -> float:
    return length_of(Path(settings.STORAGE_DIR / "objects" / sound.object_key)).sound_seconds


def is_renewed(sound: Rendition) -> None:
    old = sound.object_key
    sound.refresh_from_db()
    assert sound.state == RenditionState.WANTED
    Rendition.objects.update(lease_until=None)
    make_rendition(sound.pk)
    sound.refresh_from_db()
    assert sound.is_ready
    assert seconds_of(sound) == WHOLE
    assert storage().head(old) is None


@pytest.mark.deep
def test_with_what_came_late_everything_is_made_again(published: Scene, clip: Path) -> None:
    sound = sound_of(published)
    assert seconds_of(sound) == pytest.approx(CLIP_SECONDS, abs=0.3)
    pack = Rendition.objects.create(
        recording=published.recording, kind=RenditionKind.PACK, state="ready", wanted_at=timezone.now()
    )
    leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    make_again(published)
    is_renewed(sound)
    pack.refresh_from_db()
    assert pack.state == RenditionState.WANTED


@pytest.mark.deep
def test_a_video_that_was_lost_and_comes_back_longer_renews_what_was_made_of_it(
    published: Scene, clip: Path
) -> None:
    sound = sound_of(published)
    storage().delete(published.recording.video_key)
    leave(published, clip)
    adopt_folders(now=timezone.now())
    reconcile()
    assert published.recording.state == "captured"
    pipeline.advance(published.recording.pk)
    assert published.recording.duration_seconds == WHOLE
    is_renewed(sound)


@pytest.mark.deep
def test_the_same_video_again_renews_nothing(published: Scene) -> None:
    sound = sound_of(published)
    storage().delete(published.recording.video_key)
    reconcile()
    pipeline.advance(published.recording.pk)
    assert published.recording.is_published
    sound.refresh_from_db()
    assert sound.is_ready


@pytest.mark.deep
@pytest.mark.parametrize("is_intact", [True, False], ids=["as published", "other bytes"])
def test_the_old_video_leaves_the_store_unless_it_may_be_evidence(
    published: Scene, clip: Path, cast: Cast, is_intact: bool
) -> None:
    old, now = published.recording, timezone.now()
    kind = "object_missing" if is_intact else "object_differs"
    if not is_intact:
        (settings.STORAGE_DIR / "objects" / old.video_key).write_bytes(b"somebody was here")
        (settings.STORAGE_DIR / "sums" / old.video_key).unlink()
    about = f"recording:{old.pk}"
    Finding.objects.create(kind=kind, about=about, recording=old.pk, found_at=now, seen_at=now)
    leave(published, clip)
    adopt_folders(now=now)
    actions.compose_again(recording=old, by=cast.head, now=now)
    pipeline.advance(old.pk)
    new = published.recording
    assert (new.is_published, new.video_key != old.video_key) == (True, True)
    assert (storage().head(old.video_key) is None) == is_intact
    assert (storage().head(old.poster_key) is None) == is_intact
    assert storage().head(new.video_key)


@pytest.mark.deep
def test_what_was_being_made_of_the_old_video_is_not_kept(published: Scene, tmp_path: Path) -> None:
    """Its worker had fetched the old one before the new one took its place."""
    load()
    sound = actions.want_rendition(
        recording=published.recording, kind=RenditionKind.AUDIO, now=timezone.now()
    )
    actions.move_rendition(sound, RenditionState.MAKING)
    with lease_of(sound.pk, Rendition) as lease:
        assert lease is not None
        job = Job(sound, lease, tmp_path)
        product = MAKERS[RenditionKind.AUDIO](job)
        Recording.objects.update(video_key="another/video.mp4")
        with pytest.raises(SteppedBack):
            keep(job, product)
    sound.refresh_from_db()
    assert (sound.state, sound.object_key) == (RenditionState.MAKING, "")
    assert not list((settings.STORAGE_DIR / "objects").rglob("*.ogg"))
