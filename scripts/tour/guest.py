"""A teacher starts a meeting; guests come with nothing but its link, knock, and are let in from inside the room."""

from __future__ import annotations

from playwright.sync_api import Browser

from scripts.headless import Visitor
from scripts.tour.ground import PICTURES, say
from scripts.tour.pages import LANGUAGES, Album

NAMES = {"en": "Rosa Parks", "ar": "سلمى منصور"}


def admit_guests(browser: Browser, base: str, album: Album) -> bool:
    """Whether a reader of English and a reader of Arabic both came in."""
    teacher = Visitor.arrive(browser, base, "teacher")
    album.watch(teacher)
    teacher.enter_as("teacher")
    link = start_meeting(teacher)
    for language in LANGUAGES:
        come_in(browser, teacher, link, language, album)
    teacher.wait_for_state(lambda state: state["participants"] == 1, 20, "the guests' leaving")
    album.close(teacher, "teacher of the meeting")
    return True


def start_meeting(teacher: Visitor) -> str:
    """The path of the link for its guests, which the room shows once."""
    teacher.go("/meetings/start")
    teacher.click("Start now")
    teacher.join()
    open_doors(teacher)
    field = teacher.page.locator(".door-panel #invitation")
    field.wait_for()
    return field.input_value().removeprefix(teacher.base)


def come_in(browser: Browser, teacher: Visitor, link: str, language: str, album: Album) -> None:
    name = NAMES[language]
    guest = Visitor.arrive(browser, teacher.base, f"guest {language}", language=language)
    album.watch(guest)
    guest.go(link)
    album.take(guest, "guest", "door", language)
    guest.page.locator("input[name=name]").fill(name)
    guest.page.locator(".door .big-join, form .big-join").first.click()
    guest.page.locator("button[name=withdraw]").wait_for()
    album.take(guest, "guest", "waiting", language)
    let_in(teacher, name)
    guest.page.wait_for_url("**/room")
    album.take(guest, "guest", "lobby", language)
    guest.join()
    teacher.page.locator(".tile-name", has_text=name).wait_for()
    say(f"{guest.name} knocked, was let in and is inside")
    album.take(guest, "guest", "room", language)
    teacher.shoot(PICTURES, f"15-guest-inside-{language}")
    guest.page.goto(f"{teacher.base}{link}?left")
    album.take(guest, "guest", "left", language)
    album.close(guest, guest.name)


def let_in(teacher: Visitor, name: str) -> None:
    menu = teacher.page.locator(".door-menu")
    menu.locator(f"button:has-text('{name}'), li:has-text('{name}') button").first.wait_for(state="attached")
    open_doors(teacher)
    teacher.shoot(PICTURES, "14-knock")
    teacher.page.get_by_role("button", name=f"Let in {name}").click()


def open_doors(teacher: Visitor) -> None:
    """The list of who waits; right after a meeting began it stands open by itself."""
    menu = teacher.page.locator(".door-menu")
    menu.wait_for()
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
