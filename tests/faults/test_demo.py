"""`manage.py demo`, the whole of it: one child's death or one Ctrl-C ends everything and leaves nothing."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.typing import Subprotocol

from common.services import http_ok
from common.services.urls import free_port
from recordings.gaps import SHORTEST_SECONDS
from tests.faults.programs import all_pids, environment, eventually, is_alive
from tests.patience import PATIENCE
from tests.processes import PYTHON, ROOT
from tests.wire.conftest import Socket

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault]


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Both tests use the same folder: the second start, with Jitsi simulated, has its database already."""
    folder = tempfile.mkdtemp(prefix="demo-")
    Path(folder).chmod(0o755)
    yield Path(folder)
    shutil.rmtree(folder)


# Shorter than in real life: the tests are about what happens, not about when.
SIMULATED = {
    "JITSI": "simulated",
    "JIBRI_POLL_SECONDS": "1",
    "JIBRI_SILENCE_SECONDS": "3",
    "QUIET_SECONDS": "6",
}
PAGE_DATA = re.compile(r'<script id="page-data" type="application/json">(.*?)</script>', re.DOTALL)


class Demo:
    """A running demo; `everybody` is its whole tree, `log_dir` where its children write, `elsewhere` what is to stay
    empty: the folder for temporary files, outside of `var`."""

    def __init__(self, var: Path, elsewhere: Path, **extra: str) -> None:
        self.port, self.log_dir, self.extra = free_port(), var / "log", extra
        self.elsewhere, self.clone = elsewhere, files_of_clone()
        places = {"DARASA_VAR": str(var), "TMPDIR": str(elsewhere)}
        self.process = subprocess.Popen(
            [PYTHON, "manage.py", "demo"],
            cwd=ROOT,
            env={**environment(), **places, "PORT": str(self.port), **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def is_ready(self) -> bool:
        return self.process.poll() is not None or http_ok(f"http://127.0.0.1:{self.port}/readyz")()

    def everybody(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            found += [child for child in all_pids() if parent_of(child) == pid]
        return found

    def named(self, words: str) -> int:
        return next(pid for pid in self.everybody() if words in command_of(pid))

    def said(self, seconds: float) -> str:
        return self.process.communicate(timeout=PATIENCE * seconds)[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def enter_as(self, persona: str) -> Iterator[httpx.Client]:
        """A browser that pressed the demo's button."""
        with httpx.Client(base_url=self.url, timeout=20, follow_redirects=True) as browser:
            page = browser.get("/sign-in").text
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
            assert token is not None
            form = {"csrfmiddlewaretoken": token[1]}
            assert browser.post(f"/enter-as/{persona}", data=form).status_code == 200
            yield browser

    def stand_ins(self, program: str) -> list[str]:
        """Where those listen, as the command lines of the running processes say."""
        commands = [command_of(pid) for pid in self.everybody()]
        ports = [re.search(r"--port (\d+)", one) for one in commands if f"simulated.{program} " in one]
        return [f"http://127.0.0.1:{port[1]}" for port in ports if port]


def files_of_clone() -> str:
    """What lies in the clone that is not committed and not ignored, as git tells."""
    told = ["git", "status", "--porcelain"]
    return subprocess.run(told, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture
def demo(var: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Demo]:
    running = Demo(var, tmp_path, **getattr(request, "param", {}))
    assert eventually(running.is_ready, 90)
    if running.process.poll() is not None:
        raise AssertionError(running.said(1))
    recorders = running.named("simulated.jibris" if running.extra else "record_rooms")
    assert eventually(lambda: any(parent_of(pid) == recorders for pid in all_pids()), 20)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait()


def is_free(port: int) -> bool:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return door.connect_ex(("127.0.0.1", port)) != 0


def leaves_nothing(demo: Demo, everybody: list[int]) -> None:
    assert eventually(lambda: not any(is_alive(pid) for pid in everybody)), [
        command_of(pid) for pid in everybody if is_alive(pid)
    ]
    assert is_free(demo.port)
    assert list(demo.elsewhere.iterdir()) == []
    assert files_of_clone() == demo.clone


@pytest.mark.deep
def test_kill_9_of_one_child_ends_the_demo_and_names_it(demo: Demo) -> None:
    everybody = demo.everybody()
    assert len(everybody) >= 9, "servers, beat, two workers, web, recorders and their spare"
    os.kill(demo.named("-n media@"), signal.SIGKILL)
    assert "media was killed by SIGKILL" in demo.said(15)
    assert demo.process.returncode == 1
    leaves_nothing(demo, everybody)


def page_data(page: str) -> dict[str, Any]:
    found = PAGE_DATA.search(page)
    assert found is not None, page[:2000]
    data: dict[str, Any] = json.loads(found[1])
    return data


def bridges_are_alive(demo: Demo) -> None:
    with demo.enter_as("admin") as admin:

        def page() -> str:
            return admin.get("/platform/bridges").text

        assert eventually(lambda: page().count('data-state="watch">Up') == 2, 40), page()
        for region in ("local", "coast"):
            assert f"<bdi>{region}</bdi>" in page()
        for url in demo.stand_ins("jvb"):
            httpx.post(f"{url}/simulated", json={"stress": 0.5}, timeout=5).raise_for_status()
        assert eventually(lambda: page().count("<dd>60</dd>") == 2, 45), "half of 120 people on each"


def at_work(jibris: list[str]) -> list[str]:
    told = [(url, httpx.get(f"{url}/simulator", timeout=5).json()) for url in jibris]
    return [url for url, one in told if one["session"]]


def behave(jibris: list[str], how: str) -> None:
    for url in jibris:
        httpx.post(f"{url}/simulator", json={"behaviour": how}, timeout=5).raise_for_status()


def live_lesson(teacher: httpx.Client) -> tuple[str, str]:
    """Where its room's socket is, and its replay."""
    path = re.search(r"/lessons/[0-9a-f-]{36}/room", teacher.get("/").text)
    assert path is not None
    socket = page_data(teacher.get(path[0]).text)["room_socket"]
    return socket, path[0].replace("/room", "/replay")


async def hold_lesson_in_which_a_jibri_dies(demo: Demo, room: str, cookie: str) -> None:
    jibris = demo.stand_ins("jibri")
    async with websockets.connect(
        f"ws://127.0.0.1:{demo.port}{room}?occupant={uuid.uuid4()}",
        additional_headers={"Cookie": cookie, "Origin": demo.url},
        subprotocols=[Subprotocol("darasa.v1")],
        max_queue=None,
    ) as connection:
        socket = Socket(connection)
        if (await socket.hear("room.entered", PATIENCE * 20))["data"]["recording"]["state"] != "recording":
            await socket.hear("recording.changed", PATIENCE * 40, state="recording")
        await asyncio.sleep(5)  # of one of whom nothing is found, there is no gap
        [doomed] = await asyncio.to_thread(at_work, jibris)
        others = [one for one in jibris if one != doomed]
        # The others are free some seconds later: on a quick machine the hole would be too short to be called a gap.
        await asyncio.to_thread(behave, others, "busy")
        with pytest.raises(httpx.HTTPError):  # nobody says goodbye
            await asyncio.to_thread(httpx.post, f"{doomed}/simulator", json={"die": True})
        await socket.hear("recording.changed", PATIENCE * 30, state="lost_recorder")
        await asyncio.sleep(SHORTEST_SECONDS)
        await asyncio.to_thread(behave, others, "well")
        await socket.hear("recording.changed", PATIENCE * 60, state="recording")
        await asyncio.sleep(3)
        await socket.say("lesson.end")
        await socket.hear("lesson.ended", PATIENCE * 20)


def one_recording_names_the_gap(teacher: httpx.Client, replay: str) -> None:
    def told() -> dict[str, Any]:
        progress: dict[str, Any] = page_data(teacher.get(replay).text)["progress"]
        return progress

    assert eventually(lambda: told()["state"] in ("published", "failed"), 90)
    done = told()
    assert done["state"] == "published", done
    [gap] = done["replay"]["gaps"]
    assert gap["cause"] == "recorder_died"
    assert gap["seconds"] > 0


@pytest.mark.deep
@pytest.mark.parametrize("demo", [SIMULATED], indirect=True, ids=["simulated"])
def test_with_jitsi_simulated_a_recorder_may_die_and_ctrl_c_still_ends_everything(demo: Demo) -> None:
    with demo.enter_as("teacher") as teacher:
        room, replay = live_lesson(teacher)
        cookie = "; ".join(f"{name}={value}" for name, value in teacher.cookies.items())
        asyncio.run(hold_lesson_in_which_a_jibri_dies(demo, room, cookie))
        bridges_are_alive(demo)
        one_recording_names_the_gap(teacher, replay)
    everybody = demo.everybody()
    for program in ("jvb", "jvb", "jicofo", "prosody"):
        assert any(f"simulated.{program} " in command_of(pid) for pid in everybody)
    began = time.monotonic()
    os.killpg(demo.process.pid, signal.SIGINT)  # the whole foreground group, as a terminal does
    said = demo.said(10)
    assert time.monotonic() - began < 10
    assert (demo.process.returncode, "Traceback" in said) == (0, False), said
    leaves_nothing(demo, everybody)
