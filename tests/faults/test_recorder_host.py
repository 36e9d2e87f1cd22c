"""The host of the recorders while PostgreSQL takes no connections, and when a recorder of its dies: it goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import sql

from classroom import timeline
from classroom.models import Lesson
from recordings.actions import expect_recordings, note_unrecorded, start_due_recorders
from recordings.facts import RECORDING_CHANGED
from recordings.models import (
    Alarm,
    Capture,
    CaptureState,
    EndCause,
    Engine,
    Recording,
    RecordingState,
)
from tests.conftest import Cast
from tests.faults.scenes import enter, new_lesson
from tests.processes import House, database_url, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def connected() -> list[int]:
    """Which processes of PostgreSQL serve the test database; those of our own threads among them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall()]


@contextmanager
def no_connections(spared: list[int]) -> Iterator[None]:
    """Everybody else is thrown out and refused, said from another database; what is spared lives on: the tests after
    this one have them."""
    name = str(connection.settings_dict["NAME"])
    alter = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    with psycopg.connect(database_url("postgres"), autocommit=True) as outside:
        outside.execute(alter.format(sql.Identifier(name), sql.Literal(False)))
        try:
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user AND pid != ALL(%s)"
            )
            outside.execute(others, [name, spared])
            yield
        finally:
            outside.execute(alter.format(sql.Identifier(name), sql.Literal(True)))


def want_capture(cast: Cast, session: str) -> Capture:
    lesson = new_lesson(cast, timezone.now(), title=session)
    expect_recordings(now=timezone.now())
    recording = Recording.objects.get(lesson=lesson)
    return Capture.objects.create(
        recording=recording, engine=Engine.EMBEDDED, session_id=session, wanted_at=timezone.now()
    )


def is_taken(capture: Capture) -> bool:
    return Capture.objects.filter(pk=capture.pk).exclude(state=CaptureState.WANTED).exists()


def test_a_host_survives_that_postgresql_is_away_and_goes_on_afterwards(house: House, cast: Cast) -> None:
    first, ours = want_capture(cast, "before"), connected()
    house.start_recorders()
    wait_until(lambda: is_taken(first), 40, what="the first capture's recorder")
    with no_connections(ours):
        wait_until(lambda: "PostgreSQL is away" in house.log("recorders"), 30, what="the host's warning")
        assert house.running["recorders"].poll() is None
    second = want_capture(cast, "afterwards")
    wait_until(lambda: is_taken(second), 40, what="the second capture's recorder")
    assert house.running["recorders"].poll() is None


def live_lesson(cast: Cast) -> Lesson:
    """With its teacher inside, and a recorder wanted."""
    lesson, now = new_lesson(cast, timezone.now()), timezone.now()
    enter(lesson, cast, now)
    expect_recordings(now=now)
    assert start_due_recorders(now=now) == 1
    return lesson


def captures(lesson: Lesson) -> list[Capture]:
    return list(Capture.objects.filter(recording__lesson=lesson).order_by("wanted_at"))


def recorder_at_work(house: House) -> int:
    """The host's oldest child: the spare is made after it."""
    listed = Path(f"/proc/{house.running['recorders'].pid}/task").glob("*/children")
    return min(int(word) for path in listed for word in path.read_text().split())


def test_kill_9_of_a_recorder_in_mid_lesson_has_another_one_started_by_its_host_alone(
    house: House, cast: Cast
) -> None:
    """No sweep, no web process: whoever starts the second is the host. What both film: test_recorder_loss.py."""
    lesson = live_lesson(cast)
    [first] = captures(lesson)
    house.start_recorders()
    wait_until((settings.RECORDINGS_DIR / first.session_id).is_dir, 40, what="the first recorder's folder")
    os.kill(recorder_at_work(house), signal.SIGKILL)
    wait_until(lambda: len(captures(lesson)) == 2, 20, what="the second capture")
    lost, second = captures(lesson)
    wait_until((settings.RECORDINGS_DIR / second.session_id).is_dir, 40, what="the second recorder's folder")
    second.refresh_from_db()
    assert (lost.state, lost.end_cause) == (CaptureState.LOST, EndCause.DIED)
    assert (second.state, second.host) == (CaptureState.RUNNING, lost.host)
    told = [fact.data["state"] for fact in timeline.facts_of(lesson, [RECORDING_CHANGED]).order_by("pk")]
    assert told == ["starting", "lost_recorder", "starting"]
    assert house.running["recorders"].poll() is None


@pytest.mark.deep
def test_a_lesson_with_the_board_alone_is_attended_and_raises_no_alarm(house: House, cast: Cast) -> None:
    lesson = live_lesson(cast)
    house.start_web()
    house.start_recorders()
    [capture] = captures(lesson)

    def state() -> str:
        note_unrecorded(now=timezone.now())
        return str(Recording.objects.get(lesson=lesson).state)

    wait_until(lambda: state() == RecordingState.RECORDING, 40, what="the recorder's word that it is there")
    capture.refresh_from_db()
    assert capture.confirmed_at is not None
    assert note_unrecorded(now=timezone.now() + timedelta(minutes=5)) == 0
    assert not Alarm.objects.exists()
