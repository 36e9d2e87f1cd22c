"""From glass to player: how old is the picture that somebody sees who watches a live stream on this machine?

The built-in recorder's own sender paints the time of day into each picture as bars; it goes by RTMP to a station, is cut
into pieces, served by the web process through its signed door, and played by the page of a live stream in Chromium,
which reads the bars out of its video. Then the way in is killed, once alone and once with the whole station, which stays
away for nine seconds; each page must go on by itself both times. The last line of the output is JSON.
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
from playwright.sync_api import Browser, Page

from common.services import bundled_services, http_ok
from common.services.process import stop_all, wait_ready
from common.services.urls import free_port
from recordings.embedded.sending import HEIGHT, WIDTH, Mixer, Sender
from scripts import bench_quiz
from scripts.bench_quiz import ROOT, prepare, start
from scripts.bootstrap import find_chromium
from scripts.headless import open_browser

# A viewer is dropped whose player begins anew, or has no new pictures so long after the way in was started again.
WITHIN_SECONDS, BACK_WITHIN_SECONDS = 6.0, 20.0
# A station that dies is started anew within ten seconds.
AWAY_SECONDS = 9.0
VIEWERS = 3
BITS, UNIT_MS, SAMPLES = 16, 10, 40
KEY = "bench"
SEED = (
    bench_quiz.SEED.replace(f"range({bench_quiz.PEOPLE})", f"range({VIEWERS})")
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
    return report(measure())


def measure() -> dict[str, Any]:
    """All figures, and whether they are good enough; with a PostgreSQL, a Redis and a web process of its own."""
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
                return judge(watch(port, scene, folder))
            finally:
                stop_all([child], grace_seconds=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Station:
    """The process of a stream. Where one has died another goes on at the same door and with the same pieces."""

    def __init__(self, shelf: Path, folder: Path) -> None:
        self._shelf, self._log = shelf, folder / "station.log"
        self.door = 0
        self.open()

    def open(self) -> None:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        command = [sys.executable, "-m", "recordings.streaming.station"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=log, **pipes)
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101  opened as pipes
        at = {"shelf": str(self._shelf), "address": "127.0.0.1", "port": self.door}
        job = {"broadcast": "bench", "key": KEY, "heights": [240], **at}
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        self.door = int(json.loads(self.process.stdout.readline())["port"])

    def kill_way_in(self) -> None:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in map(int, listed):
            with suppress(OSError):
                if b"-listen" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """Its ffmpegs die with it."""
        self.process.kill()
        self.process.wait()


def watch(port: int, scene: dict[str, Any], folder: Path) -> dict[str, Any]:
    station = Station(folder / "streams" / scene["broadcast"], folder)
    sender = Sender(ClockMixer(), f"rtmp://127.0.0.1:{station.door}/live/{KEY}")
    sender.start()
    try:
        with open_browser(find_chromium()) as browser:
            base = f"http://127.0.0.1:{port}"
            first, *others = (open_page(browser, base, scene, cookie) for cookie in scene["pupils"])
            began = time.monotonic()
            first.goto(f"{base}/lessons/{scene['lesson']}/live")
            told = wait_for_picture(first, 60)
            shown = time.monotonic() - began
            for page in others:
                page.goto(f"{base}/lessons/{scene['lesson']}/live")
                wait_for_picture(page, 60)
            pages = [first, *others]
            time.sleep(5)  # until the players have found their distance
            ages = [sample(page)["age"] for _ in range(SAMPLES) for page in pages]
            found = {"first_picture_s": shown, "first_age_s": told["age"], "ages": ages}
            return found | interrupt(pages, station)
    finally:
        sender.stop()
        station.kill()


def open_page(browser: Browser, base: str, scene: dict[str, Any], cookie: str) -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": scene["name"], "value": cookie, "url": base}])
    return context.new_page()


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


def interrupt(pages: list[Page], station: Station) -> dict[str, Any]:
    """First the way in alone, which the station opens again at once; then all of the station, for nine seconds."""
    for page in pages:
        page.evaluate(
            "document.querySelector('video').addEventListener('emptied', () => (window.emptied = 1))"
        )
    killed = time.time()
    station.kill_way_in()
    short = wait_for_all(pages, killed)
    time.sleep(5)
    station.kill()
    time.sleep(AWAY_SECONDS)
    opened = time.time()
    station.open()
    return {"killed": short, "away": wait_for_all(pages, opened)}


def wait_for_all(pages: list[Page], since: float) -> list[float | None]:
    """For each page, seconds from `since` until it shows pictures taken afterwards; None where none comes, or where
    the player began anew."""
    back: dict[Page, float] = {}
    while len(back) < len(pages) and time.time() - since < 3 * BACK_WITHIN_SECONDS:
        time.sleep(0.1)
        for page in pages:
            told = page.evaluate(READ)
            if page not in back and told and told["at"] / 1000 - told["age"] > since:
                back[page] = time.time() - since
    return [None if page.evaluate("window.emptied === 1") else back.get(page) for page in pages]


def judge(found: dict[str, Any]) -> dict[str, Any]:
    ages = sorted(found["ages"])
    middle, worst = statistics.median(ages), ages[int(len(ages) * 0.95) - 1]
    killed, away = found["killed"], found["away"]
    dropped = sum(is_lost(one) or is_lost(other) for one, other in zip(killed, away, strict=True))
    return {
        "bench": "hls",
        "viewers": VIEWERS,
        "glass_to_player_median_s": round(middle, 2),
        "glass_to_player_p95_s": round(worst, 2),
        "first_picture_s": round(found["first_picture_s"], 2),
        "back_after_ingest_killed_s": slowest(killed),
        "ingest_away_s": AWAY_SECONDS,
        "back_after_ingest_away_s": slowest(away),
        "viewers_dropped": dropped,
        "met": worst <= WITHIN_SECONDS and not dropped,
    }


def is_lost(back: float | None) -> bool:
    return back is None or back > BACK_WITHIN_SECONDS


def slowest(back: list[float | None]) -> float | None:
    """None when one never came back."""
    return None if None in back else round(max(one for one in back if one is not None), 2)


def report(found: dict[str, Any]) -> int:
    show(found)
    print(json.dumps(found))
    return 0 if found["met"] else 1


def show(found: dict[str, Any]) -> None:
    def back(seconds: float | None) -> str:
        return "never all back" if seconds is None else f"{seconds:6.2f} s until all have new pictures"

    away = found["back_after_ingest_away_s"]
    print(f"first picture      {found['first_picture_s']:6.2f} s after the page was asked for")
    print(
        f"glass to player    {found['glass_to_player_median_s']:6.2f} s median, {found['glass_to_player_p95_s']:.2f} s "
        f"p95 of {SAMPLES} looks at {VIEWERS} pages; at most {WITHIN_SECONDS:.0f} s"
    )
    print(f"way in killed      {back(found['back_after_ingest_killed_s'])}")
    print(
        f"away for {AWAY_SECONDS:.0f} s       {back(away)}, counted from its death; {found['viewers_dropped']} dropped"
    )


if __name__ == "__main__":
    raise SystemExit(main())
