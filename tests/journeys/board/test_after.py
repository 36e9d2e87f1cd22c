"""The board of a lesson that is over: pupils read, teachers add what shines, and it can be left out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser

from classroom import actions as lessons
from classroom.models import Lesson
from common.clock import to_ms
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.journeys.board.hands import BLUE, NOTHING, Pair, is_like, look
from tests.journeys.test_accessibility import cookies
from tests.journeys.test_accessibility import look as look_for_faults
from tests.processes import House
from tests.tiers import sampled
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import BoardState, Command

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]

LIGHT = (0xFF, 0xDF, 0x80, 255)
DRAWN = "00000000-0000-4000-8000-00000000000a"


@dataclass
class Readers(Pair):
    """Both at the board of a lesson that is over."""

    lesson: str = ""


def begin_another(cast: Cast) -> str:
    """The next lesson of the course, that has just begun."""
    try:
        begun = timezone.now() - timedelta(seconds=5)
        lesson = lessons.schedule_lesson(
            course=cast.course,
            title="Decimals",
            starts_at=begun,
            ends_at=begun + timedelta(hours=1),
            created_by=cast.teacher,
        )
        return str(lesson.pk)
    finally:
        connection.close()


def end_with_a_stroke(cast: Cast, lesson_id: str) -> None:
    """A red line from left to right, a text, and the end."""
    try:
        lesson = Lesson.objects.get(pk=lesson_id)
        board = open_board(room=lesson.room, now=timezone.now())
        page = board.edits.get(type="page.added").data["page"]
        about = {"page": page, "colour": "#c4161c"}
        line = {**about, "kind": "line", "width": 12, "from": [100, 360], "to": [860, 360]}
        words = {**about, "kind": "text", "size": 40, "box": [100, 60, 400, 50], "text": "As it was"}
        author = str(cast.teacher.pk)
        commands = [
            Command("item.add", DRAWN, author, line),
            Command("item.add", DRAWN[:-1] + "b", author, {**words, "direction": "auto"}),
        ]
        apply_commands(board_id=board.pk, state=BoardState(), commands=commands, at=to_ms(timezone.now()))
        lessons.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def over(school: tuple[Cast, str, dict[str, str]], django_db_blocker: Any) -> str:
    cast, lesson, _ = school
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as pool:
        pool.submit(end_with_a_stroke, cast, lesson).result()
    return lesson


@pytest.fixture(scope="module")
def readers(
    over: str, school: tuple[Cast, str, dict[str, str]], web: House, browser: Browser
) -> Iterator[Readers]:
    visitors = []
    for (name, secret), (size, language) in zip(
        school[2].items(), (((1280, 900), "en"), (PHONE, "en")), strict=True
    ):
        visitor = Visitor.arrive(browser, web.url, name, size=size, language=language)
        visitor.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": secret, "url": web.url}])
        visitor.go(f"/lessons/{over}/board")
        visitor.page.locator(".reading .board").wait_for(state="visible")
        visitors.append(visitor)
    yield Readers(visitors[0], visitors[1], over)
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


def test_a_teacher_adds_what_shines_and_a_pupil_sees_it_come_and_may_leave_it_out(readers: Readers) -> None:
    teacher, amina = readers.teacher, readers.amina
    readers.both_see(2)
    assert not amina.page.locator(".tools-drawing").is_visible()
    amina.page.get_by_text("The lesson is over. Its board is here to read.").wait_for()
    for only_in_a_lesson in ("Add a page", "The class and the board"):
        assert teacher.page.get_by_role("button", name=only_in_a_lesson).count() == 0
    teacher.press("p", "2", "]", "]")
    teacher.drag((0.5, 0.2), (0.5, 0.5), (0.5, 0.8))
    readers.both_see(3)
    readers.both_look((0.5, 0.7), BLUE)
    beside = (0.5 + 10 / 960, 0.7)  # the pen is 12 wide
    readers.sees(teacher, beside, LIGHT)

    teacher.press("e")
    teacher.drag((0.2, 0.4), (0.2, 0.6))  # what the lesson left is not theirs to erase
    readers.both_see(3)
    amina.page.get_by_label("Show what was added after the lesson").uncheck()
    readers.sees(amina, (0.5, 0.7), NOTHING)
    assert is_like(look(amina, (0.3, 0.5)), (0xC4, 0x16, 0x1C, 255))
    amina.page.get_by_label("Show what was added after the lesson").check()
    readers.sees(amina, (0.5, 0.7), BLUE)


def test_notes_are_written_with_the_keyboard_alone_and_taken_back(readers: Readers) -> None:
    teacher = readers.teacher
    before = teacher.state()["shown"]
    teacher.page.locator(".board-sheet").focus()
    teacher.press("t", "Enter")
    teacher.page.locator(".board-writer").wait_for(state="visible")
    teacher.page.keyboard.type("Seen again at home")
    teacher.press("Escape")
    readers.both_see(before + 1)
    readers.amina.page.get_by_text("Text: Seen again at home").wait_for(state="attached")
    teacher.press("Control+z")
    readers.both_see(before)


@pytest.mark.parametrize("language", sampled(["ar", "en"], every=2))
def test_everybody_can_read_the_page_at_both_widths(
    readers: Readers, school: tuple[Cast, str, dict[str, str]], browser: Browser, language: str
) -> None:
    visitor = Visitor.arrive(browser, readers.teacher.base, "reader", language=language)
    visitor.context.add_cookies(
        cookies(f"{settings.SESSION_COOKIE_NAME}={school[2]['Tomas']}", language, visitor.base)
    )
    assert look_for_faults(visitor, f"/lessons/{readers.lesson}/board", language) == []
    visitor.page.locator(".reading .board").wait_for(state="visible")
    visitor.context.close()


def test_the_note_of_a_lesson_is_drawn_without_a_script_too(readers: Readers, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    context.add_cookies(readers.amina.context.cookies())  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{readers.amina.base}/lessons/{readers.lesson}/board")
    page.get_by_text("What shines was added after the lesson.").wait_for()
    page.get_by_role("link", name="Show the board as the lesson left it").click()
    page.get_by_text("What was added after the lesson is left out.").wait_for()
    picture = page.locator(".board-leaf img")
    assert picture.get_attribute("src", timeout=5000) is not None
    assert str(picture.get_attribute("src")).endswith("?added=none")
    context.close()


def test_the_next_lesson_goes_on_with_that_board_from_its_own_blank_one(
    readers: Readers, school: tuple[Cast, str, dict[str, str]], web: House, django_db_blocker: Any
) -> None:
    web.start_worker("celery")
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as pool:
        coming = pool.submit(begin_another, school[0]).result()
    teacher = readers.teacher
    teacher.page.evaluate("localStorage.setItem('darasa.profile', 'board_only')")
    teacher.go(f"/lessons/{coming}/room")
    teacher.join()
    teacher.click("Continue the last board")
    teacher.wait_for_state(lambda state: state["shown"] >= 3, 10, "what was on the last board")
    readers.sees(teacher, (0.5, 0.7), BLUE)
    readers.sees(teacher, (0.5 + 10 / 960, 0.7), NOTHING)  # it shines no more
    assert teacher.page.get_by_role("button", name="Continue the last board").count() == 0
