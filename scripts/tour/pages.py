"""Every page that the menus lead to, for every persona, in English and Arabic, on a telephone and a laptop.

The walk follows the links of the pages themselves, so that a new page is seen without being listed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Response

from scripts.headless import LAPTOP, PHONE, Visitor
from scripts.tour.ground import PICTURES, say

PERSONAS = ("admin", "head", "teacher", "student", "guardian")
LANGUAGES = ("en", "ar")
SIZES = (LAPTOP, PHONE)
# Files, and the room, which is an application of its own; the lesson and the guest go there.
ELSEWHERE = re.compile(
    r"\.(csv|ics|pdf|json|yaml|zip)$|/room$|/sign-out|/download$|^/(static|api/v1/(?!docs))"
)
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
# One page for each measure and language: one of them is enough.
ALIKE = re.compile(r"(?<=/notes/words)/.*")
# Lessons look different while they are planned, live and over, and so does each on the watch-list.
SEVERAL = {"lessons-id": 4, "watch-list-id": 2}
SEARCH = "/search?q=fraction"
LINKS = """[...document.querySelectorAll('header a[href], main a[href], footer a[href]')]
    .filter((one) => !one.hasAttribute('download') && one.origin === location.origin)
    .map((one) => one.pathname + (/^\\?view=/.test(one.search) ? one.search.split('&')[0] : ''))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DIRECTION = "document.documentElement.dir"


@dataclass(slots=True)
class Album:
    """What was seen, and what was wrong with it."""

    pages: set[str] = field(default_factory=set)
    pictures: int = 0
    faults: list[str] = field(default_factory=list)

    def watch(self, visitor: Visitor) -> None:
        """Answers of 400 and above are faults, and so is what the console complains about."""
        visitor.page.on("response", lambda answer: self._hear(visitor, answer))

    def _hear(self, visitor: Visitor, answer: Response) -> None:
        if answer.status >= 400:
            self.faults.append(f"{visitor.name}: {answer.status} {answer.request.method} {answer.url}")

    def take(self, visitor: Visitor, persona: str, page: str, language: str) -> None:
        """The page before the visitor, at both widths; how it behaves while at it."""
        direction = visitor.page.evaluate(DIRECTION)
        if (direction == "rtl") != (language == "ar"):
            self.faults.append(f"{persona} {page} {language}: it is read {direction}")
        self.pages.add(f"{persona} {page}")
        for width, height in SIZES:
            visitor.page.set_viewport_size({"width": width, "height": height})
            self._measure(visitor.page, f"{persona} {page} {language} {width}")
            folder = PICTURES / f"{language}-{width}"
            visitor.page.screenshot(path=folder / f"{persona}-{page}.png", full_page=True)
            self.pictures += 1

    def _measure(self, page: Page, where: str) -> None:
        wider = page.evaluate(WIDER)
        if wider > 0:
            self.faults.append(f"{where}: wider than the screen by {wider} px")

    def close(self, visitor: Visitor, where: str) -> None:
        self.faults += [f"{where}: the console says: {trouble}" for trouble in visitor.troubles]
        visitor.context.close()


def see_every_page(browser: Browser, base: str, album: Album) -> None:
    for persona in PERSONAS:
        readers = [sit_down(browser, base, album, persona, language) for language in LANGUAGES]
        pages = 0
        for page, path in find_pages(readers[0]):
            for visitor, language in zip(readers, LANGUAGES, strict=True):
                if visitor.path() != path:
                    visitor.go(path)
                if page.startswith("api-"):
                    visitor.page.locator("#api-docs .opblock").first.wait_for()
                album.take(visitor, persona, page, language)
            pages += 1
        for visitor, language in zip(readers, LANGUAGES, strict=True):
            album.close(visitor, f"{persona} {language}")
        say(f"{persona}: {pages} pages")


def sit_down(browser: Browser, base: str, album: Album, persona: str, language: str) -> Visitor:
    visitor = Visitor.arrive(browser, base, persona, language=language)
    album.watch(visitor)
    visitor.enter_as(persona)
    return visitor


def find_pages(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """Breadth first from the home page: (name for the picture, path). The visitor stands on the page then."""
    seen: Counter[str] = Counter()
    known: set[str] = set()
    waiting = ["/", SEARCH]
    while waiting:
        path = waiting.pop(0)
        name = name_of(path)
        if path in known or seen[name] >= SEVERAL.get(name, 1) or ELSEWHERE.search(urlsplit(path).path):
            continue
        known.add(path)
        seen[name] += 1
        visitor.go(path)
        waiting += visitor.page.evaluate(LINKS)
        if visitor.path() == path:
            yield (name if seen[name] == 1 else f"{name}-{seen[name]}"), path


def name_of(path: str) -> str:
    """`/lessons/0b…/register` is `lessons-id-register`."""
    parts = urlsplit(path)
    path = ALIKE.sub("", ID.sub("id", parts.path))
    words = re.sub(r"[^\w]+", "-", path + parts.query.replace("view", "").replace("q=", "")).strip("-")
    return words or "home"


def prepare_folders(pictures: Path) -> None:
    for language in LANGUAGES:
        for width, _height in SIZES:
            (pictures / f"{language}-{width}").mkdir(parents=True)
