"""What the class does together: a question whose chart grows, and rooms that close by themselves."""

from __future__ import annotations

from playwright.sync_api import expect

from scripts.headless import PATIENCE, Visitor
from scripts.tour.ground import PICTURES, say

QUESTION = "Which is larger?"
CHOICES = ("1/2", "3/4")
BREAKOUT_MINUTES = 1  # the least there is


def ask_the_class(teacher: Visitor, students: tuple[Visitor, ...]) -> int:
    """Written on the spot, answered one after the other; how many answers the teacher's chart shows in the end."""
    launch(teacher)
    for number, student in enumerate(students, 1):
        answer(student, CHOICES[1])
        count_of(teacher, number)
        teacher.shoot(PICTURES, f"16-quiz-{number}-of-{len(students)}")
    students[0].shoot(PICTURES, "17-quiz-phone")
    teacher.click("Close now")
    teacher.click("Reveal the answer")
    students[0].page.locator(".quiz-result[data-right]").wait_for()
    teacher.shoot(PICTURES, "18-quiz-revealed")
    say(f"{len(students)} answered, and the chart grew with each")
    return len(students)


def launch(teacher: Visitor) -> None:
    page = teacher.page
    page.locator("[data-panel='quiz']").click()
    teacher.click("Write a question now")
    form = page.locator(".compose")
    form.get_by_label("Question", exact=True).fill(QUESTION)
    for place, text in enumerate(CHOICES):
        form.locator(".compose-choice input[type=text]").nth(place).fill(text)
    form.locator(".compose-choice input[type=radio]").nth(1).check()
    form.locator("button[type=submit]").click()
    teacher.click("Ask now")


def answer(student: Visitor, choice: str) -> None:
    student.page.get_by_label(choice, exact=True).check()
    student.click("Send answer")
    student.page.locator(".answer-status[data-state='kept']").wait_for()


def count_of(teacher: Visitor, number: int) -> None:
    caption = teacher.page.locator(".answer-chart caption")
    expect(caption).to_have_text(f"Answers: {number}", timeout=PATIENCE * 10_000)


def divide(teacher: Visitor, students: tuple[Visitor, ...]) -> int:
    """Into two rooms for the shortest time there is; how many came back without anybody's hand."""
    teacher.page.locator("[data-panel='breakouts']").click()
    teacher.page.get_by_label("Rooms", exact=True).fill("2")
    teacher.click("Prepare the rooms")
    teacher.page.locator(".breakout-acts input[type=number]").fill(str(BREAKOUT_MINUTES))
    teacher.click("Open the rooms")
    for student in students:
        student.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "their room")
    teacher.shoot(PICTURES, "19-breakouts-open")
    for student in students:
        student.shoot(PICTURES, f"20-breakout-{student.name}")
    for student in students:
        student.wait_for_state(
            lambda state: state["at"] is None and state["connected"],
            60 * BREAKOUT_MINUTES + 20,
            "the way back",
        )
    teacher.shoot(PICTURES, "21-breakouts-over")
    say(f"{len(students)} were in breakout rooms and came back by themselves")
    return len(students)
