"""A teacher asks with two clicks, a student answers on a phone, and the chart grows: two real browsers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Locator, expect

from accounts.models import Person
from classroom.models import Lesson
from quizzes.models import Answer, Question, Quiz
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.dashboard.test_question_pages import results
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import look, violations
from tests.processes import House
from tests.quizzes.questions import DRAFTS, KINDS, RIGHT, write
from tests.wire.conftest import open_socket

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Pages and sockets are enough: nobody records, and the teacher closes by hand."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def enter(visitor: Visitor, lesson: Lesson) -> None:
    """Without pictures: the class is about the question."""
    visitor.page.add_init_script("localStorage.setItem('darasa.profile', 'board_only')")
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    visitor.wait_for_state(lambda state: state["connected"], 15, "the room")


def test_a_question_is_asked_in_two_clicks_answered_counted_closed_and_revealed(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    elsewhere(write, cast.course, cast.teacher)
    teacher, amina = arrive(cast.teacher), arrive(cast.amina, size=PHONE)
    enter(teacher, lesson)
    enter(amina, lesson)
    teacher.page.locator("[data-panel='quiz']").click()
    line = teacher.page.locator(".bank li", has_text=DRAFTS["single"].text)
    line.get_by_role("button", name="Ask now").wait_for()
    assert violations(teacher.page) == []
    ask_without_a_connection(teacher, amina, line.get_by_role("button", name="Ask now"), house)
    line.get_by_role("button", name="Ask now").click()
    # What was pressed is gone: the keyboard goes on at the question, whose next stop is the button that closes it.
    expect(teacher.page.locator("h3.quiz-text", has_text=DRAFTS["single"].text)).to_be_focused()
    teacher.page.keyboard.press("Tab")
    expect(teacher.page.get_by_role("button", name="Close now")).to_be_focused()

    # It opens by itself on the phone.
    amina.page.get_by_label("3/4").check()
    amina.click("Send answer")
    amina.page.get_by_text("Sent. You can change it until the time is up.").wait_for()
    amina.page.get_by_label("1/2").check()
    amina.click("Change answer")
    chart = teacher.page.locator(".answer-chart")
    chart.get_by_text("Answers: 1").wait_for()
    chart.locator("tr", has_text="1/2").get_by_text("1 · 100").wait_for()
    assert amina.page.locator(".answer-chart").is_hidden()
    assert violations(teacher.page) == violations(amina.page) == []
    assert elsewhere(Answer.objects.count) == 1
    asked = elsewhere(Quiz.objects.get)
    assert asked.closes_at - asked.opened_at == timedelta(seconds=DRAFTS["single"].seconds)
    assert (asked.anonymous, asked.shared, asked.may_change) == (False, False, True)

    teacher.click("Close now")
    amina.page.get_by_text("Closed: no more answers.").wait_for()
    teacher.click("Show the counts to all")
    amina.page.locator(".answer-chart tr", has_text="1/2").wait_for()
    assert amina.page.get_by_text("The right answer:").count() == 0
    teacher.click("Reveal the answer")
    amina.page.get_by_text("That was not it.").wait_for()
    amina.page.get_by_text(DRAFTS["single"].explanation).wait_for()
    assert violations(teacher.page) == violations(amina.page) == []
    look_at_its_options_and_go_back(teacher)
    # And the next one too; the question itself opens its options. What is shared grows before everybody's eyes.
    teacher.page.get_by_role("button", name=DRAFTS["single"].text).click()
    teacher.page.get_by_label("Answers are final").check()
    teacher.page.get_by_label("Everybody sees the counts").check()
    teacher.click("Ask now")
    expect(teacher.page.locator("h3.quiz-text", has_text=DRAFTS["single"].text)).to_be_focused()
    amina.page.get_by_role("button", name="Send answer").wait_for()
    assert elsewhere(lambda: Quiz.objects.latest("opened_at").may_change) is False
    grown = amina.page.locator(".answer-chart")
    grown.get_by_text("Answers: 0").wait_for()
    elsewhere(lambda: asyncio.run(answer_by_socket(house, lesson, cast.bilal, "2")))
    grown.get_by_text("Answers: 1").wait_for()
    amina.page.get_by_label("1/2").check()
    amina.click("Send answer")
    grown.get_by_text("Answers: 2").wait_for()
    for choice in ("1/2", "3/4"):
        grown.locator("tr", has_text=choice).get_by_text("1 · 50").wait_for()
    assert teacher.troubles == amina.troubles == []


def look_at_its_options_and_go_back(teacher: Visitor) -> None:
    """What is written on the spot is still there, and whether the bank shall keep it."""
    teacher.click("Write a question now")
    question, choices = (
        teacher.page.locator(".compose textarea"),
        teacher.page.locator(".compose-choice input[type=text]"),
    )
    written = ["How many?", "Five", "Seven", ""]
    for field, text in zip([question, *choices.all()], written, strict=True):
        field.fill(text)
    teacher.page.get_by_label("Keep it in the question bank").uncheck()
    for _ in range(2):
        teacher.click("Next")
        expect(teacher.page.locator(".compose .quiz-text")).to_have_text("How many?")
        teacher.click("Change the question")
        assert [field.input_value() for field in [question, *choices.all()]] == written
        expect(teacher.page.get_by_label("Keep it in the question bank")).not_to_be_checked()
        expect(teacher.page.locator(".compose select")).to_be_focused()
    teacher.click("Back to the questions")
    teacher.page.locator(".bank li").first.wait_for()


def ask_without_a_connection(teacher: Visitor, amina: Visitor, ask: Locator, house: House) -> None:
    """She is told, and when the connection is back nobody has been asked, and the question waits for her."""
    told = teacher.page.get_by_text("You are not connected: nobody was asked.")
    house.kill("web")
    teacher.wait_for_state(lambda state: not state["connected"], 15, "the connection to break")
    ask.click()
    told.wait_for()
    house.start_web()
    for visitor in (teacher, amina):
        visitor.page.evaluate("dispatchEvent(new Event('online'))")
        visitor.wait_for_state(lambda state: state["connected"], 30, "the connection to be back")
        visitor.troubles.clear()  # what a browser says of a server that is not there
    expect(told).to_be_visible()
    assert elsewhere(Quiz.objects.count) == 0


async def answer_by_socket(house: House, lesson: Lesson, person: Person, value: str) -> None:
    """As a classmate's page does."""
    async with open_socket(house, f"/ws/quizzes/{lesson.room.pk}/", person) as socket:
        quiz = (await socket.hear("quizzes.opened"))["data"]["quiz"]
        data = {"quiz": quiz["id"], "question": quiz["questions"][0]["id"], "value": value}
        await socket.say("answer.submit", data)
        await socket.hear("answer.counted")


