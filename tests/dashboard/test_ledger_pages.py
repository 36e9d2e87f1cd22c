"""Every lesson of a week and its recording: the head's page, its CSV, composing again; folders of no lesson."""

from __future__ import annotations

import csv
import io
import re
import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Person
from classroom.models import Lesson
from recordings.actions import claim_reconciliation
from recordings.models import Orphan, Reconciliation, Recording, RecordingState
from recordings.reconciler import reconcile
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast: Cast) -> Lesson:
    return hold_lesson(cast, ended_at=timezone.now() - timedelta(minutes=5))


def week() -> dict[str, str]:
    """Of the lesson that was held, if one was: while Monday is young it was last week's."""
    held = Lesson.objects.order_by("starts_at").first()
    if held is None:
        return {}
    return {"on": f"{timezone.localdate(held.starts_at, ZoneInfo('Africa/Nairobi')):%Y-%m-%d}"}


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("recording_ledger", args=["here"]), week() | query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_the_head_reads_it(cast: Cast) -> None:
    for name in ("recording_ledger", "recording_ledger_csv"):
        address = reverse(name, args=["here"])
        assert client_of(cast.head).get(address).status_code == 200
        for person in (cast.teacher, cast.amina, cast.guardian):
            assert client_of(person).get(address).status_code == 403
        assert client_of(cast.stranger).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_a_week_shows_its_lessons_and_the_counts_add_up(cast: Cast, held: Lesson, lesson: Lesson) -> None:
    publish(held, cast.amina)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=held.starts_at, ends_at=held.ends_at)
    shown = page(client_of(cast.head))
    assert "Complete" in shown
    numbers = [int(number) for number in re.findall(r"<strong>(\d+)</strong>", shown)]
    assert numbers[0] == sum(numbers[1:]) == 2
    assert shown.count('<rect data-bar="planned"') == 2
    assert shown.count('<rect data-bar="inside"') == 1


def test_gaps_are_drawn_and_said_in_minutes_with_their_cause(cast: Cast, held: Lesson) -> None:
    recording = publish(held, cast.amina)
    begin, end = held.starts_at, held.starts_at + timedelta(minutes=7)
    told = {"starts_at": begin.isoformat(), "ends_at": end.isoformat(), "seconds": 420}
    Recording.objects.filter(pk=recording.pk).update(
        gaps=[told | {"at_seconds": 0, "cause": "recorder_died"}]
    )
    shown = page(client_of(cast.head), state="gaps")
    assert '<rect data-bar="gap"' in shown
    assert "7 minutes are missing." in shown
    assert "The recorder broke down." in shown


def test_of_a_lesson_that_failed_page_file_and_api_say_how_much_is_missing_and_why(
    cast: Cast, held: Lesson
) -> None:
    recording = Recording.objects.create(
        lesson=held, state=RecordingState.FAILED, reason="no_recorder", state_at=timezone.now()
    )
    head = client_of(cast.head)
    shown = page(head)
    assert "30 minutes are missing." in shown
    assert "<td>No recorder came.</td>" in shown
    assert '<rect data-bar="gap"' in shown
    answer = head.get(reverse("recording_ledger_csv", args=["here"]), week())
    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["missing_minutes"], line["missing_because"]) == ("30.0", "no_recorder 30.0")
    Recording.objects.filter(pk=recording.pk).update(reason="truncated")
    assert "<td>The video file was cut off" in page(head)
    [row] = head.get(f"/api/v1/institutions/{cast.school.pk}/recording-ledger").json()["results"]
    assert (row["missing_minutes"], [gap["cause"] for gap in row["gaps"]]) == (30.0, ["truncated"])


def test_it_is_searched_narrowed_and_leafed_through(cast: Cast, held: Lesson) -> None:
    head = client_of(cast.head)
    assert "Fractions" in page(head, q="fract")
    assert "No lesson fits" in page(head, q="nothing of that name")
    assert "No lesson fits" in page(head, state="complete")
    later = f"{timezone.localdate() + timedelta(days=70):%Y-%m-%d}"
    assert "No lessons in this week" in page(head, on=later)
    assert "Fractions" in page(head, state="no such state", page="99")
    assert "Every lesson of the week" in page(head, on="not a day")


def test_the_file_says_the_same(cast: Cast, held: Lesson) -> None:
    publish(held, cast.amina)
    answer = client_of(cast.head).get(reverse("recording_ledger_csv", args=["here"]), week())
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(line["title"], line["state"], line["inside_minutes"]) for line in lines] == [
        ("Fractions", "complete", "30.0")
    ]
    assert AuditEvent.objects.filter(act="ledger.exported", institution=cast.school).count() == 1


