"""Every page of the menu against WCAG 2.2 AA, in both directions of reading, at a telephone and a laptop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Browser, Page

from accounts.models import Person
from classroom.models import Lesson
from scripts.headless import LAPTOP, PHONE, Visitor
from tests.conftest import Cast
from tests.dashboard.test_desks import one_more
from tests.journeys.conftest import elsewhere
from tests.processes import House
from tests.tiers import is_due
from tests.wire.conftest import cookie_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

# Who looks at which pages: (name of the address, what follows it). A new page is one more name here.
PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "teacher": (
        ("home", ""),
        ("watch", ""),
        ("lessons", ""),
        ("search", "?q=l"),
        ("statistics", ""),
        ("schedule", ""),
    ),
    "head": (
        ("home", ""),
        ("statistics", ""),
        ("calendar", "?view=month"),
        ("holidays", ""),
        ("lessons", ""),
    ),
    "amina": (
        ("home", ""),
        ("attendance", ""),
        ("own_results", ""),
        ("connection", ""),
        ("search", "?q=nothing"),
    ),
    "guardian": (("home", ""), ("lessons", ""), ("my_data", "")),
    "admin": (
        ("home", ""),
        ("put_aside", ""),
        ("recorders", ""),
        ("bridges", ""),
        ("fronts", ""),
        ("capacity", ""),
        ("costs", ""),
    ),
}
OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def pages_only(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


@pytest.mark.sweep  # in both languages; without it, every third page, in one of them by turns
@pytest.mark.timeout(900)  # a hundred pages
def test_no_page_shuts_anybody_out(cast: Cast, lesson: Lesson, pages_only: House, browser: Browser) -> None:
    admin = elsewhere(prepare, cast)
    faults: list[str] = []
    for who, pages in PAGES.items():
        cookie = elsewhere(cookie_of, admin if who == "admin" else getattr(cast, who))
        for turn, language in enumerate(("en", "ar")):
            visitor = Visitor.arrive(browser, pages_only.url, who, language=language)
            visitor.context.add_cookies(cookies(cookie, language, pages_only.url))
            for place, (name, query) in enumerate(pages):
                if is_due(place, 6 * turn, every=12):
                    faults += look(visitor, reverse(name) + query, language)
            visitor.context.close()
    assert faults == []


def prepare(cast: Cast) -> Person:
    for number in range(2):
        one_more(cast, number)
    return Person.objects.create_user("platform@here.test", None, name="Petra", is_platform_admin=True)


def cookies(session: str, language: str, url: str) -> list[Any]:
    name, _, value = session.partition("=")
    return [
        {"name": name, "value": value, "url": url},
        {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url},
    ]


def look(visitor: Visitor, path: str, language: str) -> list[str]:
    """What is wrong with a page at both widths, menus and tables open."""
    visitor.go(path)
    visitor.page.evaluate("document.querySelectorAll('details.numbers').forEach((one) => (one.open = true))")
    faults = []
    for width, height in (LAPTOP, PHONE):
        visitor.page.set_viewport_size({"width": width, "height": height})
        where = f"{visitor.name} {path} {language} {width}"
        faults += [f"{where}: {fault}" for fault in violations(visitor.page)]
        if visitor.page.evaluate(OVERFLOW) > 0:
            faults.append(f"{where}: wider than the screen")
    return faults


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