@pytest.mark.deep
def test_a_question_is_written_and_answered_by_keyboard_alone(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina)
    enter(teacher, lesson)
    enter(amina, lesson)
    keys = teacher.page.keyboard
    teacher.page.locator("[data-panel='quiz']").focus()
    keys.press("Enter")
    teacher.page.get_by_role("button", name="Write a question now").focus()
    keys.press("Enter")
    keys.press("End")  # the last kind of question: an opinion
    keys.press("Tab")
    keys.type("How was it?")
    for text in ("Good", "Hard"):
        keys.press("Tab")
        keys.type(text)
    keys.press("Enter")
    teacher.page.get_by_text("Anonymous: nobody can see").wait_for()
    keys.press("Enter")

    amina.page.get_by_label("Good").focus()
    amina.page.keyboard.press("Space")
    amina.page.keyboard.press("Enter")
    amina.page.locator(".answer-status[data-state='kept']").wait_for()
    teacher.page.locator(".answer-chart tr", has_text="Good").get_by_text("1 · 100").wait_for()
    assert elsewhere(lambda: Answer.objects.get().person) is None
    # Everybody sees an opinion's counts, the moment they move.
    amina.page.locator(".answer-chart tr", has_text="Good").get_by_text("1 · 100").wait_for()
    assert teacher.troubles == amina.troubles == []


@pytest.mark.deep
def test_bank_and_results_shut_nobody_out(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    for kind in KINDS:
        elsewhere(partial(results, kind=kind), cast, lesson, RIGHT[kind])
    question = elsewhere(lambda: Question.objects.get(kind="single").pk)
    course, teacher = cast.course.pk, arrive(cast.teacher)
    faults = []
    for name, *words in (
        ("questions", course),
        ("question_new", course),
        ("question", course, question),
        ("questions_import", course),
        ("quiz_results", lesson.pk),
    ):
        faults += look(teacher, reverse(name, args=words), "en")
    assert faults == []
