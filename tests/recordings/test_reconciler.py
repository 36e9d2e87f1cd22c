"""Each minute timetable, recorders, folders, store and rows are compared: what is found, mended, and told."""

from __future__ import annotations

import os
import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions as lessons
from classroom.models import Lesson
from common.refusals import Refused
from common.storage.contract import sha256_of
from recordings import actions
from recordings.compositing import Track
from recordings.models import (
    Capture,
    Finding,
    Orphan,
    Reconciliation,
    Recorder,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)
from recordings.pipeline import make_poster_again, timeline_of
from recordings.pipeline.tracks import gaps_of
from recordings.reconciler import Report, reconcile
from recordings.sample import make_sample_clip
from recordings.storage import prefix_of, storage
from tests.conftest import Cast
from tests.faults.scenes import enter
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def compare() -> Report:
    report = reconcile()
    assert report is not None
    return report


def open_findings() -> set[tuple[str, str]]:
    return set(Finding.objects.filter(closed_at__isnull=True).values_list("kind", "about"))


@pytest.fixture
def held(cast: Cast) -> Lesson:
    return hold_lesson(cast, ended_at=timezone.now() - DAY)


@pytest.fixture
def published(cast: Cast, held: Lesson) -> Recording:
    """As the pipeline leaves it: the key names the content."""
    recording = publish(held, cast.amina)
    store(recording, b"film")
    return recording


def store(recording: Recording, content: bytes) -> str:
    part: Path = settings.WORK_DIR / "part"
    part.write_bytes(content)
    digest = sha256_of(part)
    key = f"{prefix_of(recording)}{digest[:16]}"
    for suffix in ("mp4", "jpg"):
        storage().put(f"{key}.{suffix}", part, content_type="video/mp4")
    part.unlink()
    known = {"video_key": f"{key}.mp4", "poster_key": f"{key}.jpg"}
    Recording.objects.filter(pk=recording.pk).update(**known, size_bytes=len(content), sha256=digest)
    recording.refresh_from_db()
    return f"{key}.mp4"


def test_where_all_agrees_nothing_is_found(published: Recording) -> None:
    compare()
    assert open_findings() == set()
    books = Reconciliation.objects.get()
    assert books.finished_at
    assert not books.is_late(timezone.now())
    published.refresh_from_db()
    assert published.checked_at


def test_a_lesson_without_a_row_gets_one(lesson: Lesson) -> None:
    Recording.objects.all().delete()
    compare()
    assert Recording.objects.get(lesson=lesson).state == RecordingState.EXPECTED


def test_a_video_that_the_store_lost_is_composed_again_from_what_the_recorder_left(
    published: Recording,
) -> None:
    storage().delete(published.video_key)
    compare()
    published.refresh_from_db()
    assert published.state == RecordingState.CAPTURED
    assert Finding.objects.get(kind="object_missing").is_mended
    assert open_findings() == set()


def test_without_the_originals_somebody_has_to_know(published: Recording) -> None:
    storage().delete(published.video_key)
    shutil.rmtree(settings.RECORDINGS_DIR)
    compare()
    published.refresh_from_db()
    assert published.state == RecordingState.PUBLISHED
    about = f"recording:{published.pk}"
    assert ("object_missing", about) in open_findings()
    assert Finding.objects.get(kind="object_missing").recording == published.pk
    store(published, b"film")
    compare()
    assert ("object_missing", about) not in open_findings()


@pytest.mark.parametrize("content", [b"fil", b"FILM"], ids=["shorter", "other bytes"])
def test_other_bytes_are_told_and_not_touched(published: Recording, content: bytes) -> None:
    (settings.STORAGE_DIR / "objects" / published.video_key).write_bytes(content)
    (settings.STORAGE_DIR / "sums" / published.video_key).unlink()
    compare()
    assert ("object_differs", f"recording:{published.pk}") in open_findings()
    published.refresh_from_db()
    assert published.state == RecordingState.PUBLISHED


def test_a_poster_that_the_store_lost_is_made_of_the_video(published: Recording, tmp_path: Path) -> None:
    film = make_sample_clip(tmp_path / "film.mp4", 3, width=160, height=90)
    store(published, film.read_bytes())
    Recording.objects.filter(pk=published.pk).update(duration_seconds=3.0)
    storage().delete(published.poster_key)
    report = compare()
    assert ("object_missing", f"poster:{published.pk}") in report.mended
    make_poster_again(published.pk)
    published.refresh_from_db()
    held = b"".join(storage().read(published.poster_key))
    assert held.startswith(b"\xff\xd8"), "a JPEG"
    assert compare().found == {}


