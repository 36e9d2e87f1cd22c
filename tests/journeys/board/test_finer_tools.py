"""A colour of one's own, how hard a pen is pressed, pages and their small pictures, and what a laser leaves for a moment."""

from __future__ import annotations

import itertools
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Locator, expect

from classroom.models import Lesson
from common.clock import to_ms
from scripts.headless import Place, Visitor
from tests.conftest import Cast
from tests.journeys.board.hands import (
    BLUE,
    GREEN,
    NOTHING,
    Pair,
    click_at,
    is_like,
    look,
    point,
)
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import Command
from whiteboard.queries import load_state

MOST_LINES = 200  # frontend/src/whiteboard/outline.ts
pytestmark = [pytest.mark.deep, pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]

VIOLET = (0x6B, 0x1F, 0x8A, 255)
PIXEL = """(canvas, [x, y]) => {
  const at = [Math.round(canvas.width * x), Math.round(canvas.height * y)];
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
}"""
# How far what moves reaches from left to right in the laser's red, in CSS pixels.
RED_WIDE = """() => {
  const canvas = document.querySelector(".board-layer-upper");
  if (canvas.hidden) return 0;
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [first, last] = [width, -1];
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] < 200 || data[at + 1] > 90 || data[at + 3] < 200) continue;
    const x = (at / 4) % width;
    [first, last] = [Math.min(first, x), Math.max(last, x)];
  }
  return Math.max(0, last - first + 1) / devicePixelRatio;
}"""


@pytest.fixture(scope="module", autouse=True)
def crowded(school: tuple[Cast, str, dict[str, str]], django_db_blocker: Any) -> str:
    """The title of a page with more on it than anybody wants to hear; it is there before somebody comes."""
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as pool:
        pool.submit(fill_a_page, school[0], school[1], "Crowded").result()
    return "Crowded"


def fill_a_page(cast: Cast, lesson_id: str, title: str) -> None:
    try:
        board = open_board(room=Lesson.objects.get(pk=lesson_id).room, now=timezone.now())
        page, author = str(uuid.uuid4()), str(cast.teacher.pk)
        line = {
            "page": page,
            "colour": "#c4161c",
            "kind": "line",
            "width": 4,
            "from": [100, 360],
            "to": [860, 360],
        }
        commands = [
            Command("page.add", str(uuid.uuid4()), author, {"page": page, "title": title}),
            *(Command("item.add", str(uuid.uuid4()), author, line) for _ in range(MOST_LINES + 5)),
        ]
        apply_commands(
            board_id=board.pk, state=load_state(board.pk), commands=commands, at=to_ms(timezone.now())
        )
    finally:
        connection.close()


def test_what_is_on_a_page_is_read_whole_and_says_what_it_leaves_out(pair: Pair, crowded: str) -> None:
    teacher, amina = pair.teacher, pair.amina
    words = " ".join(f"number{number}" for number in range(1, 201))
    teacher.press("t", "[", "[")
    click_at(teacher, (0.1, 0.1))
    teacher.page.locator(".board-writer").fill(words)
    teacher.press("Escape")
    pair.both_see(1)
    outline = amina.page.get_by_label("What is on this page")
    outline.locator("li").get_by_text(f"Tomas: Text: {words}", exact=True).wait_for(state="attached")
    teacher.press("v")
    teacher.page.locator(".board-sheet").focus()
    teacher.press("Tab")
    said = teacher.page.get_by_label("What is on this page").locator("[aria-live]")
    expect(said).to_have_text(f"Text: {words[:100].rstrip()}…, 1 of 1")

    cards = open_pages(teacher)
    cards.get_by_text(crowded).click()
    lines = outline.locator("li")
    expect(lines).to_have_count(MOST_LINES + 1)
    expect(lines.first).to_have_text("Tomas: Line")
    expect(lines.last).to_have_text("and 5 more")
    teacher.page.locator(".page-panel").get_by_role("button", name="Close").click()


