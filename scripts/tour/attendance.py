"""Who takes part while the lesson goes on, and the register afterwards: one late, one in the background, one by the app
alone, one whose connection does not hold."""

from __future__ import annotations

import time

from playwright.sync_api import Browser
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from scripts.headless import PATIENCE, Visitor
from scripts.tour.classmates import go_away
from scripts.tour.ground import PICTURES, say
from scripts.tour.pages import LANGUAGES, Album, sit_down

# Longer than half of a register's minute: what took most of it is what it says.
HIDDEN_SECONDS = 33
NAMES = {"late": "Amina Yusuf", "hidden": "Bilal Noor", "app": "Chen Wei", "flaky": "Hassan Omar"}
# A headless browser's pages are never behind one another: this one is told that it is.
HIDE = """() => {
  for (const [name, value] of [["hidden", true], ["visibilityState", "hidden"]])
    Object.defineProperty(document, name, { value, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def watch_attention(teacher: Visitor, away: Visitor, flaky: Visitor, path: str) -> dict[str, bool]:
    """The page of `away` goes into the background and stays there; `flaky` comes again, and is gone again."""
    teacher.page.locator("[data-panel='heatmap']").click()
    by_app = is_seen(teacher, "app", "unmeasured")
    teacher.shoot(PICTURES, "22-attention")
    away.page.evaluate(HIDE)
    hidden_at = time.monotonic()
    hidden = is_seen(teacher, "hidden", "hidden")
    flaky.go(f"{path}room")
    flaky.join()
    came = is_seen(teacher, "flaky", "active")
    go_away(flaky)
    went = is_seen(teacher, "flaky", "away")
    time.sleep(max(0.0, hidden_at + HIDDEN_SECONDS - time.monotonic()))
    teacher.shoot(PICTURES, "23-attention-hidden")
    say(f"{away.name} looked elsewhere: {hidden}; {flaky.name} came: {came}, and went: {went}")
    return {"attention_seen": hidden, "flaky_seen": came and went, "app_only_seen": by_app}


def see_heatmap(browser: Browser, base: str, album: Album, path: str) -> None:
    """On its own page, while the lesson runs."""
    for language in LANGUAGES:
        teacher = sit_down(browser, base, album, "teacher", language)
        teacher.go(f"{path}heatmap")
        teacher.page.locator(".heatmap .heat").first.wait_for()
        album.take(teacher, "teacher", "heatmap", language)
        album.close(teacher, f"teacher at the heatmap {language}")


def see_register(browser: Browser, base: str, album: Album, path: str) -> None:
    """The whole of it, and why it says that somebody came late."""
    for language in LANGUAGES:
        teacher = sit_down(browser, base, album, "teacher", language)
        teacher.go(f"{path}register")
        album.take(teacher, "teacher", "register-of-today", language)
        teacher.page.get_by_role("link", name=NAMES["late"]).first.click()
        teacher.page.locator("main .because").first.wait_for()
        album.take(teacher, "teacher", "register-why", language)
        album.close(teacher, f"teacher at the register {language}")


def is_seen(teacher: Visitor, key: str, state: str) -> bool:
    """Whether the heatmap says so of them before long."""
    row = teacher.page.get_by_role("row").filter(has_text=NAMES[key]).first
    try:
        row.locator(f"[data-activity={state}]").wait_for(timeout=PATIENCE * 6_000)
    except PlaywrightTimeout:
        return False
    return True


def look_at_register(teacher: Visitor, student: Visitor, path: str) -> dict[str, bool]:
    """As the teacher and as a student, who is told why. Whether it says of each what happened to them."""
    teacher.go(f"{path}register")
    teacher.shoot(PICTURES, "24-register")
    student.go("/attendance")
    student.shoot(PICTURES, "25-attendance-phone")
    late = read_why(teacher, path, "late", "[data-register=late]")
    hidden = read_why(teacher, path, "hidden", "[data-activity=hidden]")
    by_app = read_why(teacher, path, "app", "[data-activity=unmeasured]")
    flaky = read_why(teacher, path, "flaky", ".because li")
    return {
        "late_marked": late >= 1,
        "hidden_marked": hidden >= 1,
        "app_only_counted": by_app >= 1,
        # In, out, in again at least.
        "flaky_told": flaky >= 3,
    }


def read_why(teacher: Visitor, path: str, key: str, sign: str) -> int:
    """How often `sign` stands on the page that says why."""
    teacher.go(f"{path}register")
    teacher.page.get_by_role("link", name=NAMES[key]).first.click()
    teacher.page.locator("main .because").first.wait_for()
    teacher.page.screenshot(path=PICTURES / f"26-register-why-{key}.png", full_page=True)
    return teacher.page.locator(f"main {sign}").count()
