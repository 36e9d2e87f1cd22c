"""A guest with nothing but a link, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from classroom import actions
from classroom.models import Lesson
from scripts.headless import PHONE, Visitor, wave
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.processes import House
from whiteboard.models import Board

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


@pytest.mark.deep
def test_a_guest_knocks_is_let_in_and_draws_only_when_allowed(
    cast: Cast, lesson: Lesson, board: Board, house: House, browser: Browser, arrive: Callable[..., Visitor]
) -> None:
    link, secret = elsewhere(make_link, lesson, cast)
    teacher = arrive(cast.teacher)
    teacher.go(f"/lessons/{lesson.pk}/room")
    teacher.join()
    guest = Visitor.arrive(browser, house.url, "Rosa", size=PHONE)
    guest.go(f"/g/{secret}")
    guest.page.get_by_label("Your name").fill("Rosa Parks")
    guest.click("Knock")
    guest.page.get_by_text("You are at the door").wait_for()

    teacher.page.locator(".door-menu[data-knocking] summary").click()
    teacher.click("Let in Rosa Parks")
    guest.page.wait_for_url("**/room")
    guest.join()
    for visitor, other in ((teacher, "Rosa Parks"), (guest, "Tomas")):
        visitor.wait_for_state(lambda state: state["participants"] == 2, 10, "the other")
        visitor.page.locator(".tile-name", has_text=other).wait_for()
    teacher.page.locator(".tile[data-role='guest'] .tile-guest").wait_for()

    guest.draw(wave(0.3))
    teacher.let_students_draw()
    guest.page.get_by_text("The teacher has the pen.").wait_for(state="hidden")
    guest.draw(wave(0.6))
    teacher.wait_for_state(lambda state: state["items"] >= 1, 10, "the stroke that was allowed")
    guest.wait_for_state(lambda state: state["pending"] == 0, 10, "the acknowledgement")
    assert teacher.state()["items"] == 1, "the first stroke was not allowed"

    elsewhere(revoke, link, cast)
    guest.page.get_by_text("You are no longer in this room").wait_for()
    teacher.wait_for_state(lambda state: state["participants"] == 1, 10, "the guest's leaving")
    assert teacher.troubles == []


def make_link(lesson: Lesson, cast: Cast) -> object:
    return actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())


def revoke(link: object, cast: Cast) -> None:
    actions.revoke_guest_link(link=link, by=cast.teacher, now=timezone.now())  # type: ignore[arg-type]
