"""The page beside the Jitsi app: light, the same board and quiz, and nothing lost when the telephone kills it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Route, expect

from classroom import actions
from classroom.addresses import lesson_code
from classroom.models import ChatMessage, ChatMode, Division, Hand, Lesson, RoomKind
from quizzes.actions import close_overdue_quizzes
from quizzes.models import Answer, Quiz
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.dashboard.test_phone_pages import ANDROID, IPHONE
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.journeys.test_jitsi_page import SECRET, jitsi
from tests.journeys.test_quiz import enter
from tests.processes import House
from tests.quizzes.questions import DRAFTS, write

__all__ = ["jitsi"]  # a fixture
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
# Another app comes before the browser, and goes away again.
COVER = """() => {
  for (const hidden of [true, false]) {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }
}"""


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, jitsi: str) -> Iterator[House]:
    """With a Jitsi, whose app the class has."""
    extra = {"JITSI_DOMAIN": jitsi, "JITSI_APP_SECRET": SECRET}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=extra)
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def open_companion(visitor: Visitor, lesson: Lesson) -> None:
    visitor.go(f"/lessons/{lesson.pk}/room?video=app")
    visitor.wait_for_state(lambda state: state["connected"], 20, "the companion's sockets")


def follow_the_code(amina: Visitor, lesson: Lesson, domain: str, scheme: str) -> None:
    """What a telephone's camera read on the wall: one large link, made for this telephone, for this room."""
    code = elsewhere(lambda: lesson_code(lesson.pk, now=timezone.now()))
    amina.go(f"/j/{code}")
    assert amina.path() == f"/lessons/{lesson.pk}/app"
    link = amina.page.get_by_role("button", name="Open in the Jitsi app")
    assert (link.get_attribute("href") or "").startswith(f"{scheme}://{domain}/{lesson.room.name}?jwt=")
    size = link.bounding_box()
    assert size is not None and size["height"] >= 44 and size["width"] >= 240
    assert violations(amina.page) == []


def come_back_from_the_app(amina: Visitor) -> None:
    """The same tab: the app covers it, and whoever comes back finds quiz, chat and board there, not the link once more."""
    # No app is here to be opened; that the link was pressed is all that the page knows of it.
    amina.page.evaluate("addEventListener('click', event => event.preventDefault(), true)")
    amina.click("Open in the Jitsi app")
    amina.page.evaluate(COVER)
    amina.page.wait_for_url("**/room?video=app")
    amina.wait_for_state(lambda state: state["connected"], 20, "the companion's sockets")
    for panel in ("board", "quiz", "chat"):
        expect(amina.page.locator(f".companion-tab[data-panel='{panel}']")).to_be_visible()
    expect(amina.page.get_by_label("Raise your hand")).to_be_visible()


def look_at_the_board(amina: Visitor) -> None:
    """It comes when she asks for it, and is tried again where the network was gone just then."""
    style = "**/board_style*"
    amina.page.route(style, lambda route: route.abort())
    amina.click("Show the board")
    amina.page.get_by_text("The board could not be loaded.").wait_for()
    amina.page.unroute(style)
    amina.troubles.clear()
    amina.click("Show the board")
    expect(amina.page.locator(".board-sheet")).to_be_focused()
    amina.wait_for_state(lambda state: state["connected"] and state["page"], 20, "the board")
    assert violations(amina.page) == []