@pytest.mark.parametrize("lost", ["object_key", "extra_keys"])
def test_what_was_made_of_a_video_and_is_lost_is_made_again(published: Recording, lost: str) -> None:
    sheet = rendition_of(published, RenditionKind.THUMBNAILS)
    assert compare().found == {}
    storage().delete(sheet.object_key if lost == "object_key" else sheet.extra_keys[0])
    report = compare()
    assert ("object_missing", f"rendition:{sheet.pk}") in report.mended
    sheet.refresh_from_db()
    assert sheet.state == RenditionState.WANTED


def test_other_bytes_and_lost_captions_are_told_and_left_to_people(published: Recording) -> None:
    sound, words = (rendition_of(published, kind) for kind in (RenditionKind.AUDIO, RenditionKind.CAPTIONS))
    Rendition.objects.filter(pk=sound.pk).update(sha256="0" * 64)
    for key in words.keys:
        storage().delete(key)
    compare()
    told = {("object_differs", f"rendition:{sound.pk}"), ("object_missing", f"rendition:{words.pk}")}
    assert told <= open_findings()
    assert set(published.renditions.values_list("state", flat=True)) == {RenditionState.READY}


def rendition_of(recording: Recording, kind: RenditionKind) -> Rendition:
    part: Path = settings.WORK_DIR / "part"
    part.write_bytes(kind.encode())
    keys = [f"{prefix_of(recording)}{kind}-any-0/{name}" for name in ("main", "beside")]
    sums = [storage().put(key, part, content_type="text/plain").sha256 for key in keys]
    part.unlink()
    return Rendition.objects.create(
        recording=recording,
        kind=kind,
        state=RenditionState.READY,
        wanted_at=timezone.now(),
        object_key=keys[0],
        extra_keys=keys[1:],
        sha256=sums[0],
    )


def test_a_video_whose_row_was_lost_is_found_in_the_store(published: Recording) -> None:
    """As after a database that was restored from yesterday, with the recorders' disks emptied meanwhile."""
    lesson, key, sha256 = published.lesson, published.video_key, published.sha256
    published.delete()
    shutil.rmtree(settings.RECORDINGS_DIR)
    compare()
    actions.finish_captured(now=timezone.now())  # as the sweep does: people were inside and nothing is known
    compare()
    found = Recording.objects.get(lesson=lesson)
    assert (found.state, found.video_key, found.sha256) == (RecordingState.PUBLISHED, key, sha256)
    assert AuditEvent.objects.filter(act="recording.readopted").count() == 1


def test_objects_of_no_lesson_are_named(published: Recording, cast: Cast) -> None:
    part: Path = settings.WORK_DIR / "part"
    part.write_bytes(b"?")
    nobody = f"here/{uuid.uuid4()}"
    storage().put(f"{nobody}/0123456789abcdef.mp4", part, content_type="video/mp4")
    storage().put("here/exports/anything.zip", part, content_type="application/zip")
    compare()
    assert open_findings() == {("object_unknown", f"object:{nobody}")}
    storage().delete(f"{nobody}/0123456789abcdef.mp4")


def test_a_folder_of_an_unknown_room_is_listed_until_somebody_decides(cast: Cast, held: Lesson) -> None:
    compare()
    Recording.objects.filter(lesson=held).update(state=RecordingState.FAILED, reason="no_recorder")
    folder = leave("nobody-knows-this-room")
    compare()
    orphan = Orphan.objects.get()
    assert ("folder_unknown", f"orphan:{orphan.public_id}") in open_findings()
    actions.assign_orphan(orphan=orphan, lesson=held, by=cast.head, now=timezone.now())
    recording = Recording.objects.get(lesson=held)
    assert (recording.state, recording.captures.get().session_id) == (RecordingState.CAPTURED, folder.name)
    line = AuditEvent.objects.get(act="orphan.assigned")
    assert (line.institution, line.target) == (cast.school, f"recording:{recording.pk}")
    compare()
    assert "folder_unknown" not in {kind for kind, _ in open_findings()}


@pytest.mark.django_db(transaction=True)
def test_a_discarded_folder_is_gone_after_its_line_is_kept(cast: Cast) -> None:
    folder = leave("nobody-knows-this-room")
    compare()
    actions.discard_orphan(orphan=Orphan.objects.get(), by=cast.head)
    assert not folder.exists()
    assert AuditEvent.objects.filter(act="orphan.discarded", institution=None).count() == 1


@pytest.mark.parametrize("name", ["..", ".", "a/../../b"])
def test_a_folder_is_never_looked_for_outside(cast: Cast, name: str) -> None:
    orphan = Orphan.objects.create(name=name, found_at=timezone.now())
    with pytest.raises(Refused, match="folder_gone"):
        actions.discard_orphan(orphan=orphan, by=cast.head)
    assert settings.RECORDINGS_DIR.is_dir()


def leave(room: str) -> Path:
    folder: Path = settings.RECORDINGS_DIR / uuid.uuid4().hex
    folder.mkdir(parents=True)
    (folder / f"{room}_2026-11-02-08-00-00.mp4").write_bytes(b"film")
    (folder / "finalized").touch()
    return folder


