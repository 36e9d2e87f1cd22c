"""What recorders leave, whole and broken."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from recordings.manifests import MARKER, Capture, NotACapture, is_settled, read_capture
from tests.recordings.media import START, make_camera, make_jibri_file, make_microphone

NAIROBI = ZoneInfo("Africa/Nairobi")
NAMED_AT = datetime(2026, 3, 2, 8, 0, 0, tzinfo=NAIROBI).timestamp()


def read(folder: Path) -> Capture:
    return read_capture(folder, zone=NAIROBI)


def jibri_file(
    folder: Path, ended_after: float, time: str = "2026-03-02-08-00-00", call: str = "room-7"
) -> Path:
    path = make_jibri_file(folder, call, time, 4)
    os.utime(path, (NAMED_AT + ended_after, NAMED_AT + ended_after))
    return path


def test_a_jibri_directory_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    path = jibri_file(folder, 4.6)
    (folder / "metadata.json").write_text(
        '{"meeting_url": "https://meet.school/elsewhere", "participants": []}'
    )
    capture = read(folder)
    assert (capture.session_id, capture.engine, capture.room_name) == ("session", "jibri", "room-7")
    assert [(track.path, track.kind) for track in capture.tracks] == [(path, "room")]
    assert capture.started_at == pytest.approx(NAMED_AT + 0.6, abs=0.1)
    assert capture.ended_at - capture.started_at == pytest.approx(4, abs=0.1)
    assert not capture.finalized


def test_a_file_that_was_touched_later_starts_when_its_name_says(tmp_path: Path) -> None:
    jibri_file(tmp_path, 4000)
    assert read(tmp_path).started_at == NAMED_AT


@pytest.mark.parametrize("fold", [0, 1])
def test_in_the_hour_that_comes_twice_the_files_change_says_which_it_was(tmp_path: Path, fold: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begun = datetime(2026, 10, 25, 2, 30, 0, tzinfo=berlin, fold=fold).timestamp()
    path = make_jibri_file(tmp_path, "room-7", "2026-10-25-02-30-00", 4)
    os.utime(path, (begun + 4.6, begun + 4.6))
    assert read_capture(tmp_path, zone=berlin).started_at == pytest.approx(begun + 0.6, abs=0.1)
    os.utime(path, (begun + 64, begun + 64))  # flushed a minute later: the name, in the hour that is nearer
    assert read_capture(tmp_path, zone=berlin).started_at == begun


def test_several_files_are_parts_in_order(tmp_path: Path) -> None:
    jibri_file(tmp_path, 3600, time="2026-03-02-08-30-00")
    jibri_file(tmp_path, 3600)
    starts = [track.starts_at for track in read(tmp_path).tracks]
    assert starts == [NAMED_AT, NAMED_AT + 1800]


@pytest.mark.parametrize("metadata", [None, "", "{", "[]", '{"meeting_url": 5}', "[" * 100_000, '{"a": NaN}'])
def test_metadata_may_be_missing_or_broken(tmp_path: Path, metadata: str | None) -> None:
    if metadata is not None:
        (tmp_path / "metadata.json").write_text(metadata)
    jibri_file(tmp_path, 4).rename(tmp_path / "oddly named.mp4")
    assert read(tmp_path).room_name == ""


def test_the_room_may_come_from_the_address(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text('{"meeting_url": "https://meet.school/r%C3%A4ume?x=1"}')
    jibri_file(tmp_path, 4).rename(tmp_path / "oddly named.mp4")
    assert read(tmp_path).room_name == "räume"


def test_a_directory_without_a_video(tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text("{}")
    with pytest.raises(NotACapture, match="no_video"):
        read(tmp_path)


def test_a_damaged_video_is_still_a_capture(tmp_path: Path) -> None:
    (tmp_path / "room_2026-03-02-08-00-00.mp4").write_text("I am a film")
    capture = read(tmp_path)
    assert (capture.room_name, capture.tracks[0].duration_seconds) == ("room", 0)
    assert capture.started_at == NAMED_AT


def manifest(folder: Path, tracks: list[Any], **changes: Any) -> None:
    content = {
        "version": 1, "engine": "embedded", "session_id": "s-1", "room": "r-1", "recording": "x",
        "started_at": START, "ended_at": None, "tracks": tracks,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(content | changes))


def row(file: str, kind: str = "camera", **changes: Any) -> dict[str, Any]:
    known = {"occupant": "o", "person": "p", "name": "Amina", "role": "student", "started_at": START + 1}
    return {"file": file, "kind": kind, "ended_at": None} | known | changes


def test_an_embedded_recording_is_read(tmp_path: Path) -> None:
    make_camera(tmp_path / "c.mkv", START, 2)
    make_microphone(tmp_path / "m.mkv", START, 3)
    manifest(tmp_path, [row("c.mkv"), row("m.mkv", "microphone", ended_at=START + 9)])
    (tmp_path / MARKER).touch()
    capture = read(tmp_path)
    assert (capture.session_id, capture.room_name, capture.engine) == ("s-1", "r-1", "embedded")
    assert [(track.kind, round(track.duration_seconds)) for track in capture.tracks] == [
        ("camera", 2),
        ("microphone", 8),
    ]
    assert (capture.started_at, capture.ended_at, capture.finalized) == (START, START + 9, True)


@pytest.mark.parametrize(
    "bad",
    [
        row("../secret.mkv"), row("/etc/passwd"), row("link.mkv"), row("a\0.mkv"), row(""), row("."),
        row("x" * 5000), row("\ud800.mkv"), row("gone.mkv"), row("c.mkv", kind="keyboard"), "c.mkv", None, 5,
        row("c.mkv", started_at="now"), row("c.mkv", started_at=float("nan")), row("c.mkv", started_at=10**300),
        row("c.mkv", started_at=True), row("c.mkv", started_at=-1), {"file": ["c.mkv"]}, row("folder"),
    ],
)  # fmt: skip
def test_a_bad_line_is_left_out_and_nothing_outside_is_opened(tmp_path: Path, bad: Any) -> None:
    folder = tmp_path / "session"
    (folder / "folder").mkdir(parents=True)
    make_camera(folder / "c.mkv", START, 1)
    make_camera(tmp_path / "secret.mkv", START, 1)
    (folder / "link.mkv").symlink_to(tmp_path / "secret.mkv")
    manifest(folder, [row("c.mkv"), bad])
    assert [track.path.name for track in read(folder).tracks] == ["c.mkv"]


@pytest.mark.parametrize("changes", [{"version": 2}, {"tracks": {}}, {"tracks": None}])
def test_a_manifest_of_another_kind_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"version": 1, "tracks": []} | changes))
    with pytest.raises(NotACapture, match="bad_manifest"):
        read(tmp_path)


def test_jibri_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "room_2026-03-02-08-00-00.mp4").symlink_to(jibri_file(tmp_path / "other", 4))
    with pytest.raises(NotACapture, match="no_video"):
        read(folder)


def test_a_directory_settles_by_marker_or_by_quiet(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"x")
    changed = path.stat().st_mtime
    os.utime(tmp_path, (changed - 500, changed - 500))
    assert not is_settled(tmp_path, now=changed + 119)
    assert is_settled(tmp_path, now=changed + 121)
    (tmp_path / MARKER).touch()
    assert is_settled(tmp_path, now=changed)
