"""Where a recording has holes, and what each is called."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
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


class Lost(NamedTuple):
    """A lesson of thirty minutes with people inside, and where built-in recorders leave their folders."""

    recording: Recording
    begun: datetime
    folder: Path

    def leave(self, first: float, last: float, *, is_killed: bool = False, **told: Any) -> None:
        """A session asked from minute to minute after the beginning, of which no track is left. `told` is what its
        manifest says; its instants are minutes too."""
        name = uuid4().hex
        ended = self.at(last)
        Capture.objects.create(
            recording=self.recording,
            engine=Engine.EMBEDDED,
            session_id=name,
            state=CaptureState.LOST if is_killed else CaptureState.CLOSED,
            wanted_at=self.at(first),
            asked_at=self.at(first),
            ended_at=ended + timedelta(seconds=4),
            end_cause=EndCause.DIED if is_killed else EndCause.NONE,
        )
        (self.folder / name).mkdir(parents=True)
        states = [
            {"at": self.at(minute).timestamp(), "state": state, "occupant": who}
            for minute, state, who in told.pop("states", [])
        ]
        instants = {key: minute and self.at(minute).timestamp() for key, minute in told.items()}
        told = {"version": 1, "tracks": [], "states": states, **instants}
        told["ended_at"] = None if is_killed else ended.timestamp()
        manifest = self.folder / name / "manifest.json"
        manifest.write_text(json.dumps(told))
        os.utime(manifest, (ended.timestamp(), ended.timestamp()))

    def at(self, minute: float) -> datetime:
        return self.begun + timedelta(minutes=minute)

    def gaps(self) -> list[tuple[str, float, float]]:
        """Cause, first and last minute."""
        begun = self.begun.timestamp()
        camera = Track(self.folder / "c.mkv", "camera", "", "", "", begun + 60, 30.0)
        found = gaps_of(self.recording, [camera], Timeline([Span(begun, begun + 1800)]))
        return [
            (gap["cause"], *(self._minute(gap[edge]) for edge in ("starts_at", "ends_at"))) for gap in found
        ]

    def _minute(self, told: str) -> float:
        return round((datetime.fromisoformat(told) - self.begun).total_seconds() / 60, 1)


@pytest.fixture
def lost(cast: Cast, settings: Any, tmp_path: Path) -> Lost:
    settings.RECORDINGS_DIR = tmp_path
    lesson = hold_lesson(cast, ended_at=timezone.now())
    expect_recordings(now=timezone.now())
    begun = timezone.now() - timedelta(minutes=30)
    Presence.objects.filter(room__lesson=lesson).update(
        joined_at=begun, left_at=begun + timedelta(minutes=30)
    )
    return Lost(Recording.objects.get(lesson=lesson), begun, tmp_path)


@pytest.mark.django_db
def test_a_built_in_recorder_that_was_away_leaves_a_gap_with_its_cause(lost: Lost) -> None:
    lost.leave(0, 10, is_killed=True, joined_at=0.02, offered_at=0.03, connected_at=0.05)
    lost.leave(20, 30, joined_at=20.02, offered_at=20.03, connected_at=20.04)
    assert lost.gaps() == [(EndCause.DIED, 10.0, 20.0)]
    # Nobody sent anything, but nothing would have been missed.
    lost.leave(10, 20, joined_at=10.0, offered_at=10.0, connected_at=10.01)
    assert lost.gaps() == []


FAILED_TO_CONNECT: list[dict[str, Any]] = [
    {"joined_at": 10.1, "offered_at": 10.2, "connected_at": None},
    {"joined_at": None, "offered_at": None, "connected_at": None},
    # of recorders that did not write the three instants yet
    {"states": [(10.1, "connecting", "x"), (10.2, "connecting", "x"), (10.3, "closed", "x")]},
    {"states": [(10.1, "connecting", "x"), (10.2, "refused", "x")]},
]


@pytest.mark.django_db
@pytest.mark.parametrize("told", FAILED_TO_CONNECT, ids=["offered", "not let in", "old", "old, refused"])
def test_a_recorder_that_reached_nobody_was_not_at_work(lost: Lost, told: dict[str, Any]) -> None:
    lost.leave(0, 10, is_killed=True, joined_at=0.02, offered_at=0.03, connected_at=0.05)
    lost.leave(10, 30, **told)
    assert lost.gaps() == [(EndCause.DIED, 10.0, 30.0)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"joined_at": 10.2, "offered_at": 10.3, "connected_at": 11.0},
        {"states": [(10.2, "connecting", "x"), (10.3, "connecting", "x"), (11.0, "connected", "x")]},
    ],
    ids=["new", "old"],
)
def test_a_restart_is_over_when_somebody_is_connected(lost: Lost, told: dict[str, Any]) -> None:
    lost.leave(0, 10, is_killed=True, joined_at=0.02, offered_at=0.03, connected_at=0.05)
    lost.leave(10, 30, **told)
    assert lost.gaps() == [(EndCause.DIED, 10.0, 11.0)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "told",
    [
        {"joined_at": 0.1, "offered_at": None, "connected_at": None},
        {"joined_at": 0.1, "offered_at": 20.0, "connected_at": 20.1},
        {},
    ],
    ids=["never", "later", "old"],
)
def test_where_nobody_had_anything_to_send_it_was_enough_to_be_in_the_room(
    lost: Lost, told: dict[str, Any]
) -> None:
    """Whose page has the board alone, or who may not be recorded, offers nothing."""
    lost.leave(0, 30, states=[(0.1, "connecting", "x"), (0.2, "not_offered", "x")], **told)
    assert lost.gaps() == []


@pytest.mark.django_db
def test_an_old_manifest_that_says_nothing_of_anybody_counts_from_its_claim(lost: Lost) -> None:
    lost.leave(0, 30)
    assert lost.gaps() == []


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
