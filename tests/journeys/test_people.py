"""The presence panel: who is here, by which door, with what on, and what the teacher does about it: two real browsers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Locator, expect

from accounts.models import Person
from classroom import actions
from classroom.models import Door, Expulsion, Knock, Lesson, Presence, Promotion, Standing
from scripts.headless import PHONE, Visitor
from tests.classroom.jitsi.prosody import TOKEN, FakeProsody, fake_prosody
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.test_accessibility import violations
from tests.processes import House
from tests.wire.test_audience import watch
from tests.wire.test_room_socket import enrol_pupils

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def prosody() -> Iterator[FakeProsody]:
    with fake_prosody() as made:
        yield made


@pytest.fixture
def house(transactional_db: None, tmp_path: Path, prosody: FakeProsody) -> Iterator[House]:
    """Pages and sockets are enough, and a Prosody for whoever comes by the app."""
    extra = {"PROSODY_URL": prosody.url, "JITSI_HOOK_TOKEN": TOKEN}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=extra)
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def come_in(lesson: Lesson, person: Person, standing: Standing, door: Door) -> None:
    """Without a page: by the Jitsi app, or to look on."""
    presence = actions.come_in(
        room=lesson.room,
        person=person,
        standing=standing,
        occupant=uuid.uuid4(),
        connection="elsewhere",
        now=timezone.now(),
    )
    Presence.objects.filter(pk=presence.pk).update(door=door)


def decide_at_the_door(teacher: Visitor, amina: Visitor, lesson: Lesson, cast: Cast) -> None:
    """Who knocks stands above who is inside; by keyboard, which goes on to the next one."""
    elsewhere(knock_all, lesson, cast, ["Rosa", "Musa"])
    waiting = teacher.page.locator(".people-waiting")
    badge = teacher.page.locator("[data-panel='people'] .side-badge")
    expect(waiting.get_by_role("heading")).to_have_text("At the door: 2")
    expect(badge).to_contain_text("2")
    expect(waiting.get_by_role("button", name="Let everybody in")).to_be_visible()
    assert violations(teacher.page) == []
    waiting.get_by_role("button", name="Let in Rosa").focus()
    teacher.page.keyboard.press("Enter")
    expect(waiting.get_by_role("button", name="Let in Musa")).to_be_focused()
    expect(badge).to_contain_text("1")
    teacher.page.keyboard.press("Tab")
    teacher.page.keyboard.press("Enter")
    expect(waiting).to_be_hidden()
    expect(badge).to_be_empty()
    expect(teacher.page.locator(".people-panel [role='status']")).to_be_focused()
    states = elsewhere(lambda: dict(Knock.objects.values_list("name", "state")))
    assert states == {"Rosa": "admitted", "Musa": "refused"}
    expect(amina.page.locator(".people-waiting")).to_be_hidden()


def knock_all(lesson: Lesson, cast: Cast, names: list[str]) -> None:
    now = timezone.now()
    link, _ = actions.create_guest_link(lesson=lesson, by=cast.teacher, now=now)
    for name in names:
        actions.knock_as_guest(link=link, name=name, browser=f"{name}'s", language="en", now=now)


def look_at_the_audience(teacher: Visitor, amina: Visitor, lesson: Lesson, cast: Cast) -> None:
    """Folded; who looks is told the names, by keyboard. A pupil hears how many."""
    elsewhere(watch_and_tell, lesson, elsewhere(enrol_pupils, cast, 1)[0])
    folded, names = teacher.page.locator(".audience"), teacher.page.locator(".audience-names li")
    expect(folded.locator("summary")).to_have_text("1 watch the stream")
    expect(names).to_have_count(0)
    folded.locator("summary").focus()
    teacher.page.keyboard.press("Enter")
    expect(names).to_contain_text(["Pupil 0since"])
    expect(amina.page.locator(".people-panel [role='status']")).to_contain_text("1 watch the stream")
    expect(amina.page.locator(".audience")).to_have_count(0)
    assert violations(teacher.page) == []


def watch_and_tell(lesson: Lesson, person: Person) -> None:
    watch(lesson, person)
    actions.tell_audiences()


def mute_in_the_app(
    teacher: Visitor, line: Locator, lesson: Lesson, cast: Cast, prosody: FakeProsody
) -> None:
    """No page of his does as it is told; Jitsi's own client does, in the room where he is."""
    prosody.enter(lesson.room.name, "b1b1b1b1", cast.bilal.pk)
    expect(line).not_to_contain_text("mute in the video’s own menu")
    line.get_by_role("button", name="Turn off Bilal’s microphone").click()
    teacher.wait_for(lambda: prosody.muted == [(lesson.room.name, "b1b1b1b1", "")], 10, "the word to Prosody")


def look_at_what_pupils_see(teacher: Visitor) -> None:
    """One click away, whatever it is at the moment."""
    teacher.page.locator("[data-panel='pupils']").click()
    teacher.page.get_by_text("Pupils cannot draw.").wait_for()
    teacher.let_students_draw()
    teacher.page.get_by_text("All pupils can draw.").wait_for()
    assert violations(teacher.page) == []


