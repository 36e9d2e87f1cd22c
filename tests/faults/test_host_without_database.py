"""The host of the recorders while PostgreSQL takes no connections: it goes on, and works again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from recordings.actions import expect_recordings
from recordings.models import Capture, CaptureState, Engine, Recording
from tests.conftest import Cast
from tests.faults.scenes import new_lesson
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
