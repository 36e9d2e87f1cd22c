"""FFmpeg that crashes, dies of a signal or lies, a disk that is too small, somebody who must not be shown."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from accounts.actions import decide_recording
from accounts.models import AnswerSource, Person, RecordingAnswer
from classroom.models import Fact, Lesson
from recordings import ffmpeg, pipeline
from recordings.actions import compose_again, want_rendition
from recordings.adoption import adopt_folders
from recordings.models import Finding, Reason, Recording, RecordingState, Rendition, RenditionKind
from recordings.pipeline import excluded_from, tracks_of
from recordings.reconciler import reconcile
from recordings.renditions import make_rendition
from recordings.sample import make_sample_clip
from tests.conftest import Cast
from tests.faults.scenes import Scene, captured, contents, hold_lesson, make_folder, video_name
from tests.recordings.media import frames_of, samples_of
from tests.tiers import sampled

pytestmark = [pytest.mark.fault, pytest.mark.django_db]
# Only what is to write a film or its sound is spoilt: looking at the sources works.
FAKE = """#!/bin/sh
for last in "$@"; do :; done
case "$last" in
  *.mp4|*.mkv|*.mov|*.webm|*.ogg) {act} ;;
  *) exec {real} "$@" ;;
esac
"""
# Content with a part, which can be played; `which` knows the step by its arguments, the first that fits counts.
SHORT = """case "$*" in
  {which}) ;;
  *) exec {{real}} "$@" ;;
