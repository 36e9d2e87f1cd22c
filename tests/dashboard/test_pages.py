"""The pages as each of the cast sees them."""

from __future__ import annotations

import csv
import io
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from classroom import actions
from classroom.models import Lesson, Standing
from config.logs import WithoutTraceback
from recordings.actions import expect_recordings
from tests.conftest import PASSWORD, Cast
from tests.sessions import sign_in

pytestmark = pytest.mark.django_db


def client_of(person: Person) -> Client:
    client = Client()
    sign_in(client, person)
    return client


def test_the_timetable_shows_my_lessons_and_no_other_schools(cast: Cast, lesson: Lesson) -> None:
    assert "Fractions" in client_of(cast.amina).get("/lessons").content.decode()
    assert "Fractions" not in client_of(cast.stranger).get("/lessons").content.decode()


def test_search_finds_by_lesson_course_and_teacher(cast: Cast, lesson: Lesson) -> None:
    client = client_of(cast.amina)
    for query in ("fract", "7B", "tomas"):
        assert "Fractions" in client.get("/lessons", {"q": query}).content.decode()
    assert "Nothing was found" in client.get("/lessons", {"q": "chemistry"}).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_timetable_asks_the_database_no_more_for_more_lessons(
    cast: Cast, rows: int, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    for number in range(rows):
        begun = now + timedelta(hours=number)
        actions.schedule_lesson(
            course=cast.course,
            title=f"L{number}",
            starts_at=begun,
            ends_at=begun + timedelta(minutes=30),
            created_by=cast.teacher,
        )
    client = client_of(cast.amina)
    with django_assert_max_num_queries(12):
        client.get("/lessons")


def test_a_long_timetable_has_pages(cast: Cast) -> None:
    now = timezone.now()
    for number in range(25):
        begun = now + timedelta(hours=number)
        actions.schedule_lesson(
            course=cast.course,
            title=f"L{number}",
            starts_at=begun,
            ends_at=begun + timedelta(minutes=30),
            created_by=cast.teacher,
        )
    client = client_of(cast.amina)
    first, second = (client.get("/lessons", {"page": page}).content.decode() for page in (1, 2))
    assert ("L19<" in first, "L20<" in first) == (True, False)
    assert "L24<" in second


def test_the_room_is_entered_by_the_class_only(cast: Cast, lesson: Lesson) -> None:
    door = f"/lessons/{lesson.pk}/room"
    codes = {
        who: client_of(getattr(cast, who)).get(door).status_code
        for who in ("teacher", "amina", "head", "guardian", "stranger")
    }
    assert codes == {"teacher": 200, "amina": 200, "head": 200, "guardian": 403, "stranger": 404}


def test_a_guardian_is_offered_no_door_that_is_shut(cast: Cast, lesson: Lesson) -> None:
    room = f'href="/lessons/{lesson.pk}/room"'
    offered = {
        who: room in client_of(getattr(cast, who)).get("/lessons").content.decode()
        for who in ("teacher", "amina", "head", "guardian")
    }
    assert offered == {"teacher": True, "amina": True, "head": True, "guardian": False}


def test_only_the_page_of_a_lesson_that_is_over_asks_their_browsers_what_was_not_sent(
    cast: Cast, lesson: Lesson
) -> None:
    def asked(person: Person) -> bool | None:
        """Whether as one who holds the lesson."""
        answer = client_of(person).get(f"/lessons/{lesson.pk}/")
        page = answer.context["left_behind"]
        text = answer.content.decode()
        assert ("/left_behind." in text) == ('id="texts"' in text) == (page is not None)
        return None if page is None else bool(page["may_manage"])

    cast_here = (cast.amina, cast.teacher, cast.guardian)
    assert [asked(person) for person in cast_here] == [None, None, None]
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert [asked(person) for person in cast_here] == [False, True, None]


def test_before_the_doors_open_the_room_sends_to_the_page_that_waits(cast: Cast) -> None:
    begun = timezone.now() + timedelta(hours=3)
    lesson = actions.schedule_lesson(
        course=cast.course,
        title="Later",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )
    response = client_of(cast.amina).get(f"/lessons/{lesson.pk}/room")
    assert (response.status_code, response["Location"]) == (302, f"/lessons/{lesson.pk}/waiting")


def attend(cast: Cast, lesson: Lesson, seconds: int) -> None:
    actions.enter_room(
        room=lesson.room,
        person=cast.amina,
        standing=Standing.STUDENT,
        occupant=uuid4(),
        connection="c",
        now=lesson.starts_at,
    )
    actions.end_lesson(lesson=lesson, now=lesson.starts_at + timedelta(seconds=seconds))


def test_the_register_says_who_came_and_for_how_long(cast: Cast, lesson: Lesson) -> None:
    attend(cast, lesson, 150)
    page = client_of(cast.teacher).get(f"/lessons/{lesson.pk}/register").content.decode()
    assert "Amina" in page
    assert "2.5" in page
    assert client_of(cast.amina).get(f"/lessons/{lesson.pk}/register").status_code == 403


def test_the_register_as_csv_cannot_be_a_formula(cast: Cast, lesson: Lesson) -> None:
    Person.objects.filter(pk=cast.amina.pk).update(name="=HYPERLINK(1)")
    attend(cast, lesson, 60)
    body = client_of(cast.teacher).get(f"/lessons/{lesson.pk}/register.csv").content.decode("utf-8-sig")
    names = [row[0] for row in csv.reader(io.StringIO(body))]
    assert "'=HYPERLINK(1)" in names


def test_a_teacher_schedules_and_everything_else_follows(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    form = {
        "course": cast.course.pk,
        "title": "Decimals",
        "day": tomorrow.isoformat(),
        "time": "09:00",
        "minutes": 45,
    }
    response = client_of(cast.teacher).post("/lessons/new", form)
    assert response.status_code == 302
    lesson = Lesson.objects.get(title="Decimals")
    assert lesson.starts_at.astimezone().utcoffset() is not None
    assert lesson.starts_at.hour == 6  # nine o'clock in Nairobi
    assert expect_recordings(now=timezone.now()) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2020-01-01"}, "in the past"),
        ({"title": ""}, "required"),
        ({"course": str(uuid4())}, "valid choice"),
        ({"minutes": "100000"}, "valid choice"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(
    cast: Cast, changes: dict[str, str], sentence: str
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    form = {
        "course": cast.course.pk,
        "title": "Decimals",
        "day": tomorrow.isoformat(),
        "time": "09:00",
        "minutes": 45,
    }
    response = client_of(cast.teacher).post("/lessons/new", {**form, **changes})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert 'value="09:00' in response.content.decode()


@pytest.mark.parametrize("who", ["amina", "guardian", "stranger"])
def test_who_may_not_schedule_in_this_course(cast: Cast, who: str) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    form = {
        "course": cast.course.pk,
        "title": "Mine",
        "day": tomorrow.isoformat(),
        "time": "09:00",
        "minutes": 45,
    }
    assert client_of(getattr(cast, who)).post("/lessons/new", form).status_code in {400, 403}
    assert not Lesson.objects.filter(title="Mine").exists()


def test_an_hour_that_does_not_exist_is_refused(cast: Cast) -> None:
    cast.school.time_zone = "Europe/Zurich"
    cast.school.save()
    year = timezone.localdate().year + 1
    last_sunday = max(day for day in range(25, 32) if timezone.datetime(year, 3, day).weekday() == 6)  # type: ignore[attr-defined]
    form = {
        "course": cast.course.pk,
        "title": "Ghost",
        "day": f"{year}-03-{last_sunday}",
        "time": "02:30",
        "minutes": 45,
    }
    response = client_of(cast.teacher).post("/lessons/new", form)
    assert "does not exist" in response.content.decode()


def test_signing_in_with_a_password_and_out_again(cast: Cast) -> None:
    client = Client()
    page = client.post("/sign-in", {"username": cast.amina.email, "password": PASSWORD})
    assert (page.status_code, page["Location"]) == (302, "/")
    client.post("/sign-out")
    assert client.get("/")["Location"].startswith("/sign-in")


def test_the_demos_buttons_are_no_door_anywhere_else(cast: Cast, settings: Any) -> None:
    settings.DARASA_DEMO = False
    assert Client().post("/enter-as/teacher").status_code == 404


def test_health_needs_nothing_and_readiness_names_what_is_away(cast: Cast, settings: Any) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json()["status"] == "ok"
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    away = Client().get("/readyz")
    assert (away.status_code, away.json()["redis"], away.json()["database"]) == (503, False, True)


def test_a_nul_in_an_address_is_a_bad_request_not_a_server_error(cast: Cast) -> None:
    assert client_of(cast.amina).get("/?q=%00").status_code == 400


def test_pages_of_signed_in_people_stay_in_no_cache(cast: Cast) -> None:
    client = client_of(cast.head)
    for address in ("/", "/account", "/nowhere"):
        assert client.get(address)["Cache-Control"] == "private, no-store", address
    assert "no-store" in client.get("/api/v1/lessons")["Cache-Control"]
    assert "no-store" not in Client().get("/nowhere").get("Cache-Control", "")


def test_a_refusal_is_one_line_of_the_log_and_a_fault_is_not(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(WithoutTraceback())
    door = reverse("people", args=[cast.school.pk])
    assert client_of(cast.amina).get(door).status_code in (403, 404)
    refused = [record for record in caplog.records if record.name == "django.request"]
    assert refused
    assert all(record.exc_info is None for record in refused)
    fault = logging.makeLogRecord({"status_code": 500, "exc_info": (ValueError, ValueError(), None)})
    assert WithoutTraceback().filter(fault)
    assert fault.exc_info
