"""The board as pictures: what the reducer says is what the pixels show."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image, ImageChops

from recordings.board_video import board_video
from recordings.clock import Span, Timeline
from tests.recordings.media import START, Pen, frames_of
from whiteboard.board import (
    EVERYBODY,
    HEIGHT,
    WIDTH,
    BoardState,
    Command,
    Edit,
    NotPossible,
    apply,
    decide,
    fold,
)
from whiteboard.drawing import raster
from whiteboard.drawing.easel import Easel

RED, WHITE = (255, 0, 0), (255, 255, 255)
LESSON = Timeline([Span(START, START + 20)])
BLUE_SLIDE = Image.new("RGB", (192, 144), (0, 0, 255))
SLIDE = Image.radial_gradient("L").convert("RGB")
ACROSS = [[float(x), 100.0] for x in range(100, 901, 20)]


def draw_page(state: BoardState, page_id: str) -> Any:
    """The page as everybody sees it."""
    [background] = [page.background for page in state.pages if page.id == page_id]
    return raster.draw_page(state.visible_items(page_id, EVERYBODY), background, slide)


def slide(file: str, page: int) -> Any:
    return SLIDE if file == "slide" else None


def film(pen: Pen, folder: Path, timeline: Timeline = LESSON) -> list[tuple[float, Any]]:
    board_video(pen.edits, timeline, folder / "board.mkv")
    return list(frames_of(folder / "board.mkv"))


def at(frames: list[tuple[float, Any]], seconds: float) -> Any:
    return [image for when, image in frames if when <= seconds + 1e-3][-1]


def looks(image: Any, x: int, y: int, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 30 for one, other in zip(image.getpixel((x, y)), colour, strict=True))


def test_a_stroke_is_drawn_in_its_colour_and_width() -> None:
    pen = Pen()
    pen.stroke(START, [[100, 100], [500, 100]], width=20)
    page = draw_page(fold(pen.edits), "first")
    assert (page.size, page.mode) == ((960, 720), "RGB")
    assert [page.getpixel((300, y)) for y in (88, 92, 100, 108, 112)] == [WHITE, RED, RED, RED, WHITE]
    assert page.getpixel((92, 100)) == RED


@pytest.mark.parametrize(
    "points",
    [[[10, 10]], [[5, 5], [5, 5]], [[-4000, -4000], [8000, 8000]], [[-50, -50]], [[3000, 3000], [9, 9]]],
)
def test_points_anywhere_can_be_drawn(points: list[list[float]], tmp_path: Path) -> None:
    pen = Pen()
    pen.stroke(START + 1, points, width=1)
    pen.stroke(START + 1, points, width=64)
    page = draw_page(fold(pen.edits), "first")
    assert page.size == (WIDTH, HEIGHT)
    touches_paper = any(0 <= x < WIDTH and 0 <= y < HEIGHT for x, y in points)
    assert (page.getcolors(WIDTH * HEIGHT) != [(WIDTH * HEIGHT, (255, 255, 255))]) or not touches_paper
    assert film(pen, tmp_path, Timeline([Span(START, START + 2)]))


def test_a_stroke_grows_along_its_points(tmp_path: Path) -> None:
    pen = Pen()
    pen.stroke(START + 10, ACROSS, seconds=4)
    frames = film(pen, tmp_path)
    assert not looks(at(frames, 5.9), 120, 100, RED)
    assert looks(at(frames, 8), 400, 100, RED)
    assert not looks(at(frames, 8), 700, 100, RED)
    assert looks(at(frames, 10), 890, 100, RED)


def test_frames_only_when_something_changed(tmp_path: Path) -> None:
    pen = Pen()
    pen.stroke(START + 10, ACROSS, seconds=1)
    times = [when for when, _ in film(pen, tmp_path)]
    assert times[0] == 0
    assert times[-1] == pytest.approx(20, abs=0.002)
    assert all(9 <= when <= 10.11 for when in times[1:-1])
    assert len(times) <= 14


def test_pages_erasing_undo_and_redo_are_seen(tmp_path: Path) -> None:
    pen = Pen()
    pen.page("second", START + 0.1)
    one = pen.stroke(START + 2, ACROSS)
    erased = pen.erase(START + 4, one)
    pen.undo(START + 6, erased, removed=[])
    pen.edits[-1].data["restored"] = [pen.edits[2].envelope()["data"]]
    pen.turn("second", START + 8)
    two = pen.stroke(START + 10, ACROSS, page="second", colour="#0000ff")
    pen.undo(START + 11, two, removed=[two])
    pen.redo(START + 13, two)
    pen.turn("first", START + 15)
    frames = film(pen, tmp_path)
    seen = [at(frames, when).getpixel((500, 100)) for when in (0, 3, 5, 7, 8.5, 10.5, 12, 14, 16)]
    names = ["w", "r", "w", "r", "w", "b", "w", "b", "r"]
    assert [name_of(colour) for colour in seen] == names


def name_of(colour: tuple[int, int, int]) -> str:
    red, green, blue = (value > 128 for value in colour)
    return {(True, True, True): "w", (True, False, False): "r", (False, False, True): "b"}[(red, green, blue)]


def test_slides_are_in_the_film(tmp_path: Path) -> None:
    pen = Pen()
    behind = {"file": "slide", "page": 1, "width": 960, "height": 720}
    page = {"id": "second", "title": "x", "background": behind}
    pen._add("slides.added", START + 2, {"pages": [page], "position": 1})
    pen.turn("second", START + 4)
    board_video(pen.edits, LESSON, tmp_path / "board.mkv", pictures=lambda *_: BLUE_SLIDE)
    frames = list(frames_of(tmp_path / "board.mkv"))
    assert looks(at(frames, 3), 480, 360, WHITE) and looks(at(frames, 5), 480, 360, (0, 0, 255))


def test_what_happened_before_or_in_a_gap_is_there_at_once(tmp_path: Path) -> None:
    pen = Pen(START - 100)
    pen.stroke(START - 50, [[100, 100], [500, 100]])
    pen.stroke(START + 10, [[100, 300], [500, 300]])
    frames = film(pen, tmp_path, Timeline([Span(START, START + 4), Span(START + 20, START + 24)]))
    assert looks(at(frames, 0), 300, 100, RED)
    assert not looks(at(frames, 3.9), 300, 300, RED)
    assert looks(at(frames, 4), 300, 300, RED)
    assert frames[-1][0] == pytest.approx(8, abs=0.002)


def test_painting_a_little_equals_painting_it_all() -> None:
    """A random lesson: the easel's picture must be the page drawn from scratch, whatever happened."""
    dice, easel = Random(7), Easel(slide)
    for number in range(240):
        if (edit := random_edit(dice, easel, number)) is not None:
            easel.apply(edit)
        if number % 20 == 19:
            fresh = draw_page(easel.state, easel.state.current_page)
            assert ImageChops.difference(easel.picture(), fresh).getbbox() is None