def test_work_folders_of_no_recording_go_after_a_day(published: Recording) -> None:
    young, old, other = (
        settings.WORK_DIR / name for name in (str(uuid.uuid4()), str(uuid.uuid4()), "export-1")
    )
    for folder in (young, old, other):
        folder.mkdir()
    long_ago = timezone.now().timestamp() - 2 * DAY.total_seconds()
    for folder in (old, other):
        os.utime(folder, (long_ago, long_ago))
    compare()
    assert (young.exists(), old.exists(), other.exists()) == (True, False, True)
    assert ("work_unknown", f"folder:{young.name}") in open_findings()


def test_what_does_not_get_on_is_named_and_knocked_at(held: Lesson, published: Recording) -> None:
    long_ago = timezone.now() - DAY
    stuck = Recording.objects.filter(pk=published.pk)
    stuck.update(state=RecordingState.COMPOSING, state_at=long_ago)
    compare()
    assert ("stuck", f"recording:{published.pk}") in open_findings()
    stuck.update(lease_owner="a worker", lease_until=timezone.now() + timedelta(seconds=30))
    compare()
    assert open_findings() == set()


def test_a_lesson_in_which_people_stay_for_hours_is_not_stuck(lesson: Lesson) -> None:
    compare()
    Lesson.objects.filter(pk=lesson.pk).update(status="live")
    Recording.objects.update(state=RecordingState.RECORDING, state_at=timezone.now() - DAY)
    compare()
    assert open_findings() == set()


def test_a_capture_that_nobody_closed_is_closed(held: Lesson) -> None:
    compare()
    recording = Recording.objects.get(lesson=held)
    Recording.objects.update(state=RecordingState.RECORDING)
    seen = timezone.now() - DAY
    Capture.objects.create(
        recording=recording, engine="jibri", session_id="s", state="running", wanted_at=seen, seen_at=seen
    )
    compare()
    assert Capture.objects.get().state == "closed"
    assert Finding.objects.get(kind="capture_open").is_mended


MINUTE = timedelta(minutes=1)


def recorded_by_row_only(lesson: Lesson, cast: Cast, *, free_since: timedelta) -> Capture:
    """The teacher is inside; our row says that a Jibri records, and the Jibri that it is free."""
    now = timezone.now()
    enter(lesson, cast, now - 9 * MINUTE)
    compare()
    recording = Recording.objects.get(lesson=lesson)
    Recording.objects.update(state=RecordingState.RECORDING, state_at=now - 9 * MINUTE)
    free = Recorder.objects.create(
        name="jibri-1", state="idle", state_at=now - free_since, next_poll_at=now, base_url="http://j:2222"
    )
    began = {"wanted_at": now - 9 * MINUTE, "asked_at": now - 9 * MINUTE, "confirmed_at": now - 9 * MINUTE}
    return Capture.objects.create(
        recording=recording, engine="jibri", session_id="first", state="running", recorder=free, **began
    )


def test_a_capture_whose_recorder_is_free_is_ended_with_its_cause_and_another_one_is_wanted(
    cast: Cast, lesson: Lesson, settings: Any
) -> None:
    settings.RECORDER_ENGINE = "jibri"
    capture = recorded_by_row_only(lesson, cast, free_since=2 * MINUTE)
    compare()
    capture.refresh_from_db()
    assert (capture.state, capture.end_cause) == ("lost", "recorder_left")
    recording = capture.recording
    recording.refresh_from_db()
    assert recording.state == RecordingState.STARTING
    again = recording.captures.get(state="wanted")
    assert Finding.objects.get(kind="capture_idle").is_mended
    compare()
    assert list(recording.captures.filter(state="wanted")) == [again], "asked for once"
    [gap] = gap_between(recording, timezone.now())
    assert gap["cause"] == "recorder_left"


def gap_between(recording: Recording, now: datetime) -> list[dict[str, Any]]:
    """The first one filmed until it left; another one from now on, to the lesson's end."""
    lessons.end_lesson(lesson=recording.lesson, now=now + MINUTE, by=None)
    films = [
        Track(Path("a.ts"), "room", "", "", "", (now - 9 * MINUTE).timestamp(), 420),
        Track(Path("b.ts"), "room", "", "", "", (now + 5 * timedelta(seconds=1)).timestamp(), 55),
    ]
    return gaps_of(recording, films, timeline_of(recording, films))


@pytest.mark.parametrize("is_young", ["the recorder's state", "the capture"])
def test_a_recorder_that_is_just_about_to_begin_is_left_alone(
    cast: Cast, lesson: Lesson, settings: Any, is_young: str
) -> None:
    settings.RECORDER_ENGINE = "jibri"
    capture = recorded_by_row_only(lesson, cast, free_since=2 * MINUTE)
    if is_young == "the capture":
        Capture.objects.update(asked_at=timezone.now())
    else:
        Recorder.objects.update(state_at=timezone.now())
    compare()
    capture.refresh_from_db()
    assert capture.state == "running"


