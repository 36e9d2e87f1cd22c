from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recordings import ffmpeg
from recordings.compositing.pictures import is_our_fault
from recordings.ffmpeg import FfmpegFailed

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc=s=64x64:r=5", "-f", "null", "-"]


def fake_ffmpeg(folder: Path, script: str) -> str:
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(folder)


@pytest.fixture
def first_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ffmpeg.executable.cache_clear()
    yield tmp_path
    ffmpeg.executable.cache_clear()


def test_progress_grows_to_the_end() -> None:
    heard: list[float] = []
    source = ["-f", "lavfi", "-i", "testsrc=s=640x360:r=30:d=20"]
    ffmpeg.run([*source, "-f", "null", "-"], progress=heard.append, expected_seconds=20)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1, abs=0.02)


def test_an_error_carries_the_last_words() -> None:
    with pytest.raises(FfmpegFailed) as failure:
        ffmpeg.run(["-i", "/nowhere/to/be/seen.mp4", "-f", "null", "-"], expected_seconds=1)
    assert failure.value.reason == "failed"
    assert "No such file" in failure.value.tail_of_stderr


def test_a_crash_is_a_failure(first_on_path: Path) -> None:
    fake_ffmpeg(first_on_path, "kill -SEGV $$")
    with pytest.raises(FfmpegFailed, match="failed"):
        ffmpeg.run([], expected_seconds=1)


def test_one_that_was_stopped_says_nothing_about_its_file(first_on_path: Path) -> None:
    for script in ("exit 255", "kill -TERM $$", "kill -KILL $$"):
        fake_ffmpeg(first_on_path, script)
        with pytest.raises(FfmpegFailed) as failure:
            ffmpeg.run([], expected_seconds=1)
        assert (failure.value.reason, is_our_fault(failure.value)) == ("stopped", True)


def test_standing_still_is_noticed_and_ended(first_on_path: Path) -> None:
    pid = first_on_path / "pid"
    fake_ffmpeg(
        first_on_path, f"echo $$ >{pid}; while :; do echo frame=1; echo out_time_us=5; sleep 0.1; done"
    )
    began = time.monotonic()
    with pytest.raises(FfmpegFailed, match="stalled"):
        ffmpeg.run([], expected_seconds=1, stall_seconds=1)
    assert time.monotonic() - began < 5
    assert not is_alive(int(pid.read_text()))


def test_much_to_complain_about_does_not_block(first_on_path: Path) -> None:
    fake_ffmpeg(first_on_path, "for n in $(seq 20000); do echo complaint number $n >&2; done; exit 3")
    with pytest.raises(FfmpegFailed) as failure:
        ffmpeg.run([], expected_seconds=1)
    assert "complaint number 20000" in failure.value.tail_of_stderr
    assert len(failure.value.tail_of_stderr) <= 4000


def test_an_exception_of_the_caller_ends_the_child() -> None:
    def refuse(done: float) -> None:
        raise KeyboardInterrupt

    before = children_of(os.getpid())  # the bundled servers are children of the test run
    with pytest.raises(KeyboardInterrupt):
        ffmpeg.run(ENDLESS, progress=refuse, expected_seconds=1)
    assert children_of(os.getpid()) == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="PDEATHSIG is Linux")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_the_child_dies_with_us(end: signal.Signals) -> None:
    code = f"from recordings import ffmpeg; ffmpeg.run({ENDLESS!r}, expected_seconds=1)"
    parent = subprocess.Popen([sys.executable, "-c", code])
    children = wait_for_children(parent.pid)
    parent.send_signal(end)
    parent.wait(10)
    for _ in range(100):
        if not any(map(is_alive, children)):
            return
        time.sleep(0.05)
    raise AssertionError("ffmpeg outlived its parent")


def wait_for_children(pid: int) -> list[int]:
    for _ in range(200):
        if found := children_of(pid):
            return found
        time.sleep(0.05)
    raise AssertionError("no child was started")


def children_of(pid: int) -> list[int]:
    listed = [Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for paths in listed for path in paths for child in path.read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
