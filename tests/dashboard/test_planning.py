"""Scheduling, changing and cancelling through the pages: shown first, saved second."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import Person, Role
from classroom import actions
from classroom.models import Course, Lesson, LessonStatus, Series, Standing
from classroom.queries import lessons_for, standing_in
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def last_sunday_of_march(year: int) -> date:
    return max(day for day in (date(year, 3, number) for number in range(25, 32)) if day.isoweekday() == 7)


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    tomorrow = timezone.localdate() + timedelta(days=1)
    form = {
        "course": cast.course.pk,
        "title": "Algebra",
        "day": tomorrow.isoformat(),
        "time": "10:00",
        "minutes": 60,
        "key": str(uuid4()),
    }
    return form | changes


def weekly(cast: Cast, **changes: Any) -> dict[str, Any]:
    return typed(cast, **{"repeats": "WEEKLY", "times": 4} | changes)


def hidden_in(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(page):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(unescape(value))
    return found


def other_course(cast: Cast, **standings: Person) -> Course:
    course = actions.create_course(institution=cast.school, title="Chemistry", language="en")
    for standing, person in standings.items():
        actions.enrol(course=course, person=person, standing=Standing(standing))
    return course


def book(course: Course, by: Person, day: date, hour: int = 10) -> Lesson:
    starts_at = datetime.combine(day, time(hour), ZoneInfo(course.institution.time_zone))
    return actions.schedule_lesson(
        course=course,
        title=f"{course.title} {hour}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=by,
    )


def make_series(cast: Cast, client: Client | None = None) -> Series:
    client = client or client_of(cast.teacher)
    answer = client.post("/lessons/new", weekly(cast, confirm=1))
    assert answer.status_code == 302
    return Series.objects.get()


def test_a_series_is_shown_first_and_saved_as_it_was_typed(cast: Cast) -> None:
    client = client_of(cast.teacher)
    shown = client.post("/lessons/new", weekly(cast, weekdays=["MO", "TH"]))
    page = shown.content.decode()
    assert (shown.status_code, Lesson.objects.count()) == (200, 0)
    assert page.count("plan-when") == 4
    saved = client.post("/lessons/new", hidden_in(page) | {"confirm": "1"})
    assert saved.status_code == 302
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4"
    assert Lesson.objects.filter(title="Algebra").count() == 4


def test_whose_board_goes_on_is_shown_before_it_is_saved(cast: Cast) -> None:
    client = client_of(cast.teacher)
    form = typed(cast, continues_board="on", day=(timezone.localdate() + timedelta(days=9)).isoformat())
    shown = client.post("/lessons/new", form).content.decode()
    assert "this one begins empty" in shown and not Lesson.objects.exists()
    before = book(cast.course, cast.teacher, timezone.localdate() + timedelta(days=2))
    cancelled = book(cast.course, cast.teacher, timezone.localdate() + timedelta(days=3))
    Lesson.objects.filter(pk=cancelled.pk).update(status=LessonStatus.CANCELLED, title="Cancelled")
    shown = client.post("/lessons/new", form).content.decode()
    assert f"begins with the pages of <bdi>{before.title}</bdi>" in shown
    assert "Each lesson after it" not in shown
    assert client.post("/lessons/new", hidden_in(shown) | {"confirm": "1"}).status_code == 302
    assert Lesson.objects.get(title="Algebra").continues_board
    form |= {"repeats": "WEEKLY", "times": 3, "title": "Geometry", "key": str(uuid4())}
    shown = client.post("/lessons/new", form).content.decode()
    assert "Each lesson after it" in shown
    client.post("/lessons/new", hidden_in(shown) | {"confirm": "1", "accept": "1"})
    assert Lesson.objects.filter(title="Geometry", continues_board=True).count() == 3


def test_whether_the_board_goes_on_is_changed_for_one_lesson_or_for_all(cast: Cast) -> None:
    client, series = client_of(cast.teacher), make_series(cast)
    lesson, *others = series.lessons.order_by("starts_at")
    local = lesson.starts_at.astimezone(lesson.zone)
    form = {"title": lesson.title, "day": local.date().isoformat(), "time": f"{local:%H:%M}", "minutes": 60}
    form |= {"substitute": "", "continues_board": "on", "scope": "all"}
    assert client.post(f"/lessons/{lesson.pk}/edit", form).status_code == 302
    assert series.lessons.filter(continues_board=True).count() == 4
    day = others[0].starts_at.astimezone(lesson.zone).date().isoformat()
    one = form | {"scope": "this", "continues_board": "", "day": day}
    assert client.post(f"/lessons/{others[0].pk}/edit", one).status_code == 302
    others[0].refresh_from_db()
    assert (others[0].continues_board, others[0].own_fields) == (False, ["board"])


def test_going_back_keeps_everything_that_was_typed(cast: Cast) -> None:
    client = client_of(cast.teacher)
    shown = client.post("/lessons/new", weekly(cast, weekdays=["TH"])).content.decode()
    back = client.post("/lessons/new", hidden_in(shown) | {"change": "1"}).content.decode()
    assert 'value="Algebra"' in back and 'value="TH" id="id_weekdays_' in back
    assert re.search(r'value="TH"[^>]* checked', back)
    assert '<option value="WEEKLY" selected>' in back


def test_the_same_form_sent_twice_is_one_series(cast: Cast) -> None:
    client, form = client_of(cast.teacher), weekly(cast, confirm=1)
    assert [client.post("/lessons/new", form).status_code for _ in range(2)] == [302, 302]
    assert Lesson.objects.count() == 4


def test_a_garbled_key_is_none(cast: Cast) -> None:
    assert client_of(cast.teacher).post("/lessons/new", typed(cast, key="x'")).status_code == 302


def test_anothers_key_opens_nothing(cast: Cast) -> None:
    lesson = book(cast.course, cast.head, timezone.localdate() + timedelta(days=9))
    answer = client_of(cast.teacher).post("/lessons/new", typed(cast, key=str(lesson.pk)))
    assert (answer.status_code, "used already" in answer.content.decode()) == (400, True)


def test_the_night_of_the_change_is_said_before_saving(cast: Cast) -> None:
    gap = last_sunday_of_march(timezone.localdate().year + 1)
    form = weekly(cast, day=(gap - timedelta(days=7)).isoformat(), time="02:30", time_zone="Europe/Zurich")
    page = client_of(cast.teacher).post("/lessons/new", form).content.decode()
    assert "The clocks go forward that night: it begins at 03:30." in page
    assert page.count("The clocks go") == 1


def test_an_hour_across_the_change_does_not_read_as_none(cast: Cast) -> None:
    year = timezone.localdate().year + 1
    fold = max(day for day in (date(year, 10, number) for number in range(25, 32)) if day.isoweekday() == 7)
    form = weekly(cast, day=(fold - timedelta(days=7)).isoformat(), time="02:30", time_zone="Europe/Zurich")
    page = client_of(cast.teacher).post("/lessons/new", form).content.decode()
    assert "02:30 CEST – 02:30 CET" in page
    assert "02:30 – 03:30" in page, "where the clocks stay, the zone is not repeated"


def test_a_plan_shows_the_clocks_of_its_own_zone_on_both_sides_of_the_change(cast: Cast) -> None:
    first = last_sunday_of_march(timezone.localdate().year + 1) - timedelta(days=11)
    form = weekly(cast, day=first.isoformat(), time="10:15", time_zone="Europe/Zurich")
    page = client_of(cast.head).post("/lessons/new", form).content.decode()
    assert page.count("10:15 – 11:15") == 4
    assert (page.count("T10:15:00+01:00"), page.count("T10:15:00+02:00")) == (2, 2)
    assert "Times in Europe/Zurich" in page


def test_a_holiday_is_named_and_left_out(cast: Cast) -> None:
    day = timezone.localdate() + timedelta(days=8)
    actions.add_holiday(institution=cast.school, name="Elections", first_on=day, last_on=day, by=cast.head)
    client, form = client_of(cast.teacher), weekly(cast)
    page = client.post("/lessons/new", form).content.decode()
    assert "Elections" in page and "Left out" in page
    client.post("/lessons/new", form | {"confirm": "1"})
    assert Lesson.objects.count() == 3


def test_a_lesson_on_a_holiday_is_possible_after_a_look(cast: Cast) -> None:
    day = timezone.localdate() + timedelta(days=1)
    actions.add_holiday(institution=cast.school, name="Elections", first_on=day, last_on=day, by=cast.head)
    client, form = client_of(cast.teacher), typed(cast)
    assert "Elections" in client.post("/lessons/new", form).content.decode()
    assert client.post("/lessons/new", form | {"confirm": "1"}).status_code == 302


def test_a_conflict_is_shown_and_saved_only_when_accepted(cast: Cast) -> None:
    other = other_course(cast, teacher=cast.teacher, student=cast.amina)
    book(other, cast.teacher, timezone.localdate() + timedelta(days=1))
    client, form = client_of(cast.teacher), typed(cast)
    page = unescape(client.post("/lessons/new", form).content.decode())
    assert "\u2068Tomas\u2069 is in “\u2068Chemistry 10\u2069” then, from 10:00 to 11:00." in page
    assert "1 student is in “\u2068Chemistry 10\u2069” then, from 10:00 to 11:00: \u2068Amina\u2069" in page
    refused = client.post("/lessons/new", form | {"confirm": "1"})
    assert (refused.status_code, Lesson.objects.filter(title="Algebra").exists()) == (400, False)
    assert "Tick the box" in refused.content.decode()
    assert client.post("/lessons/new", form | {"confirm": "1", "accept": "on"}).status_code == 302
    assert Lesson.objects.filter(title="Algebra").exists()


def test_too_few_recorders_are_said_with_the_exact_number(cast: Cast, settings: Any) -> None:
    settings.RECORDER_CAPACITY = 9
    day = timezone.localdate() + timedelta(days=1)
    theirs = actions.create_course(institution=cast.elsewhere, title="Secret", language="de")
    starts_at = datetime.combine(day, time(10, 15), ZoneInfo("Africa/Nairobi"))
    for _ in range(13):
        actions.schedule_lesson(
            course=theirs,
            title="Secret",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=15),
            created_by=cast.stranger,
        )
    page = client_of(cast.teacher).post("/lessons/new", typed(cast)).content.decode()
    assert f"{day:%A} 10:15 needs 14 recorders, you have 9." in page
    assert "Secret" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2020-01-01"}, "in the past"),
        ({"day": "9999-12-31"}, "too far ahead"),
        ({"day": "0001-01-01"}, "in the past"),
        ({"day": "2026-02-30"}, "valid date"),
        ({"time": "25:00"}, "valid time"),
        ({"times": "10000"}, "less than or equal to 200"),
        ({"times": "", "until": "2099-01-01"}, "two years at most"),
        ({"times": ""}, "one of the two"),
        ({"until": "2099-01-01"}, "one of the two"),
        ({"times": "", "until": "2020-01-01"}, "no such day"),
        ({"repeats": "DAILY", "times": "", "until": "far"}, "200 lessons at most"),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"repeats": "SECONDLY"}, "valid choice"),
        ({"weekdays": ["XX"]}, "valid choice"),
        ({"time_zone": "Mars/Olympus"}, "no such zone"),
        ({"time_zone": "../../etc/passwd"}, "no such zone"),
        ({"time_zone": "Africa/Nairobi\x00"}, "Null characters"),
        ({"title": "\u202e\u200b\u2066"}, "required"),
        ({"title": "a\x00b"}, "Null characters"),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"minutes": "-60"}, "valid choice"),
        ({"course": "1' OR 1=1"}, "not a valid UUID"),
    ],
)
def test_bad_input_is_an_error_at_its_field(cast: Cast, changes: dict[str, Any], sentence: str) -> None:
    if changes.get("until") == "far":
        changes = changes | {"until": (timezone.localdate() + timedelta(days=300)).isoformat()}
    if changes.get("times") == "" and "200 " not in sentence and "until" in changes:
        changes = {"repeats": "WEEKLY"} | changes
    answer = client_of(cast.teacher).post("/lessons/new", weekly(cast, **changes))
    assert answer.status_code == 400
    assert sentence in unescape(answer.content.decode())
    assert not Lesson.objects.exists()


def test_marks_that_turn_text_around_are_taken_out_of_a_title(cast: Cast) -> None:
    client_of(cast.teacher).post("/lessons/new", typed(cast, title="\u202egnp.exe\u200b درس"))
    assert Lesson.objects.get().title == "gnp.exe درس"


def test_only_the_head_and_the_courses_teachers_change_a_lesson(cast: Cast) -> None:
    other = people.add_person(institution=cast.school, email="o@here.test", name="Other", role=Role.TEACHER)
    lesson = make_series(cast).lessons.earliest("starts_at")
    for page in ("edit", "cancel"):
        codes = {
            person.name: client_of(person).get(f"/lessons/{lesson.pk}/{page}").status_code
            for person in (cast.head, cast.teacher, cast.amina, cast.guardian, cast.stranger, other)
        }
        assert codes == {
            "Salma": 200,
            "Tomas": 200,
            "Amina": 403,
            "Hodan": 403,
            "Jonas": 404,
            "Other": 404,
        }


def test_a_substitute_sees_and_teaches_but_does_not_plan(cast: Cast) -> None:
    deputy = people.add_person(institution=cast.school, email="d@here.test", name="Dora", role=Role.TEACHER)
    lesson = book(cast.course, cast.teacher, timezone.localdate() + timedelta(days=1))
    address = f"/lessons/{lesson.pk}/"
    assert client_of(deputy).get(address).status_code == 404
    answer = client_of(cast.teacher).post(f"{address}edit", edited(lesson, substitute=deputy.pk))
    assert answer.status_code == 302
    assert "Dora" in client_of(cast.amina).get(address).content.decode()
    assert client_of(deputy).get(address).status_code == 200
    assert client_of(deputy).get(f"{address}edit").status_code == 403
    assert (standing_in(deputy, Lesson.objects.get()), lessons_for(deputy).count()) == (Standing.TEACHER, 1)


def edited(lesson: Lesson, **changes: Any) -> dict[str, Any]:
    local = lesson.starts_at.astimezone(lesson.zone)
    form = {
        "title": lesson.title,
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "minutes": 60,
        "scope": "this",
    }
    return form | changes


def test_changing_all_is_shown_first_and_carries_only_what_was_touched(cast: Cast) -> None:
    series, client = make_series(cast), client_of(cast.teacher)
    first, second, *_ = series.lessons.order_by("starts_at")
    alone = client.post(f"/lessons/{second.pk}/edit", edited(second, time="15:00"))
    assert alone.status_code == 302
    second.refresh_from_db()
    client.post(f"/lessons/{second.pk}/edit", edited(second, title="Geometry", scope="all"))
    assert set(series.lessons.values_list("title", flat=True)) == {"Geometry"}
    first.refresh_from_db()
    wider = edited(first, time="11:00", scope="all")
    shown = client.post(f"/lessons/{first.pk}/edit", wider)
    assert shown.content.decode().count("plan-when") == 3
    client.post(f"/lessons/{first.pk}/edit", wider | {"confirm": "1"})
    hours = [one.starts_at.astimezone(one.zone).hour for one in series.lessons.order_by("starts_at")]
    assert hours == [11, 15, 11, 11]


def test_changing_into_a_conflict_is_said(cast: Cast) -> None:
    day = timezone.localdate() + timedelta(days=1)
    lesson = book(cast.course, cast.teacher, day, 8)
    book(other_course(cast, teacher=cast.teacher), cast.teacher, day, 10)
    page = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/edit", edited(lesson, time="10:30"))
    assert "Chemistry 10" in page.content.decode()
    lesson.refresh_from_db()
    assert lesson.starts_at.astimezone(lesson.zone).hour == 8


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"day": "2020-01-01"}, "in the past"),
        ({"title": ""}, "required"),
        ({"scope": "everything"}, "valid choice"),
        ({"scope": "all", "day": "tomorrow"}, "Only a single lesson can move"),
        ({"substitute": str(uuid4())}, "valid choice"),
    ],
)
def test_a_wrong_change_says_what_is_wrong(cast: Cast, changes: dict[str, str], sentence: str) -> None:
    lesson = make_series(cast).lessons.earliest("starts_at")
    if changes.get("day") == "tomorrow":
        changes = changes | {"day": (timezone.localdate() + timedelta(days=2)).isoformat()}
    answer = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/edit", edited(lesson, **changes))
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)


def test_a_lesson_that_has_begun_is_not_changed(cast: Cast, lesson: Lesson) -> None:
    client = client_of(cast.teacher)
    for page in ("edit", "cancel"):
        for method in (client.get, client.post):
            assert method(f"/lessons/{lesson.pk}/{page}")["Location"] == f"/lessons/{lesson.pk}/"
    lesson.refresh_from_db()
    assert (lesson.title, lesson.status) == ("Fractions", LessonStatus.SCHEDULED)


def test_a_cancelled_lesson_says_why(cast: Cast) -> None:
    series = make_series(cast)
    second = series.lessons.order_by("starts_at")[1]
    client_of(cast.teacher).post(f"/lessons/{second.pk}/cancel", {"scope": "following", "reason": "Flood"})
    assert series.lessons.filter(status=LessonStatus.CANCELLED).count() == 3
    page = client_of(cast.amina).get(f"/lessons/{second.pk}/").content.decode()
    assert "Flood" in page and "recorded by itself" not in page


def test_holidays_are_the_heads(cast: Cast) -> None:
    day = (timezone.localdate() + timedelta(days=1)).isoformat()
    form = {"name": "Elections", "first_on": day, "last_on": day}
    lesson = book(cast.course, cast.teacher, date.fromisoformat(day))
    for person in (cast.teacher, cast.amina, cast.guardian, cast.stranger, cast.guest):
        assert client_of(person).post("/holidays/", form).status_code == 403
    client = client_of(cast.head)
    address = client.post("/holidays/", form)["Location"]
    page = client.get(address).content.decode()
    assert lesson.title in page and "Cancel 1 lesson" in page
    assert client_of(cast.teacher).get(address).status_code == 403
    assert client_of(cast.stranger).get(address).status_code == 404
    client.post(f"{address}cancel-lessons")
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.CANCELLED
    assert client.post(f"{address}remove").status_code == 302
    assert client.get(address).status_code == 404


def test_anothers_holiday_is_like_none(cast: Cast) -> None:
    day = timezone.localdate()
    theirs = actions.add_holiday(
        institution=cast.elsewhere, name="Bundesfeier", first_on=day, last_on=day, by=cast.stranger
    )
    client = client_of(cast.head)
    ours, none = (client.get(f"/holidays/{pk}/") for pk in (theirs.pk, uuid4()))
    told = re.compile(r'value="[^"]*"|/holidays/[0-9a-f-]+')  # the token, and what was asked for
    assert ours.status_code == none.status_code == 404
    assert told.sub("", ours.content.decode()) == told.sub("", none.content.decode())
    assert "Bundesfeier" not in client.get("/holidays/").content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"last_on": "2026-12-01"}, "before the first"),
        ({"last_on": "2030-12-01"}, "a year at most"),
        ({"first_on": "0001-01-01"}, "of this century"),
        ({"name": "\u200b"}, "required"),
    ],
)
def test_a_wrong_holiday_is_an_error_at_its_field(cast: Cast, changes: dict[str, str], sentence: str) -> None:
    form = {"name": "Winter", "first_on": "2026-12-21", "last_on": "2027-01-03"}
    answer = client_of(cast.head).post("/holidays/", form | changes)
    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_holidays_page_asks_no_more_for_more(
    cast: Cast, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        day = date(2027, 1, 1 + number)
        actions.add_holiday(institution=cast.school, name="X", first_on=day, last_on=day, by=cast.head)
    client = client_of(cast.head)
    with django_assert_num_queries(8):
        client.get("/holidays/")


def test_a_stream_is_planned_where_the_lesson_is_changed_and_stays_where_it_was_not_touched(
    cast: Cast,
) -> None:
    series, client = make_series(cast), client_of(cast.teacher)
    first, second, *_ = series.lessons.order_by("starts_at")
    streamed = {"is_streamed": "on", "room_seats": "40"}
    shown = client.post(f"/lessons/{second.pk}/edit", edited(second, scope="following", **streamed))
    assert shown.status_code == 302
    rows = series.lessons.order_by("starts_at").values_list("is_streamed", "room_seats")
    following = Lesson.objects.filter(starts_at__gte=second.starts_at, course=cast.course)
    assert rows[0] == (False, None)
    assert set(following.values_list("is_streamed", "room_seats")) == {(True, 40)}
    client.post(f"/lessons/{second.pk}/edit", edited(second, title="Geometry", **streamed))
    second.refresh_from_db()
    assert (second.title, second.is_streamed, second.room_seats) == ("Geometry", True, 40)
    assert "open" in client.get(f"/lessons/{second.pk}/edit").content.decode().partition("repeat")[2][:8]
    wrong = client.post(f"/lessons/{first.pk}/edit", edited(first, room_seats="-1"))
    assert (wrong.status_code, 'value="-1"' in wrong.content.decode()) == (400, True)
