"""What somebody draws while the board cannot be reached waits in the browser, past the end of the tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from scripts.headless import Visitor
from tests.conftest import Cast
from tests.journeys.board.hands import BLUE, NOTHING, Pair
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]

# Read behind whatever is still being written: the browser does such things one after another.
KEPT = """() => new Promise((resolve, reject) => {
  const opened = indexedDB.open("darasa");
  opened.onerror = () => reject(opened.error);
  opened.onsuccess = () => {
    const all = opened.result.transaction("outbox").objectStore("outbox").getAll();
    all.onerror = () => reject(all.error);
    all.onsuccess = () => { opened.result.close(); resolve(all.result.map(({ command }) => command.type)); };
  };
})"""
Sit = Callable[..., Visitor]


@pytest.fixture
def sit(school: tuple[Cast, str, dict[str, str]], web: House, browser: Browser) -> Iterator[Sit]:
    """`sit(name)`: in the room, in a browser of one's own; or, `at` somebody's, in a new tab of that one."""
    _, lesson, cookies = school
    visitors = []

    def sit_(name: str, at: Visitor | None = None) -> Visitor:
        visitor = Visitor.arrive(browser, web.url, name) if at is None else another_tab(at, name)
        visitors.append(visitor)
        signed_in = {"name": settings.SESSION_COOKIE_NAME, "value": cookies[name], "url": web.url}
        visitor.context.add_cookies([signed_in])  # type: ignore[list-item]
        visitor.context.add_init_script("localStorage.setItem('darasa.profile', 'board_only')")
        visitor.go(f"/lessons/{lesson}/room")
        visitor.join()
        return visitor

    yield sit_
    for visitor in visitors:
        assert [trouble for trouble in visitor.troubles if not is_absence(trouble)] == []
        visitor.context.close()


def another_tab(visitor: Visitor, name: str) -> Visitor:
    tab = Visitor(name, visitor.base, visitor.context, visitor.context.new_page(), [])
    tab.page.on("pageerror", lambda error: tab.note(str(error)))
    tab.page.on("console", tab.hear)
    return tab


def is_absence(trouble: str) -> bool:
    """What a browser says by itself about a server that is not there."""
    return "WebSocket connection to" in trouble or "Failed to load resource: net::ERR_CONNECTION" in trouble


def test_strokes_of_a_tab_that_was_closed_offline_arrive_when_their_author_is_back(
    sit: Sit, web: House
) -> None:
    pair = Pair(teacher=sit("Tomas"), amina=sit("Amina"))
    pair.teacher.press("p", "2", "]", "]")
    pair.teacher.drag((0.2, 0.2), (0.8, 0.2))
    pair.both_see(1)

    web.kill("web")
    pair.teacher.wait_for_state(lambda state: not state["connected"], 20, "the loss")
    pair.teacher.drag((0.2, 0.5), (0.8, 0.5))
    pair.teacher.drag((0.2, 0.8), (0.8, 0.8))
    pair.teacher.wait_for_state(lambda state: state["pending"] == 2, 5, "what waits")
    pair.sees(pair.amina, (0.5, 0.5), NOTHING)
    assert pair.teacher.page.evaluate(KEPT) == ["item.add", "item.add"]
    pair.teacher.page.close()

    web.start_web()
    pair.amina.wait_for_state(lambda state: state["connected"], 30, "Amina's return")
    guest = sit("Amina", at=pair.teacher)  # on the computer that she shares with the teacher
    guest.wait_for_state(lambda state: (state["shown"], state["pending"]) == (1, 0), 20, "the board as it is")
    guest.page.close()

    pair.teacher = sit("Tomas", at=pair.teacher)
    pair.both_see(3)
    for height in (0.2, 0.5, 0.8):
        pair.both_look((0.5, height), BLUE)
    assert pair.teacher.page.evaluate(KEPT) == []
    pair.teacher.page.reload()
    pair.teacher.join()
    pair.both_see(3)  # and never again
