"""When a lesson is over: for how long its recorders' folders are waited for, and when that counts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from classroom.models import Lesson
from recordings import actions
from recordings.models import Finding, Reason, Recording, RecordingState
from recordings.reconciler import reconcile
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def owed(cast: Cast, settings: Any) -> Recording:
    """Planned a week ago, over for a minute, people were inside, and no folder of a Jibri has come yet."""
    settings.RECORDER_ENGINE = "jibri"
    lesson = hold_lesson(cast, ended_at=timezone.now() - MINUTE)
    actions.expect_recordings(now=timezone.now() - timedelta(days=7))
    return Recording.objects.get(lesson=lesson)


def test_a_folder_is_waited_for_an_hour_from_the_lessons_end_however_early_it_was_planned(
    owed: Recording,
) -> None:
    actions.finish_captured(now=timezone.now())
    owed.refresh_from_db()
    assert (owed.state, owed.reason) == (RecordingState.EXPECTED, "")
    actions.finish_captured(now=timezone.now() + 60 * MINUTE)
    owed.refresh_from_db()
    assert (owed.state, owed.reason) == (RecordingState.FAILED, Reason.NO_RECORDER)


def test_who_waits_for_that_hour_is_not_called_stuck(owed: Recording) -> None:
    reconcile()
    assert not Finding.objects.filter(kind="stuck").exists()
    Lesson.objects.filter(pk=owed.lesson_id).update(ended_at=timezone.now() - 91 * MINUTE)
    reconcile()
    assert Finding.objects.filter(kind="stuck", recording=owed.pk).exists()
