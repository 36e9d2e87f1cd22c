"""Saying who asks: keys and bearer tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import ApiKey, AuditEvent, Role
from classroom.models import Enrolment, Lesson
from tests.api.bearers import SERVICE
from tests.api.conftest import Asker, World, asker, make_key, reading, with_key
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db
COURSES = "/api/v1/courses"
DAY = timedelta(days=1)


def test_a_secret_is_nowhere_in_the_database(cast: Cast) -> None:
    key, text = make_key(cast, "courses:read")
    secret = text.split("_")[2]
    assert len(secret) == 64
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values().get())
    assert AuditEvent.objects.get(act="api_key.created").target == f"api_key:{key.pk}"


def test_whoever_is_not_known_learns_why_in_the_header(cast: Cast) -> None:
    response = Client().get(COURSES)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="darasa", Api-Key realm="darasa"'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revoked_at": timezone.now()}, "revoked_key"),
        ({"valid_from": timezone.now() + DAY, "valid_to": timezone.now() + 2 * DAY}, "key_not_valid_yet"),
        ({"valid_from": timezone.now() - 2 * DAY, "valid_to": timezone.now() - DAY}, "expired_key"),
        ({"secret_sha256": "0" * 64}, "unknown_key"),
    ],
)
def test_a_key_that_does_not_count_opens_nothing(cast: Cast, change: dict[str, Any], reason: str) -> None:
    key, text = make_key(cast, *reading())
    assert with_key(text)("GET", COURSES).status_code == 200
    ApiKey.objects.filter(pk=key.pk).update(**change)
    response = with_key(text)("GET", COURSES)
    assert (response.status_code, response.json()["code"]) == (401, reason)
    assert f'error_description="{reason}"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "header",
    ["Api-Key", "Api-Key ", "Api-Key x", "Api-Key darasa__", "Bearer a.b.c", "Basic YTpi", "Bearer", "Token x",
     "Api-Key darasa_" + "a" * 9_000, "Api-Key darasa_é_x"],
)  # fmt: skip
def test_credentials_that_are_none_are_refused_also_beside_a_session(cast: Cast, header: str) -> None:
    ask = asker(cast, "head")
    assert ask("GET", COURSES, Authorization=header).status_code == 401


def test_use_is_noted_once_a_minute(cast: Cast) -> None:
    key, text = make_key(cast, "courses:read")
    with_key(text)("GET", COURSES)
    key.refresh_from_db()
    noted = key.last_used_at
    assert noted is not None
    with_key(text)("GET", COURSES)
    key.refresh_from_db()
    assert key.last_used_at == noted
    people.note_use(key=key, now=noted + timedelta(minutes=1))
    key.refresh_from_db()
    assert key.last_used_at == noted + timedelta(minutes=1)


class TestBearer:
    @pytest.fixture(autouse=True)
    def verifier(self, settings: Any) -> None:
        settings.BEARER_VERIFIER = "tests.api.bearers.verify"

    def bearing(self, token: str) -> Asker:
        return Asker(Client(), {"Authorization": f"Bearer {token}"})

    def test_a_person_does_what_they_may_within_the_tokens_scopes(self, cast: Cast, here: World) -> None:
        ask = self.bearing("salma")
        assert len(ask("GET", COURSES).json()["results"]) == 1
        assert ask("GET", "/api/v1/lessons").json()["code"] == "missing_scope"

    def test_a_schools_provider_opens_no_other_school_of_the_same_person(
        self, cast: Cast, here: World, there: World
    ) -> None:
        belong_to(cast.elsewhere, cast.head, Role.HEAD)
        found = self.bearing("salma")("GET", COURSES).json()["results"]
        assert [one["institution"] for one in found] == [str(cast.school.pk)]
        assert self.bearing("salma")("GET", f"{COURSES}/{there.course.pk}").status_code == 404
        assert asker(cast, "head")("GET", f"{COURSES}/{there.course.pk}").status_code == 200

    def test_a_service_account_schedules_in_the_name_of_the_teacher(self, cast: Cast) -> None:
        body = {"course": str(cast.course.pk), "title": "Sets"}
        times = {"starts_at": "2030-01-01T08:00:00Z", "ends_at": "2030-01-01T09:00:00Z"}
        ask = self.bearing("service")
        assert ask("POST", "/api/v1/lessons", {**body, **times}).status_code == 201
        assert Lesson.objects.get(title="Sets").created_by == cast.teacher
        assert AuditEvent.objects.get(act="lesson.scheduled").actor == SERVICE
        Enrolment.objects.filter(person=cast.teacher).delete()
        refused = ask("POST", "/api/v1/lessons", {**body, **times})
        assert (refused.status_code, refused.json()["code"]) == (409, "course_has_no_teacher")

    def test_the_verifiers_reason_is_told(self, cast: Cast) -> None:
        response = self.bearing("other")("GET", COURSES)
        assert response.status_code == 401
        assert 'error_description="expired_token"' in response["WWW-Authenticate"]
