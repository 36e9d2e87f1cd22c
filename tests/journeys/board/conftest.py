"""One school, one web process and one pair of browsers for each file; each test begins on a fresh page."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser

from accounts.models import Person
from classroom import actions as lessons
from scripts.bootstrap import find_chromium
from scripts.headless import Visitor, open_browser
from tests.conftest import Cast, make_cast
from tests.journeys.board.hands import Pair
from tests.processes import House
from tests.wire.conftest import cookie_of


@pytest.fixture(scope="module")
def beside_playwright() -> Iterator[None]:
    """Its event loop makes Django believe that it must not block; what each test does there is an empty transaction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture(scope="module")
def school(
    beside_playwright: None, django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[Cast, str, dict[str, str]]]:
    """Kept by the database until the file is done; the browsers' cookies too, by name."""
    with ThreadPoolExecutor(1) as pool:
        with django_db_blocker.unblock():
            made = pool.submit(prepare).result()
        yield made
        with django_db_blocker.unblock():
            pool.submit(clear).result()


def prepare() -> tuple[Cast, str, dict[str, str]]:
    try:
        cast = make_cast()
        begun = timezone.now() - timedelta(minutes=1)
        lesson = lessons.schedule_lesson(
            course=cast.course,
            title="Fractions",
            starts_at=begun,
            ends_at=begun + timedelta(hours=2),
            created_by=cast.teacher,
        )
        return cast, str(lesson.pk), {person.name: cookie(person) for person in (cast.teacher, cast.amina)}
    finally:
        connection.close()


def cookie(person: Person) -> str:
    return cookie_of(person).removeprefix(f"{settings.SESSION_COOKIE_NAME}=")


def clear() -> None:
    try:
        call_command("flush", interactive=False, verbosity=0)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def web(school: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path_factory.mktemp("board"))
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser(find_chromium()) as opened:
        yield opened


@pytest.fixture(scope="module")
def both(school: tuple[Cast, str, dict[str, str]], web: House, browser: Browser) -> Iterator[Pair]:
    """Over a network that carries the board only: no cameras to encode."""
    _, lesson, cookies = school
    visitors = []
    for name, secret in cookies.items():
        visitor = Visitor.arrive(browser, web.url, name)
        visitor.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": secret, "url": web.url}])
        visitor.context.add_init_script("localStorage.setItem('darasa.profile', 'board_only')")
        visitor.go(f"/lessons/{lesson}/room")
        visitor.join()
        visitors.append(visitor)
    yield Pair(teacher=visitors[0], amina=visitors[1])
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture
def pair(both: Pair) -> Pair:
    """On a page of its own, with the pen in the teacher's hand and everything that is seen forgotten."""
    both.teacher.press("Escape", "Escape")
    before = both.teacher.state()["page"]
    if both.teacher.state()["shown"]:
        both.teacher.click("Add a page")
        both.amina.wait_for_state(lambda state: state["page"] != before, 10, "the fresh page")
    both.teacher.press("p", "2", "]", "]", "0")
    return both
