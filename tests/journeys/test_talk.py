"""A teacher and a student on a phone write, raise hands and clap: two real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Locator, expect

from classroom.models import ChatMessage, Concern, Lesson
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.journeys.attention import filter_who_needs_somebody, see_her_hand, see_nobody_again
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.journeys.test_quiz import enter
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Pages and sockets are enough."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def write(visitor: Visitor, text: str) -> None:
    visitor.page.get_by_label("Write a message").fill(text)
    visitor.page.keyboard.press("Enter")


def open_panel(visitor: Visitor, name: str) -> None:
    visitor.page.locator(f"[data-panel='{name}']").click()


def hidden_by(told: Locator, visitor: Visitor) -> list[str]:
    """What one presses or reads on a telephone and has under this sentence now."""
    over = told.bounding_box()
    assert over is not None, "it is not on the screen"
    needed = visitor.page.locator(".top, .side-head, .side-body, .bar").all()
    boxes = [(one.get_attribute("class") or "", one.bounding_box()) for one in needed if one.is_visible()]
    assert len(boxes) >= 2
    return [
        name
        for name, box in boxes
        if box and box["y"] < over["y"] + over["height"] and over["y"] < box["y"] + box["height"]
    ]


def test_they_write_ask_raise_hands_and_clap(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina, size=PHONE)
    enter(teacher, lesson)
    enter(amina, lesson)
    open_panel(teacher, "chat")
    write(teacher, "See https://here.test/x <b>")
    amina.page.locator("[data-panel='chat'] .side-dot").wait_for()
    open_panel(amina, "chat")
    link = amina.page.locator(".chat-line a")
    assert link.get_attribute("href") == "https://here.test/x"
    assert "noopener" in (link.get_attribute("rel") or "")
    # While the phone is away its message waits, and is sent once.
    amina.context.set_offline(True)
    write(amina, "First line")
    amina.page.keyboard.type("second")
    amina.page.keyboard.press("Shift+Enter")
    amina.page.keyboard.type("line")
    amina.page.keyboard.press("Enter")
    amina.context.set_offline(False)
    expect(teacher.page.locator(".chat-words")).to_have_count(3, timeout=40_000)
    amina.wait_for_state(lambda state: state["messagesWaiting"] == 0, 15, "what waited")
    assert elsewhere(lambda: sorted(ChatMessage.objects.values_list("text", flat=True))) == [
        "First line",
        "See https://here.test/x <b>",
        "second\nline",
    ]
    assert violations(teacher.page) == violations(amina.page) == []

    teacher.page.get_by_label("Who may write to whom").select_option("questions")
    amina.page.get_by_text("What you write is read by the teachers only.").wait_for()
    teacher.page.get_by_label("More about the message of Amina").first.click()
    teacher.click("Delete for everybody")
    amina.page.get_by_text("This message was deleted.").wait_for()

    amina.page.get_by_label("More about the message of Tomas").click()
    amina.page.locator(".chat-acts").get_by_role("button", name="Report a concern").click()
    amina.page.get_by_role("button", name="Report", exact=True).click()
    amina.page.get_by_text("Thank you. It was reported to your school.").wait_for()
    assert elsewhere(lambda: Concern.objects.get().by_id) == cast.amina.pk

    filter_who_needs_somebody(teacher)
    open_panel(amina, "chat")
    amina.page.get_by_label("Raise your hand").click()
    amina.page.get_by_label("your place in the queue is 1").wait_for()
    print(f"a raised hand was seen in the heatmap after {see_her_hand(teacher):.2f} s")
    assert violations(teacher.page) == []
    amina.page.get_by_label("Lower your hand").click()
    see_nobody_again(teacher)
    amina.page.get_by_label("Raise your hand").click()
    open_panel(teacher, "hands")
    teacher.page.locator(".hands-list", has_text="Amina").wait_for()
    amina.page.get_by_label("Reactions", exact=True).first.click()
    amina.page.get_by_label("Applause").click()
    amina.click("Too fast")
    teacher.page.locator(".float[data-reaction='clap']").wait_for(state="attached")
    teacher.page.get_by_text("Too fast: 1").wait_for()
    assert violations(teacher.page) == violations(amina.page) == []
    width = amina.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0
    teacher.click("Call on the next")
    told = amina.page.get_by_text("It is your turn: you are called on.")
    told.wait_for()
    amina.wait_for(lambda: hidden_by(told, amina) == [], 3, "a sentence that lies on nothing")
    amina.page.get_by_label("Raise your hand").wait_for()
    teacher.page.get_by_text("No hand is up.").wait_for()
    assert teacher.troubles == amina.troubles == []
