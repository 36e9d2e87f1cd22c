"""How the API hears and how it says no."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from classroom.models import Lesson
from tests.api.conftest import World, asker, make_key, schedule, signed_in, with_key
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
COURSES, LESSONS = "/api/v1/courses", "/api/v1/lessons"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "malformed"),
        ('{"title": NaN}', "malformed"),
        ('{"title": 1e999}', "malformed"),
        ('{"title": 123456789012345678901234567890}', "malformed"),
        ('{"title": "\\u0000"}', "malformed"),
        ('{"title": "\\ud800"}', "malformed"),
        ('{"title": "a", "title": "b"}', "malformed"),
        ("[" * 33 + "]" * 33, "malformed"),
        ("[" * 100_000, "malformed"),
        ("[]", "invalid"),
        ("null", "invalid"),
        (b"\xff\xfe{}", "malformed"),
    ],
)
def test_a_body_that_no_careful_client_sends_is_refused(cast: Cast, body: Any, code: str) -> None:
    response = asker(cast, "head")("POST", COURSES, body)
    assert (response.status_code, response.json()["code"]) == (400, code)


def test_32_levels_are_still_understood(cast: Cast) -> None:
    nested = json.loads("[" * 30 + "]" * 30)
    body = {"institution": str(cast.school.pk), "title": nested, "language": "en"}
    response = asker(cast, "head")("POST", COURSES, body)
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/title"]


def test_unknown_fields_are_named(cast: Cast) -> None:
    response = asker(cast, "head")("POST", COURSES, {"titel": "Physics"})
    assert response.json()["errors"] == [
        {"pointer": "#/titel", "code": "unknown_field", "detail": "This field is not known."}
    ]


@pytest.mark.parametrize(
    "query",
    ["page=-1", "page_size=0", "page_size=101", "page_size=" + "9" * 40, "cursor=x", "cours=1", "q=%00",
     "course=1", "status=nonsense", "from=yesterday", "q=a&q=b", "page_size=%D9%A3", "from=99999-01-01",
     "from=9999-12-31T23:59:59-23:59", "to=9999-12-31T23:59:59-23:59", "from=0001-01-01T00:00:00%2B23:59",
     "from=0001-01-01", "to=9999-12-31T23:59:59.999999Z", "from=1999-12-31T23:59:59Z", "to=2101-01-01T00:00:00Z",
     "q=" + "a" * 201],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_a_problem(cast: Cast, query: str) -> None:
    response = asker(cast, "head")("GET", f"{LESSONS}?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_a_megabyte_is_the_most(cast: Cast) -> None:
    response = asker(cast, "head")("POST", COURSES, '{"title": "' + "a" * 1_000_000 + '"}')
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_understood(cast: Cast, kind: str) -> None:
    client = asker(cast, "head").client
    response = client.post(COURSES, b"a=b", content_type=kind)
    assert response.status_code == 415


def test_a_wrong_method_says_which_are_right(cast: Cast) -> None:
    response = asker(cast, "head")("DELETE", COURSES)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")


def test_a_problem_carries_the_callers_own_request_id(cast: Cast) -> None:
    response = asker(cast, "head")("GET", "/api/v1/courses?x=1", **{"X-Request-Id": "lms-7"})
    assert response.json()["request_id"] == response["X-Request-Id"] == "lms-7"


def test_an_unsafe_request_of_a_session_needs_the_token_against_forgery(cast: Cast) -> None:
    client = asker(cast, "head").client
    client.handler.enforce_csrf_checks = True
    assert client.post(COURSES, {}, content_type="application/json").status_code == 403


def test_beyond_the_budget_stands_when_to_come_again(cast: Cast, settings: Any) -> None:
    cache.clear()  # everybody bears the same id in each test: what they asked a moment ago counts too
    settings.API_CALLER_PER_MINUTE = 2
    ask = asker(cast, "key")
    # The minute may turn in between: then three more are one too many.
    answers = [ask("GET", COURSES) for _ in range(6)]
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.json()["code"] == "throttled"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert asker(cast, "teacher")("GET", COURSES).status_code == 200


def test_an_address_has_a_budget_too_also_for_guesses(cast: Cast, settings: Any) -> None:
    settings.API_ADDRESS_PER_MINUTE = 3
    address = f"10.{cast.school.pk.int % 250}.{cast.head.pk.int % 250}.{cast.course.pk.int % 250}"
    client = with_key("darasa_nothing_here").client
    answers = [client.get(COURSES, REMOTE_ADDR=address).status_code for _ in range(8)]
    assert answers[0] == 401
    assert 429 in answers


@pytest.mark.parametrize(
    ("door", "words"),
    [
        ("api_people", ["institution_id"]),
        ("api_guardianships", ["institution_id"]),
        ("api_courses", []),
        ("api_roster", ["course_id"]),
        ("api_lessons", []),
        ("api_recordings", []),
    ],
)
def test_lists_ask_the_database_as_often_for_three_rows_as_for_one(
    door: str, words: list[str], cast: Cast, here: World, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.api.growth import grow

    ask = asker(cast, "key")
    address = reverse(door, kwargs={word: here.ids()[word] for word in words})
    ask("GET", address)
    with CaptureQueriesContext(
        connection,
    ) as one:
        before = len(ask("GET", address).json()["results"])
    grow(cast)
    with django_assert_num_queries(len(one)):
        assert len(ask("GET", address).json()["results"]) >= before + 2


def test_filters_find(cast: Cast, here: World) -> None:
    ask = asker(cast, "head")
    schedule(cast.course, cast.teacher, "Decimals", hours=30)
    start = here.lesson.starts_at.isoformat().replace("+00:00", "Z")

    def titles(query: str) -> list[str]:
        return [one["title"] for one in ask("GET", f"{LESSONS}?{query}").json()["results"]]

    assert titles("") == ["Fractions", "Decimals"]
    assert titles("q=deci") == ["Decimals"]
    assert titles(f"to={start}") == []
    assert titles(f"from={start}&page_size=1") == ["Fractions"]
    assert titles(f"teacher={cast.teacher.pk}&status=scheduled&course={cast.course.pk}") == titles("q=tomas")
    assert titles(f"teacher={cast.stranger.pk}") == titles("status=live") == []
    people = ask("GET", f"/api/v1/institutions/{cast.school.pk}/people?role=student&q=ami&is_active=true")
    assert [one["name"] for one in people.json()["results"]] == ["Amina"]


def test_classmates_see_names_but_no_addresses(cast: Cast, here: World) -> None:
    address = f"{COURSES}/{cast.course.pk}/roster"
    assert {one["email"] for one in asker(cast, "amina")("GET", address).json()["results"]} == {None}
    assert None not in {one["email"] for one in asker(cast, "teacher")("GET", address).json()["results"]}


@pytest.mark.parametrize("who", ["head", "key"])
def test_nobody_makes_a_head_but_the_platform(cast: Cast, who: str) -> None:
    people = f"/api/v1/institutions/{cast.school.pk}/people"
    new = {"email": "n@here.test", "name": "N", "role": "head"}
    ask = asker(cast, who)
    assert ask("POST", people, new).status_code == 403
    assert ask("PUT", f"{people}/{cast.teacher.pk}/roles/head", {}).status_code == 403
    assert ask("PUT", f"{people}/{cast.head.pk}/suspension").status_code == 403
    assert asker(cast, "platform_admin")("POST", people, new).status_code == 201


def test_somebody_of_another_school_is_neither_taken_nor_named(cast: Cast) -> None:
    people = f"/api/v1/institutions/{cast.school.pk}/people"
    new = {"email": cast.stranger.email, "name": "X", "role": "teacher"}
    response = asker(cast, "head")("POST", people, new)
    fresh = asker(cast, "head")("POST", people, {**new, "email": "fresh@here.test"})
    told, other = response.json(), fresh.json()
    assert (response.status_code, fresh.status_code, told["email"]) == (201, 201, cast.stranger.email)
    own = ("id", "email", "created_at")
    assert {**told, **dict.fromkeys(own)} == {**other, **dict.fromkeys(own)}
    assert told["id"] != str(cast.stranger.pk)
    assert cast.stranger.name not in response.content.decode()
    assert asker(cast, "head")("POST", people, new).json()["code"] == "person_exists"
    assert not cast.stranger.memberships.filter(institution=cast.school).exists()


def test_a_suspended_head_is_a_stranger_from_the_next_request_on(cast: Cast, here: World) -> None:
    ask = asker(cast, "head")
    assert ask("GET", f"{COURSES}/{cast.course.pk}").status_code == 200
    cast.head.memberships.update(is_active=False)
    assert ask("GET", f"{COURSES}/{cast.course.pk}").status_code == 404
    Person.objects.filter(pk=cast.head.pk).update(is_active=False)
    assert signed_in(cast.head)("GET", COURSES).status_code == 401


def test_a_lesson_is_moved_only_while_it_is_to_come_and_ends_after_its_start(cast: Cast, here: World) -> None:
    ask, address = asker(cast, "teacher"), f"{LESSONS}/{here.lesson.pk}"
    wrong = ask("PATCH", address, {"ends_at": "2020-01-01T00:00:00Z"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "ends_before_start")
    bare = ask("PATCH", address, {"ends_at": "2030-01-01T00:00:00"})
    assert bare.json()["errors"][0]["code"] == "no_offset"
    far = ask("PATCH", address, {"starts_at": "0001-01-01T00:00:00Z"})
    assert far.json()["errors"][0]["code"] == "out_of_range"
    assert ask("POST", f"{address}/cancellation").json()["status"] == "cancelled"
    late = ask("PATCH", address, {"title": "Later"})
    assert (late.status_code, late.json()["code"]) == (409, "lesson_begun")


def test_a_lesson_goes_on_with_the_last_board_when_that_is_wished_and_says_so(
    cast: Cast, here: World
) -> None:
    ask, body = asker(cast, "teacher"), wish(cast, timezone.now() + timedelta(days=9))
    usual = ask("POST", LESSONS, body).json()
    going_on = ask("POST", LESSONS, {**body, "continues_board": True, "accept_conflicts": True}).json()
    assert (usual["continues_board"], going_on["continues_board"]) == (False, True)
    address = f"{LESSONS}/{here.lesson.pk}"
    wrong = ask("PATCH", address, {"continues_board": None})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/continues_board")
    assert ask("PATCH", address, {"continues_board": True}).json()["continues_board"]
    assert ask("PATCH", address, {"title": "Halves"}).json()["continues_board"]
    changed = Lesson.objects.get(pk=here.lesson.pk)
    assert (changed.title, changed.continues_board) == ("Halves", True)
    assert not ask("PATCH", address, {"continues_board": False}).json()["continues_board"]


@pytest.mark.parametrize("kind", ["course", "lesson", "person"])
def test_marks_that_turn_or_hide_text_do_not_come_in(kind: str, cast: Cast, here: World) -> None:
    address, field, body = {
        "course": (COURSES, "title", {"institution": str(cast.school.pk), "language": "en"}),
        "lesson": (f"{LESSONS}/{here.lesson.pk}", "title", {}),
        "person": (f"/api/v1/institutions/{cast.school.pk}/people/{cast.amina.pk}", "name", {}),
    }[kind]
    ask, method = asker(cast, "head"), "POST" if kind == "course" else "PATCH"
    unseen = ask(method, address, {**body, field: "\u200b\u200b"})
    assert unseen.status_code == 400
    assert unseen.json()["errors"][0]["pointer"] == f"#/{field}"
    assert ask(method, address, {**body, field: "\u202egnp\u200b."}).json()[field] == "gnp."


def test_a_lesson_in_the_past_is_refused(cast: Cast, here: World) -> None:
    starts_at = timezone.now() - timedelta(hours=1)
    body = wish(cast, starts_at)
    answer = asker(cast, "head")("POST", LESSONS, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "in_the_past")
    assert asker(cast, "head")("POST", LESSONS, {**body, "accept_conflicts": True}).status_code == 400


def wish(cast: Cast, starts_at: datetime) -> dict[str, Any]:
    ends_at = starts_at + timedelta(minutes=45)
    return {
        "course": str(cast.course.pk),
        "title": "Twice",
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
    }


@pytest.mark.parametrize("role", ["head", "key"])
def test_what_is_in_the_way_is_told_and_may_be_accepted(cast: Cast, here: World, role: str) -> None:
    ask, body = asker(cast, role), wish(cast, here.lesson.starts_at)
    before = Lesson.objects.count()
    refused = ask("POST", LESSONS, body, **{"Idempotency-Key": "a"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflicts")
    told = {one["code"]: one["detail"] for one in refused.json()["errors"]}
    assert told.keys() == {"teacher_busy", "students_busy"}
    assert cast.teacher.name in told["teacher_busy"]
    assert cast.amina.name in told["students_busy"]
    assert Lesson.objects.count() == before
    body["accept_conflicts"] = True
    assert ask("POST", LESSONS, body, **{"Idempotency-Key": "a"}).status_code == 201


def test_a_key_that_may_not_see_rosters_hears_no_names_of_students(cast: Cast, here: World) -> None:
    ask = with_key(make_key(cast, "lessons:write")[1])
    refused = ask("POST", LESSONS, wish(cast, here.lesson.starts_at))
    assert refused.status_code == 409
    assert cast.amina.name not in refused.content.decode()


def test_too_few_recorders_are_in_the_way(cast: Cast, here: World, settings: Any) -> None:
    settings.RECORDER_CAPACITY = 0
    refused = asker(cast, "head")("POST", LESSONS, wish(cast, timezone.now() + timedelta(days=9)))
    assert [one["code"] for one in refused.json()["errors"]] == ["too_few_recorders"]


def test_a_lesson_is_not_moved_into_another_unasked(cast: Cast, here: World) -> None:
    ask, other = asker(cast, "head"), schedule(cast.course, cast.teacher, hours=30)
    address = f"{LESSONS}/{other.pk}"
    times = {"starts_at": here.lesson.starts_at.isoformat(), "ends_at": here.lesson.ends_at.isoformat()}
    refused = ask("PATCH", address, times)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflicts")
    assert (
        ask("GET", address).json()["starts_at"]
        != ask("GET", f"{LESSONS}/{here.lesson.pk}").json()["starts_at"]
    )
    assert ask("PATCH", address, {**times, "accept_conflicts": True}).status_code == 200
    assert ask("PATCH", address, {"title": "Only its title"}).status_code == 200
