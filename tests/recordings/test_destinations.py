"""Where a stream is also sent: who says so, that its key never comes out again, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import AnswerSource, AuditEvent, RecordingAnswer
from classroom import actions as rooms
from classroom.models import Lesson
from recordings import actions
from recordings.models import Destination
from tests.conftest import Cast
from tests.recordings.test_api import bare, client_of

pytestmark = pytest.mark.django_db
ADDRESS, KEY = "rtmps://live.example.com/live2", "abcd-efgh-canary"


@pytest.fixture
def streamed(lesson: Lesson) -> Lesson:
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True, status="live", opened_at=timezone.now())
    lesson.refresh_from_db()
    return lesson


@pytest.fixture
def teacher(cast: Cast) -> Client:
    return client_of(cast.teacher)


def door_of(lesson: Lesson) -> str:
    return f"/lessons/{lesson.pk}/stream/outside"


def save(client: Client, lesson: Lesson, **said: str) -> Any:
    return client.post(door_of(lesson), {"act": "save", "address": ADDRESS, "key": KEY, **said})


def row_of(lesson: Lesson) -> Destination:
    return Destination.objects.get(lesson=lesson)


def test_the_key_goes_in_and_never_comes_out(
    cast: Cast, streamed: Lesson, teacher: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert save(teacher, streamed).status_code == 302
    page = teacher.get(f"/lessons/{streamed.pk}/stream").content.decode()
    assert ADDRESS in page and KEY not in page
    wrong = save(teacher, streamed, address="rtmp://10.0.0.1/app")
    assert wrong.status_code == 200 and "form-errors" in wrong.content.decode()
    assert "rtmp://10.0.0.1/app" in wrong.content.decode() and KEY not in wrong.content.decode()
    assert KEY not in str(Destination.objects.values()[0])
    told = list(AuditEvent.objects.filter(act__startswith="destination.").values_list("act", "detail"))
    assert [act for act, _ in told] == ["destination.changed"] and KEY not in str(told)
    assert KEY not in caplog.text


def test_a_key_is_kept_for_its_own_address_and_turned_to_no_other(streamed: Lesson, teacher: Client) -> None:
    assert save(teacher, streamed, key="").status_code == 200  # none is there to keep
    save(teacher, streamed)
    sealed = row_of(streamed).key_sealed
    assert save(teacher, streamed, key="").status_code == 302
    assert save(teacher, streamed, key="", address="rtmps://thief.example.com/app").status_code == 200
    assert (row_of(streamed).address, row_of(streamed).key_sealed) == (ADDRESS, sealed)
    assert save(teacher, streamed, key="two words").status_code == 200


def test_it_begins_and_stops_when_staff_says_so_and_ends_with_the_lesson(
    streamed: Lesson, teacher: Client
) -> None:
    now = timezone.now()
    save(teacher, streamed)
    assert actions.find_goal(lesson=streamed, now=now) is None
    states = []
    for act in ("start", "stop", "start"):
        teacher.post(door_of(streamed), {"act": act})
        states.append(str(row_of(streamed).state))
    assert states == ["connecting", "off", "connecting"]
    goal = actions.find_goal(lesson=streamed, now=now)
    assert goal == {"url": ADDRESS, "key": KEY, "allow_private": False}
    actions.note_sending(lesson=streamed, state="interrupted", reason="refused", now=now)
    page = teacher.get(f"/lessons/{streamed.pk}/stream").content.decode()
    assert "Is the key right?" in page
    rooms.end_lesson(lesson=streamed, now=now)
    actions.end_broadcasts(now=now)
    actions.note_sending(lesson=streamed, state="sending", reason="", now=now)
    assert (row_of(streamed).is_wanted, row_of(streamed).state) == (False, "off")
    assert actions.find_goal(lesson=streamed, now=now) is None


def test_nothing_goes_outside_while_somebody_takes_part_who_must_not_be_recorded(
    cast: Cast, streamed: Lesson, teacher: Client
) -> None:
    save(teacher, streamed)
    teacher.post(door_of(streamed), {"act": "start"})
    people.decide_recording(
        institution=cast.school,
        people=[cast.amina],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.API,
        by=cast.head,
        now=timezone.now(),
    )
    assert actions.find_goal(lesson=streamed, now=timezone.now()) is None
    assert (row_of(streamed).state, row_of(streamed).reason) == ("interrupted", "protected")
    teacher.post(door_of(streamed), {"act": "stop"})
    answer = teacher.post(door_of(streamed), {"act": "start"}, follow=True)
    assert "cannot leave the school" in answer.content.decode()
    assert row_of(streamed).is_wanted is False


def test_others_name_no_place_and_learn_of_none(cast: Cast, streamed: Lesson, teacher: Client) -> None:
    save(teacher, streamed)
    for who, code in ((cast.amina, 403), (cast.stranger, 404), (None, 302)):
        for act in ("save", "start", "stop", "remove"):
            assert save(client_of(who), streamed, act=act).status_code == code
    stranger = client_of(cast.stranger)
    missing = stranger.post("/lessons/7b6f0b0e-1111-4222-8333-444455556666/stream/outside", {"act": "start"})
    assert bare(stranger.post(door_of(streamed), {"act": "start"})) == bare(missing)
    assert row_of(streamed).is_wanted is False
    teacher.post(door_of(streamed), {"act": "remove"})
    assert not Destination.objects.exists()