def use_the_keys(teacher: Visitor) -> None:
    """And be told them, from the first on."""
    for key, panel in (("Alt+2", "Chat"), ("Alt+7", "Breakout rooms")):
        teacher.page.keyboard.press(key)
        expect(teacher.page.locator("#side-title")).to_have_text(panel)
        teacher.page.keyboard.press(key)
        expect(teacher.page.locator(".side")).to_be_hidden()
    expect(teacher.page.locator(".side-button")).to_have_count(7)
    teacher.page.keyboard.press("?")
    title = teacher.page.locator(".dialog-keys h2")
    expect(title).to_be_focused()
    expect(title).to_be_in_viewport()
    for keys in ("Alt + M", "Alt + 1 … 7"):
        expect(teacher.page.locator(".dialog-keys kbd", has_text=keys)).to_have_count(1)
    assert violations(teacher.page) == []
    teacher.page.keyboard.press("Escape")


def test_the_teacher_sees_who_is_here_and_how_and_acts_on_it(
    cast: Cast, lesson: Lesson, house: House, prosody: FakeProsody, arrive: Callable[..., Visitor]
) -> None:
    elsewhere(come_in, lesson, cast.bilal, Standing.STUDENT, Door.JITSI)
    elsewhere(come_in, lesson, cast.head, Standing.OBSERVER, Door.PAGE)
    teacher, amina = arrive(cast.teacher), arrive(cast.amina, size=PHONE)
    for visitor in (teacher, amina):
        visitor.go(f"/lessons/{lesson.pk}/room")
        visitor.join()
        visitor.page.locator("[data-panel='people']").click()

    def line(name: str, at: Visitor = teacher) -> Locator:
        return at.page.locator(".people-panel li", has=at.page.get_by_text(name, exact=True))

    # Who, as what, by which door, with what on.
    teacher.page.get_by_text("People here: 4 · in the Jitsi app: 1").wait_for()
    expect(line("Bilal")).to_contain_text("Student · In the Jitsi app")
    mute_in_the_app(teacher, line("Bilal"), lesson, cast, prosody)
    expect(line("Salma")).to_contain_text("Observer")
    for label in ("Microphone on", "Camera on"):
        line("Amina").get_by_label(label).wait_for()
    amina.click("Turn camera off")
    expect(line("Amina").get_by_label("Camera on")).to_have_count(0)
    # A pupil sees who is here, and has nothing to act with.
    expect(line("Bilal", amina)).to_contain_text("In the Jitsi app")
    expect(amina.page.locator(".people-panel li button")).to_have_count(0)
    expect(line("Bilal", amina)).not_to_contain_text("mute")
    assert violations(teacher.page) == violations(amina.page) == []

    # How somebody's connection is, as their page tells it.
    expect(line("Amina")).to_have_attribute("data-link", "good")

    look_at_the_audience(teacher, amina, lesson, cast)
    decide_at_the_door(teacher, amina, lesson, cast)
    line("Amina").get_by_role("button", name="Turn off Amina’s microphone").click()
    amina.page.get_by_text("The teacher turned your microphone off").wait_for()
    expect(line("Amina").get_by_label("Microphone on")).to_have_count(0)

    line("Salma").get_by_role("button", name="Make Salma co-teacher of this lesson").click()
    teacher.page.locator("dialog[open] button").last.click()
    expect(line("Salma")).to_contain_text("Co-teacher")
    assert elsewhere(lambda: Promotion.objects.get().person_id) == cast.head.pk

    line("Amina").get_by_role("button", name="Put Amina out of the lesson").click()
    teacher.page.locator("dialog[open] button.danger").click()
    amina.page.get_by_text("You are no longer in this room").wait_for()
    teacher.page.get_by_text("People here: 3").wait_for()
    assert elsewhere(lambda: Expulsion.objects.get().person_id) == cast.amina.pk
    elsewhere(watch_and_tell, lesson, cast.bilal)
    expect(teacher.page.locator(".audience-names li")).to_contain_text(["Bilal", "Pupil 0"])
    look_at_what_pupils_see(teacher)
    use_the_keys(teacher)
    assert teacher.troubles == []


@pytest.mark.deep
def test_a_browser_with_the_board_alone_stands_so_in_the_panel_until_it_has_pictures_again(
    cast: Cast, lesson: Lesson, house: House, arrive: Callable[..., Visitor]
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina)
    amina.page.add_init_script("localStorage.setItem('darasa.profile', 'board_only')")
    for visitor in (teacher, amina):
        visitor.go(f"/lessons/{lesson.pk}/room")
        visitor.join()
    teacher.page.locator("[data-panel='people']").click()
    line = teacher.page.locator(".people-panel li", has=teacher.page.get_by_text("Amina", exact=True))
    expect(line).to_contain_text("Student · Board only")
    amina.page.click(".network-menu summary")
    amina.page.click(".network-choice:has([value=normal])")
    expect(line).not_to_contain_text("Board only")
    amina.page.click(".network-choice:has([value=board_only])")
    expect(line).to_contain_text("Student · Board only")
    assert teacher.troubles == amina.troubles == []
