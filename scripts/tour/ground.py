"""What the tour stands on: a throw-away demo, a folder for pictures, a list of faults."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "var" / "tour"
PATIENCE_SECONDS = 180


@contextmanager
def throw_away_demo(folder: Path, more: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """`manage.py demo` with its data in `folder`, ended and wiped afterwards; its logs stay beside the pictures.
    `more`: settings of its own."""
    port = free_port()
    env = {**os.environ, "DARASA_VAR": str(folder), "PORT": str(port), "DARASA_DEMO": "1", **more}
    for name in ("DATABASE_URL", "REDIS_URL"):
        env.pop(name, None)
    demo = subprocess.Popen([sys.executable, "manage.py", "demo"], cwd=ROOT, env=env, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    try:
        started = time.monotonic()
        wait_for_page(base + "/readyz", demo)
        say(f"the demo answers after {time.monotonic() - started:.1f} s")
        yield base, env
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(20)
        shutil.copytree(folder / "log", PICTURES / "log", dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_page(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310  our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{url} did not answer; see the logs")


def say(sentence: str) -> None:
    print(f"  {sentence}", flush=True)
