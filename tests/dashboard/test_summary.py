"""The lesson in brief: who came, who came late, what was asked, and for whose eyes it is."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions
from classroom.models import Lesson, Standing
from recordings.models import Reason, Recording, RecordingState
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.dashboard.test_question_pages import results
from tests.quizzes.questions import RIGHT, WRONG

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(cast: Cast, lesson: Lesson) -> Lesson:
    """The teacher was there from the beginning, Amina ten minutes later; Bilal did not come."""
    lesson.starts_at = timezone.now() - timedelta(minutes=30)
    lesson.save(update_fields=["starts_at"])
    come(lesson, cast.teacher, Standing.TEACHER, 0)
    come(lesson, cast.amina, Standing.STUDENT, 10)
    return lesson


def come(lesson: Lesson, person: Person, standing: Standing, minutes: int) -> None:
    actions.enter_room(
        room=lesson.room,
        person=person,
        standing=standing,
        occupant=uuid.uuid4(),
        connection=str(person.pk),
        now=lesson.starts_at + timedelta(minutes=minutes),
    )


def summary_of(person: Person, lesson: Lesson) -> str:
    return client_of(person).get(reverse("lesson_summary", args=[lesson.pk])).content.decode()


def test_it_names_who_came_late_and_who_did_not_come(cast: Cast, held: Lesson) -> None:
    page = summary_of(cast.teacher, held)
    assert "1<small> / 2</small>" in page
    late, missing = page.split("Came late")[1], page.split("Did not come")[1]
    assert "<bdi>Amina</bdi>" in late.split("</dd>")[0]
    assert "<bdi>Bilal</bdi>" in missing.split("</dd>")[0]
    assert "Nothing was asked in this lesson." in page
    assert AuditEvent.objects.filter(act="register.read").count() == 1


def test_who_is_late_is_what_the_institution_says(cast: Cast, held: Lesson) -> None:
    cast.school.policy = {**cast.school.policy, "late_minutes": 15}
    cast.school.save(update_fields=["policy"])
    assert "Came late" not in summary_of(cast.teacher, held)


@pytest.mark.parametrize(
    ("value", "said"), [(RIGHT["single"], "100 percent right"), (WRONG["single"], "0 percent right")]
)
def test_it_says_how_many_answers_were_right(cast: Cast, held: Lesson, value: object, said: str) -> None:
    results(cast, held, value, kind="single")
    page = summary_of(cast.teacher, held)
    assert "1 answer" in page
    assert said in page


def test_nothing_is_right_or_wrong_about_an_opinion(cast: Cast, held: Lesson) -> None:
    results(cast, held, RIGHT["opinion"], kind="opinion")
    page = summary_of(cast.teacher, held)
    assert "1 answer" in page
    assert "percent right" not in page


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        (RecordingState.EXPECTED, {}, "This lesson will be recorded by itself."),
        (RecordingState.RECORDING, {}, "This lesson is being recorded right now."),
        (RecordingState.COMPOSING, {"percent": 40}, "In the making."),
        (RecordingState.PUBLISHED, {"duration_seconds": 1500}, "25 minutes, with chapters from the board."),
        (RecordingState.FAILED, {"reason": Reason.NO_RECORDER}, "There is no recording of this lesson."),
        (RecordingState.EXPIRED, {}, "The recording was deleted when its time was over."),
    ],
)
def test_it_says_how_the_recording_stands(
    cast: Cast, held: Lesson, state: RecordingState, more: dict[str, object], said: str
) -> None:
    Recording.objects.filter(lesson=held).delete()
    Recording.objects.create(lesson=held, state=state, state_at=timezone.now(), **more)
    page = summary_of(cast.teacher, held)
    assert said in page
    assert ('href="' + reverse("replay", args=[held.pk]) in page) == (
        state in {RecordingState.COMPOSING, RecordingState.PUBLISHED}
    )
    assert ('<progress max="100" value="40"' in page) == (state == RecordingState.COMPOSING)
    if state == RecordingState.FAILED:
        assert str(Reason.NO_RECORDER.label) in page


def test_without_a_recording_it_says_nothing_of_one(cast: Cast, held: Lesson) -> None:
    Recording.objects.filter(lesson=held).delete()
    assert "<h2>Recording</h2>" not in summary_of(cast.teacher, held)


def test_it_is_for_those_who_may_read_the_register(cast: Cast, held: Lesson) -> None:
    path = reverse("lesson_summary", args=[held.pk])
    statuses = {
        person.name: client_of(person).get(path).status_code
        for person in (cast.head, cast.amina, cast.stranger)
    }
    assert statuses == {"Salma": 200, "Amina": 403, "Jonas": 404}
