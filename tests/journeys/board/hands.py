"""What two people do at one board, and what each of them sees."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.headless import Place, Visitor

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
POINT = """([pointerType, pointerId, event, clientX, clientY, width, pressure]) => {
  const sheet = document.querySelector(".board-sheet");
  sheet.setPointerCapture = () => undefined;
  const more = { bubbles: true, cancelable: true, isPrimary: true, button: event === "pointermove" ? -1 : 0, pressure };
  sheet.dispatchEvent(new PointerEvent(event, { pointerType, pointerId, clientX, clientY, width, ...more }));
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


def point(
    visitor: Visitor, kind: str, number: int, event: str, place: Place, wide: int = 1, pressure: float = 0.5
) -> None:
    """A finger or a pen, as the browser tells of them; a mouse is all that Playwright moves by itself."""
    visitor.page.evaluate(POINT, [kind, number, event, *visitor.place_on_board(place), wide, pressure])


def click_at(visitor: Visitor, place: Place) -> None:
    visitor.page.mouse.click(*visitor.place_on_board(place))


def has_ink(visitor: Visitor, corner: Place, other: Place) -> bool:
    return bool(visitor.page.evaluate(ANY_INK, [*corner, *other]))


def open_class_menu(visitor: Visitor) -> None:
    if not visitor.page.locator(".class-menu").is_visible():
        visitor.click("The class and the board")


def allow(visitor: Visitor, whom: str) -> None:
    open_class_menu(visitor)
    visitor.page.locator(".class-menu").get_by_text(whom, exact=True).click()
