"""Each kind of item leaves its mark: as pixels, as SVG and as PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image, ImageChops

from whiteboard.drawing.letters import lay_out, load_font, measure
from whiteboard.drawing.pdf import PdfWriter
from whiteboard.drawing.raster import draw_page
from whiteboard.drawing.svg import write_page

WHITE, RED, BLUE, GREEN = (255, 255, 255), (255, 0, 0), (0, 0, 255), (0, 128, 0)
BLACK, LIGHT = (0, 0, 0), (255, 223, 128)
SLIDE = {"file": "slide", "page": 1, "width": 1600, "height": 900}
FILES = {
    "slide": Image.new("RGB", (1600, 900), (0, 0, 255)),
    "glass": Image.new("RGBA", (40, 40), (255, 0, 0, 128)),
}


def pictures(file: str, page: int) -> Any:
    return FILES.get(file)


def item(kind: str, seq: int = 1, /, **about: Any) -> dict[str, Any]:
    base = {"id": f"item-{seq}", "author": "a", "at": 0, "seq": seq, "order": seq, "page": "p", "layer": ""}
    return {**base, "kind": kind, "colour": "#ff0000", "width": 10, **about}


def text(words: str, **about: Any) -> dict[str, Any]:
    return item(
        "text", **{"size": 40, "box": [100, 100, 600, 100], "text": words, "direction": "auto", **about}
    )


TO_LOWER: dict[str, Any] = {"from": [100, 100], "to": [300, 300]}
ACROSS: dict[str, Any] = {"from": [100, 100], "to": [300, 100]}
PEN = item("pen", points=[[100, 100], [300, 100]], duration_ms=0)
KINDS: dict[str, tuple[dict[str, Any], list[tuple[int, int]], list[tuple[int, int]]]] = {
    "pen": (PEN, [(200, 100), (96, 100)], [(200, 110), (90, 100)]),
    "a dot": (item("pen", points=[[100, 100]], duration_ms=0), [(100, 100)], [(110, 100)]),
    "a pressed pen": (
        item(
            "pen",
            width=20,
            points=[[100, 100, 0], [200, 100, 0], [300, 100, 1], [400, 100, 1]],
            duration_ms=0,
        ),
        [(150, 100), (150, 103), (380, 112)],
        [(150, 109), (380, 119)],
    ),
    "line": (item("line", **TO_LOWER), [(200, 200)], [(200, 220)]),
    "arrow": (
        item("arrow", **ACROSS),
        [(150, 100), (280, 107), (295, 100)],
        [(255, 112), (303, 100), (150, 108)],
    ),
    "rectangle": (
        item("rectangle", fill=None, box=[100, 100, 200, 100]),
        [(100, 150), (200, 102), (300, 200)],
        [(200, 150), (90, 150)],
    ),
    "ellipse": (
        item("ellipse", fill=None, box=[100, 100, 200, 100]),
        [(100, 150), (200, 100), (300, 150)],
        [(200, 150), (104, 104)],
    ),
    "a filled ellipse": (
        item("ellipse", fill="#ff0000", box=[100, 100, 200, 100]),
        [(200, 150)],
        [(102, 102)],
    ),
}


def as_pdf(
    items: list[dict[str, Any]],
    folder: Path,
    background: dict[str, Any] | None = None,
    closed_ms: int | None = None,
) -> Any:
    with PdfWriter(pictures) as writer:
        writer.add_page(items, background, closed_ms)
        writer.save(folder / "board.pdf")
    with pypdfium2.PdfDocument(folder / "board.pdf") as document:
        assert document[0].get_size() == (720, 540)
        return document[0].render(scale=4 / 3).to_pil().convert("RGB")


def looks(picture: Any, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(picture.getpixel(at), colour, strict=True))


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_drawn_where_it_lies_and_nowhere_else(name: str, tmp_path: Path) -> None:
    drawn, there, not_there = KINDS[name]
    for picture in (draw_page([drawn]), as_pdf([drawn], tmp_path)):
        assert picture.size == (960, 720)
        assert [at for at in there if not looks(picture, at, RED)] == []
        assert [at for at in not_there if not looks(picture, at, WHITE)] == []


def test_a_highlighter_is_half_transparent_and_leaves_ink_as_it_was(tmp_path: Path) -> None:
    ink = item("pen", 1, colour="#000000", points=[[200, 50], [200, 150]], duration_ms=0)
    over = item("highlighter", 2, colour="#ffff00", width=30, points=[[100, 100], [300, 100]], duration_ms=0)
    for picture in (draw_page([ink, over]), as_pdf([ink, over], tmp_path)):
        assert looks(picture, (150, 100), (255, 255, 153))
        assert looks(picture, (200, 100), (0, 0, 0))


def test_what_is_later_than_the_lesson_has_a_light_that_leaves_ink_as_it_was(tmp_path: Path) -> None:
    ink = item("pen", 1, colour="#000000", points=[[200, 50], [200, 150]], duration_ms=0)
    later = item("line", 2, **ACROSS, at=2000)
    for picture in (draw_page([ink, later], closed_ms=1000), as_pdf([ink, later], tmp_path, closed_ms=1000)):
        assert looks(picture, (150, 108), LIGHT) and looks(picture, (150, 100), RED)
        assert looks(picture, (200, 108), BLACK) and looks(picture, (207, 60), WHITE), "what is of the lesson"


def test_a_slide_lies_in_the_middle_below_everything(tmp_path: Path) -> None:
    for picture in (draw_page([PEN], SLIDE, pictures), as_pdf([PEN], tmp_path, SLIDE)):
        assert looks(picture, (480, 80), WHITE) and looks(picture, (480, 95), BLUE)
        assert looks(picture, (480, 620), BLUE) and looks(picture, (480, 640), WHITE)
        assert looks(picture, (200, 100), RED)


def test_a_picture_fills_its_box_and_what_shines_through_does(tmp_path: Path) -> None:
    glass = item("image", file="glass", box=[100, 200, 100, 50], alt="")
    for picture in (draw_page([glass], SLIDE, pictures), as_pdf([glass], tmp_path, SLIDE)):
        assert looks(picture, (150, 225), (128, 0, 128))
        assert looks(picture, (150, 260), BLUE) and looks(picture, (210, 225), BLUE)


def test_a_picture_that_is_gone_leaves_its_place(tmp_path: Path) -> None:
    gone = item("image", file="gone", box=[100, 200, 100, 50], alt="")
    for picture in (draw_page([gone]), as_pdf([gone], tmp_path)):
        assert looks(picture, (150, 225), (224, 224, 228))


def test_a_kind_of_tomorrow_is_left_out() -> None:
    assert ImageChops.difference(draw_page([item("hologram"), PEN]), draw_page([PEN])).getbbox() is None


def ink_of(drawn: dict[str, Any]) -> tuple[int, int, int, int]:
    """Where the page is not white."""
    box = ImageChops.invert(draw_page([drawn])).getbbox()
    assert box is not None
    return box


def test_text_begins_at_the_side_that_its_first_letter_says() -> None:
    left, right = ink_of(text("Half")), ink_of(text("نصف"))
    assert left[0] == pytest.approx(105, abs=5) and left[2] < 250
    assert right[2] == pytest.approx(697, abs=6) and right[0] > 550


def test_arabic_letters_join_and_run_to_the_left() -> None:
    whole, parts = (
        measure("سلام", "DejaVuSans.ttf", 40),
        sum(measure(c, "DejaVuSans.ttf", 40) for c in "سلام"),
    )
    assert whole < 0.8 * parts
    [line] = lay_out("ثلاثة 3 of 4", 40, (0, 0), 900)
    assert line.is_rtl and line.left + line.width == pytest.approx(900)


@pytest.mark.parametrize("words", ["नमस्ते", "বাংলা", "தமிழ்", "ไทย", "ሰላም", "ខ្មែរ", "မြန်မာ", "සිංහල"])
def test_other_scripts_have_letters_and_not_boxes(words: str) -> None:
    [line] = lay_out(words, 40, (0, 0), 900)
    [run] = line.runs
    assert run.font != "DejaVuSans.ttf"
    font: Any = load_font(run.font, 40)
    box = bytes(font.getmask("\u0378"))  # a letter that there is not
    assert [letter for letter in words if bytes(font.getmask(letter)) == box] == []


def test_long_text_breaks_between_words_and_otherwise_within_them() -> None:
    lines = lay_out("one two three four five six seven\n\nlast " + "x" * 100, 40, (100, 0), 300)
    assert [line.text for line in lines[:5]] == ["one two three", "four five six", "seven", "", "last"]
    assert all(line.width <= 300 for line in lines)
    assert "".join(line.text for line in lines[5:]) == "x" * 100
    assert [line.top for line in lines[:3]] == [0, 50, 100]


@pytest.mark.parametrize("words", ["\x00\x07\u202e\ud800x", "\ufffe\uffff", "‍‍‍", "\n\n\n", "é" * 5000])
def test_whatever_somebody_typed_can_be_drawn(words: str, tmp_path: Path) -> None:
    drawn = text(words)
    draw_page([drawn])
    as_pdf([drawn], tmp_path)
    ElementTree.fromstring("".join(write_page([drawn], None, pictures, words)))  # noqa: S314  our own


def test_svg_says_everything_and_runs_nothing() -> None:
    evil = "</text><script>alert(1)</script>&\"'"
    items = [
        item("image", file="glass", box=[0, 0, 9, 9], alt=evil),
        text(evil),
        PEN,
        *(kind[0] for kind in KINDS.values()),
    ]
    document = "".join(write_page(items, SLIDE, pictures, evil))
    root = ElementTree.fromstring(document)  # noqa: S314  our own
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert set(kinds) == {"svg", "title", "rect", "image", "text", "polyline", "polygon"}
    assert "".join(line.text or "" for line in root if line.tag.endswith("text")).replace(
        " ", ""
    ) == evil.replace(" ", "")
    links = [element.get("href", "") for element in root if element.tag.endswith("image")]
    assert [link.partition(";")[0] for link in links] == ["data:image/jpeg", "data:image/png"]


def test_text_in_a_pdf_can_be_searched(tmp_path: Path) -> None:
    with PdfWriter(pictures) as writer:
        writer.add_page([text("Three quarters")], None)
        writer.save(tmp_path / "board.pdf")
    with pypdfium2.PdfDocument(tmp_path / "board.pdf") as document:
        assert document[0].get_textpage().get_text_range() == "Three quarters"
