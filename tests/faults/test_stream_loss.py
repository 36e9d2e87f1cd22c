"""What breaks on a stream's way, with real ffmpegs: players notice an interruption, and never an end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from common.services.urls import free_port
from recordings.ffmpeg import executable
from tests.patience import PATIENCE
from tests.processes import ROOT, wait_until

pytestmark = [pytest.mark.timeout(300)]
KEY = "a-secret-of-forty-letters-that-none-knows"


class Source:
    """Sends a test picture; whenever the door is shut it knocks again, as a recorder does."""

    def __init__(self, port: int, key: str = KEY) -> None:
        self.door = f"rtmp://127.0.0.1:{port}/live/{key}"
        self.knocks = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep_sending, daemon=True)
        self._thread.start()

    def _keep_sending(self) -> None:
        picture = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10"]
        sound = ["-re", "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"]
        encode = [
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-tune",
            "zerolatency",
            "-g",
            "10",
            "-threads",
            "1",
        ]
        rest = [
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-b:a",
            "48k",
            "-flush_packets",
            "1",
            "-f",
            "flv",
            self.door,
        ]
        while not self._stopped.wait(0.3):
            self.knocks += 1
            self.process = subprocess.Popen(
                [executable(), "-nostdin", "-v", "quiet", *picture, *sound, *encode, *rest]
            )
            self.process.wait()

    def stop(self) -> None:
        self._stopped.set()
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
        self._thread.join(5)


class Station:
    """The real process, and what it said."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.shelf, self.events = folder / "shelf", list[dict[str, object]]()
        self.log = folder / "station.log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "recordings.streaming.station"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("ab"),
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        job = {"broadcast": "b", "shelf": str(self.shelf), "key": KEY, "address": "127.0.0.1"}
        self.say({**job, "port": port, "heights": []})
        wait_until(lambda: self.heard("listening"), 5, what="a door")
        self.port = int(str(self.events[0]["port"]))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def say(self, order: dict[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def sending(self) -> tuple[object, object]:
        """The last that it said of the place outside."""
        said = [event for event in list(self.events) if event["event"] == "sending"]
        return (said[-1]["state"], said[-1]["reason"]) if said else ("", "")

    def heard(self, word: str) -> int:
        return sum(event["event"] == word for event in list(self.events))

    def children(self, *, packagers: bool) -> list[int]:
        """Pids of its own ffmpegs: the packager reads a pipe, the ingest listens."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = []
        for pid in map(int, listed):
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                is_packager = b"-hls_time" in command
                if b"-rtmp_playpath" in command:
                    continue
                found += [pid] if is_packager == packagers else []
        return found

    def names(self) -> list[str]:
        """Pieces in the players' list."""
        with suppress(OSError):
            return re.findall(r"^top-.*m4s$", (self.shelf / "top.m3u8").read_text(), re.MULTILINE)
        return []

    def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


class Viewer:
    """Reads the list as a player does, and loads every piece in it. `dropped` says why it would have given up."""

    def __init__(self, station: Station) -> None:
        self.shelf = station.shelf
        self.seen: dict[int, str] = {}
        self.dropped = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stopped.wait(0.2):
            try:
                self._look((self.shelf / "top.m3u8").read_text())
            except (OSError, ValueError) as error:
                self.dropped = self.dropped or repr(error)

    def _look(self, text: str) -> None:
        first = int(re.search(r"MEDIA-SEQUENCE:(\d+)", text)[1])  # type: ignore[index]
        if "#EXT-X-ENDLIST" in text:
            raise ValueError("the end")
        for number, name in enumerate(re.findall(r"^top-.*m4s$", text, re.MULTILINE), first):
            if self.seen.setdefault(number, name) != name:
                raise ValueError(f"{number} was {self.seen[number]} and is {name}")
            if not (self.shelf / name).stat().st_size:
                raise ValueError(f"{name} is empty")

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)

    @property
    def takes(self) -> set[str]:
        return {name.split("-")[1] for name in self.seen.values()}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Station, Source, list[Viewer]]]:
    station = Station(tmp_path)
    source = Source(station.port)
    wait_until(lambda: len(station.names()) >= 2, 10, what="something to see")
    viewers = [Viewer(station) for _ in range(5)]
    yield station, source, viewers
    for viewer in viewers:
        viewer.stop()
    source.stop()
    station.end()


def goes_on(station: Station, viewers: list[Viewer], takes: int) -> None:
    wait_until(lambda: all(len(one.takes) >= takes for one in viewers), 12, what="another take")
    assert [viewer.dropped for viewer in viewers] == [""] * len(viewers)
    for viewer in viewers:
        assert sorted(viewer.seen) == list(range(min(viewer.seen), max(viewer.seen) + 1)), (
            "no number is left out"
        )
    text = (station.shelf / "top.m3u8").read_text()
    assert (
        len(re.findall(r"#EXT-X-DISCONTINUITY$", text, re.MULTILINE))
        + int(
            re.search(r"DISCONTINUITY-SEQUENCE:(\d+)", text)[1]  # type: ignore[index]
        )
        == takes
    )


def test_no_viewer_is_dropped_when_the_ingest_is_killed(
    running: tuple[Station, Source, list[Viewer]],
) -> None:
    station, _source, viewers = running
    [ingest] = station.children(packagers=False)
    killed_at = time.monotonic()
    os.kill(ingest, signal.SIGKILL)
    wait_until(lambda: station.children(packagers=False) not in ([], [ingest]), 10, what="a new door")
    assert time.monotonic() - killed_at < 10
    goes_on(station, viewers, 2)


