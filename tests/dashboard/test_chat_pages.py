"""What was written in a lesson, for those who held it; and concerns, for the head alone."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.policy import read_policy
from classroom import actions
from classroom.models import ChatMessage, Concern, Lesson, Standing
from tests.architecture.test_doors import signed_in
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def text_of(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def write(lesson: Lesson, cast: Cast, text: str) -> ChatMessage:
    return actions.send_message(
        message_id=uuid.uuid4(),
        room=lesson.room,
        author=cast.amina,
        standing=Standing.STUDENT,
        text=text,
        now=timezone.now(),
    )[0]


def report(lesson: Lesson, cast: Cast, message: ChatMessage | None = None) -> Concern:
    concern_id = uuid.uuid4()
    actions.raise_concern(
        concern_id=concern_id,
        room=lesson.room,
        by=cast.bilal,
        sees_all=False,
        text="I am worried",
        message_id=message.pk if message else None,
        now=timezone.now(),
    )
    return Concern.objects.get(pk=concern_id)


def test_the_lessons_page_leads_staff_to_the_chat_where_deleted_words_are_gone(
    cast: Cast, lesson: Lesson
) -> None:
    teacher, address = signed_in(cast.teacher), reverse("lesson_chat", args=[lesson.pk])
    assert "Nobody wrote in this lesson" in text_of(teacher.get(address))
    write(lesson, cast, "When is the test? <script>")
    actions.delete_message(message=write(lesson, cast, "Bad word"), by=cast.teacher, now=timezone.now())
    assert address in text_of(teacher.get(reverse("lesson", args=[lesson.pk])))
    page = text_of(teacher.get(address))
    assert "When is the test? &lt;script&gt;" in page and "Bad word" not in page
    assert "This message was deleted." in page
    assert "When is" not in text_of(teacher.get(address + "?q=bad"))
    assert "Nothing was found" in text_of(teacher.get(address + "?q=bad"))
    assert "When is" in text_of(signed_in(cast.head).get(address + "?q=amina"))
    assert AuditEvent.objects.filter(act="chat.read").exists()
    assert signed_in(cast.amina).get(address).status_code == 403
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_the_copy_to_take_along_marks_what_was_deleted_and_holds_no_formula(
    cast: Cast, lesson: Lesson
) -> None:
    write(lesson, cast, "=1+1")
    actions.delete_message(message=write(lesson, cast, "Bad word"), by=cast.teacher, now=timezone.now())
    actions.set_chat_mode(lesson=lesson, mode="questions", by=cast.teacher)
    write(lesson, cast, "Only for you")
    answer = signed_in(cast.teacher).get(reverse("lesson_chat_csv", args=[lesson.pk]))
    _head, first, second, third = answer.content.decode("utf-8-sig").splitlines()
    assert '"Everybody","\'=1+1","no"' in first
    assert '"Everybody","","yes"' in second
    assert '"Teachers","Only for you","no"' in third


def test_heads_read_concerns_with_what_they_are_about_also_when_it_was_deleted(
    cast: Cast, lesson: Lesson
) -> None:
    head, address = signed_in(cast.head), reverse("concerns", args=[cast.school.pk])
    assert "Nothing was reported" in text_of(head.get(address))
    message = write(lesson, cast, "Nasty words")
    concern = report(lesson, cast, message)
    actions.delete_message(message=message, by=cast.teacher, now=timezone.now())
    page = text_of(head.get(address))
    assert all(words in page for words in ("Nasty words", "I am worried", "Bilal", "deleted from the chat"))
    assert "Nasty words" in text_of(head.get(address + "?q=nasty"))
    assert "Nothing was found" in text_of(head.get(address + "?q=xyz"))
    seen = reverse("concern_seen", args=[cast.school.pk, concern.pk])
    assert text_of(head.post(seen, follow=True)).count("Seen by") == 1
    head.post(seen)
    assert AuditEvent.objects.filter(act="concern.seen").count() == 1
    for person, status in ((cast.teacher, 403), (cast.amina, 403), (cast.stranger, 404)):
        assert signed_in(person).get(address).status_code == status
        assert signed_in(person).post(seen).status_code == status


def test_another_schools_concern_is_none(cast: Cast, lesson: Lesson) -> None:
    concern = report(lesson, cast)
    client = signed_in(cast.head)
    for address in (
        reverse("concern_seen", args=[cast.elsewhere.pk, concern.pk]),
        reverse("concern_seen", args=[cast.school.pk, uuid.uuid4()]),
    ):
        assert client.post(address).status_code == 404
    concern.refresh_from_db()
    assert concern.state == "open"


def test_the_head_says_whom_reports_reach(cast: Cast) -> None:
    client, address = signed_in(cast.head), reverse("institution_settings", args=[cast.school.pk])
    assert "can report a concern" in text_of(client.get(address))
    fields = {"name": "Here", "time_zone": "Africa/Nairobi", "language": "en", "doors_open_minutes": 15}
    fields |= {"engagement_days": 30, "week_begins": 0, "safeguarding_contact": "safe@here.test"}
    assert client.post(address, fields).status_code == 302
    cast.school.refresh_from_db()
    assert read_policy(cast.school.policy).safeguarding_contact == "safe@here.test"


def test_pages_about_the_chat_need_somebody(cast: Cast, lesson: Lesson, client: Client) -> None:
    for name, key in (
        ("lesson_chat", lesson.pk),
        ("lesson_chat_csv", lesson.pk),
        ("concerns", cast.school.pk),
    ):
        assert client.get(reverse(name, args=[key])).status_code == 302
