"""What somebody loads who watches it: the light pack, and the page of the replay in Chromium without its media."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from common.services import bundled_services, http_ok
from common.services.process import stop_all, wait_ready
from common.services.urls import free_port
from scripts.bench_quiz import ROOT, start
from scripts.bootstrap import find_chromium
from scripts.headless import open_browser

HOUR = 3600
MEDIA = ("/recording/video", "/recording/poster", "/recording/board", "/recording/thumbnails", "/media?")
READY = (
    "() => document.querySelector('.replay-board canvas') && document.querySelector('video').readyState >= 1"
)


def watch(video: Path, seconds: int, folder: Path) -> dict[str, float]:
    """`light_pack_mb_an_hour`, reckoned from so many seconds with all that each pack has once, so rather too much;
    `replay_first_load_bytes` as they come over the network, with their headers."""
    folder.mkdir()
    with bundled_services(folder) as services:
        env = {**os.environ, **services.urls.environment(), "DARASA_VAR": str(folder), "DARASA_DEMO": "1"}
        port = free_port()
        env["PORT"] = str(port)
        scene = _fill(video, seconds, folder, env)
        child = start(port, folder, env)
        try:
            wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=120)
            weight = _weigh(f"http://127.0.0.1:{port}", scene)
        finally:
            stop_all([child], grace_seconds=3)
    pack = scene["pack_bytes"] * HOUR / seconds / 1e6
    return {"light_pack_mb_an_hour": round(pack, 2), "replay_first_load_bytes": weight}


def _fill(video: Path, seconds: int, folder: Path, env: dict[str, str]) -> dict[str, Any]:
    place = f"Path({str(video)!r}), {seconds}, Path({str(folder)!r})"
    seed = f"from pathlib import Path; from scripts.bench_recording.seed import fill; fill({place})"
    steps = (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "--verbosity=0"])
    for words in (*steps, ["shell", "--no-imports", "-c", seed]):
        subprocess.run([sys.executable, "manage.py", *words], env=env, check=True, cwd=ROOT)
    return dict(json.loads((folder / "scene.json").read_text()))


def _weigh(base: str, scene: dict[str, Any]) -> int:
    """With an empty cache, until the board and the film are there."""
    with open_browser(find_chromium()) as browser:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en")
        context.add_cookies([{"name": scene["name"], "value": scene["cookie"], "url": base}])
        page = context.new_page()
        loads = _listen(page)
        page.goto(base + scene["path"])
        page.wait_for_function(READY)
        time.sleep(2)  # what it loads afterwards counts too
        return sum(size for url, size in loads if not any(part in url for part in MEDIA))


def _listen(page: Page) -> list[tuple[str, int]]:
    names: dict[str, str] = {}
    loads: list[tuple[str, int]] = []
    devtools = page.context.new_cdp_session(page)
    devtools.on(
        "Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]})
    )
    devtools.on(
        "Network.loadingFinished",
        lambda event: loads.append((names.get(event["requestId"], "?"), int(event["encodedDataLength"]))),
    )
    devtools.send("Network.enable")
    return loads