@pytest.mark.deep
def test_no_viewer_is_dropped_when_the_packager_is_killed(
    running: tuple[Station, Source, list[Viewer]],
) -> None:
    station, source, viewers = running
    [packager] = station.children(packagers=True)
    knocks = source.knocks
    os.kill(packager, signal.SIGKILL)
    goes_on(station, viewers, 2)
    assert source.knocks == knocks, "whoever sends noticed nothing"
    assert station.heard("packager_lost") == 1


@pytest.mark.deep
def test_no_viewer_is_dropped_when_the_whole_station_is_killed(
    running: tuple[Station, Source, list[Viewer]], tmp_path: Path
) -> None:
    station, _source, viewers = running
    port = station.port
    station.end()
    after = Station(tmp_path, port)
    try:
        assert after.port == port
        goes_on(after, viewers, 2)
    finally:
        after.end()


def test_a_wrong_key_shows_nothing_and_keeps_nobody_else_out(tmp_path: Path) -> None:
    station = Station(tmp_path)
    thief = Source(station.port, "not-the-key")
    wait_until(lambda: "wrong key" in station.log.read_text(), 10, what="a refusal")
    assert station.names() == [] and station.heard("flowing") == 0
    thief.stop()
    source = Source(station.port)
    wait_until(station.names, 10, what="something to see")
    assert KEY not in station.log.read_text()
    source.stop()
    station.end()


@pytest.mark.deep
def test_the_recording_is_written_beside_and_a_full_disk_costs_it_alone(
    running: tuple[Station, Source, list[Viewer]], tmp_path: Path
) -> None:
    station, _source, viewers = running
    folder = tmp_path / "session"
    station.say({"command": "record", "folder": str(folder), "call": "room"})
    wait_until(lambda: list(folder.glob("room_*.ts")), 10, what="a file")
    [first] = folder.glob("room_*.ts")
    # A device that is always full takes the place of the file.
    first.rename(tmp_path / "kept.ts")
    first.symlink_to("/dev/full")
    wait_until(lambda: "loses bytes" in station.log.read_text(), 10, what="a complaint")
    wait_until(lambda: viewers[0].seen, 5, what="a viewer who sees")
    before = max(viewers[0].seen)
    wait_until(lambda: max(viewers[0].seen) > before + 2, 20, what="more to see")
    assert viewers[0].dropped == ""
    first.unlink()
    wait_until(lambda: first.exists() and first.stat().st_size > 0, 10, what="the file again")
    station.say({"command": "record", "folder": None})
    wait_until((folder / "finalized").exists, 10, what="the marker")


def test_at_the_end_players_are_told_so(running: tuple[Station, Source, list[Viewer]]) -> None:
    station, _source, _viewers = running
    station.say({"command": "stop"})
    assert station.process.wait(PATIENCE * 5) == 0
    assert (station.shelf / "top.m3u8").read_text().rstrip().endswith("#EXT-X-ENDLIST")


# The place outside


class Outside:
    """A real RTMP server that takes one sender, and keeps what came."""

    def __init__(self, port: int, file: Path) -> None:
        self.file = file
        door = f"rtmp://127.0.0.1:{port}/live2/{OUTSIDE_KEY}"
        command = [
            "-nostdin",
            "-v",
            "error",
            "-listen",
            "1",
            "-f",
            "flv",
            "-i",
            door,
            "-c",
            "copy",
            "-f",
            "mpegts",
        ]
        self.log = file.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [executable(), *command, "-flush_packets", "1", str(file)], stderr=log
            )

    def has_picture(self) -> bool:
        return self.file.exists() and self.file.stat().st_size > 50_000

    def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


OUTSIDE_KEY = "outside-key-that-is-never-told"


@pytest.mark.deep
def test_the_stream_goes_outside_again_after_a_break_and_no_key_is_told(tmp_path: Path) -> None:
    station, port = Station(tmp_path), free_port()
    source = Source(station.port)
    goal = {"url": f"rtmp://127.0.0.1:{port}/live2", "key": OUTSIDE_KEY}
    first = second = None
    try:
        station.say({"command": "send", **goal})
        wait_until(lambda: station.sending() == ("interrupted", "address_refused"), 10, what="a refusal")
        station.say({"command": "send", **goal, "allow_private": True})
        wait_until(lambda: station.sending() == ("interrupted", "no_connection"), 10, what="nobody there")
        first = Outside(port, tmp_path / "first.ts")
        wait_until(lambda: station.sending() == ("sending", ""), 20, what="sending")
        wait_until(first.has_picture, 10, what="a picture outside")
        first.end()
        wait_until(lambda: station.sending() == ("interrupted", "lost"), 10, what="an interruption")
        second = Outside(port, tmp_path / "second.ts")
        wait_until(lambda: station.sending() == ("sending", ""), 30, what="sending again")
        wait_until(second.has_picture, 10, what="a picture outside again")
        assert station.names(), "whoever watches here sees it too"
        station.say({"command": "send", "url": None})
        second.process.wait(PATIENCE * 2)
        assert "Unexpected stream" not in first.log.read_text() + second.log.read_text()
        assert OUTSIDE_KEY not in station.log.read_text() + json.dumps(station.events)
    finally:
        source.stop()
        station.end()
        for one in (first, second):
            if one is not None:
                one.end()
