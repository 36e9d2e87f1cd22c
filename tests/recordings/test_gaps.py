"""Where a recording has holes, and what each is called."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classroom.models import Presence
from recordings.actions import expect_recordings
from recordings.clock import Span, Timeline, merge
from recordings.compositing import Track
from recordings.gaps import (
    EARLY_END,
    LATE_START,
    NO_RECORDER,
    SHORTEST_SECONDS,
    UNKNOWN,
    Loss,
    cause_of,
    find_gaps,
)
from recordings.models import Capture, CaptureState, EndCause, Engine, Recording
from recordings.pipeline.tracks import gaps_of, timeline_of
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson

INSIDE = [Span(0, 100)]
spans = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 60)).map(lambda one: Span(one[0], one[0] + one[1])),
    max_size=6,
)


@pytest.mark.parametrize(
    ("recorded", "gaps"),
    [
        ([Span(0, 100)], []),
        ([Span(2, 99)], []),
        ([Span(0, 40), Span(55, 100)], [Span(40, 55)]),
        ([Span(10, 40), Span(55, 90)], [Span(40, 55)]),
        ([Span(35, 40), Span(55, 60)], [Span(0, 35), Span(40, 55), Span(60, 100)]),
        ([Span(0, 60), Span(30, 100)], []),
        ([Span(-20, 40), Span(70, 300)], [Span(40, 70)]),
        ([], [Span(0, 100)]),
    ],
)
def test_a_gap_is_where_people_were_and_no_recorder(recorded: list[Span], gaps: list[Span]) -> None:
    assert find_gaps(INSIDE, recorded) == gaps


def test_nobody_misses_what_was_not_recorded_while_the_room_was_empty() -> None:
    assert find_gaps([Span(0, 30), Span(60, 100)], [Span(0, 30), Span(60, 100)]) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inside=spans, recorded=spans)
def test_gaps_and_recorded_time_never_meet_and_leave_out_only_moments(
    inside: list[Span], recorded: list[Span]
) -> None:
    gaps = find_gaps(inside, recorded)
    for gap in gaps:
        assert gap.seconds >= SHORTEST_SECONDS
        assert all(span.ends_at <= gap.starts_at or span.starts_at >= gap.ends_at for span in merge(recorded))
    for second in range(260):
        missing = _holds(inside, second) and not _holds(recorded, second)
        if missing and all(_holds(inside, near) and not _holds(recorded, near) for near in _around(second)):
            assert _holds(gaps, second)


def _around(second: int) -> range:
    return range(second - 30, second + 31)


def _holds(held: list[Span], second: int) -> bool:
    return any(span.starts_at <= second and second + 1 <= span.ends_at for span in held)


def test_each_gap_says_what_had_happened_to_the_recorder() -> None:
    recorded = [Span(40, 50), Span(65, 80), Span(90, 100)]
    losses = [Loss(53, "recorder_died"), Loss(60, "never_started")]
    gaps = find_gaps([Span(0, 140)], recorded)
    assert [cause_of(gap, recorded, losses) for gap in gaps] == [
        LATE_START,
        "recorder_died",
        UNKNOWN,
        EARLY_END,
    ]


def test_where_nothing_was_recorded_no_recorder_came_late() -> None:
    gap = Span(0, 100)
    assert cause_of(gap, [], []) == NO_RECORDER
    assert cause_of(gap, [], [Loss(53, "never_started")]) == "never_started"


def left_by_a_built_in_recorder(
    recording: Recording, begun: datetime, ended: datetime, *, is_killed: bool, folder: Path
) -> None:
    """Nobody sent anything: its session has no track, but it was there."""
    name = uuid4().hex
    Capture.objects.create(
        recording=recording,
        engine=Engine.EMBEDDED,
        session_id=name,
        state=CaptureState.LOST if is_killed else CaptureState.CLOSED,
        wanted_at=begun,
        asked_at=begun,
        ended_at=ended + timedelta(seconds=4),
        end_cause=EndCause.DIED if is_killed else EndCause.NONE,
    )
    (folder / name).mkdir(parents=True)
    told: dict[str, Any] = {"version": 1, "tracks": [], "ended_at": None if is_killed else ended.timestamp()}
    manifest = folder / name / "manifest.json"
    manifest.write_text(json.dumps(told))
    if is_killed:
        os.utime(manifest, (ended.timestamp(), ended.timestamp()))


@pytest.mark.django_db
def test_a_built_in_recorder_that_was_away_leaves_a_gap_with_its_cause(
    cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.RECORDINGS_DIR = tmp_path
    lesson = hold_lesson(cast, ended_at=timezone.now())
    expect_recordings(now=timezone.now())
    recording = Recording.objects.get(lesson=lesson)
    begun = timezone.now() - timedelta(minutes=30)
    Presence.objects.filter(room__lesson=lesson).update(
        joined_at=begun, left_at=begun + timedelta(minutes=30)
    )
    timeline = Timeline([Span(begun.timestamp(), begun.timestamp() + 1800)])
    camera = Track(tmp_path / "c.mkv", "camera", "", "", "", begun.timestamp() + 60, 30.0)

    def at_work(first: int, last: int, *, is_killed: bool = False) -> None:
        times = (begun + timedelta(minutes=minute) for minute in (first, last))
        left_by_a_built_in_recorder(recording, *times, is_killed=is_killed, folder=tmp_path)

    at_work(0, 10, is_killed=True)
    at_work(20, 30)
    [gap] = gaps_of(recording, [camera], timeline)
    assert (gap["cause"], gap["seconds"]) == (EndCause.DIED, pytest.approx(600, abs=0.2))
    assert gap["starts_at"] == (begun + timedelta(minutes=10)).isoformat(timespec="seconds")
    assert gap["at_seconds"] == pytest.approx(1200, abs=0.01)
    at_work(10, 20)  # nobody sent anything, but nothing would have been missed
    assert gaps_of(recording, [camera], timeline) == []


@pytest.mark.django_db
def test_what_lies_before_a_films_first_picture_was_not_recorded(cast: Cast) -> None:
    """Times in an MPEG stream begin at 1.4 s: a film shows nothing before, and covers no gap there."""
    lesson = hold_lesson(cast, ended_at=timezone.now())
    expect_recordings(now=timezone.now())
    recording = Recording.objects.get(lesson=lesson)
    [(joined, left)] = Presence.objects.filter(room__lesson=lesson).values_list("joined_at", "left_at")[:1]
    assert left is not None
    begun, ended = joined.timestamp(), left.timestamp()
    films = [
        Track(Path("a.ts"), "room", "", "", "", begun - 1.4, 61.4, 1.4),
        Track(Path("b.ts"), "room", "", "", "", begun + 62, ended - begun, 1.4),
    ]
    [gap] = gaps_of(recording, films, timeline_of(recording, films))
    assert gap["seconds"] == pytest.approx(3.4, abs=0.05)
