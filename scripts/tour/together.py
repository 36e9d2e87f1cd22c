"""What the class does together: a question whose chart grows, and rooms that close by themselves."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import expect

from scripts.headless import PATIENCE, Visitor, wave
from scripts.tour.ground import PICTURES, say

QUESTION = "Which is larger?"
CHOICES = ("1/2", "3/4")
# The least for which the warning is something new.
BREAKOUT_MINUTES = 2
# Small pictures of boards with a stroke on them, as new as the boards are.
DRAWN = """() => {
  const isDrawn = (image) => {
    const brush = Object.assign(document.createElement("canvas"), { width: 200, height: 150 }).getContext("2d");
    brush.drawImage(image, 0, 0, 200, 150);
    return brush.getImageData(0, 0, 200, 150).data.some((value, place) => place % 4 === 0 && value < 200);
  };
  return [...document.querySelectorAll(".breakout-thumb[data-state='shown'] img")].filter(isDrawn).length;
}"""
NOTE = "Two examples each, please"


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


def divide(teacher: Visitor, students: tuple[Visitor, ...]) -> dict[str, Any]:
    """Into two rooms for two minutes; how many were warned, and how many came back without anybody's hand."""
    open_rooms(teacher, students)
    opened = time.monotonic()
    for student in students:
        student.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "their room")
        student.shoot(PICTURES, f"19-breakout-{student.name}")
    for height, student in zip((0.3, 0.6), students, strict=True):
        student.draw(wave(height))
    see_wall(teacher, len(students))
    warned = sum(is_warned(student) for student in students)
    warned_after = time.monotonic() - opened
    for student in students:
        student.shoot(PICTURES, f"20-breakout-warned-{student.name}")
    teacher.shoot(PICTURES, "20-breakouts-warned")
    for student in students:
        student.wait_for_state(lambda state: state["at"] is None and state["connected"], 80, "the way back")
    teacher.shoot(PICTURES, "21-breakouts-over")
    say(f"{len(students)} were in breakout rooms, {warned} were warned, and all came back by themselves")
    return {
        "breakouts_warned": warned,
        "breakouts_warned_after_seconds": round(warned_after),
        "breakouts_back": len(students),
        "breakouts_closed_after_seconds": round(time.monotonic() - opened),
    }


def open_rooms(teacher: Visitor, students: tuple[Visitor, ...]) -> None:
    """Divided by chance, then each student who is to draw gets a room: chance alone may seat them together."""
    teacher.page.locator("[data-panel='breakouts']").click()
    teacher.page.get_by_label("Rooms", exact=True).fill("2")
    teacher.click("Prepare the rooms")
    teacher.page.locator(".breakout-acts input[type=number]").fill(str(BREAKOUT_MINUTES))
    for number, student in enumerate(students, 1):
        place = teacher.page.get_by_label(re.compile(f"^Move {student.name}", re.IGNORECASE))
        place.select_option(str(number))
    teacher.shoot(PICTURES, "19-breakouts-planned")
    teacher.click("Open the rooms")


def see_wall(teacher: Visitor, rooms: int) -> None:
    """What is drawn in each room, on the teacher's screen."""
    thumbs = teacher.page.locator(".breakout-thumb:visible")
    expect(thumbs).to_have_count(rooms, timeout=PATIENCE * 10_000)
    teacher.page.get_by_label("Note to all rooms").fill(NOTE)
    teacher.click("Send")
    teacher.page.locator(".breakout-note", has_text=NOTE).wait_for()
    teacher.wait_for(lambda: count_drawn(teacher) == rooms, 20, "what is drawn in the rooms")
    thumbs.last.scroll_into_view_if_needed()
    teacher.shoot(PICTURES, "19-breakouts-wall")


def count_drawn(teacher: Visitor) -> int:
    """Asked for once a second: they come anew every ten."""
    time.sleep(1)
    return int(teacher.page.evaluate(DRAWN))


def is_warned(student: Visitor) -> bool:
    """The minute before the end, and how it is said."""
    student.page.locator(".breakout-warning", has_text="One minute left").wait_for()
    return student.page.locator(".breakout-banner[data-near]").count() == 1
