"""Prosody asks whether a room is to be recorded, and as which recording."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from classroom.models import Lesson, LessonStatus
from recordings.actions import expect_recordings
from recordings.models import Recording, RecordingState
from tests.architecture.test_doors import signed_in
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
TOKEN = "t" * 40


@pytest.fixture(autouse=True)
def jibri(settings: Any) -> None:
    settings.JITSI_HOOK_TOKEN, settings.RECORDER_ENGINE = TOKEN, "jibri"


@pytest.fixture
def owed(lesson: Lesson) -> Recording:
    expect_recordings(now=timezone.now())
    return Recording.objects.get(lesson=lesson)


def ask(room: str, token: str = TOKEN) -> Any:
    return Client().get(f"/hooks/jitsi/rooms/{room}/recording", headers={"Authorization": f"Bearer {token}"})


def test_a_lesson_that_owes_a_recording_wants_one(owed: Recording) -> None:
    name = owed.lesson.room.name
    expected = {"record": True, "recording": str(owed.pk), "room": name}
    assert ask(name).json() == ask(name.upper()).json() == expected


@pytest.mark.parametrize("state", [RecordingState.PUBLISHED, RecordingState.FAILED, RecordingState.CAPTURED])
def test_what_is_recorded_already_is_not_recorded_again(owed: Recording, state: str) -> None:
    Recording.objects.update(state=state)
    assert ask(owed.lesson.room.name).json() == {"record": False}


@pytest.mark.parametrize("status", [LessonStatus.ENDED, LessonStatus.CANCELLED])
def test_nothing_is_recorded_after_the_lesson(owed: Recording, status: str) -> None:
    Lesson.objects.update(status=status)
    assert ask(owed.lesson.room.name).json() == {"record": False}


def test_where_another_recorder_records_jibri_does_not(owed: Recording, settings: Any) -> None:
    settings.RECORDER_ENGINE = "embedded"
    assert ask(owed.lesson.room.name).json() == {"record": False}


def test_a_lesson_without_a_recording_and_a_room_without_a_lesson(lesson: Lesson) -> None:
    assert ask(lesson.room.name).json() == {"record": False}
    assert ask("nobody").status_code == 404


def test_only_the_token_opens(owed: Recording, cast: Cast) -> None:
    path = f"/hooks/jitsi/rooms/{owed.lesson.room.name}/recording"
    assert ask(owed.lesson.room.name, "x" * 40).status_code == 401
    assert signed_in(cast.stranger).get(path).status_code == 401
    assert ask("nobody", "x" * 40).status_code == 401  # and says nothing of which rooms there are


def test_without_a_token_of_ours_there_is_no_door(owed: Recording, settings: Any) -> None:
    settings.JITSI_HOOK_TOKEN = ""
    assert ask(owed.lesson.room.name, "").status_code == 404
