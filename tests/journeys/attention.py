"""The heatmap in a lesson that goes on: who needs somebody now, by keyboard, and how soon it is seen."""

from __future__ import annotations

from playwright.sync_api import expect

from classroom.models import Hand
from scripts.headless import Visitor
from tests.journeys.conftest import elsewhere

SEEN_WITHIN_SECONDS = 2.0
# When the browser has it on the screen, by the clock of the machine on which the server runs too.
WATCH = """() => {
  const table = document.querySelector(".heatmap-table");
  new MutationObserver((_, observer) => {
    if (table.querySelector("tr[data-needs='true']:not([hidden])") === null) return;
    window.seenAt = Date.now();
    observer.disconnect();
  }).observe(table, { subtree: true, attributes: true, childList: true });
}"""
FOCUSED = """() => {
  const focused = document.activeElement;
  return focused.matches("tr") ? focused.querySelector("th").textContent : focused.getAttribute("role");
}"""


def filter_who_needs_somebody(teacher: Visitor) -> None:
    """All of the class, by arrow keys; then only who needs somebody, which is nobody yet."""
    teacher.page.locator("[data-panel='heatmap']").click()
    rows = teacher.page.locator(".heatmap-table tbody tr")
    expect(rows).to_have_count(2)
    teacher.page.locator(".heatmap .register-scroll").focus()
    assert [
        walk(teacher, key) for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "End", "Home")
    ] == [*("Amina", "Bilal", "Bilal", "Amina", "Bilal", "Amina")]
    teacher.page.get_by_label("Only who needs me now").press("Space")
    teacher.page.get_by_text("Nobody needs you right now.").wait_for()
    expect(rows.locator("visible=true")).to_have_count(0)
    teacher.page.evaluate(WATCH)


def walk(teacher: Visitor, key: str) -> str:
    teacher.page.keyboard.press(key)
    return str(teacher.page.evaluate(FOCUSED))


def see_her_hand(teacher: Visitor) -> float:
    """After Amina has raised it. How many seconds after the server took it down it was seen."""
    shown = teacher.page.locator(".heatmap-table tbody tr:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("hand up")
    teacher.page.locator(".heatmap .register-scroll").focus()
    assert walk(teacher, "ArrowDown") == walk(teacher, "ArrowDown") == "Amina"
    raised_at = elsewhere(lambda: Hand.objects.latest("raised_at").raised_at)
    seconds: float = float(teacher.page.evaluate("window.seenAt")) / 1000 - raised_at.timestamp()
    assert 0 <= seconds <= SEEN_WITHIN_SECONDS
    return seconds


def see_nobody_again(teacher: Visitor) -> None:
    """Whose row goes gives the keys back to the table."""
    teacher.page.locator(".heatmap-table tbody tr:visible").wait_for(state="detached")
    assert teacher.page.evaluate(FOCUSED) == "region"
    assert walk(teacher, "ArrowDown") == "region"