def test_a_failed_one_is_composed_again_by_the_head_alone(cast: Cast, held: Lesson) -> None:
    recording = publish(held, cast.amina)
    Recording.objects.update(state=RecordingState.FAILED, reason="composing_failed", attempts=3)
    assert "Compose again" in page(client_of(cast.head))
    address = reverse("recording_again", args=[held.pk])
    assert client_of(cast.teacher).post(address).status_code == 403
    assert client_of(cast.stranger).post(address).status_code == 404
    assert client_of(cast.stranger).post(reverse("recording_again", args=[uuid.uuid4()])).status_code == 404
    assert client_of(cast.head).post(address).status_code == 302
    recording.refresh_from_db()
    assert (recording.state, recording.attempts) == (RecordingState.CAPTURED, 0)
    assert AuditEvent.objects.filter(act="recording.recomposed", actor=cast.head.pk).count() == 1
    answer = client_of(cast.head).post(address, follow=True)
    assert "cannot be composed again" in answer.content.decode()


def test_what_is_published_and_whole_is_not_composed_again(cast: Cast, held: Lesson) -> None:
    recording = publish(held, cast.amina)
    client_of(cast.head).post(reverse("recording_again", args=[held.pk]))
    recording.refresh_from_db()
    assert recording.state == RecordingState.PUBLISHED


def test_a_new_house_was_not_compared_yet_which_is_no_failure_before_the_time_is_over(cast: Cast) -> None:
    Institution.objects.update(created_at=timezone.now())
    head = client_of(cast.head)
    assert "Not compared with recorders and store yet" in page(head)
    assert "tell whoever runs the server" not in page(head)
    Institution.objects.update(created_at=timezone.now() - timedelta(minutes=4))
    assert "Nothing was compared with recorders and store yet." in page(head)
    assert claim_reconciliation(now=timezone.now()) is not None, "begun, and not finished"
    assert "Not compared with recorders and store yet" in page(head)


def test_when_nobody_compares_any_more_the_pages_and_readyz_say_so(cast: Cast, client: Client) -> None:
    reconcile()
    head = client_of(cast.head)
    assert "tell whoever runs the server" not in page(head)
    assert client.get(reverse("readyz")).json()["reconciler"] is True
    Reconciliation.objects.update(finished_at=timezone.now() - timedelta(minutes=4))
    assert "tell whoever runs the server" in page(head)
    answer = client.get(reverse("readyz")).json()
    assert answer["reconciler"] is False
    assert "error" not in answer
    assert claim_reconciliation(now=timezone.now()) is not None


@pytest.fixture
def admin(db: None) -> Client:
    petra = Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)
    return client_of(petra)


@pytest.fixture
def orphan(db: None) -> Orphan:
    folder = settings.RECORDINGS_DIR / "left"
    folder.mkdir(parents=True)
    (folder / "nobodys-room_2026-11-02-08-00-00.mp4").write_bytes(b"film")
    (folder / "finalized").touch()
    reconcile()
    return Orphan.objects.get()


def post(client: Client, name: str, orphan: Orphan, **data: Any) -> str:
    answer = client.post(reverse(name, args=[orphan.public_id]), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_folder_of_no_lesson_is_given_to_one(
    cast: Cast, admin: Client, orphan: Orphan, held: Lesson
) -> None:
    reconcile()
    assert "no such lesson" in post(admin, "orphan_assign", orphan, lesson="/lessons/somewhere")
    address = f"https://school.example{reverse('lesson', args=[held.pk])}"
    assert "belongs to that lesson" in post(admin, "orphan_assign", orphan, lesson=address)
    assert Recording.objects.get(lesson=held).state == RecordingState.CAPTURED


def test_a_folder_is_deleted_after_a_second_look(admin: Client, orphan: Orphan) -> None:
    assert "Tick the box first" in post(admin, "orphan_discard", orphan)
    assert Orphan.objects.exists()
    assert "The folder was deleted." in post(admin, "orphan_discard", orphan, confirmed="on")
    assert not Orphan.objects.exists()


def test_schools_decide_about_no_folders(cast: Cast, orphan: Orphan) -> None:
    for person in (cast.head, cast.teacher, cast.stranger):
        for name in ("orphan_assign", "orphan_discard"):
            answer = client_of(person).post(reverse(name, args=[orphan.public_id]), {"confirmed": "on"})
            assert answer.status_code == 403
    assert Orphan.objects.exists()
