"""Files that are not what they say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from recordings import ffmpeg
from recordings.ffmpeg import FfmpegFailed
from recordings.probe import Unusable, probe, sound_runs
from tests.recordings.media import START, make_camera, make_microphone, make_silent_film


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
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def reason(path: Path) -> str:
    with pytest.raises(Unusable) as unusable:
        probe(path)
    return unusable.value.reason_code


def test_a_film_is_described(tmp_path: Path) -> None:
    found = probe(make_silent_film(tmp_path / "a.mp4", 3))
    assert found.video is not None
    assert (found.video.codec, found.video.width, found.video.height, found.audio) == ("h264", 320, 240, None)
    assert found.duration_seconds == pytest.approx(3, abs=0.07)


def test_a_late_first_timestamp_is_seen(tmp_path: Path) -> None:
    found = probe(make_camera(tmp_path / "a.mkv", START, 2, first_pts=5))
    assert found.start_seconds == pytest.approx(5, abs=0.05)
    assert found.end_seconds == pytest.approx(7, abs=0.1)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert reason(tmp_path / "a.mp4") == "empty"


@pytest.mark.parametrize(
    "content", [b"hello, I am a film\n" * 500, b"\0" * 5000, b"<html></html>", b"\xff" * 9]
)
def test_a_text_named_mp4(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert reason(tmp_path / "a.mp4") == "not_a_video"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_an_mp4_cut_off_before_its_index(tmp_path: Path, share: float) -> None:
    whole = make_silent_film(tmp_path / "whole.mp4", 3).read_bytes()
    (tmp_path / "a.mp4").write_bytes(whole[: int(len(whole) * share)])
    assert reason(tmp_path / "a.mp4") == "truncated"


def test_a_matroska_file_of_a_killed_recorder_is_salvaged(tmp_path: Path) -> None:
    live = tmp_path / "live.mkv"
    source = ["-f", "lavfi", "-i", "testsrc=s=320x240:r=15:d=10", "-c:v", "libx264", "-g", "15"]
    ffmpeg.run([*source, "-live", "1", "-f", "matroska", str(live)], expected_seconds=10)
    content = live.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) // 2])
    assert 3 < probe(tmp_path / "cut.mkv").duration_seconds < 7


def test_a_fragmented_mp4_of_a_killed_recorder_is_salvaged(tmp_path: Path) -> None:
    live = tmp_path / "live.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=s=320x240:r=15:d=10", "-c:v", "libx264", "-g", "15"]
    flags = ["-movflags", "+frag_keyframe+empty_moov"]
    ffmpeg.run([*source, *flags, str(live)], expected_seconds=10)
    content = live.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 2])
    assert 3 < probe(tmp_path / "cut.mp4").duration_seconds < 7


@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8", "a.mkv", "a.ts"])
def test_a_playlist_opens_nothing(tmp_path: Path, listener: Listener, name: str) -> None:
    film = make_silent_film(tmp_path / "secret.ts", 2)
    base = f"http://127.0.0.1:{listener.server_port}"
    lines = [
        "#EXTM3U",
        "#EXT-X-TARGETDURATION:2",
        "#EXTINF:2,",
        f"{base}/s.ts",
        "#EXTINF:2,",
        f"file://{film}",
    ]
    playlist = tmp_path / name
    playlist.write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    assert reason(playlist) == "not_a_video"
    for content in (
        "#EXTM3U\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{film}'\n",
        f"#EXTM3U\n{film}\n",
    ):
        (tmp_path / f"other-{name}").write_text(content)
        assert reason(tmp_path / f"other-{name}") == "not_a_video"
    with pytest.raises(FfmpegFailed):
        ffmpeg.run([*ffmpeg.source(playlist), "-c", "copy", str(tmp_path / "out.mkv")], expected_seconds=2)
    assert listener.heard == []
    assert not (tmp_path / "out.mkv").exists()


def test_a_name_that_looks_like_an_address_is_a_file(tmp_path: Path, listener: Listener) -> None:
    folder = tmp_path / "http:" / f"127.0.0.1:{listener.server_port}"
    folder.mkdir(parents=True)
    assert probe(make_silent_film(folder / "a.mp4", 1)).video
    assert listener.heard == []


def test_a_file_with_neither_picture_nor_sound(tmp_path: Path) -> None:
    lines = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"
    (tmp_path / "words.srt").write_text(lines)
    words = ["-i", str(tmp_path / "words.srt"), "-c:s", "srt", str(tmp_path / "a.mkv")]
    ffmpeg.run(words, expected_seconds=1)
    assert reason(tmp_path / "a.mkv") == "no_picture_or_sound"


def test_sound_with_a_long_hole_is_two_runs(tmp_path: Path) -> None:
    path = make_microphone(tmp_path / "a.mkv", START, 20, hole=(5, 15))
    runs = sound_runs(path, gap_seconds=5)
    assert [(round(begins), round(ends)) for begins, ends in runs] == [(0, 5), (15, 20)]
    assert len(sound_runs(path, gap_seconds=60)) == 1
