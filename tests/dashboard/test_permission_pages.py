"""Who may be in recordings: the head's list, a guardian's own page, the notice in the room, a lesson's choice."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import RecordingPermission
from classroom.models import Lesson
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


def listed(client: Client, **query: str) -> str:
    answer = client.get(reverse("recording_permissions", args=["here"]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def said(cast: Cast) -> list[tuple[str, str, str]]:
    rows = RecordingPermission.objects.order_by("pk")
    return list(rows.values_list("person__name", "answer", "source"))


def test_only_the_head_keeps_the_list(cast: Cast) -> None:
    address = reverse("recording_permissions", args=["here"])
    data = {"person": [str(cast.amina.pk)], "answer": "given"}
    for person in (cast.teacher, cast.amina, cast.guardian):
        assert client_of(person).get(address).status_code == 403
        assert client_of(person).post(address, data).status_code == 403
    assert client_of(cast.stranger).post(address, data).status_code == 404
    assert Client().get(address).status_code == 302
    assert said(cast) == []


def test_the_head_ticks_names_and_decides_for_all_of_them_at_once(cast: Cast) -> None:
    head, address = client_of(cast.head), reverse("recording_permissions", args=["here"])
    both = {"person": [str(cast.amina.pk), str(cast.bilal.pk)]}
    answer = head.post(address, both | {"answer": "refused"}, follow=True)
    assert "2 decisions were written down." in answer.content.decode()
    assert said(cast) == [("Amina", "refused", "head"), ("Bilal", "refused", "head")]
    assert "Amina" in listed(head, answer="refused", q="ami")
    assert "Bilal" not in listed(head, q="ami")
    assert "Nobody was found" in listed(head, answer="given")


def test_nobody_of_another_school_and_no_teacher_is_decided_about(cast: Cast) -> None:
    head, address = client_of(cast.head), reverse("recording_permissions", args=["here"])
    for person in (cast.stranger, cast.teacher):
        data = {"person": [str(person.pk)], "answer": "given"}
        assert head.post(address, data).status_code == 400
    wrong: tuple[dict[str, Any], ...] = (
        {"answer": "given"},
        {"person": [str(cast.amina.pk)], "answer": "?"},
        {"person": ["x"]},
    )
    for data in wrong:
        assert head.post(address, data).status_code == 400
    assert said(cast) == []


def decide(client: Client, person: Any, **data: str) -> int:
    return client.post(reverse("child_recording", args=[person.pk]), data).status_code


def test_a_guardian_decides_for_their_own_child_and_nobody_else(cast: Cast) -> None:
    guardian, school = client_of(cast.guardian), str(cast.school.pk)
    assert "Amina" in guardian.get(reverse("children_recordings")).content.decode()
    assert decide(guardian, cast.amina, school=school, answer="refused") == 302
    assert said(cast) == [("Amina", "refused", "guardian")]
    assert "Is not recorded" in guardian.get(reverse("children_recordings")).content.decode()
    assert decide(guardian, cast.bilal, school=school, answer="given") == 404
    assert decide(guardian, cast.amina, school=str(cast.elsewhere.pk), answer="given") == 404
    for person in (cast.amina, cast.teacher, cast.stranger):
        assert decide(client_of(person), cast.amina, school=school, answer="given") in (403, 404)
    assert len(said(cast)) == 1


def test_where_the_school_keeps_it_to_itself_guardians_read_only(cast: Cast) -> None:
    cast.school.policy = {"guardians_decide_recording": False}
    cast.school.save()
    guardian = client_of(cast.guardian)
    assert "ask there to change it" in guardian.get(reverse("children_recordings")).content.decode()
    assert decide(guardian, cast.amina, school=str(cast.school.pk), answer="given") == 403
    assert said(cast) == []


def test_pages_of_a_school_that_has_decided_nothing_say_that_silence_keeps_out(
    cast: Cast, lesson: Lesson
) -> None:
    cast.school.policy = {}
    cast.school.save()
    assert "nobody has said anything is kept out of recordings." in listed(client_of(cast.head))
    guardian = client_of(cast.guardian).get(reverse("children_recordings")).content.decode()
    assert "No answer yet: is not recorded" in guardian
    settings_page = client_of(cast.head).get(reverse("institution_settings", args=[cast.school.pk]))
    assert settings_page.context["form"]["unasked_are_recorded"].value() is False
    room = client_of(cast.amina).get(reverse("room", args=[lesson.pk]))
    assert room.context["page_data"]["recorded"]["may_send"] is False


def test_the_room_tells_everybody_what_the_recording_means_for_them(cast: Cast, lesson: Lesson) -> None:
    def notice(person: Any) -> str:
        page = client_of(person).get(reverse("room", args=[lesson.pk]))
        return str(page.context["page_data"]["recorded"]["notice"])

    assert "Who speaks or shows a picture is in it." in notice(cast.amina)
    address = reverse("recording_permissions", args=["here"])
    client_of(cast.head).post(address, {"person": [str(cast.amina.pk)], "answer": "refused"})
    assert "without camera and microphone" in notice(cast.amina)
    assert "This lesson is recorded." in notice(cast.bilal)
    doors = reverse("doors", args=[lesson.pk])
    client_of(cast.teacher).post(doors, {"lobby": "guests", "protection": "layout"})
    lesson.refresh_from_db()
    assert lesson.protection == "layout"
    assert "only the teacher and the board are recorded" in notice(cast.bilal)


def test_with_a_jibri_the_pages_say_that_there_is_one_safe_way(
    cast: Cast, lesson: Lesson, settings: Any
) -> None:
    settings.JITSI_DOMAIN = "meet.example"
    assert "films the whole room" in listed(client_of(cast.head))
    page = client_of(cast.teacher).get(reverse("doors", args=[lesson.pk])).content.decode()
    assert "films the whole room" in page
