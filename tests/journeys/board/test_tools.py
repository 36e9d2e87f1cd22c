"""Each tool of the board in two browsers: what one does, the other sees, and undo takes it back."""

from __future__ import annotations

import io
import re
from functools import partial

import pytest
from PIL import Image
from playwright.sync_api import FilePayload

from scripts.headless import Place, Visitor
from tests.journeys.board.hands import (
    BLUE,
    GREEN,
    NOTHING,
    Pair,
    allow,
    click_at,
    has_ink,
    look,
    open_class_menu,
    point,
)
from tests.processes import House

MOTION = """() => {
  const cursor = Object.assign(document.createElement("div"), { className: "board-cursor" });
  document.querySelector(".board-sheet").append(cursor);
  const { transitionDuration } = getComputedStyle(cursor);
  cursor.remove();
  return transitionDuration;
}"""
pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]


def test_the_pen_draws_and_undo_takes_it_back(pair: Pair) -> None:
    pair.teacher.drag((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    pair.both_look((0.5, 0.5), BLUE)
    pair.teacher.press("Control+z")
    pair.both_see(0)
    pair.both_look((0.5, 0.5), NOTHING)
    pair.teacher.press("Control+y")
    pair.both_look((0.5, 0.5), BLUE)


def test_the_highlighter_shines_through_and_leaves_ink_dark(pair: Pair) -> None:
    pair.teacher.drag((0.5, 0.2), (0.5, 0.8))
    pair.teacher.press("h")
    pair.teacher.drag((0.2, 0.5), (0.8, 0.5))
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
    pair.teacher.press(key)
    pair.teacher.drag((0.3, 0.3), (0.7, 0.7))
    pair.both_see(1)
    pair.both_look(drawn, BLUE)
    pair.both_look(empty, NOTHING)
    pair.teacher.press("Control+z")
    pair.both_look(drawn, NOTHING)


def test_shift_makes_lines_straight_and_frames_square(pair: Pair) -> None:
    pair.teacher.press("l")
    pair.teacher.drag((0.2, 0.2), (0.8, 0.24), shift=True)
    pair.teacher.press("r")
    pair.teacher.drag((0.2, 0.4), (0.5, 0.5), shift=True)
    pair.both_see(2)
    pair.both_look((0.75, 0.2), BLUE)
    pair.both_look((0.35, 0.8), BLUE)  # 0.3 of the width is 0.4 of the height


def test_a_filled_shape_has_a_lighter_inside_and_another_colour_when_it_is_chosen(pair: Pair) -> None:
    pair.teacher.press("r", "f")
    pair.teacher.drag((0.3, 0.3), (0.7, 0.7))
    pair.teacher.press("f", "v")
    pair.both_look((0.5, 0.5), (0xCA, 0xD1, 0xED, 255))
    click_at(pair.teacher, (0.5, 0.5))
    pair.teacher.press("3")
    pair.both_look((0.5, 0.3), (0xC4, 0x16, 0x1C, 255))
    pair.both_look((0.5, 0.5), (0xF0, 0xC5, 0xC6, 255))


def test_arabic_is_written_in_place_and_grows_to_the_left(pair: Pair) -> None:
    pair.teacher.press("t")
    click_at(pair.teacher, (0.6, 0.4))
    pair.teacher.page.locator(".board-writer").fill("مرحبا بالعالم")
    pair.teacher.press("Escape")
    pair.both_see(1)
    for visitor in (pair.teacher, pair.amina):
        visitor.wait_for(partial(has_ink, visitor, (0.3, 0.36), (0.6, 0.48)), 10, "the words")
        assert not has_ink(visitor, (0.61, 0.36), (0.9, 0.48)), "Arabic begins at the right"
    pair.amina.page.get_by_text("مرحبا بالعالم").wait_for(state="attached")

    pair.teacher.press("v")
    click_at(pair.teacher, (0.58, 0.4))
    pair.teacher.press("Enter")
    pair.teacher.page.locator(".board-writer").fill("أهلا")
    pair.teacher.press("Control+Enter")
    pair.amina.page.get_by_text("أهلا").wait_for(state="attached")
    pair.teacher.press("Control+z")
    pair.amina.page.get_by_text("مرحبا بالعالم").wait_for(state="attached")


def test_a_long_text_is_broken_in_its_box(pair: Pair) -> None:
    pair.teacher.press("t", "[", "[")
    click_at(pair.teacher, (0.1, 0.2))
    pair.teacher.page.locator(".board-writer").fill(
        "one two three four five six seven eight nine ten eleven twelve"
    )
    pair.teacher.press("Escape")
    pair.both_see(1)
    for line in (0.2, 0.24):
        lies_here = partial(has_ink, pair.amina, (0.1, line - 0.02), (0.5, line + 0.02))
        pair.amina.wait_for(lies_here, 10, f"line at {line}")
    assert not has_ink(pair.amina, (0.52, 0.1), (0.9, 0.4))


def test_the_eraser_takes_the_whole_and_the_rubber_only_a_part(pair: Pair) -> None:
    pair.teacher.drag((0.2, 0.3), (0.5, 0.3), (0.8, 0.3))
    pair.teacher.drag((0.2, 0.6), (0.5, 0.6), (0.8, 0.6))
    pair.both_see(2)
    pair.teacher.press("e")
    pair.teacher.drag((0.5, 0.2), (0.5, 0.4))
    pair.both_see(1)
    pair.both_look((0.3, 0.3), NOTHING)
    pair.teacher.press("Shift+e")
    pair.teacher.drag((0.5, 0.5), (0.5, 0.7))
    pair.both_see(2)
    pair.both_look((0.5, 0.6), NOTHING)
    pair.both_look((0.3, 0.6), BLUE)
    pair.both_look((0.7, 0.6), BLUE)
    pair.teacher.press("Control+z", "Control+z")
    pair.both_see(2)
    for place in ((0.5, 0.6), (0.5, 0.3)):
        pair.both_look(place, BLUE)


def test_what_is_selected_is_moved_resized_copied_and_deleted(pair: Pair) -> None:
    pair.teacher.drag((0.2, 0.3), (0.4, 0.3))
    pair.teacher.drag((0.2, 0.4), (0.4, 0.4))
    pair.teacher.press("v")
    pair.teacher.drag((0.1, 0.2), (0.5, 0.5))  # a rectangle around both
    pair.teacher.drag((0.25, 0.3), (0.55, 0.6))
    pair.both_look((0.3, 0.3), NOTHING)
    for place in ((0.6, 0.6), (0.6, 0.7)):
        pair.both_look(place, BLUE)
    pair.teacher.drag((0.7 + 0.005, 0.65), (0.9, 0.65))  # the handle at the right
    pair.both_look((0.85, 0.6), BLUE)
    pair.teacher.press("Control+d")
    pair.both_see(4)
    pair.teacher.press("Delete")
    pair.both_see(2)
    pair.teacher.press("Control+a", "Delete")
    pair.both_see(0)


def test_everything_goes_with_the_keyboard_alone(pair: Pair) -> None:
    teacher = pair.teacher
    teacher.page.locator(".board-sheet").focus()
    teacher.press("r", "Enter")
    pair.both_see(1)
    pair.both_look((0.5, 0.5 - 70 / 720), BLUE)
    teacher.press(*["Shift+ArrowRight"] * 9)
    pair.both_look((0.5 - 100 / 960, 0.5), NOTHING)
    teacher.press("Escape", "t", "Enter")
    teacher.page.locator(".board-writer").wait_for(state="visible")
    teacher.page.keyboard.type("By hand")
    teacher.press("Escape")
    pair.both_see(2)
    teacher.press("v", "Tab")
    teacher.page.get_by_text("Rectangle, 1 of 2").wait_for(state="attached")
    teacher.press("Tab", "Delete")
    pair.both_see(1)
    teacher.press("Escape", "Tab", "Tab")
    assert not teacher.page.evaluate("document.activeElement.matches('.board-sheet')"), (
        "the keyboard is not trapped"
    )
    teacher.press("?")
    teacher.page.get_by_role("heading", name="Keys of the board").wait_for()
    teacher.press("Escape")


def test_pages_are_added_named_moved_and_removed(pair: Pair) -> None:
    teacher, pages = pair.teacher, pair.teacher.page.locator(".page-list li")
    teacher.page.get_by_role("button", name=re.compile("All pages")).click()
    pages.first.wait_for()
    count = pages.count()
    teacher.click("Duplicate the page")
    wait_for_count(teacher, count + 1)
    teacher.click("Rename the page")
    teacher.page.locator("dialog input").fill("Fractions of a cake")
    teacher.press("Enter")
    current = teacher.page.locator(".page-list [aria-current]")
    current.get_by_text("Fractions of a cake").wait_for()
    before = current.locator("bdi").inner_text()
    teacher.click("Move earlier" if count > 1 else "Move later")
    teacher.wait_for(lambda: current.locator("bdi").inner_text() != before, 5, "another place")
    teacher.click("Remove the page")
    wait_for_count(teacher, count)
    teacher.press("Control+z")
    wait_for_count(teacher, count + 1)
    teacher.page.locator(".page-panel").get_by_role("button", name="Close").click()


def test_students_draw_only_when_they_may_and_erase_only_their_own(pair: Pair) -> None:
    pair.teacher.drag((0.2, 0.3), (0.8, 0.3))
    pair.both_see(1)
    assert not pair.amina.page.locator(".tools-drawing").is_visible()
    allow(pair.teacher, "Only these")
    pair.teacher.page.locator(".class-names").get_by_text("Amina").click()
    pair.amina.page.locator(".tools-drawing").wait_for(state="visible")
    pair.amina.press("p", "2", "]", "]")
    pair.amina.drag((0.2, 0.6), (0.8, 0.6))
    pair.both_see(2)
    pair.amina.press("e")
    pair.amina.drag((0.5, 0.2), (0.5, 0.8))
    pair.both_see(1)
    pair.both_look((0.5, 0.3), BLUE)
    allow(pair.teacher, "Nobody")
    pair.amina.page.locator(".tools-drawing").wait_for(state="hidden")


def test_answers_are_the_teachers_alone_until_they_are_shown(pair: Pair) -> None:
    teacher, amina = pair.teacher, pair.amina
    open_class_menu(teacher)
    teacher.page.get_by_label("Everybody answers alone").click()
    amina.page.get_by_text("Only your teacher sees this.").wait_for()
    amina.press("p", "2", "]", "]")
    amina.drag((0.2, 0.6), (0.8, 0.6))
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
    teacher.press("Escape")
    amina.page.get_by_text("Only your teacher sees this.").wait_for(state="hidden")


def test_a_page_is_seen_larger_where_somebody_looks_and_everything_stays_in_its_place(pair: Pair) -> None:
    teacher = pair.teacher
    teacher.drag((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    teacher.page.mouse.move(*teacher.place_on_board((0.5, 0.5)))
    teacher.page.keyboard.down("Control")
    teacher.page.mouse.wheel(0, -500)
    teacher.page.keyboard.up("Control")
    teacher.page.locator(".tools-zoom").wait_for(state="visible")
    sharp = teacher.page.locator(".board-plane canvas")
    teacher.wait_for(lambda: sharp.count() == 2, 10, "the sharp picture")
    teacher.drag((0.5, 0.2), (0.5, 0.8))  # three times smaller on the page
    pair.both_see(2)
    pair.sees(pair.amina, (0.5, 0.42), BLUE)
    pair.sees(pair.amina, (0.5, 0.2), NOTHING)
    teacher.press("0")
    teacher.page.locator(".tools-zoom").wait_for(state="hidden")


def test_the_laser_and_the_pointer_are_seen_with_a_name_and_leave_nothing(pair: Pair) -> None:
    pair.teacher.press("k")
    pair.teacher.drag((0.3, 0.3), (0.6, 0.6), (0.3, 0.6))
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
    teacher.press("0")
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

    teacher.page.wait_for_timeout(600)  # long after the pen a finger draws again, but no hand that lies there
    for finger, wide in ((6, 120), (7, 20)):
        point(teacher, "touch", finger, "pointerdown", (0.3, 0.8), wide=wide)
        point(teacher, "touch", finger, "pointermove", (0.6, 0.8), wide=wide)
        point(teacher, "touch", finger, "pointerup", (0.6, 0.8), wide=wide)
    pair.both_see(2)


def test_students_look_at_pages_alone_until_everybody_follows(pair: Pair) -> None:
    pair.teacher.drag((0.2, 0.5), (0.8, 0.5))
    pair.both_see(1)
    pair.teacher.click("Add a page")
    pair.amina.wait_for_state(lambda state: state["shown"] == 0, 10, "the fresh page")
    pair.amina.click("Previous page")
    pair.sees(pair.amina, (0.5, 0.5), BLUE)
    open_class_menu(pair.teacher)
    pair.teacher.page.get_by_label("Everybody follows me").click()
    pair.amina.wait_for_state(lambda state: state["shown"] == 0, 10, "the teacher's page")
    assert not pair.amina.page.get_by_role("button", name=re.compile("Previous page")).is_visible()
    pair.amina.press("PageUp")
    assert pair.amina.state()["shown"] == 0, "nobody wanders while all follow"
    pair.teacher.page.get_by_label("Everybody follows me").click()
    pair.teacher.press("Escape")
    pair.amina.page.get_by_role("button", name=re.compile("Previous page")).wait_for(state="visible")


def wait_for_count(visitor: Visitor, count: int) -> None:
    visitor.wait_for(lambda: visitor.page.locator(".page-list li").count() == count, 10, f"{count} pages")


def test_what_is_chosen_stands_out_for_whoever_asked_for_contrast(pair: Pair) -> None:
    teacher = pair.teacher
    teacher.drag((0.3, 0.5), (0.6, 0.5))
    pair.both_see(1)
    teacher.press("v")
    click_at(teacher, (0.45, 0.5))
    teacher.page.locator(".board-frame").wait_for(state="visible")
    chosen = teacher.page.locator(".tool[aria-pressed=true]").first

    def borders() -> tuple[str, str]:
        ask = "(one) => getComputedStyle(one).borderTopWidth + ' ' + getComputedStyle(one).borderTopColor"
        return chosen.evaluate(ask), teacher.page.locator(".board-frame").evaluate(ask)

    def becomes(tool: str, frame: str) -> None:
        """A colour may take its time."""
        teacher.wait_for(
            lambda: borders()[0].startswith(tool) and borders()[1] == frame, 5, f"{tool}, {frame}"
        )

    seen = [borders()]

    def is_still() -> bool:
        seen.append(borders())
        return seen[-1] == seen[-2]

    teacher.wait_for(is_still, 5, "a colour that stays")
    plain = seen[-1]
    try:
        teacher.page.emulate_media(contrast="more")
        becomes("3px", "3px rgb(0, 0, 0)")
        teacher.page.emulate_media(contrast="null", forced_colors="active", reduced_motion="reduce")
        becomes("2px", "2px rgb(0, 0, 0)")
        assert teacher.page.evaluate(MOTION) == "0s", "a name beside a pointer follows it at once"
    finally:
        teacher.page.emulate_media(contrast="null", forced_colors="null", reduced_motion="null")
    becomes(*plain)
