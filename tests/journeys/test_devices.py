"""Cameras, microphones and screens: what is refused or missing is said plainly, what is shared is seen by the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Locator, expect

from classroom.facts import SCREEN_ENDED, SCREEN_SHARED
from classroom.models import Fact, Lesson, Presence
from scripts.bootstrap import find_chromium
from scripts.headless import Visitor, open_browser
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere, sign_in
from tests.journeys.test_accessibility import violations
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
# Chromium asks nobody here: it answers as if a person had said no.
DENIED = "--use-fake-ui-for-media-stream=deny"
NO_CAMERA = "--use-fake-device-for-media-stream=device-count=0"


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """Pages and sockets are enough."""
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def troubles_of(visitor: Visitor) -> Locator:
    return visitor.page.locator(".lobby-troubles li")


def test_who_refuses_the_browser_its_devices_is_told_what_to_do_and_comes_in_all_the_same(
    cast: Cast, lesson: Lesson, house: House
) -> None:
    with open_browser(find_chromium(), DENIED) as browser:
        amina = Visitor.arrive(browser, house.url, "Amina")
        amina.context.clear_permissions()
        sign_in(amina, cast.amina)
        amina.go(f"/lessons/{lesson.pk}/room")
        expect(troubles_of(amina)).to_have_count(2)
        expect(troubles_of(amina).filter(has_text="camera")).to_contain_text("may not use your camera")
        expect(troubles_of(amina).filter(has_text="microphone")).to_contain_text(
            "may not use your microphone"
        )
        assert violations(amina.page) == []
        amina.join()
        camera = amina.page.get_by_role("button", name="Turn camera on")
        camera.click()
        amina.page.locator(".toast", has_text="may not use your camera").wait_for()
        expect(camera).to_be_visible()
        assert amina.troubles == []


@pytest.mark.deep
def test_a_computer_without_a_camera_brings_its_microphone(cast: Cast, lesson: Lesson, house: House) -> None:
    with open_browser(find_chromium(), NO_CAMERA) as browser:
        amina = Visitor.arrive(browser, house.url, "Amina")
        sign_in(amina, cast.amina)
        amina.go(f"/lessons/{lesson.pk}/room")
        expect(troubles_of(amina)).to_have_text("No camera was found. You can join without one.")
        amina.join()
        amina.page.get_by_role("button", name="Turn microphone off").wait_for()

        def heard() -> bool:
            presence = elsewhere(lambda: Presence.objects.get(person=cast.amina))
            return bool(presence.microphone) and not presence.camera

        amina.wait_for(heard, 10, "the microphone in the house's own account")


def test_a_screen_that_is_shared_takes_the_others_stage_until_it_ends(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina)
    for visitor in (teacher, amina):
        visitor.go(f"/lessons/{lesson.pk}/room")
        visitor.join()
    teacher.page.get_by_role("button", name="Share your screen").click()
    screen = amina.page.locator("video.stage-screen")
    expect(screen).to_be_visible(timeout=30_000)
    amina.wait_for(
        lambda: screen.evaluate("one => one.videoWidth > 0 && !one.paused"), 20, "the screen's picture"
    )
    # The board is one click away, and so is the screen.
    tabs = amina.page.locator(".stage-tabs button")
    tabs.filter(has_text="Board").click()
    expect(screen).to_be_hidden()
    tabs.filter(has_text=cast.teacher.name).click()
    expect(screen).to_be_visible()
    teacher.page.get_by_role("button", name="Stop sharing your screen").click()
    expect(screen).to_be_hidden()
    expect(amina.page.locator(".stage-tabs")).to_be_hidden()

    def told() -> list[str]:
        types = Fact.objects.filter(lesson=lesson, type__startswith="screen.").order_by("pk")
        return list(elsewhere(lambda: list(types.values_list("type", flat=True))))

    amina.wait_for(lambda: told() == [SCREEN_SHARED, SCREEN_ENDED], 10, "both in the timeline")
    assert teacher.troubles == amina.troubles == []
