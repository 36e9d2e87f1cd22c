"""Others of the class: one who has only the Jitsi app, one whose connection does not hold."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from classroom.jitsi.simulated.prosody import Outbox, Rooms, Weather
from common.services.urls import stored_secret
from scripts.headless import Visitor
from scripts.tour.ground import say

APP_ONLY, FLAKY = "student1@demo.test", "student6@demo.test"


@contextmanager
def prosody(base: str, secret: str) -> Iterator[Rooms]:
    """Prosody's word of who is in the Jitsi room, signed as its module signs it; faithful, nothing is lost."""
    outbox = Outbox(base, secret, Weather(), random.Random(1))  # noqa: S311  nobody is to guess it
    stop = threading.Event()
    sender = threading.Thread(target=outbox.run, args=(stop,), daemon=True)
    sender.start()
    try:
        yield Rooms(outbox, Weather())
    finally:
        stop.set()
        sender.join(10)


def come_by_app(rooms: Rooms, where: dict[str, Any]) -> None:
    """No page, no camera here: all that is ever heard of them comes from Prosody."""
    person = where["people"][APP_ONLY]
    rooms.do({"do": "join", "room": where["room"], "person": person, "name": "Chen Wei"})
    say("one of the class is inside by the app alone")


def leave_app(rooms: Rooms, where: dict[str, Any]) -> None:
    rooms.do({"do": "leave", "room": where["room"], "person": where["people"][APP_ONLY]})


def shared_password(folder: Path) -> str:
    """As dashboard/demo/cast.py makes it."""
    return stored_secret(folder / "secrets" / "demo-password")[:12]


def arrive_flaky(browser: Browser, base: str, env: dict[str, str]) -> Visitor:
    """By e-mail address and password, as nobody has a button for the whole class."""
    password = shared_password(Path(env["DARASA_VAR"]))
    visitor = Visitor.arrive(browser, base, "hassan")
    visitor.go("/sign-in")
    visitor.page.locator("input[name=username]").first.fill(FLAKY)
    visitor.page.locator("input[name=password]").first.fill(password)
    visitor.page.locator("input[name=password]").first.press("Enter")
    visitor.page.wait_for_url(f"{base}/")
    return visitor


def go_away(visitor: Visitor) -> None:
    """In the middle of everything."""
    visitor.page.goto("about:blank")
