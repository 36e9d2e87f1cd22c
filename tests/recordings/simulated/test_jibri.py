"""The simulated Jibri keeps Jibri's manners, so that what is tested against it means something."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.services.urls import free_port
from recordings.jibri import HttpJibri, JibriAway, JibriRefused, Session
from recordings.models import RecorderState
from recordings.probe import probe
from tests.processes import ROOT, wait_until

SESSION = Session("abc/1", "https://meet", "room-a", "hidden", "recorder", "secret")


class Simulated:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "recordings.simulated.jibri", "--port", str(self.port)]
        command += [
            "--recordings-dir",
            str(folder),
            "--size",
            "160x120",
            "--fps",
            "5",
            "--launch-seconds",
            "0.1",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)

    def behave(self, behaviour: str) -> None:
        httpx.post(f"{self.url}/simulator", json={"behaviour": behaviour}, trust_env=False).raise_for_status()

    def films(self) -> list[Path]:
        return [path for path in self.folder.rglob("*.ts") if path.stat().st_size > 20_000]


@pytest.fixture(scope="module")
def client() -> Iterator[HttpJibri]:
    with HttpJibri() as made:
        yield made


@pytest.fixture
def jibri(tmp_path: Path, client: HttpJibri) -> Iterator[Simulated]:
    made = Simulated(tmp_path)
    wait_until(lambda: is_there(client, made), 20, what="the simulator")
    yield made
    made.process.kill()
    made.process.wait()


def is_there(client: HttpJibri, jibri: Simulated) -> bool:
    try:
        return bool(client.health(jibri.url))
    except JibriAway:
        return False


def test_a_session_leaves_jibris_folder_with_a_film_and_its_marker(
    jibri: Simulated, client: HttpJibri
) -> None:
    client.start(jibri.url, SESSION)
    assert client.health(jibri.url).state == RecorderState.BUSY
    with pytest.raises(JibriRefused, match="busy"):
        client.start(jibri.url, SESSION)
    wait_until(jibri.films, 20, what="a picture")
    client.stop(jibri.url)
    assert client.health(jibri.url).state == RecorderState.IDLE
    folder = jibri.folder / "abc_1"
    [film] = folder.glob("room-a_????-??-??-??-??-??.ts")
    assert probe(film).video is not None
    assert probe(film).audio is not None
    assert (folder / "finalized").exists()
    assert json.loads((folder / "metadata.json").read_text())["meeting_url"] == "https://meet/room-a"


def test_what_was_filmed_until_kill_9_can_be_played(jibri: Simulated, client: HttpJibri) -> None:
    client.start(jibri.url, SESSION)
    wait_until(jibri.films, 20, what="a picture")
    os.kill(jibri.process.pid, signal.SIGKILL)
    jibri.process.wait()
    [film] = jibri.films()
    assert probe(film).duration_seconds > 1
    assert not (film.parent / "finalized").exists()


@pytest.mark.parametrize(
    ("behaviour", "code"), [("busy", "busy"), ("refuses", "failed"), ("unhealthy", "failed")]
)
def test_refusals_have_jibris_codes(jibri: Simulated, client: HttpJibri, behaviour: str, code: str) -> None:
    jibri.behave(behaviour)
    with pytest.raises(JibriRefused, match=code):
        client.start(jibri.url, SESSION)
    states = {"busy": RecorderState.BUSY, "refuses": RecorderState.IDLE, "unhealthy": RecorderState.UNHEALTHY}
    assert client.health(jibri.url).state == states[behaviour]


def test_a_start_without_a_login_is_412_and_a_broken_one_500(jibri: Simulated) -> None:
    whole: dict[str, Any] = SESSION.body()
    del whole["callLoginParams"]
    for body, code in ((whole, 412), ({"sessionId": 7}, 500)):
        answer = httpx.post(f"{jibri.url}/jibri/api/v1.0/startService", json=body, trust_env=False)
        assert answer.status_code == code