def random_edit(dice: Random, easel: Easel, number: int) -> Edit | None:
    changes = [
        "item.erase",
        "item.change",
        "item.change",
        "edit.undo",
        "edit.redo",
        "page.turn",
        "page.clear",
        "page.remove",
    ]
    kind = dice.choice(["item.add"] * 9 + changes)
    if number < 3:
        kind = ("page.add", "slides.add", "page.add")[number]
    page = f"page-{dice.randrange(3)}"
    shown = dice.sample(sorted(easel.state.visible), min(2, len(easel.state.visible)))
    behind = {"file": "slide", "page": 1, "width": 300, "height": 200}
    data: dict[str, dict[str, Any]] = {
        "page.add": {"page": f"page-{number}", "title": "x"},
        "slides.add": {"pages": [{"id": f"page-{number}", "title": "x", "background": behind}]},
        **{key: {"page": page} for key in ("page.turn", "page.clear", "page.remove")},
        "item.add": {"page": page, **random_item(dice)},
        "item.erase": {"items": shown},
        "item.change": {"items": [{"id": one, **moved(dice, easel.state.items[one])} for one in shown]},
    }
    command = Command(kind, f"ref-{number}", dice.choice("ab"), data.get(kind, {}))
    try:
        return decide(easel.state, command, at=number)
    except NotPossible:
        return None


def random_item(dice: Random) -> dict[str, Any]:
    ink = {"colour": dice.choice(["#ff0000", "#00aa00", "#123456"]), "width": dice.choice([1, 4, 30])}
    points = [[dice.uniform(-50, 1000), dice.uniform(-50, 770)] for _ in range(5)]
    box = [dice.uniform(-200, 900), dice.uniform(-200, 700), dice.uniform(0, 500), dice.uniform(0, 400)]
    pressed = [[*point, dice.random()] for point in points]
    shapes: list[dict[str, Any]] = [
        {"kind": "pen", **ink, "points": points, "duration_ms": 0},
        {"kind": "pen", **ink, "points": pressed, "duration_ms": 0},
        {"kind": "highlighter", **ink, "points": points, "duration_ms": 0},
        {"kind": "arrow", **ink, "from": points[0], "to": points[1]},
        {"kind": "rectangle", **ink, "fill": "#ffeecc", "box": box},
        {"kind": "ellipse", **ink, "fill": None, "box": box},
        {"kind": "text", "colour": ink["colour"], "size": 30, "box": box, "text": "Drei Viertel ثلاثة أرباع"},
        {"kind": "image", "file": dice.choice(["slide", "none"]), "box": box, "alt": ""},
    ]
    return dice.choice(shapes)


def moved(dice: Random, item: dict[str, Any]) -> dict[str, Any]:
    by = dice.uniform(-100, 100)
    if "points" in item:
        return {"points": [[point[0] + by, point[1] - by, *point[2:]] for point in item["points"]]}
    if "box" in item:
        return {"box": [item["box"][0] + by, item["box"][1], *item["box"][2:]]}
    return {"to": [item["to"][0] + by, item["to"][1]]}


@pytest.mark.deep
def test_ten_thousand_strokes_cost_ten_times_a_thousand() -> None:
    few, many = seconds_for(1_000), seconds_for(10_000)
    assert many < 30 * few
    assert many < 30


def seconds_for(count: int) -> float:
    dice, easel, pen = Random(1), Easel(), Pen()
    easel.apply(pen.edits[0])
    began = time.process_time()
    for _ in range(count):
        x, y = dice.uniform(0, 900), dice.uniform(0, 700)
        pen.stroke(START, [[x + n, y + n % 7] for n in range(30)], width=3)
        easel.apply(pen.edits[-1])
        easel.picture()
    return time.process_time() - began


def test_the_easel_folds_as_the_reducer_does() -> None:
    pen = Pen()
    pen.stroke(START, ACROSS)
    easel, state = Easel(), fold([])
    for edit in pen.edits:
        easel.apply(edit)
        apply(state, edit)
    assert easel.state.snapshot() == state.snapshot()
