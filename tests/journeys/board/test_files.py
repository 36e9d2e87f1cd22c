"""What comes to the board from elsewhere and what is taken along, in two browsers; and who leads, and where to."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import FilePayload

from scripts.headless import Visitor
from tests.journeys.board.hands import (
    BLUE,
    GREEN,
    NOTHING,
    Pair,
    is_like,
    look,
    open_class_menu,
)
from tests.processes import House
from tests.tiers import sampled
from tests.whiteboard.papers import deck

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(900)]

# As somebody drops a file on the board, or pastes it: Playwright has no hand for either.
BRING = """([kind, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], "leaf.png", { type: "image/png" }));
  const about = { bubbles: true, cancelable: true };
  if (kind === "drop") document.querySelector(".board-sheet").dispatchEvent(new DragEvent("drop", { ...about, dataTransfer: transfer }));
  else document.body.dispatchEvent(new ClipboardEvent("paste", { ...about, clipboardData: transfer }));
}"""
NOTE_PROGRESS = """() => {
  window.said = [];
  const told = document.querySelector(".page-progress");
  new MutationObserver(() => window.said.push(told.textContent)).observe(told, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def worker(web: House) -> House:
    web.start_worker("boards")
    return web


def open_pages(visitor: Visitor) -> None:
    if not visitor.page.locator(".page-panel").is_visible():
        visitor.page.get_by_role("button", name=re.compile("All pages")).click()
        visitor.page.locator(".page-list li").first.wait_for()


def wait_for_pages(visitor: Visitor, count: int) -> None:
    cards = visitor.page.locator(".page-list li")
    visitor.wait_for(lambda: cards.count() == count, 60, f"{count} pages")


def close_pages(visitor: Visitor) -> None:
    visitor.page.locator(".page-panel").get_by_role("button", name="Close").click()


@pytest.mark.parametrize("way", sampled(["paste", "drop"], every=2))
def test_a_picture_is_pasted_or_dropped_and_comes_to_both(pair: Pair, worker: House, way: str) -> None:
    leaf = io.BytesIO()
    Image.new("RGB", (400, 300), GREEN[:3]).save(leaf, "PNG")
    pair.teacher.page.evaluate(BRING, [way, list(leaf.getvalue())])
    for visitor in (pair.teacher, pair.amina):
        visitor.wait_for_state(lambda state: state["shown"] == 1, 30, "the picture")
    pair.both_look((0.5, 0.5), GREEN)
    pair.teacher.press("Control+z")
    pair.both_see(0)


def test_slides_come_with_their_progress_and_their_pages_to_both(pair: Pair, worker: House) -> None:
    teacher, amina = pair.teacher, pair.amina
    open_pages(teacher)
    open_pages(amina)
    before = teacher.page.locator(".page-list li").count()
    teacher.page.evaluate(NOTE_PROGRESS)
    with teacher.page.expect_file_chooser() as chooser:
        teacher.click("Add slides (PDF)")
    chooser.value.set_files(FilePayload(name="cells.pdf", mimeType="application/pdf", buffer=deck(3)))
    for visitor in (teacher, amina):
        wait_for_pages(visitor, before + 3)
        visitor.page.locator(".page-list").get_by_text("cells 3").wait_for()
    said = teacher.page.evaluate("window.said.filter((one) => /^Slides done: \\d+ %\\.$/.test(one))")
    assert said, "how far it was"
    teacher.page.locator(".page-list").get_by_text("cells 1").click()
    for visitor in (teacher, amina):
        close_pages(visitor)
    red = (255, 0, 0, 255)  # the square that each page of the deck has
    pair.both_look((50 / 400, 1 - 40 / 300), red)
    teacher.press("p", "2")
    teacher.drag((0.2, 0.2), (0.5, 0.2), (0.8, 0.2))
    pair.both_look((0.5, 0.2), BLUE)


def test_a_copy_in_each_format_has_the_stroke_in_its_place(pair: Pair, worker: House, tmp_path: Path) -> None:
    teacher = pair.teacher
    teacher.drag((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    pair.both_see(1)
    open_pages(teacher)
    number = [
        "aria-current"
        in card.evaluate("one => [...one.querySelector('button').attributes].map((a) => a.name)")
        for card in teacher.page.locator(".page-list li").all()
    ].index(True)
    files = {}
    for form in ("PDF", "PNG", "SVG"):
        teacher.click("Take a copy of the board along")
        with teacher.page.expect_download(timeout=120_000) as download:
            teacher.page.get_by_role("button", name=form, exact=True).click()
        files[form] = tmp_path / f"board.{form}"
        download.value.save_as(files[form])
    close_pages(teacher)

    page = pypdfium2.PdfDocument(files["PDF"])[number]
    assert is_blue(page.render(scale=960 / page.get_width()).to_pil())
    assert is_blue(Image.open(io.BytesIO(entry(files["PNG"], number))))
    drawn = ElementTree.fromstring(entry(files["SVG"], number))  # noqa: S314  our own
    [line] = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    places = [[float(part) for part in place.split(",")] for place in str(line.get("points")).split()]
    assert line.get("stroke") == "#2a46b8"
    assert (round(places[0][0]), round(places[-1][0])) == (192, 768)
    assert all(abs(y - 360) < 2 for _, y in places)


def entry(path: Path, number: int) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[number])


def is_blue(picture: Image.Image) -> bool:
    """In the middle, and white above it."""
    seen = picture.convert("RGBA")
    middle = seen.getpixel((seen.width // 2, seen.height // 2))
    above = seen.getpixel((seen.width // 2, seen.height // 4))
    assert isinstance(middle, tuple)
    return is_like(list(middle), BLUE) and above == (255, 255, 255, 255)


def test_a_copy_and_the_words_of_a_page_are_for_pupils_too(pair: Pair, worker: House) -> None:
    teacher, amina = pair.teacher, pair.amina
    teacher.page.locator(".board-sheet").focus()
    teacher.press("r", "Enter")
    pair.both_see(1)
    teacher.press("Escape", "t", "Enter")
    teacher.page.locator(".board-writer").wait_for(state="visible")
    teacher.page.keyboard.type("Halves")
    teacher.press("Escape")
    pair.both_see(2)
    outline = amina.page.get_by_label("What is on this page")
    for line in ("Tomas: Rectangle", "Tomas: Text: Halves"):
        outline.get_by_text(line).wait_for(state="attached")
    teacher.click("Add a page")
    outline.get_by_text("The page is empty.").wait_for(state="attached")
    teacher.click("Previous page")
    outline.get_by_text("Tomas: Text: Halves").wait_for(state="attached")
    open_pages(amina)
    amina.click("Take a copy of the board along")
    with amina.page.expect_download(timeout=120_000) as download:
        amina.page.get_by_role("button", name="SVG", exact=True).click()
    assert download.value.suggested_filename.endswith(".zip")
    close_pages(amina)
    teacher.click("Next page")


def test_whoever_follows_sees_the_part_that_the_teacher_sees_and_cannot_wander(pair: Pair) -> None:
    teacher, amina = pair.teacher, pair.amina
    teacher.drag((0.2, 0.5), (0.5, 0.5), (0.8, 0.5))
    teacher.drag((0.7, 0.2), (0.7, 0.8))
    pair.both_see(2)
    open_class_menu(teacher)
    teacher.page.get_by_label("Everybody follows me").click()
    teacher.press("Escape")
    zoom(teacher, (0.5, 0.5), -500)
    wait_for_same_part(pair)
    seen = part_of(amina)
    assert seen != ""
    teacher.page.mouse.wheel(150, 120)  # scrolled, larger than the screen
    amina.wait_for(lambda: part_of(amina) != seen, 10, "another part")
    wait_for_same_part(pair)

    led = part_of(amina)
    zoom(amina, (0.5, 0.5), 800)
    amina.page.mouse.wheel(200, 200)
    amina.press("0", "-", "PageUp")
    teacher.press("+")
    amina.wait_for(lambda: part_of(amina) != led, 10, "what the teacher does")
    wait_for_same_part(pair)
    assert not amina.page.locator(".tools-zoom").is_visible()

    open_class_menu(teacher)
    teacher.page.get_by_label("Everybody follows me").click()
    teacher.press("Escape")
    amina.page.locator(".tools-zoom").wait_for(state="visible")  # she hears that she is free
    amina.press("0")
    amina.wait_for(lambda: part_of(amina) == "", 10, "the whole page, by herself")
    teacher.press("0")
    pair.sees(amina, (0.5, 0.3), NOTHING)
    assert is_like(look(amina, (0.5, 0.5)), BLUE)


def zoom(visitor: Visitor, place: tuple[float, float], wheel: int) -> None:
    visitor.page.mouse.move(*visitor.place_on_board(place))
    visitor.page.keyboard.down("Control")
    visitor.page.mouse.wheel(0, wheel)
    visitor.page.keyboard.up("Control")


def part_of(visitor: Visitor) -> str:
    """Which part of the page is seen, as parts of the sheet; "" for all of it."""
    return str(
        visitor.page.evaluate(
            """() => {
              const sheet = document.querySelector(".board-sheet").getBoundingClientRect();
              const page = document.querySelector(".board-plane .board-layer").getBoundingClientRect();
              const parts = [(sheet.x - page.x) / page.width, (sheet.y - page.y) / page.height, page.width / sheet.width];
              const said = parts.map((part) => part.toFixed(2)).join(" ");
              return said === "0.00 0.00 1.00" ? "" : said;
            }"""
        )
    )


def wait_for_same_part(pair: Pair) -> None:
    pair.amina.wait_for(lambda: part_of(pair.amina) == part_of(pair.teacher), 10, "the teacher's part")