def test_a_colour_of_ones_own_is_drawn_with_and_given_to_what_is_held(pair: Pair) -> None:
    teacher = pair.teacher
    choose_own_colour(teacher, "#0aa046")
    assert teacher.page.locator(".tool-colour[aria-pressed=true]").count() == 0
    teacher.drag((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    pair.both_look((0.5, 0.5), GREEN)
    teacher.press("v")
    click_at(teacher, (0.5, 0.5))
    choose_own_colour(teacher, "#6b1f8a")
    pair.both_look((0.5, 0.5), VIOLET)
    teacher.press("Control+z")
    pair.both_look((0.5, 0.5), GREEN)


def choose_own_colour(visitor: Visitor, colour: str) -> None:
    own = visitor.page.locator(".tools-own-colour")
    if not own.is_visible():
        visitor.page.locator(".tools-colours").click()
    own.fill(colour)
    visitor.page.locator(".tools-colours").click()
    own.wait_for(state="hidden")


def test_a_pen_that_is_pressed_harder_draws_a_wider_line_for_everybody(pair: Pair) -> None:
    """Twelve units wide, from half of that to one and a half: six from the middle there is ink where it was pressed."""
    teacher = pair.teacher
    point(teacher, "pen", 3, "pointerdown", (0.1, 0.5), pressure=0.05)
    for step in range(1, 9):
        point(teacher, "pen", 3, "pointermove", (0.1 + step * 0.04, 0.5), pressure=0.05)
    for step in range(1, 13):
        point(teacher, "pen", 3, "pointermove", (0.42 + step * 0.04, 0.5), pressure=0.95)
    point(teacher, "pen", 3, "pointerup", (0.9, 0.5), pressure=0)
    pair.both_see(1)
    for x, beside in ((0.25, NOTHING), (0.8, BLUE)):
        pair.both_look((x, 0.5), BLUE)
        pair.both_look((x, 0.5 + 6 / 720), beside)
        pair.both_look((x, 0.5 + 11 / 720), NOTHING)


def test_a_page_is_dragged_by_its_small_picture_to_another_place_for_everybody(pair: Pair) -> None:
    teacher, amina = pair.teacher, pair.amina
    teacher.drag((0.1, 0.5), (0.5, 0.5), (0.9, 0.5))
    pair.both_see(1)
    teacher.click("Add a page")
    pair.both_see(0)
    lists = [open_pages(visitor) for visitor in (teacher, amina)]
    count, here = lists[0].count(), place_of_current(lists[0])
    for cards in lists:
        shows(cards.nth(here - 1), BLUE)
        shows(cards.nth(here), NOTHING)
    teacher.drag((0.1, 0.5), (0.5, 0.5), (0.9, 0.5))
    for cards in lists:
        shows(cards.nth(here), BLUE)  # while the panel is open
    teacher.press("Control+z")
    for cards in lists:
        shows(cards.nth(here), NOTHING)

    _, title = lists[0].nth(here - 1).locator("bdi").inner_text().split(". ", 1)
    lists[0].nth(here - 1).drag_to(lists[0].first)
    for cards in lists:
        expect(cards.first.locator("bdi")).to_have_text(f"1. {title}")
        shows(cards.first, BLUE)
        assert (place_of_current(cards), cards.count()) == (here, count)
        shows(cards.nth(here), NOTHING)
    expect(lists[1].first).to_have_attribute("draggable", "false")
    lists[0].first.get_by_role("button").click()
    pair.both_see(1)
    for visitor in (teacher, amina):
        visitor.page.locator(".page-panel").get_by_role("button", name="Close").click()


def open_pages(visitor: Visitor) -> Locator:
    visitor.page.get_by_role("button", name=re.compile("All pages")).click()
    cards = visitor.page.locator(".page-list li")
    cards.first.wait_for()
    return cards


def place_of_current(cards: Locator) -> int:
    return int(
        cards.evaluate_all("(all) => all.findIndex((card) => card.querySelector('[aria-current]') !== null)")
    )


def shows(card: Locator, colour: tuple[int, ...], place: Place = (0.5, 0.5)) -> None:
    """The small picture of a page, as it is painted; it comes when it is seen."""
    card.scroll_into_view_if_needed()
    thumb = card.locator("canvas")
    for _ in range(300):
        seen = thumb.evaluate(PIXEL, list(place))
        if is_like(seen, colour):
            return
        card.page.wait_for_timeout(50)
    raise AssertionError(f"{seen} instead of {colour}")


def test_a_laser_draws_a_red_trail_that_is_gone_a_moment_later(pair: Pair) -> None:
    teacher, mouse = pair.teacher, pair.teacher.page.mouse
    teacher.press("k")
    mouse.move(*teacher.place_on_board((0.3, 0.5)))
    mouse.down()
    ways = itertools.cycle((0.4, 0.5, 0.6, 0.7, 0.6, 0.5, 0.4, 0.3))

    def trails(visitor: Visitor) -> bool:
        """While it moves on; its head alone is not so wide."""
        mouse.move(*teacher.place_on_board((next(ways), 0.5)))
        return bool(visitor.page.evaluate(RED_WIDE) > 60)

    def is_dark(visitor: Visitor) -> bool:
        return bool(visitor.page.evaluate(RED_WIDE) == 0)

    for visitor in (teacher, pair.amina):
        visitor.wait_for(partial(trails, visitor), 10, "the trail")
    mouse.up()
    for visitor in (teacher, pair.amina):
        visitor.wait_for(partial(is_dark, visitor), 10, "its end")
        assert look(visitor, (0.5, 0.5)) == list(NOTHING)
    pair.both_see(0)
