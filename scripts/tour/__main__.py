"""Prints what it sees and ends with one line of JSON; what is wrong with a page is told, and the exit code is 1."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from scripts.bootstrap import find_chromium
from scripts.headless import Visitor, open_browser
from scripts.tour.ground import PATIENCE_SECONDS, PICTURES, ROOT, say, throw_away_demo
from scripts.tour.guest import admit_guests
from scripts.tour.lesson import walk_lesson
from scripts.tour.pages import Album, prepare_folders, see_every_page
from scripts.tour.roster import import_roster
from scripts.tour.series import schedule_across_change


def main() -> int:
    started = time.monotonic()
    shutil.rmtree(PICTURES, ignore_errors=True)
    prepare_folders(PICTURES)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=ROOT / "var"))
    album = Album()
    with throw_away_demo(folder) as (base, env), open_browser(find_chromium()) as browser:
        figures = walk(browser, base, env, album)
    for fault in album.faults:
        print(f"FAULT {fault}", file=sys.stderr)
    figures["tour_seconds"] = round(time.monotonic() - started)
    print(json.dumps(figures))
    return 1 if album.faults else 0


def walk(browser: Browser, base: str, env: dict[str, str], album: Album) -> dict[str, Any]:
    """Planning and looking around come before the lesson: strokes are measured on a machine that does nothing else."""
    wait_for_yesterday(browser, base)
    head = Visitor.arrive(browser, base, "head")
    album.watch(head)
    head.enter_as("head")
    series, refused = schedule_across_change(head), import_roster(head)
    album.close(head, "head at work")
    see_every_page(browser, base, album)
    lesson = walk_lesson(browser, base, env)
    admitted = admit_guests(browser, base, album)
    return {
        **lesson,
        "series_across_dst": series,
        "roster_refused_rows": refused,
        "guest_admitted": admitted,
        "pages_seen": len(album.pages),
        "screenshots": album.pictures,
        "page_faults": len(album.faults),
    }


def wait_for_yesterday(browser: Browser, base: str) -> None:
    """The demo composes its past lesson first; the machine is quiet afterwards."""
    teacher = Visitor.arrive(browser, base, "teacher")
    teacher.enter_as("teacher")
    teacher.page.locator("li[data-state=watch], .lesson-register").first.wait_for(
        timeout=PATIENCE_SECONDS * 1000
    )
    say("yesterday's lesson can be watched")
    teacher.context.close()


if __name__ == "__main__":
    sys.exit(main())