def test_after_the_lesson_a_capture_of_a_free_recorder_is_closed_and_nobody_is_asked(
    cast: Cast, lesson: Lesson, settings: Any
) -> None:
    settings.RECORDER_ENGINE = "jibri"
    capture = recorded_by_row_only(lesson, cast, free_since=2 * MINUTE)
    lesson.refresh_from_db()
    lessons.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)
    compare()
    capture.refresh_from_db()
    assert (capture.state, capture.end_cause) == ("closed", "")
    assert Capture.objects.count() == 1


def test_a_recorder_that_works_for_nobody_is_named(db: None) -> None:
    long_ago = timezone.now() - DAY
    alone = Recorder.objects.create(name="jibri-1", state="busy", state_at=long_ago, next_poll_at=long_ago)
    compare()
    assert ("recorder_alone", f"recorder:{alone.pk}") in open_findings()


def test_a_store_that_is_away_is_a_finding_and_stops_nothing_else(
    published: Recording, settings: Any
) -> None:
    from common.storage.place import open_bucket
    from recordings import storage as kept

    settings.STORAGE_BACKEND = "s3"
    settings.S3 = {
        "S3_BUCKET": "films",
        "S3_REGION": "us-east-1",
        "S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "S3_ACCESS_KEY_ID": "a",
        "S3_SECRET_ACCESS_KEY": "b",
    }
    for forget in (kept.storage.cache_clear, open_bucket.cache_clear):
        forget()
    compare()
    assert open_findings() == {("store_away", "check_published"), ("store_away", "look_through_store")}
    assert Reconciliation.objects.get().finished_at


def test_the_store_is_looked_through_slice_by_slice(
    published: Recording,
) -> None:
    compare()
    assert Reconciliation.objects.get().cursor == {"store": 0, "after": ""}
    Reconciliation.objects.update(cursor={"store": 0, "after": "zzz"})
    nobody = f"here/{uuid.uuid4()}"
    part: Path = settings.WORK_DIR / "part"
    part.write_bytes(b"?")
    storage().put(f"{nobody}/0123456789abcdef.mp4", part, content_type="video/mp4")
    compare()
    assert open_findings() == set()
    compare()
    assert open_findings() == {("object_unknown", f"object:{nobody}")}


def test_two_at_once_are_one(db: None) -> None:
    assert actions.claim_reconciliation(now=timezone.now()) is not None
    assert reconcile() is None
    assert actions.claim_reconciliation(now=timezone.now() + timedelta(minutes=3)) is not None


def test_when_it_is_late_there_is_one_alarm_and_an_end_of_it(db: None) -> None:
    compare()
    now = timezone.now()
    assert actions.note_late_reconciler(now=now) is False
    late = now + timedelta(minutes=4)
    assert actions.note_late_reconciler(now=late) is True
    assert actions.note_late_reconciler(now=late) is False
    compare()
    acts = AuditEvent.objects.filter(institution=None).order_by("seq").values_list("act", flat=True)
    assert [act for act in acts if act.startswith("reconciler")] == ["reconciler.late", "reconciler.back"]


@pytest.fixture
def operator(db: None) -> Person:
    return Person.objects.create_superuser("operator@platform.example", "a password of theirs", name="Olga")


def test_the_operators_are_written_to_once_an_outage(operator: Person, mailoutbox: list[Any]) -> None:
    compare()
    late = timezone.now() + timedelta(minutes=4)
    assert actions.has_untold_alarms() is False
    for _ in range(2):
        actions.note_late_reconciler(now=late)
        actions.tell_operators(now=late)
    [letter] = mailoutbox
    assert letter.to == [operator.email]
    assert "three minutes" in letter.body
    compare()
    actions.note_late_reconciler(now=timezone.now() + timedelta(minutes=4))
    assert actions.tell_operators(now=timezone.now()) == 1, "the next outage is another one"


def test_a_full_disk_is_told_to_the_operators_and_not_each_time_it_fills(
    operator: Person, held: Lesson, published: Recording, mailoutbox: list[Any]
) -> None:
    now = timezone.now()
    for _ in range(2):
        changes = {"state": RecordingState.CAPTURED, "step": "waiting_for_disk", "state_at": now}
        Recording.objects.filter(pk=published.pk).update(**changes)
        compare()
        actions.tell_operators(now=now)
        Recording.objects.filter(pk=published.pk).update(state=RecordingState.PUBLISHED, step="")
        compare()
    [letter] = mailoutbox
    assert "space on the disk: 1" in letter.body
    assert actions.has_untold_alarms() is False