esac
n=$#; while [ $n -gt 1 ]; do set -- "$@" "$1"; shift; n=$((n-1)); done; shift
exec {{real}} "$@" {option} "$last"
"""
PIECE, JOIN, FINISH, TILE = "*-frames:v*", "*concat*-c*copy*", "*ffmetadata*", "*enc_time_base*"
MAKERS_ACT = "everything is short"
SHORT_TILE = "a person's picture is short"
ACTS = {
    "exit 1": "exit 1",
    "a signal": "kill -SEGV $$",
    "truncated with exit 0": '{real} "$@"; head -c 500 "$last" > "$last.half"; mv "$last.half" "$last"; exit 0',
    "nothing with exit 0": "exit 0",
    "a hang": "kill -STOP $$",
    "the last mux is short": SHORT.format(which=FINISH, option="-t 3"),
    "the last mux has all sound and few pictures": SHORT.format(which=FINISH, option="-frames:v 9"),
    "a piece has few pictures": SHORT.format(which=PIECE, option="-frames:v 9"),
    "the joining is short": SHORT.format(which=JOIN, option="-t 3"),
    "the joining has all sound and few pictures": SHORT.format(which=JOIN, option="-frames:v 9"),
    MAKERS_ACT: SHORT.format(which="*", option="-t 3"),
    SHORT_TILE: SHORT.format(which=TILE, option="-frames:v 9"),
}
OF_A_ROOM = [act for act in ACTS if act not in (MAKERS_ACT, SHORT_TILE)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", 5, width=160, height=90)


@pytest.fixture
def scene(cast: Cast, clip: Path) -> Scene:
    return captured(cast, clip)


@pytest.fixture
def spoilt(tmp_path: Path) -> Iterator[Any]:
    """Puts another program called ffmpeg first on PATH."""
    real, path = ffmpeg.executable(), os.environ["PATH"]

    def spoil(act: str) -> None:
        fake = tmp_path / "bin" / "ffmpeg"
        fake.parent.mkdir()
        fake.write_text(FAKE.format(real=real, act=ACTS[act].format(real=real)))
        fake.chmod(0o755)
        use(f"{fake.parent}:{path}")

    def use(found: str) -> None:
        os.environ["PATH"] = found
        ffmpeg.executable.cache_clear()

    spoil.heal = lambda: use(path)  # type: ignore[attr-defined]
    yield spoil
    use(path)


def work_on(scene: Scene) -> Recording:
    Recording.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    pipeline.advance(scene.recording.pk)
    return scene.recording


@pytest.mark.parametrize("act", sampled(OF_A_ROOM, every=len(OF_A_ROOM)))
def test_what_ffmpeg_could_not_make_fails_with_a_reason_and_is_made_again_from_the_original(
    scene: Scene, spoilt: Any, settings: Any, cast: Cast, act: str
) -> None:
    settings.FFMPEG_STALL_SECONDS = 1 if act == "a hang" else settings.FFMPEG_STALL_SECONDS
    spoilt(act)
    for _ in range(pipeline.MAX_ATTEMPTS):
        recording = work_on(scene)
    assert (recording.state, recording.reason) == (RecordingState.FAILED, Reason.COMPOSING_FAILED)
    assert not recording.chunks.exclude(lease_owner="", lease_until=None).exists(), (
        "the next attempt would wait"
    )
    assert scene.is_untouched()
    spoilt.heal()
    settings.FFMPEG_STALL_SECONDS = 60
    compose_again(recording=recording, by=cast.head, now=timezone.now())
    assert work_on(scene).state == RecordingState.PUBLISHED
    assert scene.is_untouched()


@pytest.mark.deep
def test_half_of_a_persons_picture_is_made_again_and_their_film_is_not_left_out(
    cast: Cast, clip: Path, spoilt: Any
) -> None:
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    shutil.copyfile(clip, folder / "Tomas.mp4")
    write_tracks(folder, lesson, begun, [("Tomas.mp4", cast.teacher, "camera")])
    adopt_folders(now=timezone.now())
    scene = Scene(lesson, folder, contents(folder))
    spoilt(SHORT_TILE)
    recording = work_on(scene)
    assert (recording.state, recording.attempts, recording.left_out) == (RecordingState.COMPOSING, 1, [])
    spoilt.heal()
    recording = work_on(scene)
    assert (recording.state, recording.left_out) == (RecordingState.PUBLISHED, [])
    assert scene.is_untouched()


@pytest.mark.deep
@pytest.mark.parametrize(
    "kind",
    [RenditionKind.LOW, RenditionKind.RAW, RenditionKind.PACK, RenditionKind.AUDIO],
)
def test_what_is_made_of_a_video_is_as_long_as_the_video_or_made_again(
    scene: Scene, spoilt: Any, kind: RenditionKind
) -> None:
    recording = work_on(scene)
    rendition = want_rendition(recording=recording, kind=kind, now=timezone.now())
    spoilt(MAKERS_ACT)
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.attempts, rendition.object_key) == ("wanted", 1, "")
    spoilt.heal()
    Rendition.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    make_rendition(rendition.pk)
    rendition.refresh_from_db()
    assert (rendition.state, rendition.reason) == ("ready", "")


def test_two_files_in_one_folder_with_overwritten_metadata_are_one_video_however_often_it_is_asked_for(
    cast: Cast, clip: Path
) -> None:
    """As when a second Jibri went on in the folder of the first one, wrote its own metadata, and all was told twice."""
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun, clip)
    shutil.copyfile(clip, folder / video_name(lesson, begun + timedelta(seconds=20)))
    (folder / "metadata.json").write_text('{"meeting_url": "https://meet/another-room", "participants": [')
    left = contents(folder)
    for _ in range(2):
        adopt_folders(now=timezone.now())
    scene = Scene(lesson, folder, left)
    for _ in range(3):
        recording = work_on(scene)
    assert (recording.state, recording.reason, recording.left_out) == (RecordingState.PUBLISHED, "", [])
    assert recording.captures.count() == 1
    assert Fact.objects.filter(lesson=lesson, type="recording.published").count() == 1
    first, second = recording.shown
    assert recording.duration_seconds == pytest.approx(10, abs=0.3)
    assert second[0] - first[0] == pytest.approx(20, abs=1)
    assert scene.is_untouched()


@pytest.mark.deep
def test_what_was_damaged_in_the_store_is_published_beside_it(scene: Scene, cast: Cast) -> None:
    """The same bytes have the same name, and what lies there by now may be evidence."""
    old = work_on(scene)
    damaged = django_settings.STORAGE_DIR / "objects" / old.video_key
    damaged.write_bytes(b"somebody was here")
    (django_settings.STORAGE_DIR / "sums" / old.video_key).unlink()
    reconcile()
    compose_again(recording=old, by=cast.head, now=timezone.now())
    new = work_on(scene)
    assert (new.state, new.reason, new.sha256) == (RecordingState.PUBLISHED, "", old.sha256)
    assert new.video_key != old.video_key
    assert damaged.read_bytes() == b"somebody was here"
    reconcile()
    assert not Finding.objects.filter(closed_at=None).exists()


def test_a_disk_without_room_makes_it_wait_and_says_so(scene: Scene) -> None:
    """What was recorded takes all that is free: composing would need twice of that."""
    huge = scene.folder / "more.ts"
    free = shutil.disk_usage(scene.folder).free
    with huge.open("wb") as file:
        file.truncate(free)  # has no blocks
    recording = work_on(scene)
    assert (recording.state, recording.step, recording.attempts) == (
        RecordingState.CAPTURED,
        "waiting_for_disk",
        0,
    )
    reconcile()
    assert Finding.objects.filter(kind="disk_full", recording=recording.pk, closed_at=None).exists()
    huge.unlink()
    assert work_on(scene).state == RecordingState.PUBLISHED
    reconcile()
    assert not Finding.objects.filter(closed_at=None).exists()


def test_a_file_of_somebody_without_permission_is_not_used_although_it_lies_there(
    cast: Cast, clip: Path
) -> None:
    """P19: as when permission was refused after the lesson, or a recorder took what it should not have."""
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    tracks = []
    for person, role in ((cast.teacher, "teacher"), (cast.amina, "student"), (cast.bilal, "student")):
        name = f"{person.name}.mp4"
        shutil.copyfile(clip, folder / name)
        told = {"file": name, "person": str(person.pk), "name": person.name, "role": role, "kind": "camera"}
        tracks.append(told | {"started_at": begun.timestamp(), "ended_at": begun.timestamp() + 5})
    manifest = {"version": 1, "engine": "embedded", "room": lesson.room.name, "tracks": tracks}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    recording = Recording.objects.get(lesson=lesson)
    recording.captures.create(
        engine="embedded", session_id=folder.name, state="closed", wanted_at=timezone.now()
    )
    assert {track.name for track in tracks_of(recording)[0]} == {"Tomas", "Amina", "Bilal"}
    decide_recording(
        institution=cast.school,
        people=[cast.amina],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.GUARDIAN,
        by=cast.guardian,
        now=timezone.now(),
    )
    assert str(cast.amina.pk) in excluded_from(recording)
    assert {track.name for track in tracks_of(recording)[0]} == {"Tomas", "Bilal"}
    assert (django_settings.RECORDINGS_DIR / folder.name / "Amina.mp4").exists()


PINK, TONE = (255, 0, 255), 3000


@pytest.mark.parametrize("answer", sampled([RecordingAnswer.REFUSED, RecordingAnswer.GIVEN], every=2))
def test_whoever_has_no_permission_is_neither_in_the_pictures_nor_in_the_sound(
    cast: Cast, answer: RecordingAnswer
) -> None:
    """P19, in what people watch: Amina is pink and whistles; the teacher is blue and silent."""
    lesson, begun = hold_lesson(cast)
    folder = make_folder(lesson, begun)
    films = {cast.teacher: "0x0000ff", cast.amina: "0xff00ff"}
    for person, colour in films.items():
        picture = ["-f", "lavfi", "-i", f"color=c={colour}:s=160x120:r=10:d=5", "-c:v", "libx264"]
        ffmpeg.run([*picture, str(folder / f"{person.name}.mkv")], expected_seconds=5)
    whistle = ["-f", "lavfi", "-i", f"sine=frequency={TONE}:duration=5:sample_rate=48000", "-c:a", "libopus"]
    ffmpeg.run([*whistle, str(folder / "whistle.mkv")], expected_seconds=5)
    told = [("Tomas.mkv", cast.teacher, "camera"), ("Amina.mkv", cast.amina, "camera")]
    write_tracks(folder, lesson, begun, [*told, ("whistle.mkv", cast.amina, "microphone")])
    decide_recording(
        institution=cast.school,
        people=[cast.amina],
        answer=answer,
        source=AnswerSource.GUARDIAN,
        by=cast.guardian,
        now=timezone.now(),
    )
    recording = Recording.objects.get(lesson=lesson)
    recording.captures.create(
        engine="embedded", session_id=folder.name, state="closed", wanted_at=timezone.now()
    )
    Recording.objects.filter(pk=recording.pk).update(state=RecordingState.CAPTURED)
    recording = work_on(Scene(lesson, folder, {}))
    assert recording.state == RecordingState.PUBLISHED, recording.reason
    video = django_settings.STORAGE_DIR / "objects" / recording.video_key
    is_there = answer == RecordingAnswer.GIVEN
    assert (is_seen(PINK, video), is_heard(TONE, video)) == (is_there, is_there)
    assert is_seen((0, 0, 255), video)


def write_tracks(
    folder: Path, lesson: Lesson, begun: datetime, told: Sequence[tuple[str, Person, str]]
) -> None:
    times = {"started_at": begun.timestamp(), "ended_at": begun.timestamp() + 5}
    tracks = [
        {
            "file": name,
            "person": str(person.pk),
            "name": person.name,
            "role": "student",
            "kind": kind,
            **times,
        }
        for name, person, kind in told
    ]
    manifest = {"version": 1, "engine": "embedded", "room": lesson.room.name, "tracks": tracks}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def is_seen(colour: tuple[int, int, int], video: Path) -> bool:
    """In any of its pictures, anywhere."""
    return any(
        bool((np.abs(np.asarray(picture, dtype=int) - colour).max(axis=2) < 40).any())
        for _, picture in frames_of(video)
    )


def is_heard(hertz: int, video: Path) -> bool:
    samples = np.frombuffer(samples_of(video).tobytes(), dtype="<i2").astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    at = np.fft.rfftfreq(len(samples), 1 / 8000)
    return bool(power[np.abs(at - hertz) < 50].max() > 1e6 * len(samples))
