"""Renditions: made once, kept under their content's hash, gone with their recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from recordings import actions
from recordings.models import RecordingState, Rendition, RenditionKind, RenditionState
from recordings.probe import probe
from recordings.renditions import due_renditions, make_rendition
from recordings.sample import make_sample_clip
from recordings.storage import storage
from tests.conftest import Cast
from tests.faults.scenes import CLIP_SECONDS, Scene, captured
from tests.recordings.test_api import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", CLIP_SECONDS, width=320, height=180)


@pytest.fixture
def scene(cast: Cast, clip: Path) -> Scene:
    return captured(cast, clip)


def wanted(scene: Scene, kind: RenditionKind = RenditionKind.RAW, **more: Any) -> Rendition:
    return actions.want_rendition(recording=scene.recording, kind=kind, now=timezone.now(), **more)


def test_what_was_recorded_can_be_watched_before_it_is_composed(scene: Scene, tmp_path: Path) -> None:
    rendition = wanted(scene)
    assert due_renditions() == [rendition.pk]
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.percent, rendition.content_type) == ("ready", 100, "video/mp4")
    film = tmp_path / "film.mp4"
    film.write_bytes(b"".join(storage().read(rendition.object_key)))
    assert probe(film).duration_seconds == pytest.approx(CLIP_SECONDS, abs=0.1)
    assert film.read_bytes().index(b"moov") < film.read_bytes().index(b"mdat")
    assert scene.recording.state == RecordingState.CAPTURED
    assert due_renditions() == []


def test_where_the_store_holds_other_bytes_under_its_name_it_is_kept_beside_them(
    scene: Scene, settings: Any
) -> None:
    rendition = wanted(scene)
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    taken, digest = rendition.object_key, rendition.sha256
    rendition.delete()
    half = settings.STORAGE_DIR / "objects" / taken
    half.write_bytes(half.read_bytes()[:1000])
    (settings.STORAGE_DIR / "sums" / taken).unlink()
    again = wanted(scene)
    make_rendition(again.pk)
    again.refresh_from_db()
    assert (again.state, again.reason, again.sha256) == ("ready", "", digest)
    assert again.object_key != taken
    held = storage().head(again.object_key)
    assert held is not None and held.sha256 == digest
    assert half.stat().st_size == 1000, "it may be evidence"


def test_asked_for_twice_it_is_one_and_what_failed_is_tried_again(scene: Scene) -> None:
    first = wanted(scene)
    assert wanted(scene).pk == first.pk
    actions.move_rendition(first, RenditionState.FAILED, reason="making_failed", attempts=3)
    again = wanted(scene)
    assert (again.pk, again.state, again.reason, again.attempts) == (first.pk, "wanted", "", 0)


def test_without_a_film_it_fails_for_a_reason(scene: Scene) -> None:
    for path in scene.folder.glob("*.mp4"):
        path.unlink()
    rendition = wanted(scene)
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.reason) == ("failed", "not_one_film")


def test_a_cancelled_one_is_not_made(scene: Scene) -> None:
    rendition = wanted(scene)
    assert actions.cancel_rendition(rendition=rendition)
    make_rendition(rendition.pk)
    assert not Rendition.objects.exists()


def test_what_is_made_of_the_video_waits_for_it(scene: Scene) -> None:
    wanted(scene, RenditionKind.AUDIO)
    assert due_renditions() == []


def test_staff_watch_it_meanwhile_and_students_wait(scene: Scene, cast: Cast) -> None:
    make_rendition(wanted(scene).pk)
    base = f"/lessons/{scene.lesson.pk}/recording/"
    shown = client_of(cast.teacher).get(f"{base}progress").json()
    assert shown["early"]["duration_seconds"] == pytest.approx(CLIP_SECONDS, abs=0.1)
    link = client_of(cast.teacher).get(shown["early"]["src"])
    assert link.status_code == 302
    assert client_of(cast.teacher).get(link["Location"]).status_code == 200
    assert "early" not in client_of(cast.amina).get(f"{base}progress").json()
    for person in (cast.amina, cast.stranger):
        assert client_of(person).get(shown["early"]["src"]).status_code == 404
        assert client_of(person).get(link["Location"]).status_code == 404


def test_a_kind_that_nobody_made_is_not_found(scene: Scene, cast: Cast) -> None:
    for question in ("?as=low", "?as=../x", "?as=raw&part=../../x", ""):
        door = f"/lessons/{scene.lesson.pk}/recording/video{question}"
        assert client_of(cast.teacher).get(door).status_code == 404
