"""Calendar feeds open by their address alone, and only as long as it is the person's."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from accounts.actions import suspend_person
from accounts.models import AuditEvent, Person
from classroom import actions
from classroom.addresses import feed_token, unsubscribe_token
from classroom.models import Enrolment, Lesson, LessonStatus, LetterSettings
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def feed_of(person: Person, course_id: uuid.UUID | None = None, version: int = 0, **headers: str) -> Any:
    token = feed_token(person.pk, course_id, version)
    return Client().get(f"/calendar/{token}.ics", headers=headers)


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def plan(cast: Cast, days: float, title: str = "Soon") -> Lesson:
    starts_at = timezone.now() + timedelta(days=days)
    return actions.schedule_lesson(
        course=cast.course,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=cast.teacher,
    )


def test_the_feed_holds_what_its_owner_sees_and_nobodys_address(cast: Cast, lesson: Lesson) -> None:
    for person in (cast.head, cast.teacher, cast.amina, cast.guardian):
        answer = feed_of(person)
        (event,) = events(answer)
        assert event["UID"] == f"{lesson.pk}@darasa"
        assert str(event["URL"]).endswith(f"/lessons/{lesson.pk}/")
        assert "@here.test" not in answer.content.decode()
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert not answer.cookies
    assert events(feed_of(cast.stranger)) == []


def test_a_courses_feed_is_for_those_who_see_the_course(cast: Cast, lesson: Lesson) -> None:
    other = actions.create_course(institution=cast.school, title="Physics", language="en")
    assert len(events(feed_of(cast.amina, cast.course.pk))) == 1
    assert len(events(feed_of(cast.guardian, cast.course.pk))) == 1
    assert events(feed_of(cast.head, other.pk)) == []
    assert feed_of(cast.amina, other.pk).status_code == 404
    assert feed_of(cast.stranger, cast.course.pk).status_code == 404
    Enrolment.objects.filter(person=cast.amina).update(is_active=False)
    assert feed_of(cast.amina, cast.course.pk).status_code == 404


def test_wrong_revoked_and_suspended_addresses_are_the_same_404(cast: Cast, lesson: Lesson) -> None:
    suspend_person(institution=cast.school, person=cast.bilal)
    Person.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    actions.renew_feed_addresses(person=cast.amina)
    ghost = Person(pk=uuid.uuid4())
    answers = [feed_of(person) for person in (cast.bilal, cast.teacher, cast.amina, cast.guest, ghost)]
    answers += [Client().get("/calendar/nonsense.ics"), feed_of(cast.guardian, version=1)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({len(answer.content.replace(b"nonsense", b"A" * 70)) for answer in answers}) == 1
    assert len(events(feed_of(cast.amina, version=1))) == 1


def test_the_feed_reaches_thirty_days_back_and_four_hundred_ahead(cast: Cast) -> None:
    for days in (-31, -29, 399, 401):
        plan(cast, days, f"in {days}")
    assert [str(event["SUMMARY"]) for event in events(feed_of(cast.amina))] == ["in -29", "in 399"]


def test_a_change_shows_at_once_with_a_higher_sequence_and_so_does_a_cancellation(cast: Cast) -> None:
    lesson = plan(cast, 2)
    now = timezone.now()
    actions.note_calendar_changes(now=now)
    assert events(feed_of(cast.amina))[0]["SEQUENCE"] == 0
    Lesson.objects.update(title="Moved")
    (before,) = events(feed_of(cast.amina))
    actions.note_calendar_changes(now=now)
    (after,) = events(feed_of(cast.amina))
    assert (before["SEQUENCE"], after["SEQUENCE"], str(after["SUMMARY"])) == (1, 1, "Moved")
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.CANCELLED)
    actions.note_calendar_changes(now=now)
    (gone,) = events(feed_of(cast.amina))
    assert (gone["STATUS"], gone["SEQUENCE"], gone["UID"]) == ("CANCELLED", 2, before["UID"])


def test_an_unchanged_feed_is_not_sent_again(cast: Cast) -> None:
    plan(cast, 2)
    actions.note_calendar_changes(now=timezone.now())
    etag = feed_of(cast.amina)["ETag"]
    same = feed_of(cast.amina, **{"If-None-Match": etag})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    Lesson.objects.update(title="Moved")
    assert feed_of(cast.amina, **{"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("who", ["amina", "head", "guardian"])
def test_a_feed_asks_the_database_no_more_for_more_lessons(
    cast: Cast, who: str, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        plan(cast, number + 1)
    with django_assert_num_queries(4):
        feed_of(getattr(cast, who), cast.course.pk)


def test_the_page_shows_the_address_and_makes_new_ones(cast: Cast) -> None:
    client = client_of(cast.amina)
    old = feed_token(cast.amina.pk, None, 0)
    assert f"/calendar/{old}.ics" in client.get("/calendar/settings").content.decode()
    page = client.post("/calendar/settings", {"renew": "1"}, follow=True).content.decode()
    assert old not in page
    assert f"/calendar/{feed_token(cast.amina.pk, None, 1)}.ics" in page
    assert f"/calendar/{feed_token(cast.amina.pk, cast.course.pk, 1)}.ics" in page
    assert AuditEvent.objects.filter(act="calendar.renewed", target=f"person:{cast.amina.pk}").exists()
    assert feed_of(cast.amina).status_code == 404


def test_the_page_keeps_what_one_wants(cast: Cast) -> None:
    client = client_of(cast.amina)
    client.post("/calendar/settings", {"reminders": "evening", "wants_invitations": "on"})
    own = LetterSettings.objects.get(person=cast.amina)
    assert (own.reminders, own.wants_invitations) == ("evening", True)
    client.post("/calendar/settings", {"reminders": ""})
    own.refresh_from_db()
    assert (own.reminders, own.wants_invitations) == ("", False)
    assert client.post("/calendar/settings", {"reminders": "never ever"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_database_no_more_for_more_courses(
    cast: Cast, rows: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(rows):
        actions.create_course(institution=cast.school, title=f"C{number}", language="en")
    client = client_of(cast.head)
    with django_assert_max_num_queries(8):
        client.get("/calendar/settings")


def test_a_head_of_many_courses_searches_and_turns_pages(cast: Cast) -> None:
    for number in range(25):
        actions.create_course(institution=cast.school, title=f"Course {number:02}", language="en")
    client = client_of(cast.head)
    assert "Page 1 of 3" in client.get("/calendar/settings").content.decode()
    found = client.get("/calendar/settings", {"q": "course 07"}).content.decode()
    assert "Course 07" in found and "Course 08" not in found


@pytest.mark.parametrize(
    ("kind", "field", "off"), [("reminder", "reminders", "none"), ("invitation", "wants_invitations", False)]
)
def test_one_click_unsubscribes_without_a_session_and_a_look_does_not(
    cast: Cast, kind: str, field: str, off: object
) -> None:
    door = f"/letters/{unsubscribe_token(cast.amina.pk, kind)}"
    client = Client(enforce_csrf_checks=True)
    assert client.get(door).status_code == 200
    assert not LetterSettings.objects.exists()
    for _ in range(2):
        assert client.post(door, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert getattr(LetterSettings.objects.get(person=cast.amina), field) == off


def test_a_bent_or_strange_unsubscribe_link_is_not_there(cast: Cast) -> None:
    good = unsubscribe_token(cast.amina.pk, "reminder")
    for token in (
        good[:-2],
        unsubscribe_token(cast.amina.pk, "everything"),
        unsubscribe_token(uuid.uuid4(), "reminder"),
    ):
        assert Client().post(f"/letters/{token}").status_code == 404
    assert not LetterSettings.objects.exists()
