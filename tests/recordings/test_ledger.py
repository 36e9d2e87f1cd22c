"""Every lesson is in exactly one state, and its times and gaps are named."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from classroom.models import Lesson, LessonStatus, Presence
from recordings.ledger import MEANINGS, count_states, lessons_of_ledger, times_of, with_times
from recordings.models import (
    Capture,
    Finding,
    LedgerState,
    Reason,
    Recording,
    RecordingState,
)
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson, publish

pytestmark = pytest.mark.django_db
S, L = RecordingState, LedgerState
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def state_of(lesson: Lesson) -> str:
    found = lessons_of_ledger(lesson.institution, now=timezone.now()).get(pk=lesson.pk)
    return str(found.ledger)


def make(lesson: Lesson, *, status: str, begun: timedelta, state: str, **more: Any) -> None:
    now = timezone.now()
    times = {"starts_at": now - begun, "ends_at": now - begun + HOUR}
    ended = now - begun + HOUR if status == LessonStatus.ENDED else None
    Lesson.objects.filter(pk=lesson.pk).update(status=status, ended_at=ended, **times)
    Recording.objects.update_or_create(
        lesson=lesson, defaults={"state": state, "state_at": now - begun, "reason": "", "gaps": [], **more}
    )


@pytest.mark.parametrize(
    ("status", "hours", "state", "more", "wanted"),
    [
        ("scheduled", -2, S.EXPECTED, {}, L.PLANNED),
        ("scheduled", 0.5, S.EXPECTED, {}, L.WAITING),
        ("live", 0.5, S.EXPECTED, {}, L.WAITING),
        ("live", 0.5, S.RECORDING, {}, L.RECORDING),
        ("live", 0.5, S.STARTING, {}, L.UNATTENDED),
        ("live", 0.5, S.LOST_RECORDER, {}, L.UNATTENDED),
        ("live", 0.5, S.NO_RECORDER, {}, L.UNATTENDED),
        ("ended", 1.5, S.RECORDING, {}, L.MAKING),
        ("ended", 1.5, S.COMPOSING, {}, L.MAKING),
        ("ended", 3, S.COMPOSING, {}, L.OVERDUE),
        ("ended", 3, S.EXPECTED, {}, L.OVERDUE),
        ("ended", 3, S.PUBLISHED, {}, L.COMPLETE),
        ("ended", 3, S.PUBLISHED, {"gaps": [{"seconds": 9}]}, L.GAPS),
        ("ended", 3, S.FAILED, {"reason": Reason.NO_RECORDER}, L.FAILED),
        ("ended", 3, S.FAILED, {"reason": Reason.NOBODY_CAME}, L.EMPTY),
        ("cancelled", 3, S.EXPECTED, {}, L.CANCELLED),
        ("ended", 3, S.EXPIRING, {}, L.DELETED),
        ("ended", 3, S.EXPIRED, {}, L.DELETED),
    ],
    ids=lambda value: str(value) or "nothing",
)
def test_each_lesson_is_in_the_state_that_one_would_say(
    lesson: Lesson, status: str, hours: float, state: str, more: dict[str, Any], wanted: str
) -> None:
    make(lesson, status=status, begun=timedelta(hours=hours), state=state, **more)
    assert state_of(lesson) == wanted


def test_whatever_may_happen_is_exactly_one_state_and_the_counts_add_up(lesson: Lesson) -> None:
    seen = set()
    for status, state, hours in product(LessonStatus.values, RecordingState.values, (-2, 0.5, 3)):
        make(lesson, status=status, begun=timedelta(hours=hours), state=state)
        counts = count_states(lessons_of_ledger(lesson.institution, now=timezone.now()))
        assert sum(counts.values()) == 1
        seen |= {name for name, number in counts.items() if number}
    assert seen <= set(MEANINGS)
    assert set(MEANINGS) == set(LedgerState.values)


def test_a_lesson_without_a_row_is_no_unknown(lesson: Lesson) -> None:
    Recording.objects.all().delete()
    assert state_of(lesson) == L.WAITING


def test_composing_again_counts_from_its_own_beginning(lesson: Lesson) -> None:
    make(lesson, status="ended", begun=timedelta(days=3), state=S.COMPOSING, state_at=timezone.now())
    assert state_of(lesson) == L.MAKING


def test_what_the_store_lost_is_damaged_until_it_is_put_right(lesson: Lesson) -> None:
    make(lesson, status="ended", begun=timedelta(hours=3), state=S.PUBLISHED)
    now = timezone.now()
    finding = Finding.objects.create(
        kind="object_missing",
        about="recording:x",
        recording=lesson.recording.pk,
        found_at=now,
        seen_at=now,
    )
    assert state_of(lesson) == L.DAMAGED
    finding.closed_at = now
    finding.save()
    assert state_of(lesson) == L.COMPLETE


def test_planned_inside_recorded_and_published_stand_side_by_side(cast: Cast) -> None:
    held = hold_lesson(cast, ended_at=timezone.now() - HOUR)
    recording = publish(held, cast.amina)
    begin = held.starts_at.timestamp()
    told = {
        "starts_at": held.starts_at.isoformat(),
        "ends_at": (held.starts_at + timedelta(minutes=4)).isoformat(),
        "at_seconds": 0,
        "seconds": 240,
        "cause": "late_start",
    }
    Recording.objects.filter(pk=recording.pk).update(
        captured=[[begin + 240, begin + 1800]], shown=[[begin + 240, begin + 1800]], gaps=[told]
    )
    times = times_of(with_times(Lesson.objects.filter(pk=held.pk)).get(), now=timezone.now())
    assert times.expected.seconds == 1800
    assert [span.seconds for span in times.inside] == [1800]
    assert [span.seconds for span in times.captured] == [span.seconds for span in times.published] == [1560]
    assert [(gap.cause, gap.minutes) for gap in times.gaps] == [("late_start", 4.0)]
    assert times.missing_minutes == 4.0


def test_while_it_is_recorded_the_recorders_word_counts(lesson: Lesson) -> None:
    now = timezone.now()
    make(lesson, status="live", begun=timedelta(minutes=10), state=S.RECORDING)
    Capture.objects.create(
        recording=lesson.recording,
        engine="jibri",
        session_id="s",
        state="running",
        wanted_at=now - timedelta(minutes=9),
        confirmed_at=now - timedelta(minutes=8),
    )
    times = times_of(with_times(Lesson.objects.filter(pk=lesson.pk)).get(), now=now)
    assert [round(span.seconds) for span in times.captured] == [480]
    assert times.published == []


def inside_for(lesson: Lesson, **told: Any) -> Recording:
    """Thirty minutes with people inside, and what became of its recording."""
    now = timezone.now()
    make(lesson, status=told.pop("status", "ended"), begun=timedelta(minutes=30), **told)
    Presence.objects.create(
        room=lesson.room,
        occupant=uuid4(),
        person=lesson.created_by,
        standing="teacher",
        joined_at=now - 30 * MINUTE,
        last_seen_at=now,
        left_at=now,
    )
    return Recording.objects.get(lesson=lesson)


def session_of(recording: Recording, first: int, last: int, cause: str = "", **more: Any) -> None:
    """Of a Jibri, from minute to minute after the lesson's beginning."""
    begun = timezone.now() - 30 * MINUTE
    told: dict[str, Any] = {
        "wanted_at": begun + first * MINUTE,
        "confirmed_at": begun + first * MINUTE,
        "ended_at": begun + last * MINUTE,
        **more,
    }
    Capture.objects.create(
        recording=recording, engine="jibri", session_id=uuid4().hex, state="closed", end_cause=cause, **told
    )


