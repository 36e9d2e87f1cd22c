"""A class divides: the student is taken to a room and brought back, the teacher looks in. Two real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Locator, expect

from classroom.models import Breakout, BreakoutSeat, Lesson
from scripts.headless import PHONE, Visitor, wave
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.processes import House
from tests.wire.test_breakouts import knock_at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Nobody records; a worker and the clock close the rooms when their time is up."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    house.start_worker("celery")
    house.start_beat()
    yield house
    house.stop()


def enter(visitor: Visitor, lesson: Lesson) -> None:
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    visitor.wait_for_state(lambda state: state["connected"], 15, "the room")


PICTURES = "**/boards/*/pages/current.svg"
# How many points of a picture are not paper.
COUNT_MARKS = """image => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 150 });
  const brush = canvas.getContext("2d");
  brush.drawImage(image, 0, 0, 200, 150);
  const points = brush.getImageData(0, 0, 200, 150).data;
  let marks = 0;
  for (let i = 0; i < points.length; i += 4) if (points[i] < 200) marks += 1;
  return marks;
}"""


def thumb_of(teacher: Visitor, number: int) -> Locator:
    return teacher.page.locator(f".breakout-room[data-number='{number}'] .breakout-thumb")


def look_at_the_wall(teacher: Visitor, amina: Visitor) -> None:
    """A picture that cannot be had is said to be missing; one that can shows what is drawn, and is sent once."""
    for number in (1, 2):
        expect(thumb_of(teacher, number)).to_have_text(
            "No picture of the board at the moment", timeout=15_000
        )
    teacher.page.unroute(PICTURES)
    statuses: list[int] = []
    asked: list[str] = []
    teacher.page.on("response", lambda one: statuses.append(one.status) if "current.svg" in one.url else None)
    teacher.page.on("request", lambda one: asked.append(one.url))
    for number in (1, 2):
        expect(thumb_of(teacher, number)).to_have_attribute("data-state", "shown", timeout=15_000)
    hers, other = (thumb_of(teacher, number).locator("img") for number in (2, 1))
    assert (hers.evaluate(COUNT_MARKS), other.evaluate(COUNT_MARKS)) == (0, 0)
    amina.draw(wave(0.4))
    teacher.wait_for(lambda: hers.evaluate(COUNT_MARKS) > 0, 25, "her stroke on the wall")
    # Of one round the answers come in any order, and her stroke may be in the first one after the drawing.
    teacher.wait_for(lambda: other.evaluate(COUNT_MARKS) == 0 and 304 in statuses, 25, "a picture as it was")
    assert set(statuses) == {200, 304}
    assert not [one for one in asked if one.endswith("/snapshot")]


def drag_into_room(teacher: Visitor, name: str, number: int) -> None:
    """By mouse, from the room where they sit. The one that is meant may be below the fold: while somebody is dragged all
    rooms are at the panel's edge."""
    page = teacher.page
    there = page.locator(f".breakout-room[data-number='{number}']")
    expect(there.locator("li", has_text=name)).to_have_count(0)
    page.locator(f".breakout-room:not([data-number='{number}']) li", has_text=name).locator("bdi").hover()
    page.mouse.down()
    page.mouse.move(*middle_of(page.locator(".side-body")), steps=5)
    target = page.locator(f".breakout-target[data-number='{number}']")
    expect(target).to_be_in_viewport(ratio=1)
    page.mouse.move(*middle_of(target), steps=20)
    expect(target).to_have_attribute("data-over", "")
    page.mouse.up()
    there.locator("li", has_text=name).wait_for(timeout=30_000)
    expect(page.locator(".breakout-shelf")).to_be_hidden()


