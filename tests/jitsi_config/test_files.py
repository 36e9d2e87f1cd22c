"""The files that land inside the containers, each judged by the program that will read it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import imageio_ffmpeg
import pytest
from pyhocon import ConfigFactory

from classroom.admission import HOT
from classroom.jitsi.iframe import near_to
from recordings.manifests import is_settled
from recordings.probe import probe
from scripts.jitsi_names import dotted
from tests.jitsi_config.stack import FOLDER

KNOWN = json.loads((Path(__file__).parent / "known_names.json").read_text())["keys"]
FINALIZE = FOLDER / "jibri" / "finalize.sh"
PROGRAMS = {
    "jibri": "jibri/custom-jibri.conf",
    "jicofo": "jicofo/custom-jicofo.conf",
    "videobridge": "jvb/custom-jvb.conf",
}

# HOCON: Jibri, jicofo, the bridge


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_key_of_a_java_program_is_misspelt(program: str) -> None:
    tree = ConfigFactory.parse_string((FOLDER / PROGRAMS[program]).read_text(), resolve=False)
    names = set(dotted(tree))
    assert len(names) > 3
    assert names <= set(KNOWN[program])


# What Jibri's own configuration gives to ours, with a test picture instead of a screen.
JIBRI = """
jibri.ffmpeg {{
  ffmpeg = [ "{program}", "-y", "-v", "error" ]
  gop-size = 60
  recording-format = "mp4"
  input-linux = [ "-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=30", "-re", "-f", "lavfi", "-i", "sine" ]
  audio-params = [ "-acodec", "aac" ]
  video-params-recording = [ "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-f", ${{jibri.ffmpeg.recording-format}} ]
}}
"""


def jibri_settings() -> Any:
    text = JIBRI.format(program=imageio_ffmpeg.get_ffmpeg_exe()) + (FOLDER / PROGRAMS["jibri"]).read_text()
    return ConfigFactory.parse_string(text)["jibri"]


def test_a_recorder_that_is_killed_leaves_a_recording_that_can_be_played(tmp_path: Path) -> None:
    settings = jibri_settings()["ffmpeg"]
    file = tmp_path / f"room_2026-11-21-09-00-00.{settings['recording-extension']}"
    command = [str(word) for word in settings["command-linux-recording"]]
    child = subprocess.Popen([*command, str(file)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while child.poll() is None and not (file.exists() and file.stat().st_size):
            time.sleep(0.05)
        began = time.monotonic()
        while time.monotonic() - began < 3 and child.poll() is None:
            time.sleep(0.1)
        recorded = time.monotonic() - began
    finally:
        child.send_signal(signal.SIGKILL)
        errors = child.communicate()[1]
    assert child.returncode == -signal.SIGKILL, errors
    assert probe(file).duration_seconds >= recorded - 2


def test_a_silent_test_and_group_work_do_not_end_a_recording() -> None:
    checks = jibri_settings()["call-status-checks"]
    now = datetime(2026, 11, 21, tzinfo=UTC)  # a duration is a timedelta or a relativedelta
    assert now + checks["all-muted-timeout"] >= now + timedelta(hours=3)
    assert now + checks["default-call-empty-timeout"] >= now + timedelta(minutes=15)
    assert now + checks["no-media-timeout"] >= now + timedelta(minutes=10)


def test_a_bridge_counts_as_hot_at_seventy_percent_of_its_processor() -> None:
    """What it calls stress is the load of the whole host by its own threshold; what we do with that stands elsewhere."""
    settings = ConfigFactory.parse_string((FOLDER / PROGRAMS["videobridge"]).read_text())
    load = settings["videobridge"]["load-management"]["load-measurements"]
    assert load["load-measurement"] == "cpu-usage"
    assert pytest.approx(0.70, abs=0.005) == HOT * load["cpu-usage"]["load-threshold"]


def test_streams_go_to_our_own_packager_only() -> None:
    allowed = jibri_settings()["streaming"]["rtmp-allow-list"]
    for url, may in {
        "rtmp://packager/live/a1-b2": True,
        "rtmp://packager:1935/live/a1": True,
        "rtmp://a.rtmp.youtube.com/live2/key": False,
        "rtmp://packager.evil.example/live/a": False,
        "rtmp://packager/live/../x": False,
    }.items():
        assert any(re.fullmatch(pattern, url) for pattern in allowed) is may, url


# Jibri's finalize script, run for real


class Darasa(ThreadingHTTPServer):
    """Takes down what it is told; `deaf` never answers."""

    daemon_threads = True

    def __init__(self, *, deaf: bool = False) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.released = threading.Event()
        self.deaf = deaf
        super().__init__(("127.0.0.1", 0), Hook)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks/jibri/secret/finalized"


class Hook(BaseHTTPRequestHandler):
    server: Darasa

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, json.loads(body)))
        if self.server.deaf:
            self.server.released.wait(30)
            return
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(params=[False, True], ids=["answering", "deaf"])
def darasa(request: pytest.FixtureRequest) -> Iterator[Darasa]:
    server = Darasa(deaf=request.param)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def finalize(folder: Path | str, url: str = "") -> subprocess.CompletedProcess[str]:
    assert shutil.which("curl"), "curl is in Jibri's image, and needed here too"
    environment = {"PATH": os.environ["PATH"], "DARASA_FINALIZED_URL": url}
    return subprocess.run(
        [FINALIZE, str(folder)], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def session_in(folder: Path, name: str) -> Path:
    session = folder / name
    session.mkdir()
    (session / "room_2026-11-21-09-00-00.ts").write_bytes(b"pictures")
    return session


def test_the_marker_is_there_when_darasa_is_told_and_also_when_it_is_deaf(
    darasa: Darasa, tmp_path: Path
) -> None:
    session = session_in(tmp_path, "abc123_-x")
    done = finalize(session, darasa.url)
    assert done.returncode == 0, done.stderr
    assert darasa.heard == [("/hooks/jibri/secret/finalized", {"session": "abc123_-x"})]
    assert is_settled(session, now=time.time(), quiet_seconds=3600)
    assert sorted(path.name for path in session.iterdir()) == ["finalized", "room_2026-11-21-09-00-00.ts"]
    assert ("did not hear" in done.stderr) is darasa.deaf


def test_the_marker_is_there_when_nobody_listens(tmp_path: Path) -> None:
    session = session_in(tmp_path, "a folder with a space")
    assert finalize(session, "http://127.0.0.1:1/").returncode == 0
    assert (session / "finalized").is_file()


def test_a_second_call_does_no_harm(tmp_path: Path) -> None:
    session = session_in(tmp_path, "twice")
    assert [finalize(session).returncode for _ in range(2)] == [0, 0]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = finalize(tmp_path / "none")
    assert done.returncode == 1
    assert "there is no folder" in done.stderr


# The bundled store


@pytest.mark.deep
def test_the_bucket_is_made_once_and_a_second_call_does_no_harm(s3_server: str) -> None:
    environment = {"S3_BUCKET": "of-a-school", "S3_REGION": "us-east-1"}
    environment |= {"S3_ACCESS_KEY_ID": "name", "S3_SECRET_ACCESS_KEY": "secret", "PATH": os.environ["PATH"]}
    command = [sys.executable, str(FOLDER / "store" / "make_bucket.py"), s3_server]
    said = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert [done.returncode for done in said] == [0, 0], said
    assert "is made" in said[0].stdout


# Shell, Lua, JavaScript


@pytest.mark.parametrize(
    "name", ["up", "jibri/finalize.sh", "nginx/reload-certificates.sh", "nginx/renew.sh"]
)
def test_a_shell_script_is_one(name: str) -> None:
    done = subprocess.run(["sh", "-n", str(FOLDER / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


READ_PROSODY = """
local said = {}
local env = setmetatable({}, {
    __index = function(_, name) return name:match("^ENV_") and ("<" .. name .. ">") or nil end,
    __newindex = function(_, name, value) said[name] = value end,
})
assert(loadfile(arg[1], "t", env))()
io.write(said.reservations_api_headers["Authorization"], "|", said.token_verification_allowlist[1], "|",
    said.darasa_recorder_domains[1], "|", said.darasa_event_secret)
