"""What was written for a room that is closed before anybody hears it: it comes back to its author, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone
from playwright.sync_api import WebSocketRoute, expect

from classroom import actions
from classroom.models import BreakoutSeat, ChatMessage, Lesson
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.journeys.test_companion import come_back, divide, house, open_companion, write_in_chat
from tests.journeys.test_jitsi_page import jitsi
from tests.processes import House
from tests.tiers import sampled

__all__ = ["house", "jitsi"]  # fixtures
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
COUNT_KEPT = """() => new Promise((resolve) => {
  indexedDB.open("darasa", 1).onsuccess = ({ target }) => {
    const count = target.result.transaction("outbox").objectStore("outbox").count();
    count.onsuccess = () => resolve(count.result);
  };
})"""


@contextmanager
def unheard(amina: Visitor, socket: str) -> Iterator[Callable[[str], bool]]:
    """Nobody answers her at that socket meanwhile; whether another one told her something is what it gives."""
    told: list[str] = []
    held: list[WebSocketRoute] = []
    meanwhile = True
    amina.page.on("websocket", lambda one: one.on("framereceived", lambda frame: told.append(str(frame))))

    def hold(one: WebSocketRoute) -> None:
        if meanwhile:
            held.append(one)
        else:
            one.connect_to_server()

    amina.page.route_web_socket(re.compile(re.escape(socket)), hold)
    yield lambda words: any(words in frame for frame in told)
    amina.wait_for(lambda: amina.state() and held, 15, f"her knock at {socket}")
    meanwhile = False
    for one in held:
        one.connect_to_server()


def write_unheard(amina: Visitor, house: House) -> None:
    amina.page.locator("[data-panel='chat']").click()
    expect(amina.page.locator("[data-place='chat'] textarea")).to_be_visible()
    house.kill("web")
    amina.wait_for_state(lambda state: not state["connected"], 15, "the connection to break")
    write_in_chat(amina, "We found it: 42")
    amina.page.get_by_text("Will be sent", exact=True).wait_for()


def be_late_for_a_breakout(
    amina: Visitor, lesson: Lesson, cast: Cast, house: House, *, is_refused: bool
) -> None:
    """What she wrote there without a network, when the room was closed meanwhile, comes back to her, and goes where she
    sends it: the room's chat refuses it before she hears that it is closed, or never hears it."""
    elsewhere(divide, lesson, cast)
    amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    write_unheard(amina, house)
    elsewhere(come_back, lesson, cast)
    main, hers = elsewhere(lambda: (lesson.room.pk, BreakoutSeat.objects.get(person=cast.amina).room_id))
    with unheard(amina, f"/ws/rooms/{main}/" if is_refused else f"/ws/talk/{hers}/") as hears:
        house.start_web()
        amina.page.evaluate("dispatchEvent(new Event('online'))")
        if is_refused:
            amina.wait_for(lambda: amina.state() and hears("lesson_over"), 15, "the refusal")
        else:
            amina.wait_for_state(lambda state: state["at"] is None, 15, "the main room")
    told = amina.page.get_by_role("dialog", name="Not sent")
    told.get_by_text("was closed; this was not sent:").wait_for()
    told.get_by_text("We found it: 42").wait_for()
    assert violations(amina.page) == []
    told.get_by_role("button", name="Write it in the chat here").click()
    expect(told).to_have_count(0)
    said = ChatMessage.objects.filter(text="We found it: 42")
    amina.wait_for(
        lambda: elsewhere(lambda: list(said.values_list("room", flat=True))) == [main], 15, "her words"
    )
    # It is told once.
    open_companion(amina, lesson)
    amina.page.locator("[data-panel='chat']").click()
    amina.page.get_by_text("We found it: 42").wait_for()
    expect(amina.page.get_by_role("dialog")).to_have_count(0)
    amina.troubles.clear()  # what a browser says of a server that is not there


@pytest.mark.parametrize("is_refused", sampled([True, False], every=2), ids=["refused", "unheard"])
def test_what_was_written_for_a_room_that_was_closed_meanwhile_comes_back(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor], is_refused: bool
) -> None:
    amina = arrive(cast.amina, size=PHONE)
    open_companion(amina, lesson)
    be_late_for_a_breakout(amina, lesson, cast, house, is_refused=is_refused)


