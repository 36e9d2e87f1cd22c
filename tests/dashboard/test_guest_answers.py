"""A guest's own word about the recording: asked at the door, kept in the ledger, honoured in the room."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Person, RecordingAnswer, RecordingPermission
from classroom import actions
from classroom.models import Knock, KnockState, Lesson, Protection, Standing
from classroom.protection import Shield, left_out_of, shield_for
from tests.conftest import Cast, allow_the_unasked
from tests.dashboard.test_guest_doors import admit, knock
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
OPEN, SILENT, UNSEEN = Shield(True, True), Shield(False, False), Shield(True, False)
QUESTION = "May you be seen and heard in the recording?"


@pytest.fixture(autouse=True)
def silent_school(cast: Cast) -> None:
    """It has decided nothing, so nobody unasked is recorded."""
    cache.clear()
    cast.school.policy = {}
    cast.school.save()


@pytest.fixture
def secret(cast: Cast, lesson: Lesson) -> str:
    return actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())[1]


def ask_in(secret: str, answer: str, client: Client | None = None, name: str = "Rosa") -> Client:
    client = client or Client()
    response = client.post(f"/g/{secret}", {"name": name, "recording": answer})
    assert (response.status_code, response["Location"]) == (302, f"/g/{secret}")
    return client


def let_in(cast: Cast) -> Person:
    admit(cast)
    person = Knock.objects.latest("asked_at").person
    assert person is not None
    return person


def shield(lesson: Lesson, person: Person) -> Shield:
    fresh = Lesson.objects.select_related("institution").get(pk=lesson.pk)
    fresh.room.lesson = fresh
    return shield_for(person, fresh.room, Standing.GUEST)


def said(institution: Institution) -> list[tuple[str, str, str]]:
    rows = RecordingPermission.objects.filter(institution=institution).order_by("pk")
    return list(rows.values_list("answer", "source", "decided_by__name"))


def may_send(guest: Client, secret: str) -> bool:
    return bool(guest.get(f"/g/{secret}/room").context["page_data"]["recorded"]["may_send"])


def test_a_guest_who_says_yes_is_recorded_with_camera_and_microphone(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    before = timezone.now()
    guest = ask_in(secret, "given")
    assert said(cast.school) == [], "before they are let in there is nobody to write about"
    person = let_in(cast)
    assert said(cast.school) == [("given", "guest", "Rosa")]
    line = RecordingPermission.objects.get()
    assert line.person == person
    let_in_at = Knock.objects.get().decided_at
    assert let_in_at is not None
    assert before <= line.decided_at <= let_in_at, "it was said before they were let in"
    event = AuditEvent.objects.get(act="recording_permission.given")
    assert (event.actor, event.target) == (person.pk, f"person:{person.pk}")
    assert event.detail == {"source": "guest"}
    assert shield(lesson, person) == OPEN
    assert may_send(guest, secret)


@pytest.mark.parametrize("answer", ["refused", None])
def test_a_guest_who_says_no_or_was_not_asked_is_kept_out(
    cast: Cast, lesson: Lesson, secret: str, answer: str | None
) -> None:
    allow_the_unasked(cast.school)
    guest = knock(secret)
    cast.school.policy = {}
    cast.school.save()
    if answer:
        guest.post(f"/g/{secret}", {"withdraw": "1"})
        ask_in(secret, answer, guest)
    person = let_in(cast)
    assert said(cast.school) == ([(answer, "guest", "Rosa")] if answer else [])
    assert shield(lesson, person) == SILENT
    assert not may_send(guest, secret)


def enter(lesson: Lesson, person: Person) -> None:
    actions.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.GUEST,
        occupant=uuid.uuid4(),
        connection="",
        now=timezone.now(),
    )


def test_what_guests_said_decides_who_is_left_out_of_the_video(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    ask_in(secret, "given")
    yes = let_in(cast)
    ask_in(secret, "refused", name="Pia")
    no = let_in(cast)
    enter(lesson, yes)
    enter(lesson, no)
    assert left_out_of(lesson) == {no.pk, cast.amina.pk, cast.bilal.pk}


@pytest.mark.parametrize("wrong", [{}, {"recording": ""}, {"recording": "unknown"}, {"recording": "x"}])
def test_without_an_answer_nobody_knocks_and_the_name_is_kept(secret: str, wrong: dict[str, str]) -> None:
    answer = Client().post(f"/g/{secret}", {"name": "Rosa", **wrong})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Choose yes or no." in page
    assert 'value="Rosa"' in page
    assert not Knock.objects.exists()


def test_an_answer_outlives_a_mistake_in_the_name(secret: str) -> None:
    answer = Client().post(f"/g/{secret}", {"name": "", "recording": "refused"})
    assert answer.status_code == 400
    assert answer.context["form"]["recording"].value() == "refused"
    assert not Knock.objects.exists()


def test_nothing_is_chosen_beforehand_and_children_are_told_to_ask(secret: str) -> None:
    page = Client().get(f"/g/{secret}").content.decode()
    assert QUESTION in page
    assert "If you are a child, ask an adult first." in page
    assert "No, I only watch and write" in page
    assert "checked" not in page


def test_where_only_the_teacher_is_recorded_a_no_takes_nothing_away(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    Lesson.objects.update(protection=Protection.LAYOUT)
    page = Client().get(f"/g/{secret}").content.decode()
    assert "No, leave me out of it" in page
    assert "only watch" not in page
    ask_in(secret, "refused")
    assert shield(lesson, let_in(cast)) == UNSEEN


def test_a_school_that_records_the_unasked_does_not_ask(cast: Cast, lesson: Lesson, secret: str) -> None:
    allow_the_unasked(cast.school)
    assert QUESTION not in Client().get(f"/g/{secret}").content.decode()
    ask_in(secret, "refused")
    assert Knock.objects.get().recording_answer == ""
    assert shield(lesson, let_in(cast)) == OPEN
    assert said(cast.school) == []


def test_who_comes_again_may_say_something_else_and_the_last_word_counts(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    guest = ask_in(secret, "given")
    person = let_in(cast)
    page = guest.get(f"/g/{secret}?left")
    assert page.context["form"]["recording"].value() == "given"
    answer = guest.post(f"/g/{secret}?left", {"recording": "refused"})
    assert answer["Location"] == f"/g/{secret}?left=answered"
    assert "It was written down" in guest.get(answer["Location"]).content.decode()
    assert shield(lesson, person) == SILENT
    guest.post(f"/g/{secret}?left", {"recording": "given"})
    assert shield(lesson, person) == OPEN
    assert [answer for answer, *_ in said(cast.school)] == ["given", "refused", "given"]
    wrong = guest.post(f"/g/{secret}?left", {})
    assert (wrong.status_code, len(said(cast.school))) == (400, 3)
    assert "Choose yes or no." in wrong.content.decode()


def test_who_knocks_again_is_asked_again(cast: Cast, secret: str) -> None:
    guest = ask_in(secret, "given")
    guest.post(f"/g/{secret}", {"withdraw": "1"})
    page = guest.get(f"/g/{secret}")
    assert page.context["form"]["recording"].value() is None
    assert 'value="Rosa"' in page.content.decode()
    ask_in(secret, "refused", guest)
    let_in(cast)
    assert said(cast.school) == [("refused", "guest", "Rosa")]


def test_an_answer_from_a_second_tab_counts_before_and_after_they_are_let_in(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    guest = ask_in(secret, "given")
    ask_in(secret, "refused", guest)
    stale = Knock.objects.get()
    Knock.objects.update(recording_answer="given")
    actions.admit_knock(knock=stale, by=cast.teacher, now=timezone.now())
    assert said(cast.school) == [("given", "guest", "Rosa")], "as it stands when they are let in"
    guest.post(f"/g/{secret}", {"name": "Rosa", "recording": "refused"})
    person = Knock.objects.get().person
    assert person is not None
    assert shield(lesson, person) == SILENT


@pytest.mark.parametrize("state", [KnockState.REFUSED, KnockState.EXPIRED])
def test_who_was_put_out_is_not_written_down_any_more(cast: Cast, secret: str, state: KnockState) -> None:
    ask_in(secret, "given")
    let_in(cast)
    Knock.objects.update(state=state)
    answer, now = RecordingAnswer.REFUSED, timezone.now()
    actions.answer_for_recording(knock=Knock.objects.get(), answer=answer, now=now)
    assert len(said(cast.school)) == 1


def test_nobody_answers_for_the_guest_of_another_browser(cast: Cast, secret: str) -> None:
    ask_in(secret, "refused")
    let_in(cast)
    ask_in(secret, "given", client_of(cast.stranger), name="Jonas")
    assert said(cast.school) == [("refused", "guest", "Rosa")]


def test_a_guest_of_another_school_has_said_something_there_alone(cast: Cast, secret: str) -> None:
    now = timezone.now()
    course = actions.create_course(institution=cast.elsewhere, title="Physik", language="de")
    other = actions.schedule_lesson(
        course=course,
        title="Optik",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by=cast.stranger,
    )
    link, there = actions.create_guest_link(lesson=other, by=cast.stranger, now=now)
    guest = ask_in(there, "given")
    actions.admit_knock(knock=Knock.objects.get(link=link), by=cast.stranger, now=now)
    assert said(cast.elsewhere) == [("given", "guest", "Rosa")]
    page = guest.get(f"/g/{secret}")
    assert page.context["form"]["recording"].value() is None
    ask_in(secret, "refused", guest)
    let_in(cast)
    assert said(cast.school) == [("refused", "guest", "Rosa")]
    assert said(cast.elsewhere) == [("given", "guest", "Rosa")]


def test_staff_sees_at_the_door_what_each_guest_said(cast: Cast, lesson: Lesson, secret: str) -> None:
    def chips() -> list[Any]:
        page = client_of(cast.teacher).get(reverse("doors", args=[lesson.pk])).content.decode()
        return [page.count(f'data-permission="{answer}"') for answer in ("given", "refused")]

    ask_in(secret, "given")
    assert chips() == [1, 0]
    let_in(cast)
    ask_in(secret, "refused", name="Pia")
    assert chips() == [1, 1]