"""


def test_prosody_s_options_read_secrets_from_the_environment(tmp_path: Path) -> None:
    lua = next((found for name in ("lua5.4", "lua5.3", "lua") if (found := shutil.which(name))), None)
    if lua is None:
        pytest.skip("no lua here (Debian: apt-get install lua5.4)")
    script = tmp_path / "read.lua"
    script.write_text(READ_PROSODY)
    done = subprocess.run(
        [lua, str(script), str(FOLDER / "prosody" / "conf.d" / "darasa.cfg.lua")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split("|") == [
        "Bearer <ENV_DARASA_HOOK_TOKEN>",
        "hidden.meet.jitsi",
        "hidden.meet.jitsi",
        "<ENV_DARASA_EVENT_SECRET>",
    ], done.stderr


HOST = 'VirtualHost "meet.jitsi"\n'


def test_prosody_itself_reads_the_options(tmp_path: Path) -> None:
    program = shutil.which("prosodyctl", path=f"{os.environ['PATH']}:/usr/bin:/usr/sbin")
    if program is None:
        pytest.skip("no prosody here (Debian: apt-get install prosody)")
    ours = FOLDER / "prosody" / "conf.d" / "darasa.cfg.lua"
    (tmp_path / "certs").mkdir()
    file = tmp_path / "prosody.cfg.lua"
    file.write_text(f'pidfile = "{tmp_path}/pid"\ndata_path = "{tmp_path}"\nInclude "{ours}"\n{HOST}')
    environment = {**os.environ, "DARASA_HOOK_TOKEN": "t" * 32, "DARASA_EVENT_SECRET": "e" * 32}
    done = subprocess.run(
        [program, "--root", "--config", str(file), "check", "config"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert str(ours) in said and "Done." in said, said
    assert "rror" not in said, said


READ_CONFIG = """
const { readFileSync } = require('node:fs');
const vm = require('node:vm');
const [ files, hash ] = [ process.argv.slice(1, 3), process.argv[3] ];
const context = vm.createContext(hash === undefined ? {} : { location: { hash } });
const [ config, look ] = files.map(file => readFileSync(file, 'utf8'));
vm.runInContext('"use strict"; var config = { hosts: {} }; var interfaceConfig = {};', context);
vm.runInContext('"use strict";' + config, context);
vm.runInContext('"use strict";' + look, context);
console.log(JSON.stringify({ config: context.config, look: context.interfaceConfig }));
"""


def read_config(*fragment: str) -> dict[str, Any]:
    """What a browser with this fragment in its address makes of our files; without, what the app does."""
    node = shutil.which("node")
    assert node, "node builds the front end; it is here"
    files = [str(FOLDER / "web" / name) for name in ("custom-config.js", "custom-interface_config.js")]
    command = [node, "-e", READ_CONFIG, *files, *fragment]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize(
    ("fragment", "region"),
    [
        ([], None),
        (["#jwt=x"], None),
        (
            [f"#jwt=x&config.deploymentInfo={quote(json.dumps(near_to('west')['deploymentInfo']))}&x=1"],
            "west",
        ),
        (["#config.deploymentInfo=%7B%22userRegion%22%3A%22%3Cb%3E%22%7D"], None),
        (["#config.deploymentInfo=%7B%22userRegion%22%3A%7B%7D%7D"], None),
        (["#config.deploymentInfo=%E0%A4%A"], None),
        (["#config.deploymentInfo=null"], None),
    ],
    ids=["app", "none", "west", "markup", "object", "broken", "null"],
)
def test_the_region_that_the_page_says_reaches_jitsi(fragment: list[str], region: str | None) -> None:
    assert read_config(*fragment)["config"].get("deploymentInfo", {}).get("userRegion") == region


def test_jitsi_meet_is_configured_for_a_school() -> None:
    said = read_config()
    config = said["config"]
    assert config["disableThirdPartyRequests"] is True
    assert config["p2p"] == {"enabled": False, "stunServers": []}
    assert config["analytics"] == {"disabled": True}
    assert config["hiddenFromRecorderFeatureEnabled"] is True
    assert config["liveStreaming"]["enabled"] is False
    assert config["recordingService"] == {
        "enabled": True,
        "sharingEnabled": False,
        "hideStorageWarning": True,
    }
    assert config["videoQuality"]["mobileCodecPreferenceOrder"][0] == "VP8"
    assert {"microphone", "hangup"} <= set(config["toolbarButtons"])
    assert not {"chat", "raisehand", "whiteboard"} & set(config["toolbarButtons"]), "they are ours"
    assert config["disableReactions"] is True
    assert config["hosts"] == {}, "hosts are the image's own"
    assert said["look"]["SHOW_JITSI_WATERMARK"] is False