def missing_of(lesson: Lesson) -> list[tuple[str, float]]:
    times = times_of(with_times(Lesson.objects.filter(pk=lesson.pk)).get(), now=timezone.now())
    gaps = [(gap.cause, gap.minutes) for gap in times.gaps]
    assert times.missing_minutes == pytest.approx(sum(minutes for _, minutes in gaps))
    return gaps


def test_of_a_failed_lesson_every_minute_is_missing(lesson: Lesson) -> None:
    recording = inside_for(lesson, state=S.FAILED, reason=Reason.NO_RECORDER)
    assert missing_of(lesson) == [("no_recorder", 30.0)]
    session_of(recording, 0, 1, "never_started", confirmed_at=None)
    assert missing_of(lesson) == [("never_started", 30.0)]
    Recording.objects.update(reason=Reason.COMPOSING_FAILED)
    session_of(recording, 1, 30)
    assert missing_of(lesson) == [("composing_failed", 30.0)], "it was recorded, and cannot be watched"
    Recording.objects.update(reason=Reason.NO_VIDEO, gaps=[{"of": "an earlier attempt"}])
    Capture.objects.update(end_cause="")
    assert missing_of(lesson) == [("no_video", 30.0)]


def test_while_a_lesson_goes_on_the_minutes_without_a_recorder_are_named(lesson: Lesson) -> None:
    recording = inside_for(lesson, status="live", state=S.STARTING)
    assert missing_of(lesson) == [("no_recorder", 30.0)]
    session_of(recording, 4, 10, "recorder_died")
    Recording.objects.update(state=S.LOST_RECORDER)
    assert missing_of(lesson) == [("late_start", 4.0), ("recorder_died", 20.0)]
    session_of(recording, 12, 30)
    Recording.objects.update(state=S.RECORDING)
    assert missing_of(lesson) == [("late_start", 4.0), ("recorder_died", 2.0)]


def test_before_and_after_stock_is_taken_the_gaps_of_the_moment_are_named(lesson: Lesson) -> None:
    begun = timezone.now() - 30 * MINUTE
    old = {"starts_at": begun.isoformat(), "ends_at": (begun + 9 * MINUTE).isoformat(), "cause": "unknown"}
    recording = inside_for(lesson, state=S.CAPTURED, gaps=[old])
    session_of(recording, 0, 25, "recorder_left")
    assert missing_of(lesson) == [("recorder_left", 5.0)], "what an earlier attempt found counts no more"
    for state in (S.COMPOSING, S.STORING, S.PUBLISHED, S.EXPIRED):
        Recording.objects.update(state=state)
        assert missing_of(lesson) == [("unknown", 9.0)]


def test_of_a_folder_that_was_only_found_nobody_says_what_it_lacks_before_a_look(lesson: Lesson) -> None:
    recording = inside_for(lesson, state=S.CAPTURED)
    session_of(recording, 30, 30, confirmed_at=None, started_by="nobody")
    assert missing_of(lesson) == []


def test_where_nobody_came_nothing_is_missing(lesson: Lesson) -> None:
    make(lesson, status="ended", begun=2 * HOUR, state=S.FAILED, reason=Reason.NOBODY_CAME)
    assert missing_of(lesson) == []
