"""The calendar in the school's zone: what it shows, to whom, and at what price."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Institution, Person
from classroom import actions
from classroom.models import Course, Lesson, LessonStatus, Standing
from classroom.recurrence import WEEKDAYS
from dashboard.calendar_grid import span_of
from tests.conftest import Cast
from tests.tiers import sampled

pytestmark = pytest.mark.django_db
NAIROBI = ZoneInfo("Africa/Nairobi")


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def book(cast: Cast, at: datetime, title: str = "Algebra", course: Course | None = None) -> Lesson:
    return actions.schedule_lesson(
        course=course or cast.course,
        title=title,
        starts_at=at,
        ends_at=at + timedelta(hours=1),
        created_by=cast.teacher,
    )


def days_with(page: str, title: str) -> list[str]:
    """The days, as ISO, under which a lesson of this title stands."""
    parts = re.split(r'<li class="day[ "]', page)[1:]
    return [re.search(r'datetime="(\d{4}-\d\d-\d\d)', part)[1] for part in parts if title in part]  # type: ignore[index]


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_a_lesson_stands_on_the_schools_own_day(cast: Cast, view: str) -> None:
    book(cast, datetime(2026, 11, 24, 0, 30, tzinfo=NAIROBI))  # still the 23rd in Greenwich
    client = client_of(cast.amina)
    page = client.get("/calendar/", {"view": view, "on": "2026-11-24"}).content.decode()
    assert "00:30" in page
    if view != "day":
        assert days_with(page, "Algebra") == ["2026-11-24"]
    else:
        before = client.get("/calendar/", {"view": view, "on": "2026-11-23"}).content.decode()
        assert "Algebra" not in before


@pytest.mark.parametrize(
    ("who", "sees"),
    [("amina", True), ("guardian", True), ("head", True), ("stranger", False), ("guest", False)],
)
def test_everybody_sees_their_own(cast: Cast, who: str, sees: bool) -> None:
    book(cast, datetime(2026, 11, 24, 9, tzinfo=NAIROBI))
    page = client_of(getattr(cast, who)).get("/calendar/", {"on": "2026-11-24"}).content.decode()
    assert ("Algebra" in page, cast.course.title in page) == (sees, sees)


def test_the_filter_shows_one_course(cast: Cast) -> None:
    other = actions.create_course(institution=cast.school, title="Chemistry", language="en")
    actions.enrol(course=other, person=cast.amina, standing=Standing.STUDENT)
    at = datetime(2026, 11, 24, 9, tzinfo=NAIROBI)
    book(cast, at), book(cast, at, "Acids", other)
    page = (
        client_of(cast.amina)
        .get("/calendar/", {"on": "2026-11-24", "course": str(other.pk)})
        .content.decode()
    )
    assert "Acids" in page and "Algebra" not in page
    assert f"course={other.pk}" in page


@pytest.mark.parametrize(
    "asked",
    [
        {"view": "decade"},
        {"on": "2026-13-45"},
        {"on": "soon"},
        {"on": "9999-12-31"},
        {"on": "0001-01-01"},
        {"course": "x"},
        {"course": str(uuid4())},
        {"view": "day", "page": "-1"},
    ],
)
def test_an_address_that_makes_no_sense_is_no_error(cast: Cast, asked: dict[str, str]) -> None:
    assert client_of(cast.amina).get("/calendar/", asked).status_code == 200


def test_an_empty_week_leads_to_the_next_lesson(cast: Cast) -> None:
    book(cast, datetime(2027, 2, 3, 9, tzinfo=NAIROBI))
    page = client_of(cast.amina).get("/calendar/", {"on": "2026-11-24"}).content.decode()
    assert "No lessons in this week" in page and "on=2027-02-03" in page


def test_a_cell_of_the_month_says_how_many_more_there_are(cast: Cast) -> None:
    for hour in range(8, 14):
        book(cast, datetime(2026, 11, 24, hour, tzinfo=NAIROBI), f"At {hour}")
    client = client_of(cast.amina)
    month = client.get("/calendar/", {"view": "month", "on": "2026-11-01"}).content.decode()
    assert ("At 10" in month, "At 11" in month, "3 more" in month) == (True, False, True)
    assert "At 13" in client.get("/calendar/", {"view": "day", "on": "2026-11-24"}).content.decode()


def test_holidays_and_cancelled_lessons_are_marked(cast: Cast) -> None:
    day = date(2026, 11, 25)
    actions.add_holiday(institution=cast.school, name="Elections", first_on=day, last_on=day, by=cast.head)
    lesson = book(cast, datetime(2026, 11, 24, 9, tzinfo=NAIROBI))
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.CANCELLED)
    page = client_of(cast.amina).get("/calendar/", {"on": "2026-11-24"}).content.decode()
    assert days_with(page, "Elections") == ["2026-11-25"]
    assert 'data-state="cancelled"' in page


@pytest.mark.parametrize(
    ("chosen", "zone", "first"),
    [
        ("", "Africa/Nairobi", "2026-11-23"),
        ("", "Africa/Cairo", "2026-11-22"),
        ("", "Asia/Tehran", "2026-11-21"),
        ("", "UTC", "2026-11-23"),
        (6, "Africa/Nairobi", "2026-11-21"),
    ],
)
def test_the_week_begins_as_the_school_has_it_in_every_language(
    cast: Cast, chosen: int | str, zone: str, first: str
) -> None:
    policy = {"week_begins": chosen} if chosen else {}
    Institution.objects.filter(pk=cast.school.pk).update(time_zone=zone, policy=policy)
    client = client_of(cast.teacher)
    for language in ("en", "ar"):
        client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
        week = client.get("/calendar/", {"view": "week", "on": "2026-11-26"})
        assert week.context["span"].first.isoformat() == first
        plan = client.get("/lessons/new").content.decode()
        assert re.search(r'name="weekdays" value="(\w\w)"', plan)[1] == week_day(first)  # type: ignore[index]


def week_day(on: str) -> str:
    return WEEKDAYS[date.fromisoformat(on).weekday()]


def test_a_month_has_whole_weeks_and_neighbours() -> None:
    span = span_of("month", date(2026, 1, 31), week_begins=1)
    assert (len(span.days) % 7, span.first, span.last) == (0, date(2025, 12, 29), date(2026, 2, 1))
    assert (span.before, span.after) == (date(2025, 12, 1), date(2026, 2, 1))


def test_arabic_is_written_from_right_to_left(cast: Cast) -> None:
    client = client_of(cast.amina)
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = "ar"
    assert 'dir="rtl"' in client.get("/calendar/").content.decode()


@pytest.mark.parametrize("view", sampled(["month", "week", "day"], every=3))
@pytest.mark.parametrize("who", sampled(["head", "teacher", "amina", "guardian"], every=2))
def test_more_lessons_ask_no_more_of_the_database(cast: Cast, view: str, who: str) -> None:
    client = client_of(getattr(cast, who))
    numbers = []
    for hour in (8, 9, 10):
        book(cast, datetime(2026, 11, 24, hour, tzinfo=NAIROBI))
        with CaptureQueriesContext(connection) as asked:
            client.get("/calendar/", {"view": view, "on": "2026-11-24"})
        numbers.append(len(asked))
    assert numbers[0] == numbers[1] == numbers[2] <= 12