def test_from_the_code_on_the_wall_to_board_and_quiz_on_a_telephone_that_kills_its_tabs(
    cast: Cast, lesson: Lesson, house: House, jitsi: str, arrive: Callable[..., Visitor]
) -> None:
    elsewhere(write, cast.course, cast.teacher)
    domain = jitsi.removeprefix("http://")
    bilal = arrive(cast.bilal, size=PHONE, agent=IPHONE)
    follow_the_code(bilal, lesson, domain, "org.jitsi.meet")
    bilal.context.close()
    amina = arrive(cast.amina, size=PHONE, agent=ANDROID)
    follow_the_code(amina, lesson, domain, "intent")
    come_back_from_the_app(amina)
    assert violations(amina.page) == []
    look_at_the_board(amina)

    teacher = arrive(cast.teacher)
    enter(teacher, lesson)
    teacher.draw([(0.2, 0.2), (0.5, 0.5), (0.8, 0.3)])
    amina.wait_for_state(lambda state: state["shown"] == 1, 15, "the teacher's stroke")

    # A question takes the place of the board by itself; with nobody to hear it the answer waits on the telephone.
    teacher.page.locator("[data-panel='quiz']").click()
    teacher.page.get_by_role("button", name=DRAFTS["single"].text).click()
    teacher.click("Ask now")
    amina.page.get_by_label("3/4").wait_for()
    house.kill("web")
    amina.page.get_by_text("What you do is saved on this phone and will be sent.").wait_for()
    answer_with_a_full_telephone(amina)
    amina.page.get_by_label("3/4").check()
    amina.click("Send answer")
    amina.page.get_by_text("Your answer is kept on this device and will be sent.").wait_for()
    assert amina.state()["answersWaiting"] == 2
    amina.page.close()
    assert elsewhere(Answer.objects.count) == 0

    house.start_web()
    amina.page = amina.context.new_page()
    open_companion(amina, lesson)
    amina.page.get_by_text("Sent. You can change it until the time is up.").wait_for()
    assert elsewhere(Answer.objects.count) == 1
    teacher.page.locator(".answer-chart").get_by_text("Answers: 1").wait_for()
    teacher.page.locator(".answer-chart tr", has_text="3/4").get_by_text("1 · 100").wait_for()
    come_back_too_late(amina, lesson, cast, house)


def answer_with_a_full_telephone(amina: Visitor) -> None:
    """Nothing is called saved that is not. When there is room again it is, and before what was answered after it."""
    amina.page.evaluate(
        """() => {
          window.put = IDBObjectStore.prototype.put;
          IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    amina.page.get_by_label("1/2").check()
    amina.click("Send answer")
    told = amina.page.get_by_text("this device cannot keep what you do")
    for place in (".companion-trouble", ".quiz-status"):
        told.and_(amina.page.locator(place)).wait_for()
    assert amina.page.get_by_text("will be sent.").locator("visible=true").count() == 0
    amina.page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")


def write_in_chat(amina: Visitor, words: str) -> None:
    amina.page.locator("[data-panel='chat']").click()
    amina.page.locator("[data-place='chat'] textarea").fill(words)
    amina.page.keyboard.press("Enter")


def come_back_too_late(amina: Visitor, lesson: Lesson, cast: Cast, house: House) -> None:
    """Given offline, and the time was up before anybody heard it: she is told, however late the panel's code comes."""
    amina.page.locator("[data-panel='chat']").click()
    expect(amina.page.locator("[data-place='chat'] textarea")).to_be_visible()
    amina.page.locator("[data-panel='quiz']").click()
    house.kill("web")
    amina.page.get_by_text("What you do is saved on this phone and will be sent.").wait_for()
    amina.page.get_by_label("1/2").check()
    amina.click("Change answer")
    amina.page.get_by_text("Your answer is kept on this device and will be sent.").wait_for()
    write_in_chat(amina, "Is it a half?")
    amina.page.get_by_text("Will be sent", exact=True).wait_for()
    amina.page.close()
    elsewhere(let_the_time_be_up)
    elsewhere(lambda: actions.set_chat_mode(lesson=lesson, mode=ChatMode.CLOSED, by=cast.teacher))

    house.start_web()
    amina.page = amina.context.new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    amina.page.route("**/companion-panel*", hold)
    open_companion(amina, lesson)
    amina.wait_for_state(lambda state: state["answersWaiting"] == 0 and held, 15, "refusal and panel")
    tab = amina.page.locator(".companion-tab[data-panel='quiz']")
    expect(tab.locator(".side-dot")).to_be_hidden()
    held[0].continue_()
    expect(tab.locator(".side-dot")).to_be_visible()
    tab.click()
    expect(tab.locator(".side-dot")).to_be_hidden()
    expect(amina.page.locator(".quiz-status")).to_have_text("Too late: the time was up when this arrived.")
    assert violations(amina.page) == []
    assert elsewhere(lambda: Answer.objects.get().value) == "2"
    find_words_given_back(amina, "Is it a half?")
    elsewhere(lambda: actions.set_chat_mode(lesson=lesson, mode=ChatMode.OPEN, by=cast.teacher))
    expect(amina.page.locator(".chat-status")).to_have_text("")
    amina.page.locator(".chat-send").click()
    amina.wait_for(lambda: elsewhere(ChatMessage.objects.count) == 1, 15, "her words")


def find_words_given_back(amina: Visitor, words: str) -> None:
    """Her own, where only teachers write by now: a dot says so, and she can read and copy them."""
    tab = amina.page.locator(".companion-tab[data-panel='chat']")
    expect(tab.locator(".side-dot")).to_be_visible()
    tab.click()
    field = amina.page.locator("[data-place='chat'] textarea")
    expect(field).to_have_value(words)
    assert field.get_attribute("readonly") is not None
    expect(amina.page.locator(".chat-status")).to_have_text("Not sent. Only teachers write at the moment.")
    assert violations(amina.page) == []


def let_the_time_be_up() -> None:
    now = timezone.now()
    Quiz.objects.update(opened_at=now - timedelta(minutes=3), closes_at=now - timedelta(minutes=1))
    assert close_overdue_quizzes(now=now) == 1


def divide(lesson: Lesson, cast: Cast) -> None:
    wish = actions.Wish(Division.RANDOM, rooms=2)
    actions.plan_breakouts(lesson=lesson, wish=wish, by=cast.teacher)
    actions.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=timezone.now())


