"""What is made of a published video: smaller, sound only, in a ladder, as pictures; and composed again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from django.utils import timezone
from PIL import Image

from accounts.models import AuditEvent
from common.refusals import Refused
from recordings import actions
from recordings.models import Look, Recording, RecordingState, Rendition, RenditionKind
from recordings.probe import probe
from recordings.renditions import drop_needless, due_renditions, make_rendition
from recordings.sample import make_sample_clip
from recordings.storage import storage
from tests.conftest import Cast
from tests.faults.scenes import CLIP_SECONDS, Scene, captured
from tests.recordings.test_api import bare, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    return make_sample_clip(folder / "clip.mp4", CLIP_SECONDS, width=1280, height=720)


@pytest.fixture
def published(cast: Cast, clip: Path, tmp_path: Path) -> Scene:
    """As if it had been composed: the clip itself is its video."""
    scene = captured(cast, clip)
    key = f"here/{scene.lesson.pk}/video.mp4"
    storage().put(key, clip, content_type="video/mp4")
    changes = {"video_key": key, "duration_seconds": CLIP_SECONDS, "published_at": timezone.now()}
    Recording.objects.filter(lesson=scene.lesson).update(state=RecordingState.PUBLISHED, **changes)
    return scene


def made(scene: Scene, kind: RenditionKind, folder: Path) -> tuple[Rendition, dict[str, Path]]:
    rendition = actions.want_rendition(recording=scene.recording, kind=kind, now=timezone.now())
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.reason) == ("ready", "")
    files = {}
    for key in rendition.keys:
        path = folder / key.rpartition("/")[2]
        path.write_bytes(b"".join(storage().read(key)))
        files[path.name] = path
    assert rendition.size_bytes == sum(path.stat().st_size for path in files.values())
    return rendition, files


@pytest.mark.deep
def test_a_small_picture_and_sound_alone(published: Scene, tmp_path: Path) -> None:
    _, files = made(published, RenditionKind.LOW, tmp_path)
    found = probe(files["low.mp4"])
    assert found.video is not None
    assert (found.video.codec, found.video.height) == ("h264", 240)
    assert found.duration_seconds == pytest.approx(CLIP_SECONDS, abs=0.2)
    rendition, files = made(published, RenditionKind.AUDIO, tmp_path)
    with av.open(str(files["sound.ogg"])) as container:
        assert [stream.codec_context.name for stream in container.streams.audio] == ["opus"]
        assert not container.streams.video
    assert rendition.content_type == "audio/ogg"


@pytest.mark.deep
def test_a_ladder_names_every_size_by_the_place_beside_it(published: Scene, tmp_path: Path) -> None:
    rendition, files = made(published, RenditionKind.LADDER, tmp_path)
    assert rendition.object_key.endswith("/master.m3u8")
    assert set(files) == {
        "master.m3u8",
        *(f"{size}.{end}" for size in (720, 480, 240) for end in ("mp4", "m3u8")),
    }
    master = files["master.m3u8"].read_text()
    assert all(f"\n{size}.m3u8\n" in master for size in (720, 480, 240))
    heights = {name: probe(files[name]).video for name in ("720.mp4", "480.mp4", "240.mp4")}
    assert [one and one.height for one in heights.values()] == [720, 480, 240]


def test_a_player_gets_the_ladder_piece_by_piece_and_strangers_nothing_of_it(
    cast: Cast, published: Scene, tmp_path: Path
) -> None:
    amina, lesson = client_of(cast.amina), published.lesson
    door = f"/lessons/{lesson.pk}/recording/ladder"
    assert amina.get(f"{door}/master.m3u8").status_code == 404
    _, files = made(published, RenditionKind.LADDER, tmp_path)
    told = amina.get(f"/lessons/{lesson.pk}/recording/progress").json()
    assert told["replay"]["smaller"]["auto"] == f"{door}/master.m3u8"
    for name in ("master.m3u8", "240.m3u8"):
        playlist = amina.get(f"{door}/{name}")
        assert playlist["Content-Type"] == "application/vnd.apple.mpegurl"
        assert playlist.content.decode() == files[name].read_text()
    assert 'URI="240.mp4"' in playlist.content.decode()
    link = amina.get(f"{door}/240.mp4")["Location"]
    part: Any = amina.get(link, headers={"Range": "bytes=0-99"})
    whole = files["240.mp4"].stat().st_size
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 0-99/{whole}")
    for name in ("999.mp4", "720.mp4.part", "..", "video.mp4"):
        assert amina.get(f"{door}/{name}").status_code == 404
    stranger = client_of(cast.stranger)
    missing = stranger.get("/lessons/7b6f0b0e-1111-4222-8333-444455556666/recording/ladder/master.m3u8")
    for name in ("master.m3u8", "240.m3u8", "240.mp4"):
        assert bare(stranger.get(f"{door}/{name}")) == bare(missing)
    looks = AuditEvent.objects.filter(act="recording.watched")
    assert looks.count() == 1


def test_preview_pictures_lie_where_the_track_says(published: Scene, tmp_path: Path) -> None:
    rendition, files = made(published, RenditionKind.THUMBNAILS, tmp_path)
    assert "sheet.jpg#xywh=0,0,160,90" in files["thumbnails.vtt"].read_text()
    assert rendition.about["number"] == 1
    with Image.open(files["sheet.jpg"]) as sheet:
        assert sheet.size == (1600, 90)
        first: Any = sheet.convert("L").crop((0, 0, 160, 90)).getextrema()
        assert first[1] > 40


def test_what_is_usual_is_made_of_every_video_and_what_was_recorded_goes(
    published: Scene, settings: Any
) -> None:
    settings.RENDITIONS = ["raw", "low", "audio", "nonsense"]
    raw = actions.want_rendition(recording=published.recording, kind=RenditionKind.RAW, now=timezone.now())
    make_rendition(raw.pk)
    raw.refresh_from_db()
    assert actions.want_usual_renditions(now=timezone.now()) == 2
    assert actions.want_usual_renditions(now=timezone.now()) == 0
    assert drop_needless() == 1
    assert storage().head(raw.object_key) is None
    assert set(Rendition.objects.values_list("kind", flat=True)) == {"low", "audio"}
    assert len(due_renditions()) == 2


@pytest.mark.deep
def test_another_layout_replaces_the_video_when_it_is_there(published: Scene, cast: Cast) -> None:
    before = published.recording.video_key
    page = f"/lessons/{published.lesson.pk}/recording/layout"
    client = client_of(cast.teacher)
    assert client.get(page).status_code == 200
    assert client.post(page, {"look": "board"}).status_code == 302
    rendition = Rendition.objects.get(kind=RenditionKind.LAYOUT)
    assert published.recording.video_key == before, "the old one stays"
    assert AuditEvent.objects.filter(act="recording.laid_out").count() == 1
    make_rendition(rendition.pk)
    after = published.recording
    assert (after.state, after.look) == (RecordingState.PUBLISHED, "board")
    assert after.video_key != before
    assert storage().head(before) is None
    assert b"".join(storage().read(after.poster_key)).startswith(b"\xff\xd8")
    proof = storage().head(after.video_key)
    assert proof is not None
    assert (proof.size, proof.sha256) == (after.size_bytes, after.sha256)
    assert not Rendition.objects.filter(kind=RenditionKind.LAYOUT).exists()


def test_a_layout_is_no_students_to_choose_and_unknown_ones_are_refused(published: Scene, cast: Cast) -> None:
    page = f"/lessons/{published.lesson.pk}/recording/layout"
    assert client_of(cast.amina).post(page, {"look": "board"}).status_code == 403
    assert client_of(cast.stranger).post(page, {"look": "board"}).status_code == 404
    assert client_of(None).post(page, {"look": "board"}).status_code == 302
    assert client_of(cast.teacher).post(page, {"look": "diagonal"}).status_code == 400
    assert published.recording.look == ""


def test_while_it_is_composed_the_layout_stays(published: Scene, cast: Cast) -> None:
    recording = published.recording
    Recording.objects.filter(pk=recording.pk).update(state=RecordingState.COMPOSING)
    recording.refresh_from_db()
    with pytest.raises(Refused, match="being_composed"):
        actions.choose_look(recording=recording, look=Look.BOARD, by=cast.teacher, now=timezone.now())
