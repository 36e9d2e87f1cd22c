"""The big lecture: a teacher in the room, a student who watches the stream with chat, board, quiz and hand, in each size of
its picture, is called in and goes back."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image

from classroom.models import Door, Lesson, Presence
from quizzes.models import Answer
from recordings.actions import change_logo
from recordings.embedded.sending import HEIGHT as SENT_HEIGHT
from scripts.headless import Visitor
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.processes import House
from tests.quizzes.questions import DRAFTS, write

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

HEIGHT = "() => document.querySelector('video').videoHeight"
# Too little for the best picture, enough for the smaller one.
NARROW_BYTES = 40_000
# Whether anything is painted on the board that is neither transparent nor white.
INKED = """() => [...document.querySelectorAll(".live-beside canvas")].some((canvas) => {
  if (canvas.width * canvas.height === 0) return false;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((part, at) => at % 4 !== 3 && part < 200 && data[at - (at % 4) + 3] > 100);
})"""


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    kept = {"STORAGE_DIR": str(settings.STORAGE_DIR)}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=kept)
    house.collect_static()
    house.start_all()
    yield house
    house.stop()


def played(visitor: Visitor) -> float:
    return float(visitor.page.evaluate(PLAYED))


def wait_until_it_moves(visitor: Visitor, by: float = 2.0) -> None:
    before = played(visitor)
    visitor.wait_for(lambda: played(visitor) > before + by, 60, "a picture that moves")


def put_up_logo(cast: Cast) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 150), (220, 20, 20)).save(out, "PNG")
    change_logo(institution=cast.school, data=out.getvalue(), by=cast.head, now=timezone.now())


def see_the_board(teacher: Visitor, amina: Visitor) -> None:
    """What the teacher draws stands on the viewer's board, which is blank before."""
    amina.page.locator("[data-panel='board']").click()
    amina.page.locator(".live-beside .board-plane canvas").first.wait_for(state="attached")
    assert not amina.page.evaluate(INKED)
    teacher.draw([(0.2, 0.2), (0.5, 0.5), (0.8, 0.3)])
    amina.wait_for(lambda: amina.page.evaluate(INKED), 20, "the teacher's stroke")


def answer_a_question(teacher: Visitor, amina: Visitor) -> None:
    teacher.page.locator("[data-panel='quiz']").click()
    teacher.page.get_by_role("button", name=DRAFTS["single"].text).click()
    teacher.click("Ask now")
    amina.page.get_by_label("3/4").check()
    amina.click("Send answer")
    amina.page.get_by_text("Sent. You can change it until the time is up.").wait_for()
    teacher.page.locator(".answer-chart").get_by_text("Answers: 1").wait_for()
    assert elsewhere(Answer.objects.count) == 1


def switch_levels(viewer: Visitor) -> None:
    """Each picture that the stream has is played: the small one while the network bears no other, then the best again."""
    network = viewer.context.new_cdp_session(viewer.page)
    network.send("Network.enable")
    best = SENT_HEIGHT
    viewer.wait_for(lambda: viewer.page.evaluate(HEIGHT) == best, 60, "the best picture")
    narrow = {"offline": False, "latency": 50, "downloadThroughput": NARROW_BYTES, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", narrow)
    viewer.wait_for(lambda: 0 < viewer.page.evaluate(HEIGHT) < best, 60, "the smaller picture")
    network.send("Network.emulateNetworkConditions", narrow | {"latency": 0, "downloadThroughput": -1})
    viewer.wait_for(lambda: viewer.page.evaluate(HEIGHT) == best, 60, "the best picture")
    wait_until_it_moves(viewer)


@pytest.mark.deep
def test_a_student_watches_writes_raises_a_hand_is_called_in_and_goes_back(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor], tmp_path: Path
) -> None:
    elsewhere(write, cast.course, cast.teacher)
    elsewhere(put_up_logo, cast)
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
    logo = amina.page.get_by_role("img", name=cast.school.name)
    assert logo.evaluate("image => image.naturalWidth") > 0
    assert violations(amina.page) == []

    amina.page.screenshot(path=os.environ.get("STREAM_SHOTS", str(tmp_path)) + "/watching.png")
    amina.page.get_by_label("Write a message").fill("I can see you")
    amina.page.keyboard.press("Enter")
    teacher.page.locator("[data-panel='chat']").click()
    teacher.page.get_by_text("I can see you", exact=True).wait_for()

    see_the_board(teacher, amina)
    answer_a_question(teacher, amina)
    switch_levels(amina)

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
