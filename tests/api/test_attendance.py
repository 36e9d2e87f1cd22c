"""What the API says of a lesson that was held: register, intervals, how the class took part, and weeks page by page."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.callers import SCOPES
from accounts.models import Person
from attendance.actions import correct_entry, settle_lesson
from attendance.models import EngagementLine, RegisterEntry, WeeklyLine
from classroom import actions as lessons
from classroom.models import Lesson, Standing
from tests.api.conftest import asker, make_key, with_key
from tests.attendance.scenes import come, end, plan, say_of_itself, stay_there
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast: Cast) -> Lesson:
    """An hour: Amina came twelve minutes late and looked away from minute 30 to 40; Bilal did not come. The head only
    looked on."""
    lesson = plan(cast, timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    come(lesson, cast.head, 1, Standing.OBSERVER)
    tab = come(lesson, cast.amina, 12)
    stay_there(lesson, cast.amina, tab, 12, 30)
    say_of_itself(lesson, cast.amina, tab, "hidden", 30)
    stay_there(lesson, cast.amina, tab, 40, 60)
    end(lesson, cast)
    settle_lesson(lesson=lesson, now=timezone.now())
    return lesson


def ask(cast: Cast, door: str, *ids: Any, who: str = "key") -> Any:
    response = asker(cast, who)("GET", reverse(door, args=ids))
    assert response.status_code == 200, response.content
    return response.json()


def at(lesson: Lesson, minute: float) -> str:
    moment = lesson.starts_at + timedelta(minutes=minute)
    return moment.isoformat().replace("+00:00", "Z")


def test_a_register_says_who_came_when_and_what_was_put_right(cast: Cast, held: Lesson) -> None:
    register = ask(cast, "api_register", held.pk)
    assert (register["lesson"], register["minutes"], register["is_final"]) == (str(held.pk), 60.0, True)
    lines = {one["name"]: one for one in register["lines"]}
    assert set(lines) == {"Amina", "Bilal", cast.teacher.name}
    assert lines["Amina"] == {
        "person": str(cast.amina.pk),
        "name": "Amina",
        "standing": "student",
        "first_joined_at": at(held, 12),
        "last_left_at": at(held, 60),
        "seconds": 2880.0,
        "rejoins": 0,
        "is_inside": False,
        "status": "late",
        "is_corrected": False,
        "late_seconds": 720.0,
        "early_seconds": 0.0,
        "active_seconds": 2280.0,
    }
    absent = lines["Bilal"]
    assert (absent["status"], absent["seconds"], absent["first_joined_at"]) == ("absent", 0.0, None)
    assert (absent["active_seconds"], lines[cast.teacher.name]["status"]) == (None, None)
    entry = RegisterEntry.objects.get(lesson=held, person=cast.amina)
    correct_entry(entry=entry, status="present", reason="The bus", by=cast.teacher, now=timezone.now())
    lines = {one["name"]: one for one in ask(cast, "api_register", held.pk)["lines"]}
    assert (lines["Amina"]["status"], lines["Amina"]["is_corrected"]) == ("present", True)
    assert "The bus" not in str(lines)


def test_intervals_are_what_the_register_is_made_of(cast: Cast, held: Lesson) -> None:
    told = ask(cast, "api_intervals", held.pk)
    assert (told["lesson"], told["is_final"]) == (str(held.pk), True)
    by_person = {one["person"]: one["stretches"] for one in told["lines"]}
    assert set(by_person) == {str(cast.amina.pk), str(cast.teacher.pk)}
    assert by_person[str(cast.amina.pk)] == [
        {"starts_at": at(held, 12), "ends_at": at(held, 30), "activity": "active", "doors": ["page"]},
        {"starts_at": at(held, 30), "ends_at": at(held, 40), "activity": "hidden", "doors": ["page"]},
        {"starts_at": at(held, 40), "ends_at": at(held, 60), "activity": "active", "doors": ["page"]},
    ]


def test_intervals_say_by_which_doors(cast: Cast) -> None:
    """Bilal watches the stream for ten minutes, and comes into the room half a minute later."""
    lesson = plan(cast, timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    lesson.refresh_from_db()
    begun, viewer = lesson.starts_at, uuid.uuid4()
    watching: dict[str, Any] = {"room": lesson.room, "person": cast.bilal, "viewer": viewer}
    lessons.watch_stream(**watching, standing=Standing.STUDENT, now=begun)
    assert lessons.leave_stream(**watching, now=begun + timedelta(minutes=10))
    tab = come(lesson, cast.bilal, 10.5)
    stay_there(lesson, cast.bilal, tab, 10.5, 60)
    end(lesson, cast)
    lines = ask(cast, "api_intervals", lesson.pk)["lines"]
    [told] = [one["stretches"] for one in lines if one["person"] == str(cast.bilal.pk)]
    assert [(one["ends_at"], one["activity"], one["doors"]) for one in told] == [
        (at(lesson, 10), "unmeasured", ["hls"]),
        (at(lesson, 10.5), "disconnected", []),
        (at(lesson, 60), "active", ["page"]),
    ]


def test_how_a_class_took_part_is_told_in_sums_and_of_nobody(cast: Cast, held: Lesson) -> None:
    sums = ask(cast, "api_engagement", held.pk)
    assert (sums["lesson"], sums["students"], sums["mean_score"]) == (str(held.pk), 1, 80.0)
    signals = {one["kind"]: (one["students"], one["mean"]) for one in sums["signals"]}
    assert signals == {
        "presence": (1, 0.8),
        "participation": (0, None),
        "speed": (0, None),
        "voice": (0, None),
        "board": (0, None),
        "attention": (1, 0.792),
    }
    assert str(cast.amina.pk) not in str(sums)
    EngagementLine.objects.all().delete()
    assert ask(cast, "api_engagement", held.pk)["mean_score"] is None


def test_weeks_say_what_the_registers_add_up_to(cast: Cast, held: Lesson) -> None:
    [page] = list(pages(cast, "key"))
    lines = {one["person"]: one for one in page}
    amina, bilal = lines[str(cast.amina.pk)], lines[str(cast.bilal.pk)]
    assert {name: amina[name] for name in ("lessons", "present", "late", "absent", "excused")} == {
        "lessons": 1,
        "present": 1,
        "late": 1,
        "absent": 0,
        "excused": 0,
    }
    assert (amina["seconds"], amina["active_seconds"], amina["score"]) == (2880, 2280, 80)
    assert (bilal["absent"], bilal["seconds"], bilal["active_seconds"], bilal["score"]) == (1, 0, None, None)


def pages(cast: Cast, who: str, query: str = "") -> Any:
    say, address = asker(cast, who), reverse("api_trends", args=[cast.course.pk]) + query
    while address:
        response = say("GET", address)
        assert response.status_code == 200, response.content
        yield response.json()["results"]
        address = response.json()["next"]


@pytest.fixture
def term(cast: Cast) -> None:
    WeeklyLine.objects.bulk_create(
        WeeklyLine(course=cast.course, person=one, week_on=date(2026, 1, 5) + timedelta(weeks=week))
        for week in range(20)
        for one in (cast.amina, cast.bilal)
    )


def test_no_week_is_left_out_and_the_newest_come_first(cast: Cast, term: None) -> None:
    told = list(pages(cast, "key", "?page_size=7"))
    assert [len(page) for page in told] == [7, 7, 7, 7, 7, 5]
    weeks = [(one["week_on"], one["person"]) for page in told for one in page]
    assert len(set(weeks)) == 40
    assert [week for week, _ in weeks] == sorted((week for week, _ in weeks), reverse=True)
    say = asker(cast, "key")
    second = say(
        "GET", say("GET", reverse("api_trends", args=[cast.course.pk]) + "?page_size=7").json()["next"]
    )
    assert say("GET", second.json()["previous"]).json()["results"] == told[0]


def test_weeks_are_asked_for_of_one_pupil_and_since_a_day(cast: Cast, term: None) -> None:
    query = f"?person={cast.amina.pk}&since=2026-05-01"
    [found] = list(pages(cast, "teacher", query))
    assert [(one["week_on"], one["person"]) for one in found] == [
        ("2026-05-18", str(cast.amina.pk)),
        ("2026-05-11", str(cast.amina.pk)),
        ("2026-05-04", str(cast.amina.pk)),
    ]


SCOPED = {
    "api_register": "registers:read",
    "api_intervals": "registers:read",
    "api_engagement": "engagement:read",
    "api_trends": "engagement:read",
}


@pytest.mark.parametrize("door", SCOPED)
def test_each_is_for_keys_with_its_scope_alone_and_for_no_pupil(cast: Cast, held: Lesson, door: str) -> None:
    address = reverse(door, args=[cast.course.pk if door == "api_trends" else held.pk])
    needed = SCOPED[door]
    with_it, without = (
        with_key(make_key(cast, *scopes)[1]) for scopes in ((needed,), set(SCOPES) - {needed})
    )
    assert with_it("GET", address).status_code == 200
    refused = without("GET", address)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    people: dict[str, Person] = {"amina": cast.amina, "guardian": cast.guardian}
    assert {who: asker(cast, who)("GET", address).status_code for who in people} == {
        "amina": 403,
        "guardian": 403,
    }
    assert asker(cast, "stranger")("GET", address).status_code == 404