@pytest.mark.deep
def test_words_that_had_arrived_are_not_said_to_be_unsent_though_the_answer_was_lost(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    amina = arrive(cast.amina, size=PHONE)
    open_companion(amina, lesson)
    is_deaf = True

    def mishear(one: WebSocketRoute) -> None:
        server = one.connect_to_server()
        server.on_message(lambda words: None if is_deaf and "chat.sent" in str(words) else one.send(words))

    amina.page.route_web_socket(re.compile("/ws/talk/"), mishear)
    elsewhere(divide, lesson, cast)
    amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    write_in_chat(amina, "We found it: 42")
    amina.wait_for(lambda: elsewhere(ChatMessage.objects.count) == 1, 15, "her words")
    amina.wait_for_state(lambda state: state["messagesWaiting"] == 1, 15, "no answer")
    assert amina.page.evaluate(COUNT_KEPT) == 1
    is_deaf = False
    elsewhere(come_back, lesson, cast)
    amina.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the main room")
    amina.wait_for(lambda: amina.page.evaluate(COUNT_KEPT) == 0, 15, "the answer to whoever asks again")
    amina.wait_for_state(lambda state: state["connected"], 5, "a moment more")
    expect(amina.page.get_by_role("dialog")).to_have_count(0)
    assert elsewhere(ChatMessage.objects.count) == 1
    assert amina.troubles == []


def come_back_to_no_lesson(amina: Visitor, lesson: Lesson, house: House, *, is_there: bool) -> None:
    """The chat refuses her words before she hears that the lesson is over; or her tab is gone, and only the lesson's page
    is left."""
    elsewhere(lambda: actions.end_lesson(lesson=lesson, now=timezone.now()))
    if not is_there:
        amina.page.close()
        house.start_web()
        amina.page = amina.context.new_page()
        amina.go(f"/lessons/{lesson.pk}/room?video=app")
        assert amina.path() == f"/lessons/{lesson.pk}/"
        return
    with unheard(amina, f"/ws/rooms/{elsewhere(lambda: lesson.room.pk)}/") as hears:
        house.start_web()
        amina.page.evaluate("dispatchEvent(new Event('online'))")
        amina.wait_for(lambda: amina.state() and hears("lesson_over"), 15, "the refusal")
    amina.page.get_by_role("heading", name="The lesson has ended", include_hidden=True).wait_for()


@pytest.mark.parametrize(
    ("where", "is_there"),
    [
        ("The lesson", True),
        pytest.param("The lesson", False, marks=pytest.mark.deep),
        pytest.param("Room 1", True, marks=pytest.mark.deep),
    ],
    ids=["main", "main, tab gone", "breakout"],
)
def test_what_was_written_when_the_lesson_ended_meanwhile_comes_back(
    cast: Cast,
    lesson: Lesson,
    house: House,
    arrive: Callable[..., Visitor],
    where: str,
    is_there: bool,
) -> None:
    amina = arrive(cast.amina, size=PHONE)
    open_companion(amina, lesson)
    if where != "The lesson":
        elsewhere(divide, lesson, cast)
        amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    write_unheard(amina, house)
    come_back_to_no_lesson(amina, lesson, house, is_there=is_there)
    told = amina.page.get_by_role("dialog", name="Not sent")
    told.get_by_text(re.compile(f"^{where[:-2]}.* was (over|closed); this was not sent:")).wait_for()
    told.get_by_text("We found it: 42").wait_for()
    expect(told.get_by_role("button", name="Write it in the chat here")).to_have_count(0)
    assert violations(amina.page) == []
    told.get_by_role("button", name="Close").click()
    # It is told once, and this browser keeps nothing of it.
    amina.go(f"/lessons/{lesson.pk}")
    assert amina.page.evaluate(COUNT_KEPT) == 0
    expect(amina.page.get_by_role("dialog")).to_have_count(0)
    amina.troubles.clear()  # what a browser says of a server that is not there
