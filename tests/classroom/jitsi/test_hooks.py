"""The doors that the Jitsi stack knocks at: who is let in, what is kept, what is answered."""

from __future__ import annotations

import json
import time
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classroom import actions
from classroom.jitsi.proofs import LARGEST_BODY, sign
from classroom.jitsi.reservations import EARLIER
from classroom.models import HookDelivery, HookEvent, Lesson, LessonStatus, Prosody
from common.clock import to_ms
from tests.architecture.test_doors import signed_in
from tests.classroom.jitsi.speech import batch, joined, occupant, synced, synced_occupant
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
SECRET, TOKEN = "s" * 40, "t" * 40
EVENTS, RESERVE = "/hooks/jitsi/events", "/hooks/jitsi/reservations/conference"
SYNC = "/hooks/jitsi/event-sync/events/occupant/joined"
BEARER_DOORS = [("POST", RESERVE), ("GET", f"{RESERVE}/7"), ("DELETE", f"{RESERVE}/7"), ("POST", SYNC)]


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.JITSI_EVENT_SECRET, settings.JITSI_HOOK_TOKEN = SECRET, TOKEN


def post(body: bytes, secret: str = SECRET, sent_at: str = "", **headers: str) -> Any:
    sent_at = sent_at or str(round(time.time() * 1000))
    told = {"X-Darasa-Sent-At": sent_at, "X-Darasa-Signature": sign(secret, sent_at, body), **headers}
    return Client().post(EVENTS, body, content_type="application/json", headers=told)


def knock(method: str, path: str, body: bytes = b"", token: str = TOKEN, **headers: str) -> Any:
    told = {"Authorization": f"Bearer {token}"} | headers
    return Client().generic(method, path, body, "application/x-www-form-urlencoded", headers=told)


def test_what_is_signed_is_kept_byte_by_byte_and_counted() -> None:
    body = batch(joined("r", occupant("p", 1_790_000_000_000)))
    answer = post(body)
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    kept = HookDelivery.objects.get()
    assert (bytes(kept.body), kept.source, kept.reading) == (body, "events", "waiting")
    assert abs(kept.offset_ms or 0) < 5000


def test_an_answer_costs_one_row_and_nothing_else() -> None:
    with CaptureQueriesContext(connection) as caught:
        post(batch(*[joined("r", occupant(n, 1_790_000_000_000)) for n in range(100)]))
    told = [query["sql"] for query in caught if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert [sql.split()[0] for sql in told] == ["INSERT"]


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\0", b"{}", b'{"events": [{"room": "\\u0000"}]}'])
def test_what_is_signed_is_taken_even_when_nobody_can_read_it(body: bytes) -> None:
    assert post(body).status_code == 202
    actions.read_deliveries(now=timezone.now())
    assert HookEvent.objects.exclude(state="quarantined").count() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Darasa-Signature": ""},
        {"X-Darasa-Signature": "v1="},
        {"X-Darasa-Signature": "ü"},
        {"X-Darasa-Sent-At": ""},
        {"X-Darasa-Sent-At": "1"},  # signed for another moment
        {"X-Darasa-Sent-At": "-1"},
        {"X-Darasa-Sent-At": "٣"},
    ],
)
def test_what_is_not_signed_as_it_should_be_is_not_kept(headers: dict[str, str]) -> None:
    assert post(b"{}", **headers).status_code == 401
    assert not HookDelivery.objects.exists()


def test_another_secret_or_another_body_does_not_open() -> None:
    assert post(b"{}", secret="x" * 40).status_code == 401
    sent_at = "1790000000000"
    assert (
        post(b"[]", sent_at=sent_at, **{"X-Darasa-Signature": sign(SECRET, sent_at, b"{}")}).status_code
        == 401
    )
    assert not HookDelivery.objects.exists()


def test_a_signature_of_another_year_is_good_because_clocks_may_be_wrong() -> None:
    assert post(b"{}", sent_at="1000000000000").status_code == 202


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_real_secret_there_is_no_door(secret: str, settings: Any) -> None:
    settings.JITSI_EVENT_SECRET = settings.JITSI_HOOK_TOKEN = secret
    assert post(b"{}", secret=secret).status_code == 404
    for method, path in BEARER_DOORS:
        assert knock(method, path, token=secret).status_code == 404


@pytest.mark.parametrize(("method", "path"), BEARER_DOORS)
@pytest.mark.parametrize("said", ["", "Bearer", "Bearer " + "x" * 40, f"Basic {TOKEN}", TOKEN, "Bearer ü"])
def test_nobody_enters_without_the_token(method: str, path: str, said: str) -> None:
    assert knock(method, path, Authorization=said).status_code == 401
    assert not HookDelivery.objects.exists()


def test_a_session_opens_none_of_these_doors(cast: Cast) -> None:
    for person in (cast.stranger, cast.head):
        client = signed_in(person)
        assert client.post(EVENTS).status_code == 401
        assert all(client.generic(*door).status_code == 401 for door in BEARER_DOORS)


def test_too_much_is_refused_before_it_is_kept() -> None:
    body = b" " * (LARGEST_BODY + 1)
    assert post(body).status_code == 413
    assert knock("POST", SYNC, body).status_code == 413
    assert knock("POST", RESERVE, body).status_code == 413
    assert post(body[:LARGEST_BODY]).status_code == 202
    assert HookDelivery.objects.count() == 1


