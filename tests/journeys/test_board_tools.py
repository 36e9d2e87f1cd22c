"""Each tool of the board in two browsers: what one does, the other sees, and undo takes it back.

One school, one web process and one pair of browsers for the whole file; each test begins on a fresh page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, FilePayload

from accounts.models import Person
from classroom import actions as lessons
from scripts.bootstrap import find_chromium
from scripts.headless import Visitor, open_browser
from tests.conftest import Cast, make_cast
from tests.processes import House
from tests.wire.conftest import cookie_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]

Place = tuple[float, float]
# Red, green, blue and cover of the settled picture at a place of the page.
LOOK = """([x, y]) => {
  const canvas = document.querySelector(".board-plane .board-layer");
  const at = [Math.round(canvas.width * x), Math.round(canvas.height * y)];
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
}"""
ANY_INK = """([x0, y0, x1, y1]) => {
  const canvas = document.querySelector(".board-plane .board-layer");
  const part = [x0 * canvas.width, y0 * canvas.height, (x1 - x0) * canvas.width, (y1 - y0) * canvas.height];
  return canvas.getContext("2d").getImageData(...part.map(Math.round)).data.some((value) => value > 0);
}"""
# Nothing can be captured for a pointer that the browser does not know.
POINT = """([pointerType, pointerId, event, clientX, clientY]) => {
  const sheet = document.querySelector(".board-sheet");
  sheet.setPointerCapture = () => undefined;
  const more = { bubbles: true, cancelable: true, isPrimary: true, button: event === "pointermove" ? -1 : 0, pressure: 0.5 };
  sheet.dispatchEvent(new PointerEvent(event, { pointerType, pointerId, clientX, clientY, ...more }));
}"""
BLUE, GREEN, NOTHING = (0x2A, 0x46, 0xB8, 255), (10, 160, 70, 255), (0, 0, 0, 0)


@dataclass
class Pair:
    """A teacher and a student at the same board."""

    teacher: Visitor
    amina: Visitor

    def both_see(self, items: int) -> None:
        for visitor in (self.teacher, self.amina):
            visitor.wait_for_state(
                lambda state: (state["shown"], state["pending"]) == (items, 0), 10, f"{items} items"
            )

    def sees(self, visitor: Visitor, place: Place, colour: tuple[int, ...]) -> None:
        visitor.wait_for(lambda: is_like(look(visitor, place), colour), 10, f"{colour} at {place}")

    def both_look(self, place: Place, colour: tuple[int, ...]) -> None:
        for visitor in (self.teacher, self.amina):
            self.sees(visitor, place, colour)


def is_like(seen: list[int], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 3 for one, other in zip(seen, wanted, strict=True))


def look(visitor: Visitor, place: Place) -> list[int]:
    return list(visitor.page.evaluate(LOOK, list(place)))


def at(visitor: Visitor, place: Place) -> Place:
    box = visitor.page.locator(".board-sheet").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]


def drag(visitor: Visitor, *places: Place, shift: bool = False) -> None:
    mouse = visitor.page.mouse
    mouse.move(*at(visitor, places[0]))
    mouse.down()
    if shift:
        visitor.page.keyboard.down("Shift")
    for place in places[1:]:
        mouse.move(*at(visitor, place), steps=4)
    mouse.up()
    if shift:
        visitor.page.keyboard.up("Shift")


def press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


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
    press(both.teacher, "Escape", "Escape")
    before = both.teacher.state()["page"]
    if both.teacher.state()["shown"]:
        both.teacher.click("Add a page")
        both.amina.wait_for_state(lambda state: state["page"] != before, 10, "the fresh page")
    press(both.teacher, "p", "2", "]", "]", "0")
    return both


def test_the_pen_draws_and_undo_takes_it_back(pair: Pair) -> None:
    drag(pair.teacher, (0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    pair.both_look((0.5, 0.5), BLUE)
    press(pair.teacher, "Control+z")
    pair.both_see(0)
    pair.both_look((0.5, 0.5), NOTHING)
    press(pair.teacher, "Control+y")
    pair.both_look((0.5, 0.5), BLUE)


def test_the_highlighter_shines_through_and_leaves_ink_dark(pair: Pair) -> None:
    drag(pair.teacher, (0.5, 0.2), (0.5, 0.8))
    press(pair.teacher, "h")
    drag(pair.teacher, (0.2, 0.5), (0.8, 0.5))
    pair.both_see(2)
    pair.both_look((0.3, 0.5), (0xFF, 0xD4, 0, 102))
    red, green, blue, cover = look(pair.amina, (0.5, 0.5))
    assert cover == 255 and red <= BLUE[0] and green <= BLUE[1] and blue <= BLUE[2], "ink is not bleached"


@pytest.mark.parametrize(
    ("key", "drawn", "empty"),
    [
        ("l", (0.5, 0.5), (0.5, 0.3)),
        ("a", (0.5, 0.5), (0.5, 0.3)),
        ("r", (0.5, 0.3), (0.5, 0.5)),
        ("o", (0.5, 0.3), (0.31, 0.31)),
    ],
    ids=["line", "arrow", "rectangle", "ellipse"],
)
def test_a_shape_is_drawn_between_two_corners(pair: Pair, key: str, drawn: Place, empty: Place) -> None:
    press(pair.teacher, key)
    drag(pair.teacher, (0.3, 0.3), (0.7, 0.7))
    pair.both_see(1)
    pair.both_look(drawn, BLUE)
    pair.both_look(empty, NOTHING)
    press(pair.teacher, "Control+z")
    pair.both_look(drawn, NOTHING)


def test_shift_makes_lines_straight_and_frames_square(pair: Pair) -> None:
    press(pair.teacher, "l")
    drag(pair.teacher, (0.2, 0.2), (0.8, 0.24), shift=True)
    press(pair.teacher, "r")
    drag(pair.teacher, (0.2, 0.4), (0.5, 0.5), shift=True)
    pair.both_see(2)
    pair.both_look((0.75, 0.2), BLUE)
    pair.both_look((0.35, 0.8), BLUE)  # 0.3 of the width is 0.4 of the height


def test_a_filled_shape_has_a_lighter_inside_and_another_colour_when_it_is_chosen(pair: Pair) -> None:
    press(pair.teacher, "r", "f")
    drag(pair.teacher, (0.3, 0.3), (0.7, 0.7))
    press(pair.teacher, "f", "v")
    pair.both_look((0.5, 0.5), (0xCA, 0xD1, 0xED, 255))
    click_at(pair.teacher, (0.5, 0.5))
    press(pair.teacher, "3")
    pair.both_look((0.5, 0.3), (0xC4, 0x16, 0x1C, 255))
    pair.both_look((0.5, 0.5), (0xF0, 0xC5, 0xC6, 255))


def test_arabic_is_written_in_place_and_grows_to_the_left(pair: Pair) -> None:
    press(pair.teacher, "t")
    click_at(pair.teacher, (0.6, 0.4))
    pair.teacher.page.locator(".board-writer").fill("مرحبا بالعالم")
    press(pair.teacher, "Escape")
    pair.both_see(1)
    for visitor in (pair.teacher, pair.amina):
        visitor.wait_for(partial(has_ink, visitor, (0.3, 0.36), (0.6, 0.48)), 10, "the words")
        assert not has_ink(visitor, (0.61, 0.36), (0.9, 0.48)), "Arabic begins at the right"
    pair.amina.page.get_by_text("مرحبا بالعالم").wait_for(state="attached")

    press(pair.teacher, "v")
    click_at(pair.teacher, (0.58, 0.4))
    press(pair.teacher, "Enter")
    pair.teacher.page.locator(".board-writer").fill("أهلا")
    press(pair.teacher, "Control+Enter")
    pair.amina.page.get_by_text("أهلا").wait_for(state="attached")
    press(pair.teacher, "Control+z")
    pair.amina.page.get_by_text("مرحبا بالعالم").wait_for(state="attached")


def test_a_long_text_is_broken_in_its_box(pair: Pair) -> None:
    press(pair.teacher, "t", "[", "[")
    click_at(pair.teacher, (0.1, 0.2))
    pair.teacher.page.locator(".board-writer").fill(
        "one two three four five six seven eight nine ten eleven twelve"
    )
    press(pair.teacher, "Escape")
    pair.both_see(1)
    for line in (0.2, 0.24):
        lies_here = partial(has_ink, pair.amina, (0.1, line - 0.02), (0.5, line + 0.02))
        pair.amina.wait_for(lies_here, 10, f"line at {line}")
    assert not has_ink(pair.amina, (0.52, 0.1), (0.9, 0.4))


def test_the_eraser_takes_the_whole_and_the_rubber_only_a_part(pair: Pair) -> None:
    drag(pair.teacher, (0.2, 0.3), (0.5, 0.3), (0.8, 0.3))
    drag(pair.teacher, (0.2, 0.6), (0.5, 0.6), (0.8, 0.6))
    pair.both_see(2)
    press(pair.teacher, "e")
    drag(pair.teacher, (0.5, 0.2), (0.5, 0.4))
    pair.both_see(1)
    pair.both_look((0.3, 0.3), NOTHING)
    press(pair.teacher, "Shift+e")
    drag(pair.teacher, (0.5, 0.5), (0.5, 0.7))
    pair.both_see(2)
    pair.both_look((0.5, 0.6), NOTHING)
    pair.both_look((0.3, 0.6), BLUE)
    pair.both_look((0.7, 0.6), BLUE)
    press(pair.teacher, "Control+z", "Control+z")
    pair.both_see(2)
    for place in ((0.5, 0.6), (0.5, 0.3)):
        pair.both_look(place, BLUE)


def test_what_is_selected_is_moved_resized_copied_and_deleted(pair: Pair) -> None:
    drag(pair.teacher, (0.2, 0.3), (0.4, 0.3))
    drag(pair.teacher, (0.2, 0.4), (0.4, 0.4))
    press(pair.teacher, "v")
    drag(pair.teacher, (0.1, 0.2), (0.5, 0.5))  # a rectangle around both
    drag(pair.teacher, (0.25, 0.3), (0.55, 0.6))
    pair.both_look((0.3, 0.3), NOTHING)
    for place in ((0.6, 0.6), (0.6, 0.7)):
        pair.both_look(place, BLUE)
    drag(pair.teacher, (0.7 + 0.005, 0.65), (0.9, 0.65))  # the handle at the right
    pair.both_look((0.85, 0.6), BLUE)
    press(pair.teacher, "Control+d")
    pair.both_see(4)
    press(pair.teacher, "Delete")
    pair.both_see(2)
    press(pair.teacher, "Control+a", "Delete")
    pair.both_see(0)


def test_everything_goes_with_the_keyboard_alone(pair: Pair) -> None:
    teacher = pair.teacher
    teacher.page.locator(".board-sheet").focus()
    press(teacher, "r", "Enter")
    pair.both_see(1)
    pair.both_look((0.5, 0.5 - 70 / 720), BLUE)
    press(teacher, *["Shift+ArrowRight"] * 9)
    pair.both_look((0.5 - 100 / 960, 0.5), NOTHING)
    press(teacher, "Escape", "t", "Enter")
    teacher.page.locator(".board-writer").wait_for(state="visible")
    teacher.page.keyboard.type("By hand")
    press(teacher, "Escape")
    pair.both_see(2)
    press(teacher, "v", "Tab")
    teacher.page.get_by_text("Rectangle, 1 of 2").wait_for(state="attached")
    press(teacher, "Tab", "Delete")
    pair.both_see(1)
    press(teacher, "Escape", "Tab", "Tab")
    assert not teacher.page.evaluate("document.activeElement.matches('.board-sheet')"), (
        "the keyboard is not trapped"
    )
    press(teacher, "?")
    teacher.page.get_by_role("heading", name="Keys of the board").wait_for()
    press(teacher, "Escape")


def test_pages_are_added_named_moved_and_removed(pair: Pair) -> None:
    teacher, pages = pair.teacher, pair.teacher.page.locator(".page-list li")
    teacher.page.get_by_role("button", name=re.compile("All pages")).click()
    pages.first.wait_for()
    count = pages.count()
    teacher.click("Duplicate the page")
    wait_for_count(teacher, count + 1)
    teacher.click("Rename the page")
    teacher.page.locator("dialog input").fill("Fractions of a cake")
    press(teacher, "Enter")
    current = teacher.page.locator(".page-list [aria-current]")
    current.get_by_text("Fractions of a cake").wait_for()
    before = current.locator("bdi").inner_text()
    teacher.click("Move earlier" if count > 1 else "Move later")
    teacher.wait_for(lambda: current.locator("bdi").inner_text() != before, 5, "another place")
    teacher.click("Remove the page")
    wait_for_count(teacher, count)
    press(teacher, "Control+z")
    wait_for_count(teacher, count + 1)
    teacher.page.locator(".page-panel").get_by_role("button", name="Close").click()


def test_students_draw_only_when_they_may_and_erase_only_their_own(pair: Pair) -> None:
    drag(pair.teacher, (0.2, 0.3), (0.8, 0.3))
    pair.both_see(1)
    assert not pair.amina.page.locator(".tools-drawing").is_visible()
    allow(pair.teacher, "Only these")
    pair.teacher.page.locator(".class-names").get_by_text("Amina").click()
    pair.amina.page.locator(".tools-drawing").wait_for(state="visible")
    press(pair.amina, "p", "2", "]", "]")
    drag(pair.amina, (0.2, 0.6), (0.8, 0.6))
    pair.both_see(2)
    press(pair.amina, "e")
    drag(pair.amina, (0.5, 0.2), (0.5, 0.8))
    pair.both_see(1)
    pair.both_look((0.5, 0.3), BLUE)
    allow(pair.teacher, "Nobody")
    pair.amina.page.locator(".tools-drawing").wait_for(state="hidden")


def test_answers_are_the_teachers_alone_until_they_are_shown(pair: Pair) -> None:
    teacher, amina = pair.teacher, pair.amina
    open_class_menu(teacher)
    teacher.page.get_by_label("Everybody answers alone").click()
    amina.page.get_by_text("Only your teacher sees this.").wait_for()
    press(amina, "p", "2", "]", "]")
    drag(amina, (0.2, 0.6), (0.8, 0.6))
    pair.both_see(1)
    pair.sees(amina, (0.5, 0.6), BLUE)
    pair.sees(teacher, (0.5, 0.6), NOTHING)  # among the others' answers, not on the page
    teacher.click("Look at the answers")
    teacher.page.locator(".answer-card").get_by_text("Amina").click()
    pair.sees(teacher, (0.5, 0.6), BLUE)
    teacher.page.locator(".board-layer-note").get_by_text("Answer of Amina").wait_for()
    teacher.page.locator(".board-layer-note").get_by_role("button", name="Show to everybody").click()
    pair.both_look((0.5, 0.6), BLUE)
    open_class_menu(teacher)
    teacher.page.get_by_label("Everybody answers alone").click()
    press(teacher, "Escape")
    amina.page.get_by_text("Only your teacher sees this.").wait_for(state="hidden")


def test_a_page_is_seen_larger_where_somebody_looks_and_everything_stays_in_its_place(pair: Pair) -> None:
    teacher = pair.teacher
    drag(teacher, (0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    teacher.page.mouse.move(*at(teacher, (0.5, 0.5)))
    teacher.page.keyboard.down("Control")
    teacher.page.mouse.wheel(0, -500)
    teacher.page.keyboard.up("Control")
    teacher.page.locator(".tools-zoom").wait_for(state="visible")
    sharp = teacher.page.locator(".board-plane canvas")
    teacher.wait_for(lambda: sharp.count() == 2, 10, "the sharp picture")
    drag(teacher, (0.5, 0.2), (0.5, 0.8))  # three times smaller on the page
    pair.both_see(2)
    pair.sees(pair.amina, (0.5, 0.42), BLUE)
    pair.sees(pair.amina, (0.5, 0.2), NOTHING)
    press(teacher, "0")
    teacher.page.locator(".tools-zoom").wait_for(state="hidden")


def test_the_laser_and_the_pointer_are_seen_with_a_name_and_leave_nothing(pair: Pair) -> None:
    press(pair.teacher, "k")
    drag(pair.teacher, (0.3, 0.3), (0.6, 0.6), (0.3, 0.6))
    pair.amina.page.locator(".board-cursor").get_by_text("Tomas").wait_for()
    pair.both_see(0)


def test_a_picture_comes_from_a_file_and_lies_in_the_middle(pair: Pair, web: House) -> None:
    web.start_worker("boards")
    leaf = io.BytesIO()
    Image.new("RGB", (400, 300), GREEN[:3]).save(leaf, "PNG")
    with pair.teacher.page.expect_file_chooser() as chooser:
        pair.teacher.click("Picture (I)")
    chooser.value.set_files(FilePayload(name="leaf.png", mimeType="image/png", buffer=leaf.getvalue()))
    for visitor in (pair.teacher, pair.amina):
        visitor.wait_for_state(lambda state: state["shown"] == 1, 30, "the picture")
    pair.both_look((0.5, 0.5), GREEN)
    pair.amina.page.get_by_text("Picture: leaf").wait_for(state="attached")


def test_two_fingers_look_closer_and_a_palm_beside_the_pen_draws_nothing(pair: Pair) -> None:
    teacher = pair.teacher
    point(teacher, "touch", 1, "pointerdown", (0.45, 0.5))
    point(teacher, "touch", 2, "pointerdown", (0.55, 0.5))
    for step in range(1, 6):
        point(teacher, "touch", 1, "pointermove", (0.45 - step * 0.04, 0.5))
        point(teacher, "touch", 2, "pointermove", (0.55 + step * 0.04, 0.5))
    for finger in (1, 2):
        point(teacher, "touch", finger, "pointerup", (0.5, 0.5))
    teacher.page.locator(".tools-zoom").wait_for(state="visible")
    press(teacher, "0")
    teacher.page.locator(".tools-zoom").wait_for(state="hidden")

    point(teacher, "touch", 4, "pointerdown", (0.8, 0.9))  # the palm comes first
    point(teacher, "pen", 3, "pointerdown", (0.3, 0.5))
    point(teacher, "touch", 4, "pointermove", (0.9, 0.9))
    point(teacher, "touch", 5, "pointerdown", (0.7, 0.9))
    point(teacher, "pen", 3, "pointermove", (0.7, 0.5))
    point(teacher, "pen", 3, "pointerup", (0.7, 0.5))
    for finger in (4, 5):
        point(teacher, "touch", finger, "pointerup", (0.9, 0.9))
    pair.both_see(1)
    pair.both_look((0.5, 0.5), BLUE)


def test_students_look_at_pages_alone_until_everybody_follows(pair: Pair) -> None:
    drag(pair.teacher, (0.2, 0.5), (0.8, 0.5))
    pair.both_see(1)
    pair.teacher.click("Add a page")
    pair.amina.wait_for_state(lambda state: state["shown"] == 0, 10, "the fresh page")
    pair.amina.click("Previous page")
    pair.sees(pair.amina, (0.5, 0.5), BLUE)
    open_class_menu(pair.teacher)
    pair.teacher.page.get_by_label("Everybody follows me").click()
    pair.amina.wait_for_state(lambda state: state["shown"] == 0, 10, "the teacher's page")
    assert not pair.amina.page.get_by_role("button", name=re.compile("Previous page")).is_visible()
    press(pair.amina, "PageUp")
    assert pair.amina.state()["shown"] == 0, "nobody wanders while all follow"
    pair.teacher.page.get_by_label("Everybody follows me").click()
    press(pair.teacher, "Escape")
    pair.amina.page.get_by_role("button", name=re.compile("Previous page")).wait_for(state="visible")


def point(visitor: Visitor, kind: str, number: int, event: str, place: Place) -> None:
    """A finger or a pen, as the browser tells of them; a mouse is all that Playwright moves by itself."""
    visitor.page.evaluate(POINT, [kind, number, event, *at(visitor, place)])


def click_at(visitor: Visitor, place: Place) -> None:
    visitor.page.mouse.click(*at(visitor, place))


def has_ink(visitor: Visitor, corner: Place, other: Place) -> bool:
    return bool(visitor.page.evaluate(ANY_INK, [*corner, *other]))


def wait_for_count(visitor: Visitor, count: int) -> None:
    visitor.wait_for(lambda: visitor.page.locator(".page-list li").count() == count, 10, f"{count} pages")


def open_class_menu(visitor: Visitor) -> None:
    if not visitor.page.locator(".class-menu").is_visible():
        visitor.click("The class and the board")


def allow(visitor: Visitor, whom: str) -> None:
    open_class_menu(visitor)
    visitor.page.locator(".class-menu").get_by_text(whom, exact=True).click()
