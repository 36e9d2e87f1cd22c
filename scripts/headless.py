"""People without hands: headless browsers that sign in, join, draw and watch. For the tour and the journeys."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=15",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
]
LAPTOP, PHONE = (1280, 800), (360, 740)
# What takes a second on a quiet machine may take many on a busy one.
PATIENCE = 5
Place = tuple[float, float]


@contextmanager
def open_browser(executable: str | None, *others: str) -> Iterator[Browser]:
    """Chromium with a made-up camera and microphone, and no traffic of its own; of two like arguments the later holds."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *others])
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # no slots: Playwright hangs its wrappers on the owner of a bound method
class Visitor:
    """One person in one browser profile; `troubles` collects what the page complained about."""

    name: str
    base: str
    context: BrowserContext
    page: Page
    troubles: list[str]

    @classmethod
    def arrive(
        cls,
        browser: Browser,
        base: str,
        name: str,
        *,
        size: tuple[int, int] = LAPTOP,
        language: str = "en",
        agent: str | None = None,
    ) -> Visitor:
        """`agent` is what the browser says that it is, where it is not itself."""
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=language,
            has_touch=size == PHONE,
            user_agent=agent,
        )
        context.grant_permissions(["camera", "microphone"], origin=base)
        context.set_default_timeout(PATIENCE * 30_000)
        page = context.new_page()
        visitor = cls(name, base, context, page, [])
        page.on("pageerror", lambda error: visitor.note(str(error)))
        page.on("console", visitor.hear)
        return visitor

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.note(said.text)

    def note(self, trouble: str) -> None:
        self.troubles.append(f"{self.name}: {trouble}")

    def enter_as(self, persona: str) -> None:
        """Through the demo's button."""
        self.go("/sign-in")
        self.page.click(f"form[action$='/enter-as/{persona}'] button")
        self.page.wait_for_url(f"{self.base}/")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def path(self) -> str:
        """Where the page is, without the place that all addresses share."""
        return self.page.url.removeprefix(self.base)

    def join(self) -> None:
        """From the lobby into the room, with camera and microphone."""
        button = self.page.locator(".lobby-join").first
        button.wait_for(state="visible")
        button.click()
        self.wait_for_state(lambda state: state["connected"], 20, "being connected")

    def state(self) -> dict[str, Any]:
        return dict(self.page.evaluate("window.darasa.state()"))

    def wait_for_state(self, check: Callable[[dict[str, Any]], object], seconds: float, what: str) -> None:
        """Until the page's own account of itself satisfies `check`."""
        self.wait_for(lambda: check(self.state()), seconds, what)

    def latencies(self, *others: Visitor) -> list[float]:
        """Milliseconds from the hands of `others` to this screen, for each message that came; one clock."""
        heard: dict[str, list[tuple[int, float]]] = {}
        for stroke, points, at in self._marks("heard"):
            heard.setdefault(stroke, []).append((points, at))
        told = [mark for other in others for mark in other._marks("told")]
        arrivals = (
            (at, next((seen for count, seen in heard.get(stroke, ()) if count >= points), None))
            for stroke, points, at in told
        )
        return [seen - at for at, seen in arrivals if seen is not None]

    def _marks(self, kind: str) -> list[tuple[str, int, float]]:
        return list(self.page.evaluate(f"window.darasa.strokeMarks().{kind}"))

    def draw(self, points: list[Place], *, seconds: float = 0.8) -> None:
        """A stroke with the pen; `points` in parts of the board's width and height, 0 to 1."""
        places = [self.place_on_board(point) for point in points]
        mouse = self.page.mouse
        mouse.move(*places[0])
        mouse.down()
        for place in places[1:]:
            mouse.move(*place)
            time.sleep(seconds / len(places))
        mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def place_on_board(self, place: Place) -> Place:
        """Where on the screen a place of the board is that is given in parts of its width and height."""
        box = self.page.locator(".board-sheet").bounding_box()
        assert box is not None, "the board is not on the screen"  # noqa: S101
        return box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]

    def drag(self, *places: Place, shift: bool = False) -> None:
        """With the tool in hand from place to place of the board, and on with the shift key held."""
        mouse = self.page.mouse
        mouse.move(*self.place_on_board(places[0]))
        mouse.down()
        if shift:
            self.page.keyboard.down("Shift")
        for place in places[1:]:
            mouse.move(*self.place_on_board(place), steps=4)
        mouse.up()
        if shift:
            self.page.keyboard.up("Shift")

    def let_students_draw(self) -> None:
        """All of them; the board's menu of the class stays open no longer than that."""
        self.click("The class and the board")
        self.page.locator(".class-menu").get_by_text("Everybody", exact=True).click()
        self.page.keyboard.press("Escape")

    def click(self, label: str) -> None:
        """The button whose name begins so (a shortcut may follow in brackets)."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(label)}")).first.click()

    def wait_for(self, check: Callable[[], object], seconds: float, what: str) -> None:
        """TimeoutError that says who waited for what; `seconds` are those of a quiet machine."""
        deadline = time.monotonic() + PATIENCE * seconds
        while not check():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.name} waited {PATIENCE * seconds} s for {what}; troubles: {self.troubles[-5:]}"
                )
            time.sleep(0.05)

    def shoot(self, folder: Path, name: str) -> None:
        self.page.screenshot(path=folder / f"{name}.png")


def circle(x: float, y: float, radius: float, steps: int = 24) -> list[tuple[float, float]]:
    turns = [2 * math.pi * step / steps for step in range(steps + 1)]
    return [(x + radius * 0.75 * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def wave(y: float, steps: int = 30) -> list[tuple[float, float]]:
    return [(0.15 + 0.7 * step / steps, y + 0.05 * math.sin(step / 2)) for step in range(steps + 1)]
