"""What a room looks like in two languages and two sizes: each panel of those who hold it, somebody at the door, the class's menu
of the board, the board itself, and the companion of a telephone."""

from __future__ import annotations

from playwright.sync_api import Browser

from scripts.headless import LAPTOP, Visitor
from scripts.tour.board import see_board
from scripts.tour.ground import say
from scripts.tour.pages import LANGUAGES, Album, sit_down

NAME = "Rosa Parks"


def see_rooms(browser: Browser, base: str, album: Album) -> int:
    """How many panels there were, in each language."""
    return min(see_room(browser, base, album, language) for language in LANGUAGES)


def see_room(browser: Browser, base: str, album: Album, language: str) -> int:
    teacher = sit_down(browser, base, album, "teacher", language)
    teacher.go("/meetings/start")
    teacher.page.locator("main form button").last.click()
    teacher.join()
    field = teacher.page.locator(".door-panel #invitation")
    field.wait_for()
    guest = knock(browser, base, field.input_value().removeprefix(base), language, album)
    teacher.page.locator(".door-menu[data-knocking]").wait_for()
    album.take(teacher, "teacher", "room-door", language)
    teacher.page.locator(".door-menu summary").press("Escape")
    panels = [see_panel(teacher, name, language, album) for name in list_panels(teacher)]
    teacher.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    teacher.page.get_by_role("button", name=read_text(teacher, "board.class")).click()
    teacher.page.locator(".class-menu").wait_for()
    album.take(teacher, "teacher", "room-class-menu", language)
    teacher.page.keyboard.press("Escape")
    see_board(teacher, language, album)
    see_companion(browser, teacher, language, album)
    end_meeting(teacher)
    for visitor in (guest, teacher):
        album.close(visitor, f"{visitor.name} at the panels")
    say(f"a room in {language}: {len(panels)} panels")
    return len(panels)


def knock(browser: Browser, base: str, link: str, language: str, album: Album) -> Visitor:
    guest = Visitor.arrive(browser, base, f"guest {language}", language=language)
    album.watch(guest)
    guest.go(link)
    guest.page.locator("input[name=name]").fill(NAME)
    guest.page.locator(".door .big-join, form .big-join").first.click()
    guest.page.locator("button[name=withdraw]").wait_for()
    return guest


def list_panels(teacher: Visitor) -> list[str]:
    buttons = teacher.page.locator(".side-button")
    return [button.get_attribute("data-panel") or "" for button in buttons.all()]


def see_panel(teacher: Visitor, name: str, language: str, album: Album) -> str:
    teacher.page.locator(f"[data-panel='{name}']").click()
    teacher.page.locator(".side-body > :first-child > :first-child").first.wait_for(state="attached")
    album.take(teacher, "teacher", f"room-{name}", language)
    teacher.page.locator(".side-close").click()
    return name


def read_text(visitor: Visitor, key: str) -> str:
    """In the language of their page."""
    return str(
        visitor.page.evaluate("key => JSON.parse(document.querySelector('#texts').textContent)[key]", key)
    )


def end_meeting(teacher: Visitor) -> None:
    """Its recorder is needed elsewhere."""
    teacher.page.keyboard.press("Escape")
    teacher.page.locator(".bar-end").click()
    teacher.page.locator("dialog button.danger").click()
    teacher.page.locator("main.panel").wait_for()


def see_companion(browser: Browser, teacher: Visitor, language: str, album: Album) -> None:
    """The teacher's own, of the same meeting: what there is beside the Jitsi app."""
    path = teacher.path().split("?")[0].split("#")[0]
    beside = sit_down(browser, teacher.base, album, "teacher", language)
    beside.go(f"{path}?video=app")
    beside.page.locator(".companion-top").first.wait_for()
    album.take(beside, "teacher", "companion", language)
    album.close(beside, f"companion {language}")