def test_only_words_of_the_component_have_an_address() -> None:
    assert knock("POST", "/hooks/jitsi/event-sync/events/occupant/danced").status_code == 404
    body = json.dumps(synced("r", occupant=synced_occupant("p", 1_790_000_000))).encode()
    assert knock("POST", SYNC, body).status_code == 202
    assert HookDelivery.objects.get().about == "occupant/joined"


def test_the_same_delivery_twice_is_two_rows_and_one_event() -> None:
    body = batch(joined("r", occupant("p", 1_790_000_000_000)))
    for _ in range(2):
        post(body)
    actions.read_deliveries(now=timezone.now())
    assert (HookDelivery.objects.count(), HookEvent.objects.count()) == (2, 1)


def test_a_sender_whose_clock_is_wrong_is_known_by_it() -> None:
    late = str(round(time.time() * 1000) - 60_000)
    post(batch(source="prosody-7"), sent_at=late)
    actions.read_deliveries(now=timezone.now())
    prosody = Prosody.objects.get(pk="prosody-7")
    assert prosody.is_off
    assert 55 < prosody.offset_seconds < 65


# Reservations.


def reserve(name: str) -> Any:
    return knock("POST", RESERVE, urlencode({"name": name, "mail_owner": "x@meet.jitsi"}).encode())


def test_a_lesson_that_may_be_entered_is_reserved_until_an_hour_after_its_end(lesson: Lesson) -> None:
    answer = reserve(lesson.room.name)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["name"]) == (str(lesson.room.pk), lesson.room.name)
    assert told["mail_owner"] == "x@meet.jitsi"
    assert "max_occupants" not in told
    left = (lesson.ends_at + timedelta(hours=1) - timezone.now()).total_seconds()
    assert left - 5 < told["duration"] <= left
    assert told["start_time"].endswith(".000Z")


def test_the_same_room_is_the_same_reservation_under_whatever_spelling(lesson: Lesson) -> None:
    name = lesson.room.name
    ids = {reserve(one).json()["id"] for one in (name, name.upper(), f"[school]{name}")}
    assert ids == {str(lesson.room.pk)}
    again = knock("GET", f"{RESERVE}/{lesson.room.pk}")
    assert (again.status_code, again.json()["id"]) == (200, str(lesson.room.pk))


def test_the_schools_own_limit_goes_along(lesson: Lesson, cast: Cast) -> None:
    cast.school.policy = {"max_occupants": 40}
    cast.school.save()
    assert reserve(lesson.room.name).json()["max_occupants"] == 40


@pytest.mark.parametrize("name", ["", "nobody", "\0", "x" * 5000, "[x]", "room-\ud7ff"])
def test_a_room_that_nobody_scheduled_is_refused_in_words(name: str) -> None:
    answer = reserve(name)
    assert answer.status_code == 403
    assert answer.json()["message"]


@pytest.mark.parametrize("body", [b"", b"\xff\0", b"name", b"name=%ff%00&name=&" + b"a" * 900])
def test_a_form_that_is_none_is_refused_too(body: bytes) -> None:
    assert knock("POST", RESERVE, body).status_code == 403


def test_jitsis_window_opens_before_our_doors_and_not_earlier(lesson: Lesson) -> None:
    def at(distance: timedelta) -> int:
        starts = timezone.now() + EARLIER + timedelta(minutes=15) + distance
        Lesson.objects.filter(pk=lesson.pk).update(starts_at=starts, ends_at=starts + timedelta(hours=1))
        return int(reserve(lesson.room.name).status_code)

    assert at(timedelta(minutes=1)) == 403
    assert at(timedelta(minutes=-1)) == 200


@pytest.mark.parametrize("status", [LessonStatus.ENDED, LessonStatus.CANCELLED])
def test_a_lesson_that_is_over_or_off_is_refused(lesson: Lesson, status: LessonStatus) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(status=status)
    assert reserve(lesson.room.name).status_code == 403
    assert knock("GET", f"{RESERVE}/{lesson.room.pk}").status_code == 403


def test_a_refusal_speaks_the_schools_language(lesson: Lesson, cast: Cast) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.ENDED)
    assert reserve(lesson.room.name).json()["message"] == "This lesson is over."


def test_an_end_is_noted_and_changes_nothing(lesson: Lesson) -> None:
    assert knock("DELETE", f"{RESERVE}/{lesson.room.pk}").status_code == 204
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.SCHEDULED
    kept = HookDelivery.objects.get()
    assert (kept.about, kept.reading) == ("DELETE", "read")


@pytest.mark.parametrize("key", ["nonsense", uuid.uuid4()])
def test_a_reservation_that_is_none_is_not_found(key: object) -> None:
    assert knock("GET", f"{RESERVE}/{key}").status_code == 404


def test_a_moment_that_is_sent_is_a_moment_that_is_measured() -> None:
    sent = timezone.now() - timedelta(seconds=3)
    post(b"{}", sent_at=str(to_ms(sent)))
    assert 3000 <= (HookDelivery.objects.get().offset_ms or 0) < 8000
