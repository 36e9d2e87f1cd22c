"""From glass to player: how old is the picture that somebody sees who watches a live stream on this machine?

The built-in recorder's own sender paints the time of day into each picture as bars; it goes by RTMP to a station, is cut
into pieces, served by the web process through its signed door, and played by the page of a live stream in Chromium,
which reads the bars out of its video. Then the way in is killed, and the page must go on by itself.
The last line of the output is JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from playwright.sync_api import Page

from common.services import bundled_services, http_ok
from common.services.process import stop_all, wait_ready
from common.services.urls import free_port
from recordings.embedded.sending import HEIGHT, WIDTH, Mixer, Sender
from scripts import bench_quiz
from scripts.bench_quiz import ROOT, prepare, start
from scripts.bootstrap import find_chromium
from scripts.headless import open_browser

WITHIN_SECONDS, BACK_WITHIN_SECONDS = 6.0, 20.0
BITS, UNIT_MS, SAMPLES = 16, 10, 40
KEY = "bench"
SEED = (
    bench_quiz.SEED.replace(f"range({bench_quiz.PEOPLE})", "range(1)")
    + """
from classroom.models import Lesson
from recordings.models import Broadcast
Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True, status="live", opened_at=now)
broadcast = Broadcast.objects.create(lesson=lesson, state="live", state_at=now, shown_at=now)
scene |= {"lesson": str(lesson.pk), "broadcast": str(broadcast.pk)}
open("{target}", "w").write(json.dumps(scene))
"""
)
READ = f"""() => {{
  const video = document.querySelector("video");
  if (video === null || video.readyState < 2) return null;
  const sheet = document.createElement("canvas");
  sheet.width = {WIDTH}; sheet.height = {HEIGHT};
  const pen = sheet.getContext("2d", {{willReadFrequently: true}});
  pen.drawImage(video, 0, 0, {WIDTH}, {HEIGHT});
  let told = 0;
  for (let bit = 0; bit < {BITS}; bit += 1) {{
    const at = (bit + 0.5) * {WIDTH // BITS};
    if (pen.getImageData(at, {HEIGHT // 2}, 1, 1).data[1] > 128) told += 2 ** bit;
  }}
  const now = Math.floor(Date.now() / {UNIT_MS}) % {2**BITS};
  return {{age: ((now - told + {2**BITS}) % {2**BITS}) * {UNIT_MS / 1000}, played: video.currentTime, at: Date.now()}};
}}"""


class ClockMixer(Mixer):
    """The time of day, as bars: white is 1, the lowest bit first."""

    def picture(self, now: float) -> VideoFrame | None:
        told = int(time.time() * 1000 / UNIT_MS) % 2**BITS
        row = np.repeat([235 if told >> bit & 1 else 16 for bit in range(BITS)], WIDTH // BITS)
        grey = np.tile(row.astype(np.uint8), (HEIGHT, 1))
        return VideoFrame.from_ndarray(grey, format="gray")


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services:
            env, scene = prepare(folder, services, SEED)
            collect = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
            subprocess.run(collect, env=env, check=True, cwd=ROOT)
            port = free_port()
            child = start(port, folder, env)
            try:
                wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=120)
                return report(watch(port, scene, folder))
            finally:
                stop_all([child], grace_seconds=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def watch(port: int, scene: dict[str, Any], folder: Path) -> dict[str, Any]:
    station, door = open_station(folder / "streams" / scene["broadcast"], folder)
    sender = Sender(ClockMixer(), f"rtmp://127.0.0.1:{door}/live/{KEY}")
    sender.start()
    try:
        with open_browser(find_chromium()) as browser:
            base = f"http://127.0.0.1:{port}"
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies([{"name": scene["name"], "value": scene["pupils"][0], "url": base}])
            page = context.new_page()
            began = time.monotonic()
            page.goto(f"{base}/lessons/{scene['lesson']}/live")
            first = wait_for_picture(page, 60)
            shown = time.monotonic() - began
            time.sleep(5)  # until the player has found its distance
            ages = [sample(page)["age"] for _ in range(SAMPLES)]
            return {"first_picture_s": shown, "first_age_s": first["age"], "ages": ages} | interrupt(
                page, station
            )
    finally:
        sender.stop()
        station.kill()
        station.wait()


def open_station(shelf: Path, folder: Path) -> tuple[subprocess.Popen[str], int]:
    log = (folder / "station.log").open("ab")
    command = [sys.executable, "-m", "recordings.streaming.station"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log, "text": True}
    station = subprocess.Popen(command, cwd=ROOT, **pipes)
    assert station.stdin is not None and station.stdout is not None  # noqa: S101  opened as pipes
    job = {
        "broadcast": "bench",
        "shelf": str(shelf),
        "key": KEY,
        "address": "127.0.0.1",
        "port": 0,
        "heights": [240],
    }
    station.stdin.write(json.dumps(job) + "\n")
    station.stdin.flush()
    return station, int(json.loads(station.stdout.readline())["port"])


def wait_for_picture(page: Page, seconds: float) -> dict[str, float]:
    deadline = time.monotonic() + seconds
    while (told := page.evaluate(READ)) is None or told["played"] == 0:
        if time.monotonic() > deadline:
            raise SystemExit("no picture came")
        time.sleep(0.1)
    return dict(told)


def sample(page: Page) -> dict[str, float]:
    time.sleep(0.25)
    return dict(page.evaluate(READ))


def interrupt(page: Page, station: subprocess.Popen[str]) -> dict[str, Any]:
    """The way in is killed. `back_s` is until the page shows pictures that were taken afterwards."""
    page.evaluate("document.querySelector('video').addEventListener('emptied', () => (window.emptied = 1))")
    killed = time.time()
    listed = Path(f"/proc/{station.pid}/task/{station.pid}/children").read_text().split()
    for pid in map(int, listed):
        with suppress(OSError):
            if b"-listen" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
    while time.time() - killed < 60:
        told = sample(page)
        if told["at"] / 1000 - told["age"] > killed + 0.5:
            back = time.time() - killed
            return {"back_s": back, "began_anew": page.evaluate("window.emptied === 1")}
    return {"back_s": None, "began_anew": True}


def report(found: dict[str, Any]) -> int:
    ages = sorted(found["ages"])
    middle, worst = statistics.median(ages), ages[int(len(ages) * 0.95) - 1]
    back = found["back_s"]
    dropped = int(back is None or back > BACK_WITHIN_SECONDS or found["began_anew"])
    print(f"first picture      {found['first_picture_s']:6.2f} s after the page was asked for")
    print(
        f"glass to player    {middle:6.2f} s median, {worst:.2f} s p95 of {len(ages)}; at most {WITHIN_SECONDS:.0f} s"
    )
    print(f"way in killed      {'never back' if back is None else f'{back:6.2f} s until new pictures'}")
    is_met = worst <= WITHIN_SECONDS and not dropped
    result = {
        "bench": "hls",
        "glass_to_player_median_s": round(middle, 2),
        "glass_to_player_p95_s": round(worst, 2),
        "first_picture_s": round(found["first_picture_s"], 2),
        "back_after_ingest_killed_s": None if back is None else round(back, 2),
        "viewers_dropped": dropped,
        "met": is_met,
    }
    print(json.dumps(result))
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
