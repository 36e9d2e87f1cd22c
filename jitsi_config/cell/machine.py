#!/usr/bin/env python3
"""`machine.py up`, `down`, `certificate`: the containers of a cell's Jitsi machine, by darasa-jitsi.service.

`down` takes nobody's lesson away. A bridge takes no new conferences and is waited for until it is empty; a recorder takes
no new recording and is waited for until it has finished its own. Darasa empties machines before it lets them go, so that
then nothing is waited for; this is for whoever stops one by hand. Python's standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ROOT = Path(os.environ.get("DARASA_ROOT", "/"))
COMPOSE = ROOT / "etc/darasa/compose.json"
LEARNT = ROOT / "run/darasa/cell.env"
AGAIN_SECONDS = 5.0
GRACEFUL = "http://127.0.0.1:3333/jibri/api/internal/v1.0/gracefulShutdown"


def main(arguments: Sequence[str]) -> int:
    VERBS[arguments[0]]()
    return 0


def up() -> None:
    """Nothing is fetched: minutes of that are recordings lost at nine o'clock."""
    compose("up", "--detach", "--wait", "--pull", "never", "--remove-orphans")


def down() -> None:
    DRAINS.get(json.loads(COMPOSE.read_text())["x-kind"], lambda: None)()
    compose("down")


def certificate() -> None:
    """coturn reads it anew, and relays go on."""
    compose("kill", "--signal", "USR2", "coturn")


def empty_bridge() -> None:
    wait_for_bridge(f"http://{word('BRIDGE_PRIVATE_ADDRESS')}:8080")


def wait_for_bridge(base: str, again_seconds: float = AGAIN_SECONDS) -> None:
    """Whoever does not answer has nobody inside that we could wait for."""
    try:
        ask(f"{base}/colibri/drain/enable", "POST")
        while json.loads(ask(f"{base}/colibri/stats"))["participants"]:
            time.sleep(again_seconds)
    except OSError as error:
        print(f"The bridge does not answer, and is stopped: {error}", file=sys.stderr)


def finish_recording() -> None:
    """Jibri ends by itself when it is free; Docker must not bring it back then."""
    container = compose("ps", "--quiet", "jibri").strip()
    if not container:
        return
    run("docker", "update", "--restart", "no", container)
    try:
        compose("exec", "-T", "jibri", "curl", "--fail", "--silent", "--request", "POST", GRACEFUL)
    except subprocess.CalledProcessError as error:
        print(f"The recorder does not hear that it is to end: {error}", file=sys.stderr)
    wait_for_recorder(f"http://{word('HOST_ADDRESS')}:2222")


def wait_for_recorder(base: str, again_seconds: float = AGAIN_SECONDS) -> None:
    """Until it says that it has nothing to do, or says nothing any more because it has ended."""
    try:
        while json.loads(ask(f"{base}/jibri/api/v1.0/health"))["status"]["busyStatus"] == "BUSY":
            time.sleep(again_seconds)
    except OSError as error:
        print(f"The recorder has ended: {error}", file=sys.stderr)


def compose(*words: str) -> str:
    place = ("--project-directory", str(PROJECT), "--file", str(COMPOSE), "--env-file", str(LEARNT))
    return run("docker", "compose", *place, *words)


def run(*words: str) -> str:
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


def ask(url: str, method: str = "GET") -> str:
    request = urllib.request.Request(url, method=method)  # noqa: S310 - the bridge of this machine
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


def word(name: str) -> str:
    return dict(line.split("=", 1) for line in LEARNT.read_text().splitlines())[name]


VERBS: dict[str, Callable[[], None]] = {"up": up, "down": down, "certificate": certificate}
DRAINS: dict[str, Callable[[], None]] = {"jvb": empty_bridge, "jibri": finish_recording}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
