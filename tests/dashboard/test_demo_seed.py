"""The demo's school is made through the actions, once: a second start finds it as it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import Guardianship, Institution, Person
from classroom.models import Enrolment, Lesson, LessonStatus, Standing
from dashboard.demo.cast import CLASSMATES, PERSONAS
from dashboard.demo.seed import is_demo, seed
from recordings.adoption import adopt_folders
from recordings.models import Capture, CaptureState, Engine, RecordingState


@pytest.fixture
def recordings(settings: Any, tmp_path: Path) -> Path:
    settings.RECORDINGS_DIR = tmp_path
    return tmp_path


def rows() -> dict[str, int]:
    """How many of each model there are."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.django_db
def test_the_school_stands_after_the_first_start_and_the_second_changes_nothing(recordings: Path) -> None:
    """One test, because the school is made once."""
    assert is_demo(), "an empty database may become the demo's"
    seed("correct horse battery")
    made, left = rows(), sorted(recordings.rglob("*"))
    have_come("correct horse battery")
    lessons_stand_when_they_should()
    seed("another password")
    assert rows() == made
    assert sorted(recordings.rglob("*")) == left
    assert is_demo()
    assert Person.objects.get(email=PERSONAS[0].email).check_password("correct horse battery")
    yesterdays_folder_is_adopted(recordings)


def have_come(password: str) -> None:
    """Those whom README.md names, each in the school and with the part that the table there gives them."""
    assert set(Institution.objects.values_list("slug", flat=True)) == {"field-office", "am-see"}
    named = {person.email: person for person in Person.objects.filter(email__in=[p.email for p in PERSONAS])}
    assert {persona.email: persona.name for persona in PERSONAS} == {
        email: person.name for email, person in named.items()
    }
    assert all(person.check_password(password) for person in named.values())
    for persona in PERSONAS:
        memberships = named[persona.email].memberships.values_list("institution__slug", "role")
        school = "am-see" if persona.key == "stranger" else "field-office"
        assert list(memberships) == ([(school, persona.member_role)] if persona.member_role else [])
    children = Guardianship.objects.filter(guardian=named["guardian@demo.test"])
    assert [one.child.name for one in children] == ["Amina Yusuf"]
    class_ = Enrolment.objects.filter(course__title="Mathematics 7b", standing=Standing.STUDENT)
    assert class_.count() == len(CLASSMATES) + 2


def lessons_stand_when_they_should() -> None:
    """One tomorrow, one to enter now, one of yesterday that is over and owes its recording."""
    now, here = timezone.now(), Lesson.objects.filter(course__title="Mathematics 7b")
    tomorrow = here.get(title="Adding fractions")
    assert timezone.localdate(tomorrow.starts_at) == timezone.localdate() + timedelta(days=1)
    running = here.get(title="Fractions, live now")
    assert running.starts_at <= now < running.ends_at
    assert running.status == LessonStatus.SCHEDULED, "the first one in opens it"
    yesterday = here.get(title="What is a fraction?")
    assert yesterday.status == LessonStatus.ENDED
    assert yesterday.recording.state == RecordingState.EXPECTED


def yesterdays_folder_is_adopted(recordings: Path) -> None:
    [folder] = recordings.iterdir()
    assert adopt_folders(now=timezone.now()) == 1
    capture = Capture.objects.get()
    assert (capture.session_id, capture.engine, capture.state) == (
        folder.name,
        Engine.JIBRI,
        CaptureState.CLOSED,
    )
    assert capture.recording.lesson.title == "What is a fraction?"
