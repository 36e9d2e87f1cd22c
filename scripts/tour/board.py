"""What lies on a board and around it: each tool's mark, something selected, the pages, the keys, zoomed, in high contrast."""

from __future__ import annotations

from itertools import pairwise

from scripts.headless import Visitor
from scripts.tour.pages import Album

Place = tuple[float, float]
# Key of the tool, of its colour, and from where to where on the page.
MARKS: tuple[tuple[str, str, Place, Place], ...] = (
    ("p", "1", (0.06, 0.2), (0.3, 0.12)),
    ("h", "5", (0.06, 0.32), (0.3, 0.32)),
    ("l", "2", (0.38, 0.12), (0.6, 0.3)),
    ("a", "3", (0.66, 0.3), (0.92, 0.12)),
    ("r", "4", (0.08, 0.45), (0.3, 0.7)),
    ("o", "2", (0.4, 0.45), (0.62, 0.7)),
)
WRITTEN = {"en": "Fractions of a cake", "ar": "كسور من الكعكة"}


def see_board(teacher: Visitor, language: str, album: Album) -> int:
    """How many things were drawn, and are on it."""
    teacher.page.locator(".board-sheet").focus()
    for tool, colour, *places in MARKS:
        press(teacher, tool, colour)
        drag(teacher, *places)
    write(teacher, WRITTEN[language])
    wanted = len(MARKS) + 1
    teacher.wait_for_state(
        lambda state: (state["shown"], state["pending"]) == (wanted, 0), 20, f"{wanted} marks"
    )
    album.take(teacher, "teacher", "board-tools", language)
    press(teacher, "v", "Control+a")
    album.take(teacher, "teacher", "board-selected", language)
    press(teacher, "Escape", "?")
    teacher.page.locator("dialog[open]").wait_for()
    album.take(teacher, "teacher", "board-keys", language)
    press(teacher, "Escape", "+", "+", "+")
    album.take(teacher, "teacher", "board-zoomed", language)
    press(teacher, "0")
    teacher.page.emulate_media(forced_colors="active")
    album.take(teacher, "teacher", "board-contrast", language)
    teacher.page.emulate_media(forced_colors="none")
    return wanted


def press(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def drag(visitor: Visitor, *places: Place) -> None:
    box = visitor.page.locator(".board-sheet").bounding_box()
    assert box is not None, "no board"  # noqa: S101
    spots = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in places]
    mouse = visitor.page.mouse
    mouse.move(*spots[0])
    mouse.down()
    for _before, spot in pairwise(spots):
        mouse.move(*spot, steps=6)
    mouse.up()


def write(visitor: Visitor, words: str) -> None:
    press(visitor, "t", "6")
    drag(visitor, (0.5, 0.85), (0.5, 0.85))
    writer = visitor.page.locator(".board-writer")
    writer.wait_for(state="visible")
    writer.fill(words)
    press(visitor, "Escape")