def middle_of(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None, "it is not on the screen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def leave_seconds(seconds: float) -> None:
    """The rooms close so soon, as if they had been open for most of their time. Nobody presses anything."""
    closes_at = timezone.now() + timedelta(seconds=seconds)
    assert elsewhere(lambda: Breakout.objects.filter(state="open").update(closes_at=closes_at)) == 1


@pytest.mark.deep
def test_a_class_divides_and_comes_back_by_itself(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina, size=PHONE)
    for visitor in (teacher, amina):
        enter(visitor, lesson)
    for visitor in (teacher, amina):
        visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the other's picture")

    # Prepared by chance, changed by keyboard, opened.
    teacher.page.locator("[data-panel='breakouts']").click()
    teacher.page.get_by_label("Rooms", exact=True).fill("12")
    teacher.click("Prepare the rooms")
    expect(teacher.page.locator(".breakout-room")).to_have_count(12)
    teacher.page.get_by_label("Move Amina to").select_option("1")
    expect(teacher.page.locator(".breakout-room[data-number='12']")).not_to_be_in_viewport()
    drag_into_room(teacher, "Amina", 12)
    teacher.page.get_by_label("Rooms", exact=True).fill("2")
    teacher.click("Prepare the rooms")
    expect(teacher.page.locator(".breakout-room")).to_have_count(2)
    teacher.page.get_by_label("Move Amina to").select_option("1")
    drag_into_room(teacher, "Amina", 2)
    assert violations(teacher.page) == []
    teacher.page.route(PICTURES, lambda route: route.fulfill(content_type="image/svg+xml", body="<svg"))
    teacher.click("Open the rooms")

    # Her page goes there by itself: own board, nobody else's picture.
    amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    amina.page.get_by_text("You are in Room 2").wait_for()
    look_at_the_wall(teacher, amina)
    assert elsewhere(lambda: BreakoutSeat.objects.get().number) == 2
    amina.click("Ask for help")
    amina.page.get_by_text("Help is on its way").wait_for()
    teacher.page.get_by_text("asks for help").wait_for()
    assert violations(amina.page) == []

    # The teacher looks in: help has come, and they see and hear each other.
    teacher.page.locator(".breakout-room[data-number='2'] button", has_text="Visit").click()
    teacher.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "the visit")
    for visitor in (teacher, amina):
        visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the other's picture")
    amina.page.get_by_role("button", name="Ask for help").wait_for()
    assert not amina.page.locator(".top .badge").is_visible()
    elsewhere(lambda: knock_at(lesson, cast.teacher))
    teacher.page.locator(".door-menu[data-knocking] summary").click()
    teacher.page.get_by_role("button", name="Let in Rosa").click()
    teacher.page.locator(".door-menu:not([data-knocking])").wait_for()
    teacher.page.locator(".door-menu summary").click()
    teacher.draw(wave(0.5))
    amina.wait_for_state(lambda state: state["items"] == 2, 10, "the stroke on the room's board")
    amina.draw(wave(0.7))
    teacher.wait_for_state(lambda state: state["items"] == 3, 10, "what a pupil draws there")

    # Back, a note to all, and when the time is up everybody is in the main room and its own board again.
    teacher.click("Back to the main room")
    teacher.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the way back")
    teacher.page.locator("[data-panel='breakouts']").click()
    note = teacher.page.get_by_label("Note to all rooms")
    note.fill("Please come")
    amina.click("Ask for help")
    teacher.page.get_by_text("asks for help").wait_for()
    teacher.page.keyboard.type(" to an end")
    expect(note).to_have_value("Please come to an end")
    teacher.click("Send")
    amina.page.locator(".breakout-note", has_text="Please come to an end").wait_for()
    amina.page.locator("[data-panel='chat']").click()
    amina.page.locator(".chat-form textarea").fill("Seven halves are not yet")
    leave_seconds(8)
    for visitor in (amina, teacher):
        visitor.page.get_by_text("One minute left").first.wait_for()
    for visitor in (teacher, amina):
        visitor.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the main room")
        visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the other's picture")
        assert visitor.state()["items"] == 0
    # What she was writing when the time was up comes back to her, for her to say where she is now.
    begun = amina.page.locator(".left-behind", has_text="Room 2 was closed")
    begun.get_by_text("Seven halves are not yet").wait_for()
    begun.get_by_role("button", name="Write it in the chat here").click()
    teacher.page.locator("[data-panel='chat']").click()
    teacher.page.locator(".chat-list", has_text="Seven halves are not yet").wait_for()
    assert teacher.troubles + amina.troubles == []
