"""What lies on a board and around it: each tool's mark, something selected, the pages, the keys, zoomed, in high contrast."""

from __future__ import annotations

from scripts.headless import Place, Visitor
from scripts.tour.pages import Album

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
        teacher.press(tool, colour)
        teacher.drag(*places)
    write(teacher, WRITTEN[language])
    wanted = len(MARKS) + 1
    teacher.wait_for_state(
        lambda state: (state["shown"], state["pending"]) == (wanted, 0), 20, f"{wanted} marks"
    )
    album.take(teacher, "teacher", "board-tools", language)
    teacher.press("v", "Control+a")
    album.take(teacher, "teacher", "board-selected", language)
    teacher.press("Escape", "?")
    teacher.page.locator("dialog[open]").wait_for()
    album.take(teacher, "teacher", "board-keys", language)
    teacher.press("Escape", "+", "+", "+")
    album.take(teacher, "teacher", "board-zoomed", language)
    teacher.press("0")
    teacher.page.emulate_media(forced_colors="active")
    album.take(teacher, "teacher", "board-contrast", language)
    teacher.page.emulate_media(forced_colors="none")
    return wanted


def write(visitor: Visitor, words: str) -> None:
    visitor.press("t", "6")
    visitor.drag((0.5, 0.85), (0.5, 0.85))
    writer = visitor.page.locator(".board-writer")
    writer.wait_for(state="visible")
    writer.fill(words)
    visitor.press("Escape")