def come_back(lesson: Lesson, cast: Cast) -> None:
    actions.close_breakouts(lesson=lesson, by=cast.teacher, now=timezone.now())


@pytest.mark.deep
def test_the_companion_goes_where_its_class_goes_and_ends_with_the_lesson(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    amina, teacher = arrive(cast.amina, size=PHONE), arrive(cast.teacher)
    open_companion(amina, lesson)
    # The app beside it says nothing of it.
    recorded = amina.page.get_by_text("This lesson is recorded.")
    expect(recorded).to_be_visible()
    enter(teacher, lesson)

    # Board, chat and hand are those of the room where she sits now.
    elsewhere(divide, lesson, cast)
    amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    amina.page.locator(".breakout-banner", has_text="You are in Room").wait_for()
    expect(recorded).to_have_count(0)  # breakout rooms are not
    amina.page.locator("[data-panel='chat']").click()
    amina.page.locator("[data-place='chat'] textarea").fill("Who begins?")
    amina.page.keyboard.press("Enter")
    amina.wait_for_state(
        lambda state: (state["messages"], state["messagesWaiting"]) == (1, 0), 15, "her words"
    )
    amina.page.get_by_label("Raise your hand").click()
    amina.page.get_by_label("Lower your hand").wait_for()
    assert violations(amina.page) == []
    rooms = elsewhere(lambda: {one.room.kind for one in (Hand.objects.get(), ChatMessage.objects.get())})
    assert rooms == {RoomKind.BREAKOUT}

    elsewhere(come_back, lesson, cast)
    amina.page.get_by_text("Everybody is back in the main room.").wait_for()
    amina.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the main room")
    assert amina.state()["messages"] == 0
    expect(recorded).to_be_visible()
    assert amina.troubles == []
    teacher.click("End lesson")
    teacher.page.get_by_role("dialog").get_by_role("button", name="End").click()
    amina.page.get_by_role("heading", name="The lesson has ended").wait_for()
