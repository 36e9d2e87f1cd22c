"""A class divides: the student is taken to a room and brought back, the teacher looks in. Two real browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from classroom.models import BreakoutSeat, Lesson
from scripts.headless import PHONE, Visitor, wave
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.processes import House
from tests.wire.test_breakouts import knock_at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Pages and sockets are enough: nobody records, and the teacher closes by hand."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def enter(visitor: Visitor, lesson: Lesson) -> None:
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    visitor.wait_for_state(lambda state: state["connected"], 15, "the room")


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
    teacher.page.get_by_label("Rooms", exact=True).fill("2")
    teacher.click("Prepare the rooms")
    teacher.page.get_by_label("Move Amina to").select_option("2")
    teacher.page.locator(".breakout-room[data-number='2']", has_text="Amina").wait_for()
    assert violations(teacher.page) == []
    teacher.click("Open the rooms")

    # Her page goes there by itself: own board, nobody else's picture.
    amina.wait_for_state(lambda state: state["at"] is not None and state["connected"], 20, "her room")
    amina.page.get_by_text("You are in Room 2").wait_for()
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
    teacher.draw(wave(0.4))
    amina.wait_for_state(lambda state: state["items"] == 1, 10, "the stroke on the room's board")
    amina.draw(wave(0.7))
    teacher.wait_for_state(lambda state: state["items"] == 2, 10, "what a pupil draws there")

    # Back, a note to all, and the close brings everybody to the main room and its own board.
    teacher.click("Back to the main room")
    teacher.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the way back")
    teacher.page.locator("[data-panel='breakouts']").click()
    teacher.page.get_by_label("Note to all rooms").fill("Please come to an end")
    teacher.click("Send")
    amina.page.locator(".breakout-note", has_text="Please come to an end").wait_for()
    teacher.click("Close the rooms")
    for visitor in (teacher, amina):
        visitor.wait_for_state(lambda state: state["at"] is None and state["connected"], 20, "the main room")
        visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the other's picture")
        assert visitor.state()["items"] == 0
    assert teacher.troubles + amina.troubles == []
