"""Retention, holds, copies and erasure as pages."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Institution, Person
from classroom.models import Lesson
from housekeeping.models import DataRequest, Hold, RequestState
from housekeeping.work import work
from recordings.models import Recording
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db


def post(person: Person, door: str, /, *args: object, **data: object) -> Any:
    return client_of(person).post(reverse(door, args=args), data, follow=True)


def text(response: Any) -> str:
    return str(response.content.decode())


def days_ago(days: float) -> Any:
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def going(cast: Cast) -> Recording:
    return publish(hold_lesson(cast, ended_at=days_ago(170)), cast.amina)


class TestRetention:
    def test_what_goes_within_thirty_days_is_listed(self, cast: Cast, going: Recording) -> None:
        publish(hold_lesson(cast, ended_at=days_ago(140)), cast.amina)
        shown = text(client_of(cast.head).get(reverse("retention", args=["here"])))
        assert shown.count(">Fractions<") == 1
        assert str(going.lesson_id) in shown

    def test_fewer_days_that_delete_something_must_be_confirmed(self, cast: Cast, going: Recording) -> None:
        asked = {"retention_days": "100", "facts_days": "730"}
        response = post(cast.head, "retention", "here", **asked)
        assert response.status_code == 400
        assert "1 recording" in text(response)
        assert 'value="100"' in text(response)
        assert "retention_days" not in Institution.objects.get(slug="here").policy
        assert post(cast.head, "retention", "here", **asked, confirmed="on").status_code == 200
        assert Institution.objects.get(slug="here").policy["retention_days"] == 100

    @pytest.mark.parametrize("days", ["", "0", "-3", "x", "99999", "1e5"])
    def test_a_wrong_number_is_told_at_its_field(self, cast: Cast, days: str) -> None:
        response = post(cast.head, "retention", "here", retention_days=days, facts_days="730")
        assert response.status_code == 400
        assert "form-errors" in text(response)

    @pytest.mark.parametrize("rows", [1, 3])
    def test_more_rows_are_no_more_queries(
        self, cast: Cast, rows: int, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(rows):
            publish(hold_lesson(cast, ended_at=days_ago(170)), cast.amina)
        client = client_of(cast.head)
        with django_assert_max_num_queries(10):
            client.get(reverse("retention", args=["here"]))


class TestHolds:
    def test_a_head_finds_holds_and_releases(self, cast: Cast, lesson: Lesson) -> None:
        found = client_of(cast.head).get(reverse("holds", args=["here"]), {"q": "fract"})
        assert f"?lesson={lesson.pk}" in text(found)
        address = reverse("holds", args=["here"]) + f"?lesson={lesson.pk}"
        shown = client_of(cast.head).post(address, {"reason": "A complaint"}, follow=True)
        assert "A complaint" in text(shown)
        hold = Hold.objects.get()
        assert (hold.lesson, hold.set_by) == (lesson, cast.head)
        post(cast.head, "release_hold", "here", hold.pk)
        hold.refresh_from_db()
        assert hold.released_by == cast.head

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
    def test_a_hold_needs_a_reason(self, cast: Cast, lesson: Lesson, reason: str) -> None:
        address = reverse("holds", args=["here"]) + f"?lesson={lesson.pk}"
        assert client_of(cast.head).post(address, {"reason": reason}).status_code == 400
        assert not Hold.objects.exists()

    def test_nothing_of_another_school_can_be_held(self, cast: Cast) -> None:
        client, address = client_of(cast.head), reverse("holds", args=["here"])
        for query in (f"?person={cast.stranger.pk}", f"?lesson={uuid4()}", "?person=x"):
            assert client.get(address + query).status_code == 404

    @pytest.mark.parametrize("rows", [1, 3])
    def test_more_rows_are_no_more_queries(
        self, cast: Cast, rows: int, django_assert_max_num_queries: Any
    ) -> None:
        for person in (cast.amina, cast.bilal, cast.guardian)[:rows]:
            Hold.objects.create(
                institution=cast.school,
                person=person,
                reason="Why",
                set_by=cast.head,
                set_at=timezone.now(),
                released_at=timezone.now(),
                released_by=cast.teacher,
            )
        client = client_of(cast.head)
        with django_assert_max_num_queries(10):
            client.get(reverse("holds", args=["here"]))


class TestCopies:
    def made(self, cast: Cast) -> DataRequest:
        post(cast.amina, "request_export", "here", cast.amina.pk)
        request = DataRequest.objects.get()
        work(request.pk)
        request.refresh_from_db()
        return request

    def test_a_person_asks_for_their_own_and_downloads_it(self, cast: Cast) -> None:
        request = self.made(cast)
        assert request.state == RequestState.DONE
        client = client_of(cast.amina)
        address = reverse("download_export", args=[request.pk])
        assert address in text(client.get(reverse("my_data")))
        answer = client.get(address)
        assert answer["Content-Disposition"].startswith("attachment;")
        with zipfile.ZipFile(BytesIO(body_of(answer))) as archive:
            assert "profile.json" in archive.namelist()

    def test_who_may_download_it(self, cast: Cast) -> None:
        address = reverse("download_export", args=[self.made(cast).pk])
        who = ("amina", "head", "bilal", "teacher", "guardian", "stranger", "guest")
        codes = {name: client_of(getattr(cast, name)).get(address).status_code for name in who}
        assert codes == {name: 200 if name in {"amina", "head"} else 404 for name in who}

    def test_an_old_one_is_gone(self, cast: Cast) -> None:
        request = self.made(cast)
        DataRequest.objects.update(expires_at=days_ago(1))
        address = reverse("download_export", args=[request.pk])
        assert client_of(cast.amina).get(address).status_code == 404

    def test_nobody_asks_for_somebody_elses_but_the_head(self, cast: Cast) -> None:
        codes = {
            who: post(getattr(cast, who), "request_export", "here", cast.bilal.pk).status_code
            for who in ("amina", "teacher", "guardian", "stranger", "head")
        }
        assert codes == {"amina": 403, "teacher": 403, "guardian": 403, "stranger": 404, "head": 200}
        assert DataRequest.objects.get().requested_by == cast.head
        assert post(cast.head, "request_export", "here", cast.stranger.pk).status_code == 404

    def test_a_second_one_is_refused_and_the_first_can_be_cancelled(self, cast: Cast) -> None:
        for _ in range(2):
            shown = post(cast.amina, "request_export", "here", cast.amina.pk)
        assert "under way already" in text(shown)
        request = DataRequest.objects.get()
        assert post(cast.bilal, "cancel_request", request.pk).status_code == 404
        post(cast.amina, "cancel_request", request.pk)
        request.refresh_from_db()
        assert request.state == RequestState.CANCELLED

    @pytest.mark.parametrize("rows", [1, 3])
    @pytest.mark.parametrize("name", ["data_requests", "my_data"])
    def test_more_rows_are_no_more_queries(
        self, cast: Cast, rows: int, name: str, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(rows):
            DataRequest.objects.create(
                institution=cast.school,
                person=cast.head,
                kind="export",
                state="cancelled",
                requested_by=cast.head,
                requested_at=timezone.now(),
                due_at=timezone.now(),
            )
        client = client_of(cast.head)
        with django_assert_max_num_queries(10):
            client.get(reverse(name, args=["here"] if name == "data_requests" else []))


class TestErasure:
    def test_the_page_says_what_goes_and_what_stays(self, cast: Cast) -> None:
        hold_lesson(cast, ended_at=days_ago(1))
        shown = text(client_of(cast.head).get(reverse("erase_person", args=["here", cast.amina.pk])))
        assert "Places in courses: 1" in shown
        assert "What they drew on boards: 1" in shown
        assert "cannot be cut out" in shown

    def test_a_wrong_name_is_told_and_the_right_one_begins(self, cast: Cast) -> None:
        wrong = post(cast.head, "erase_person", "here", cast.amina.pk, name="Amira")
        assert wrong.status_code == 400
        assert 'value="Amira"' in text(wrong)
        shown = text(post(cast.head, "erase_person", "here", cast.amina.pk, name="amina"))
        assert "The erasure has begun" in shown
        assert "due by" in shown
        assert client_of(cast.amina).get(reverse("my_data")).status_code == 200
        assert DataRequest.objects.get().person == cast.amina

    def test_overdue_is_shown(self, cast: Cast) -> None:
        post(cast.head, "erase_person", "here", cast.amina.pk, name="amina")
        DataRequest.objects.update(due_at=days_ago(1))
        assert "Overdue" in text(client_of(cast.head).get(reverse("data_requests", args=["here"])))

    def test_a_hold_is_said_before_anything_is_typed(self, cast: Cast) -> None:
        Hold.objects.create(
            institution=cast.school, person=cast.amina, reason="x", set_by=cast.head, set_at=timezone.now()
        )
        shown = text(client_of(cast.head).get(reverse("erase_person", args=["here", cast.amina.pk])))
        assert "A legal hold keeps" in shown
        assert "Erase for ever" not in shown
        refused = post(cast.head, "erase_person", "here", cast.amina.pk, name="amina")
        assert refused.status_code == 400
        assert not DataRequest.objects.exists()

    @pytest.mark.parametrize(("who", "code"), [("teacher", 403), ("amina", 403), ("stranger", 404)])
    def test_only_the_head_erases(self, cast: Cast, who: str, code: int) -> None:
        response = post(getattr(cast, who), "erase_person", "here", cast.bilal.pk, name="Bilal")
        assert response.status_code == code

    def test_somebody_of_another_school_is_nobody(self, cast: Cast) -> None:
        assert post(cast.head, "erase_person", "here", cast.stranger.pk, name="Jonas").status_code == 404


def body_of(response: Any) -> bytes:
    from asyncio import run

    async def whole() -> bytes:
        return b"".join([chunk async for chunk in response.streaming_content])

    return run(whole())
