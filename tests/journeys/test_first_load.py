"""What a telephone pays for, from the code on the wall until quiz, chat and hand are there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.utils import timezone
from playwright.sync_api import expect

from classroom.addresses import lesson_code
from classroom.models import Lesson
from scripts.headless import PHONE, Visitor
from tests.conftest import PASSWORD, Cast
from tests.dashboard.test_phone_pages import ANDROID
from tests.journeys.conftest import elsewhere
from tests.journeys.test_companion import COVER, house
from tests.journeys.test_jitsi_page import jitsi
from tests.journeys.weight import FIRST_LOAD_BYTES, Scale
from tests.processes import House
from tests.tiers import is_due

__all__ = ["house", "jitsi"]  # fixtures
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


def remember_password(cast: Cast) -> None:
    """As the house's own processes know it: those of the tests are quicker with it, and weaker."""
    cast.amina.password = Argon2PasswordHasher().encode(PASSWORD, "salt of a test")
    cast.amina.save()


def scan(visitor: Visitor, lesson: Lesson) -> None:
    code = elsewhere(lambda: lesson_code(lesson.pk, now=timezone.now()))
    visitor.go(f"/j/{code}")


def sign_in(visitor: Visitor, cast: Cast) -> None:
    visitor.page.locator("[name=username]").fill(cast.amina.email or "")
    visitor.page.locator("[name=password]").fill(PASSWORD)
    visitor.page.keyboard.press("Enter")


def come_back_from_the_app(visitor: Visitor) -> None:
    """Until each panel is there; the board's is where it offers to come."""
    opener = visitor.page.locator("[data-opens-app]")
    opener.wait_for()
    visitor.page.evaluate("addEventListener('click', event => event.preventDefault(), true)")
    opener.click()
    visitor.page.evaluate(COVER)
    visitor.page.wait_for_url("**/room?video=app")
    visitor.wait_for_state(lambda state: state["connected"], 20, "the companion's sockets")
    for panel, there in (("quiz", ".quiz"), ("chat", ".chat-form")):
        visitor.page.locator(f".companion-tab[data-panel='{panel}']").click()
        expect(visitor.page.locator(there)).to_be_visible()
    expect(visitor.page.locator(".companion-top button")).to_be_enabled()
    visitor.page.wait_for_load_state("networkidle")


@pytest.mark.sweep  # without it, in one of the seven
def test_from_the_code_to_quiz_chat_and_hand_a_telephone_loads_little_in_every_language(
    cast: Cast, lesson: Lesson, house: House, jitsi: str, arrive: Callable[..., Visitor]
) -> None:
    """By somebody who is not signed in yet, and has never been here. The second time all files are in the browser."""
    elsewhere(remember_password, cast)
    for language in (code for place, (code, _) in enumerate(settings.LANGUAGES) if is_due(place, 3, every=6)):
        amina = arrive(None, size=PHONE, agent=ANDROID, language=language)
        scale = Scale.under(amina)
        scan(amina, lesson)
        sign_in(amina, cast)
        come_back_from_the_app(amina)
        assert amina.page.evaluate("document.documentElement.lang") == language
        assert scale.total <= FIRST_LOAD_BYTES, (language, scale.total, scale.heaviest())

        scale.start_anew()
        scan(amina, lesson)
        come_back_from_the_app(amina)
        assert [load for load in scale.heaviest() if "/static/" in load[1] and load[0] > 0] == []
        assert amina.troubles == []
        amina.context.close()
