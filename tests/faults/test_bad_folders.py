"""What a recorder may leave instead of a video: each ends with a sentence, untouched, and stops nobody else."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from classroom.models import Lesson
from common.services.urls import free_port
from common.storage.place import open_bucket
from recordings import pipeline, storage
from recordings.adoption import adopt_folders
from recordings.models import Capture, Reason, Recording, RecordingState
from recordings.sample import make_sample_clip
from recordings.tasks import sweep
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.scenes import Scene, captured, contents, hold_lesson, make_folder, video_name
from tests.processes import ROOT, House

pytestmark = [pytest.mark.fault]

BUCKET = "recordings"
Spoil = Callable[[Path, Lesson, datetime], None]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", 5, width=320, height=180)


class Listener(HTTPServer):
    heard: list[str]


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.heard.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = Listener(("127.0.0.1", 0), Handler)
    server.heard = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def write_manifest(folder: Path, lesson: Lesson, **changes: Any) -> None:
    told = {"version": 1, "engine": "embedded", "room": lesson.room.name, "tracks": [], **changes}
    (folder / "manifest.json").write_text(json.dumps(told))


def without_a_video(folder: Path, lesson: Lesson, begun: datetime) -> None:
    (folder / "metadata.json").write_text(json.dumps({"meeting_url": f"https://meet/{lesson.room.name}"}))


def truncated(folder: Path, lesson: Lesson, begun: datetime) -> None:
    video = folder / video_name(lesson, begun)
    make_sample_clip(video, 2, width=160, height=90)
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])


def a_text(folder: Path, lesson: Lesson, begun: datetime) -> None:
    (folder / video_name(lesson, begun)).write_text("I am not a film.\n" * 500)


def empty(folder: Path, lesson: Lesson, begun: datetime) -> None:
    (folder / video_name(lesson, begun)).touch()


def a_manifest_of_nonsense(folder: Path, lesson: Lesson, begun: datetime) -> None:
    write_manifest(folder, lesson, version=7, tracks={"file": ["../../etc/passwd"]})


def a_manifest_that_is_no_json(folder: Path, lesson: Lesson, begun: datetime) -> None:
    without_a_video(folder, lesson, begun)
    (folder / "manifest.json").write_bytes(b'{"room": "' + b"[" * 100_000)


def a_manifest_with_odd_tracks(folder: Path, lesson: Lesson, begun: datetime) -> None:
    tracks = [None, 7, {"file": "../x.mkv", "kind": "camera", "started_at": 1}, {"file": "x", "kind": 9}]
    write_manifest(folder, lesson, tracks=tracks)


def a_link_out(folder: Path, lesson: Lesson, begun: datetime) -> None:
    (folder / video_name(lesson, begun)).symlink_to("/etc/passwd")
    (folder / "metadata.json").write_text(json.dumps({"meeting_url": f"https://meet/{lesson.room.name}"}))


BAD: list[tuple[Spoil, Reason]] = [
    (without_a_video, Reason.NO_VIDEO),
    (truncated, Reason.TRUNCATED),
    (a_text, Reason.NOT_A_VIDEO),
    (empty, Reason.EMPTY),
    (a_manifest_of_nonsense, Reason.NO_VIDEO),
    (a_manifest_that_is_no_json, Reason.NO_VIDEO),
    (a_manifest_with_odd_tracks, Reason.NO_VIDEO),
    (a_link_out, Reason.NO_VIDEO),
]


def row(lesson: Lesson) -> Recording:
    return Recording.objects.get(lesson=lesson)


def work_on(lesson: Lesson) -> Recording:
    pipeline.advance(row(lesson).pk)
    return row(lesson)


def test_every_reason_is_a_sentence() -> None:
    for reason in Reason:
        assert str(reason.label).endswith("."), reason
        assert len(str(reason.label).split()) > 4


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[0].__name__)
def test_a_bad_folder_ends_with_its_reason_and_is_kept_as_it_was(
    cast: Cast, bad: tuple[Spoil, Reason]
) -> None:
    spoil, reason = bad
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    spoil(folder, lesson, begun)
    before = contents(folder)
    assert adopt_folders(now=timezone.now()) == 1
    recording = work_on(lesson)
    assert (recording.state, recording.reason) == (RecordingState.FAILED, reason)
    assert contents(folder) == before


def test_a_playlist_that_calls_itself_mp4_reaches_nobody(cast: Cast, listener: Listener) -> None:
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    url = f"http://127.0.0.1:{listener.server_port}/segment.ts"
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXTINF:5,\nfile:///etc/passwd\n"
    (folder / video_name(lesson, begun)).write_text(text + "#EXT-X-ENDLIST\n")
    before = contents(folder)
    adopt_folders(now=timezone.now())
    recording = work_on(lesson)
    assert (recording.state, recording.reason) == (RecordingState.FAILED, Reason.NOT_A_VIDEO)
    assert listener.heard == []
    assert contents(folder) == before


def test_a_folder_that_names_no_room_belongs_to_nobody_and_stays(cast: Cast) -> None:
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    (folder / "manifest.json").write_bytes(b'{"room": "' + b"[" * 100_000)
    before = contents(folder)
    sweep()
    assert not Capture.objects.exists()
    assert (row(lesson).state, row(lesson).reason) == (RecordingState.FAILED, Reason.NO_RECORDER)
    assert contents(folder) == before


def test_bad_folders_never_stop_the_sweep_from_adopting_a_good_one(cast: Cast, clip: Path) -> None:
    for number, (spoil, _) in enumerate(BAD):
        lesson, begun = hold_lesson(cast, f"Bad {number}")
        spoil(make_folder(lesson, begun), lesson, begun)
    litter(django_settings.RECORDINGS_DIR)
    lesson, begun = hold_lesson(cast, "Good")
    make_folder(lesson, begun, clip)
    sweep()
    assert row(lesson).state == RecordingState.CAPTURED
    assert Capture.objects.count() == len(BAD) + 1


def litter(root: Path) -> None:
    """What else may lie where recorders write."""
    (root / "a file").write_text("x")
    (root / "link").symlink_to("/etc")
    (root / "loop").symlink_to(root)
    (root / "nobody's").mkdir()
    (root / "nobody's" / "finalized").touch()
    (root / ("long" * 50)).mkdir()
    (root / ("long" * 50) / "finalized").touch()
    (root / "closed").mkdir()
    (root / "closed" / "manifest.json").mkdir()
    (root / "closed" / "finalized").touch()


@pytest.mark.deep
def test_a_good_folder_after_a_bad_one_is_published_without_the_old_reason(cast: Cast, clip: Path) -> None:
    lesson, begun = hold_lesson(cast)
    a_text(make_folder(lesson, begun), lesson, begun)
    sweep()
    assert work_on(lesson).state == RecordingState.FAILED
    make_folder(lesson, begun, clip)
    sweep()
    recording = work_on(lesson)
    assert (recording.state, recording.reason) == (RecordingState.PUBLISHED, "")


# Storage that is away, and storage that keeps something else.


def s3_settings(endpoint: str) -> dict[str, str]:
    return {
        "S3_BUCKET": BUCKET,
        "S3_REGION": "us-east-1",
        "S3_ENDPOINT_URL": endpoint,
        "S3_ACCESS_KEY_ID": "someone",
        "S3_SECRET_ACCESS_KEY": "something",
    }


def use_s3(settings: Any, endpoint: str) -> None:
    settings.STORAGE_BACKEND, settings.S3 = "s3", s3_settings(endpoint)
    storage.storage.cache_clear()
    open_bucket.cache_clear()


@pytest.fixture
def bucket(s3_server: str) -> Any:
    session = boto3.session.Session("someone", "something", region_name="us-east-1")
    client = session.client("s3", endpoint_url=s3_server)
    client.create_bucket(Bucket=BUCKET)
    for kept in listed(client):
        client.delete_object(Bucket=BUCKET, Key=kept["Key"])
    return client


@pytest.fixture(autouse=True)
def forget_storage() -> Iterator[None]:
    yield
    storage.storage.cache_clear()
    open_bucket.cache_clear()


def a_minute_later(lesson: Lesson) -> None:
    Recording.objects.filter(lesson=lesson).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_storage_that_is_away_delays_the_video_and_costs_nothing(
    cast: Cast, clip: Path, settings: Any, s3_server: str, bucket: Any
) -> None:
    scene = captured(cast, clip)
    use_s3(settings, f"http://127.0.0.1:{free_port()}")
    for _ in range(pipeline.MAX_ATTEMPTS + 1):
        assert work_on(scene.lesson).state == RecordingState.STORING
        free_at = row(scene.lesson).lease_until
        assert free_at is not None
        assert free_at > timezone.now(), "it waits before the next try"
        a_minute_later(scene.lesson)
    use_s3(settings, s3_server)
    recording = work_on(scene.lesson)
    assert recording.state == RecordingState.PUBLISHED
    held = bucket.get_object(Bucket=BUCKET, Key=recording.video_key)["Body"].read()
    assert len(held) == recording.size_bytes
    assert scene.is_untouched()


def crash(house: House, scene: Scene) -> int:
    """The exit code of a process of its own that works on it."""
    code = f"import django; django.setup(); from recordings.pipeline import advance; advance('{scene.recording.pk}')"
    env = {**house.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, check=False).returncode


def other_bytes(kept: dict[str, Any]) -> dict[str, Any]:
    return {"Body": b"something else", "Metadata": {"sha256": "0" * 64}}


def half_of_it(kept: dict[str, Any]) -> dict[str, Any]:
    """The name and the claim are right, the object is not."""
    return {"Body": kept["Body"].read()[:1000], "Metadata": kept["Metadata"]}


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tamper", [half_of_it, other_bytes])
def test_a_storage_that_keeps_something_else_is_found_out_and_the_video_is_published_beside_it(
    build: Build,
    cast: Cast,
    clip: Path,
    settings: Any,
    s3_server: str,
    bucket: Any,
    tamper: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    house = build(CRASH_AT="recordings.poster_stored", STORAGE_BACKEND="s3", **s3_settings(s3_server))
    scene = captured(cast, clip)
    assert crash(house, scene) == -signal.SIGKILL
    [key] = [one["Key"] for one in listed(bucket) if one["Key"].endswith(".mp4")]
    bad = tamper(bucket.get_object(Bucket=BUCKET, Key=key))
    bucket.put_object(Bucket=BUCKET, Key=key, **bad)
    use_s3(settings, s3_server)
    a_minute_later(scene.lesson)
    recording = work_on(scene.lesson)
    assert (recording.state, recording.reason) == (RecordingState.PUBLISHED, "")
    assert recording.video_key != key
    held = bytes_of(bucket, recording.video_key)
    assert (len(held), hashlib.sha256(held).hexdigest()) == (recording.size_bytes, recording.sha256)
    assert bytes_of(bucket, key) == bad["Body"], "it is evidence"
    assert scene.is_untouched()


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
def test_a_storage_that_keeps_something_else_under_both_names_fails_and_the_local_copy_stays(
    build: Build, cast: Cast, clip: Path, settings: Any, s3_server: str, bucket: Any
) -> None:
    house = build(CRASH_AT="recordings.poster_stored", STORAGE_BACKEND="s3", **s3_settings(s3_server))
    scene = captured(cast, clip)
    assert crash(house, scene) == -signal.SIGKILL
    [key] = [one["Key"] for one in listed(bucket) if one["Key"].endswith(".mp4")]
    digest = hashlib.sha256((scene.work / "video.mp4").read_bytes()).hexdigest()
    for taken in (key, key.replace(".mp4", f"-{digest[16:24]}.mp4")):
        bucket.put_object(Bucket=BUCKET, Key=taken, Body=b"something else")
    use_s3(settings, s3_server)
    a_minute_later(scene.lesson)
    recording = work_on(scene.lesson)
    assert (recording.state, recording.reason) == (RecordingState.FAILED, Reason.STORAGE_REFUSED)
    assert (scene.work / "video.mp4").exists()
    assert scene.is_untouched()


def bytes_of(bucket: Any, key: str) -> bytes:
    held: bytes = bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return held


def listed(bucket: Any) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = bucket.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return contents
