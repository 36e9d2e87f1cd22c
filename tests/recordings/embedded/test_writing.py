"""Files and manifests without a network."""

import json
import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from av import AudioFrame, VideoFrame

from recordings.embedded import writing
from recordings.embedded.manifest import Manifest, Person, Track
from recordings.embedded.matroska import AudioFile, VideoFile, fitted
from recordings.embedded.peers import limited, relays
from recordings.embedded.signalling import LONGEST_WAIT_SECONDS, back_off
from recordings.embedded.studio import Job, JobError
from tests.recordings.embedded.conftest import span

AMINA = Person("0f0e0d0c-0000-4000-8000-000000000000", "p", "Amina", "student")


def tone(value: int = 8000) -> AudioFrame:
    frame = AudioFrame(format="s16", layout="stereo", samples=960)
    frame.planes[0].update(value.to_bytes(2, "little") * 1920)
    frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 0
    return frame


def picture(width: int, height: int, luma: int = 200) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    return frame


@pytest.mark.parametrize(
    ("kind", "sent", "kept"),
    [
        ("camera", (1280, 720), (640, 360)),
        ("camera", (640, 480), (480, 360)),
        ("camera", (160, 90), (320, 180)),
        ("screen", (1920, 1200), (1152, 720)),
        ("screen", (801, 601), (802, 600)),
    ],
)
def test_the_first_frame_decides_the_size(kind: str, sent: tuple[int, int], kept: tuple[int, int]) -> None:
    assert abs(fitted(kind, *sent)[0] - kept[0]) <= 2
    assert abs(fitted(kind, *sent)[1] - kept[1]) <= 2


def test_a_turned_camera_gets_bars_and_keeps_the_size(tmp_path: Path) -> None:
    file = VideoFile(tmp_path / "a.mkv", "camera")
    written = [file.write(picture(640, 360), 0.0), file.write(picture(360, 640), 0.1)]
    written.append(file.write(picture(640, 360), 0.05))
    file.close()
    assert written == [1, 1, 0]
    with av.open(str(tmp_path / "a.mkv")) as container:
        frames = list(container.decode(video=0))
    assert [(frame.width, frame.height) for frame in frames] == [(640, 360)] * 2
    line = bytes(frames[1].planes[0])[:640]
    assert line[10] < 40
    assert line[320] > 150


def test_short_gaps_in_sound_are_filled_and_long_ones_stay(tmp_path: Path) -> None:
    file = AudioFile(tmp_path / "a.mkv")
    places = [0.0, 0.02, 0.5, 0.52, 0.53, 0.3, 10.0]  # 0.53 is jitter, 0.3 was already written
    added = [file.write(tone(), place) for place in places]
    file.close()
    assert added == [1, 1, 24, 1, 1, 0, 2]
    with av.open(str(tmp_path / "a.mkv")) as container:
        times = [float(frame.time or 0) for frame in container.decode(audio=0)]
    assert max(b - a for a, b in pairwise(times) if a < 0.5) < 0.03
    assert times[-1] == pytest.approx(10.0, abs=0.03)


class Stuck:
    """A file whose disk has fallen asleep."""

    def __init__(self) -> None:
        self.wake = threading.Event()

    def write(self, frame: VideoFrame | AudioFrame, seconds: float) -> int:
        self.wake.wait(10)
        return 1

    def close(self) -> int:
        return 0


@pytest.mark.parametrize(("kind", "dropped"), [("camera", True), ("microphone", False)])
def test_under_overload_old_pictures_go_and_sound_stays(
    kind: str, dropped: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck()
    monkeypatch.setattr(writing, "open_file", lambda directory, track: stuck)
    track = Track("a.mkv", kind, AMINA, 0.0)
    writer = writing.Writer(tmp_path, track, lambda: None)
    for index in range(200):
        writer.put(tone(), index / 50)
    stuck.wake.set()
    writer.close()
    assert writer.join(10)
    assert track.frames + track.dropped == 200
    assert (track.dropped > 100) is dropped


def test_the_manifest_tells_pauses_and_never_reuses_a_file_name(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "s", "s", "fractions", "r")
    track = Track(manifest.new_file(AMINA, "camera"), "camera", AMINA, 1000.0)
    manifest.add(track)
    assert [track.file, manifest.new_file(AMINA, "camera")] == [
        "0f0e0d0c-camera-1.mkv",
        "0f0e0d0c-camera-2.mkv",
    ]
    for place in (0.0, 0.5, 4.0):
        track.saw(place, 0.04)
    assert track.pauses(1004.1) == [(1000.54, 1004.0)]
    assert track.pauses(1009.0) == [(1000.54, 1004.0), (1004.04, None)]
    track.end()
    manifest.meet(AMINA)
    manifest.finalize(1010.0)
    told = json.loads((tmp_path / "s" / "manifest.json").read_text())
    assert (told["started_at"], told["ended_at"], told["tracks"][0]["ended_at"]) == (1000.0, 1010.0, 1004.04)
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == [
        "finalized",
        "manifest.json",
        "metadata.json",
    ]


def test_the_manifest_tells_since_when_somebody_was_reached(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "s", "s", "fractions", "r")

    def told() -> list[float | None]:
        page = manifest.pages(0)["manifest.json"]
        return [page[name] for name in ("joined_at", "offered_at", "connected_at")]

    assert told() == [None, None, None]
    for at in (1000.0, 1005.0):
        manifest.came(at)
        manifest.was_offered(at + 1)
        manifest.state(at + 2, "connected", "x")
    assert told() == [1000.0, 1001.0, 1002.0], "each the first time"


def test_the_job_line_is_checked() -> None:
    line = dict.fromkeys(["socket_url", "token", "occupant", "session_id", "recording", "room"], "x")
    assert Job.read({**line, "directory": "/tmp/a", "origin": None}).directory == Path("/tmp/a")  # noqa: S108
    lines: list[Any] = [[], {}, {**line, "directory": "a"}, {**line, "directory": "/a", "token": 3}]
    for bad in lines:
        with pytest.raises(JobError):
            Job.read(bad)


def test_only_relays_are_used_and_videos_are_limited() -> None:
    servers = [{"urls": "stun:a:1"}, {"urls": ["turn:b:2", "stun:c:3"], "username": "u", "credential": "s"}]
    assert [server.urls for server in relays(servers)] == [["turn:b:2"]]
    sdp = limited("v=0\r\nm=audio 9\r\nc=IN\r\nm=video 9\r\nc=IN\r\na=x\r\nm=video 9\r\nc=IN\r\n")
    assert sdp == (
        "v=0\r\nm=audio 9\r\nc=IN\r\nm=video 9\r\nc=IN\r\nb=AS:800\r\na=x\r\nm=video 9\r\nc=IN\r\nb=AS:1500\r\n"
    )


def test_reconnecting_backs_off_to_three_seconds() -> None:
    assert 0.1 <= back_off(0) <= 0.2
    assert 1.5 <= back_off(50) <= LONGEST_WAIT_SECONDS == 3.0


def test_a_file_that_was_never_written_leaves_none(tmp_path: Path) -> None:
    VideoFile(tmp_path / "a.mkv", "camera").close()
    AudioFile(tmp_path / "b.mkv").close()
    file = AudioFile(tmp_path / "c.mkv")
    file.write(tone(), 0.0)
    file.close()
    assert span(tmp_path / "c.mkv")[0] == 0
