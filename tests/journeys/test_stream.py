"""The big lecture: a teacher in the room, a student who watches the stream, is called in and goes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from classroom.models import Door, Lesson, Presence
from scripts.headless import Visitor
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
PLAYED = "() => { const v = document.querySelector('video'); return v === null ? 0 : v.currentTime; }"
# The brightest of some points: a teacher's fake camera is green, and nothing else is there to be seen.
BRIGHT = """() => {
  const sheet = document.createElement("canvas");
  sheet.width = 64; sheet.height = 36;
  const pen = sheet.getContext("2d");
  pen.drawImage(document.querySelector("video"), 0, 0, 64, 36);
  return Math.max(...pen.getImageData(0, 0, 64, 36).data.filter((_, at) => at % 4 === 1));
}"""


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_all()
    yield house
    house.stop()


def played(visitor: Visitor) -> float:
    return float(visitor.page.evaluate(PLAYED))


def wait_until_it_moves(visitor: Visitor, by: float = 2.0) -> None:
    before = played(visitor)
    visitor.wait_for(lambda: played(visitor) > before + by, 60, "a picture that moves")


@pytest.mark.deep
def test_a_student_watches_writes_raises_a_hand_is_called_in_and_goes_back(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor], tmp_path: Path
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina)
    teacher.go(f"/lessons/{lesson.pk}/stream")
    teacher.page.get_by_label("Show this lesson as a live stream too").check()
    teacher.page.get_by_label("Seats in the room").fill("0")
    teacher.click("Save")
    teacher.go(f"/lessons/{lesson.pk}/room")
    teacher.join()
    amina.go(f"/lessons/{lesson.pk}/room")
    assert amina.path() == f"/lessons/{lesson.pk}/live"
    wait_until_it_moves(amina)
    amina.wait_for(lambda: amina.page.evaluate(BRIGHT) > 100, 20, "the teacher's camera")
    assert elsewhere(lambda: Presence.objects.get(person=cast.amina, left_at=None).door) == Door.HLS
    assert violations(amina.page) == []

    amina.page.screenshot(path=os.environ.get("STREAM_SHOTS", str(tmp_path)) + "/watching.png")
    amina.page.get_by_label("Write a message").fill("I can see you")
    amina.page.keyboard.press("Enter")
    teacher.page.locator("[data-panel='chat']").click()
    teacher.page.get_by_text("I can see you", exact=True).wait_for()

    amina.page.get_by_label("Raise your hand").click()
    teacher.page.locator("[data-panel='hands']").click()
    teacher.page.locator(".hands-list", has_text="Amina").wait_for()
    teacher.page.get_by_role("button", name="Call on").first.click()
    amina.page.get_by_text("Come to the room").click()
    amina.join()
    assert elsewhere(Presence.objects.filter(person=cast.amina, door=Door.PAGE, left_at=None).count) == 1
    amina.page.screenshot(path=os.environ.get("STREAM_SHOTS", str(tmp_path)) + "/called-in.png")
    amina.go(f"/lessons/{lesson.pk}/live")
    wait_until_it_moves(amina)
    assert amina.troubles == []
