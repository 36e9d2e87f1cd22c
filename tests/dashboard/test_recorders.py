"""The page of the recorders: for the platform's administrators alone, and about no lesson's contents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Person
from classroom.models import Lesson
from dashboard.forecast import forecast_of
from recordings.models import Alarm, Capture, Orphan, Recorder, Recording, RecordingState
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Client:
    petra = Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)
    return client_of(petra)


@pytest.fixture
def recorder(db: None) -> Recorder:
    now = timezone.now()
    return Recorder.objects.create(
        name="jibri-1",
        base_url="http://jibri-1:2222",
        state="idle",
        state_at=now,
        seen_at=now,
        next_poll_at=now,
    )


def page(client: Client, query: str = "") -> str:
    answer = client.get(reverse("recorders") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def drain(client: Client, recorder: Recorder, act: str = "drain") -> Any:
    return client.post(reverse("recorder_drain", args=[recorder.pk]), {"act": act})


def test_schools_have_no_business_here(cast: Cast, recorder: Recorder) -> None:
    for person in (cast.head, cast.teacher, cast.amina, cast.guardian, cast.stranger):
        client = client_of(person)
        assert client.get(reverse("recorders")).status_code == 403
        assert drain(client, recorder).status_code == 403
    assert Client().get(reverse("recorders")).status_code == 302
    recorder.refresh_from_db()
    assert recorder.drained_at is None


def test_an_empty_fleet_says_how_to_get_one(admin: Client) -> None:
    assert "JIBRI_URLS" in page(admin)


def test_a_new_house_is_no_warning(admin: Client, cast: Cast) -> None:
    Institution.objects.update(created_at=timezone.now())
    assert "Not compared yet" in page(admin) and 'class="warning"' not in page(admin)
    assert "Everything agrees" not in page(admin)
    Institution.objects.update(created_at=timezone.now() - timedelta(minutes=4))
    assert "were not for three" in page(admin) and 'class="warning"' in page(admin)


def test_it_shows_whom_a_recorder_works_for_and_nothing_of_the_lesson(
    admin: Client, lesson: Lesson, recorder: Recorder
) -> None:
    now = timezone.now()
    recording = Recording.objects.create(lesson=lesson, state=RecordingState.RECORDING, state_at=now)
    Capture.objects.create(
        recording=recording, engine="jibri", session_id="x", state="running", recorder=recorder, wanted_at=now
    )
    shown = page(admin)
    assert lesson.institution.name in shown
    assert lesson.title not in shown
    assert lesson.room.name not in shown


def test_a_lesson_without_a_recorder_stands_on_top(admin: Client, lesson: Lesson) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(status="live")
    Recording.objects.create(
        lesson=lesson, state=RecordingState.NO_RECORDER, state_at=now, unrecorded_since=now
    )
    assert 'id="unattended"' in page(admin)


def test_missing_recorders_stay_on_the_page_for_a_week_with_what_is_missing(
    admin: Client, lesson: Lesson
) -> None:
    now = timezone.now()
    recording = Recording.objects.create(lesson=lesson, state=RecordingState.RECORDING, state_at=now)
    alarm = Alarm.objects.create(
        recording=recording, since=now - timedelta(minutes=7), raised_at=now - timedelta(minutes=6)
    )
    assert "no recorder came until its end" in page(admin)
    Lesson.objects.filter(pk=lesson.pk).update(status="live")
    assert "still without a recorder" in page(admin)
    Alarm.objects.update(repaired_at=alarm.since + timedelta(minutes=6, seconds=1))
    shown = page(admin)
    assert "7 minutes are missing" in shown
    assert lesson.title not in shown
    Alarm.objects.update(raised_at=now - timedelta(days=8))
    assert 'id="alarms"' not in page(admin)


def test_the_platform_s_home_says_that_a_recorder_is_missing(admin: Client, lesson: Lesson) -> None:
    missing = "1 lesson has people inside and no recorder"
    assert missing not in admin.get("/").content.decode()
    Lesson.objects.filter(pk=lesson.pk).update(status="live")
    Recording.objects.create(lesson=lesson, state=RecordingState.NO_RECORDER, state_at=timezone.now())
    assert missing in admin.get("/").content.decode()


def test_folders_of_nobody_are_listed(admin: Client) -> None:
    Orphan.objects.create(name="<b>lost</b>", room_name="gone", found_at=timezone.now(), size_bytes=2048)
    assert "&lt;b&gt;lost&lt;/b&gt;" in page(admin)


def test_searching_finds_by_name_and_says_when_it_finds_nothing(admin: Client, recorder: Recorder) -> None:
    assert "jibri-1" in page(admin, "?q=IBRI-1")
    nothing = page(admin, "?q=nope")
    assert "Nothing was found" in nothing
    assert "jibri-1" not in nothing


def test_draining_and_putting_back_are_audited_once_each(admin: Client, recorder: Recorder) -> None:
    for act in ("drain", "drain", "restore", "restore"):
        assert drain(admin, recorder, act).status_code == 302
    recorder.refresh_from_db()
    assert recorder.drained_at is None
    acts = list(AuditEvent.objects.filter(target=f"recorder:{recorder.pk}").order_by("seq"))
    assert [event.act for event in acts] == ["recorder.drained", "recorder.restored"]


def test_the_forecast_counts_lessons_that_overlap_and_recorders_that_can_work(
    lesson: Lesson, recorder: Recorder
) -> None:
    begun = lesson.starts_at + timedelta(days=2)
    for minutes in (0, 20, 90):
        Lesson.objects.create(
            institution=lesson.institution,
            course=lesson.course,
            title="More",
            starts_at=begun + timedelta(minutes=minutes),
            ends_at=begun + timedelta(minutes=minutes + 40),
            created_by=lesson.created_by,
        )
    forecast = forecast_of(now=timezone.now(), zone=lesson.zone)
    assert (forecast.available, forecast.worst and forecast.worst.most) == (1, 2)
    assert forecast.worst
    assert forecast.worst.is_short
    Recorder.objects.update(drained_at=timezone.now())
    assert forecast_of(now=timezone.now(), zone=lesson.zone).available == 0
