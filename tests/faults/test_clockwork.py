"""Two beats, one of which ticks: real processes, one is killed, then the other's line is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from config.clockwork import STANDBY_SECONDS
from tests.processes import CELERY, House, wait_until

pytestmark = [pytest.mark.timeout(300), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
TICK = "Sending due task"


def start(house: House, name: str) -> None:
    schedule = str(house.folder / f"{name}-schedule")
    house.start(name, [*CELERY, "beat", "--loglevel=INFO", "--schedule", schedule])
    wait_until(lambda: "beat: Starting" in house.log(name), 30, what=name)


def test_one_ticks_and_the_next_takes_over(tmp_path: Path) -> None:
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house")
    try:
        start(house, "first")
        wait_until(lambda: TICK in house.log("first"), 10, what="a tick")
        start(house, "second")
        before = house.log("first").count(TICK)
        wait_until(lambda: house.log("first").count(TICK) > before + 5, 30, what="more ticks")
        assert TICK not in house.log("second")
        house.kill("first")
        wait_until(lambda: TICK in house.log("second"), 3 * STANDBY_SECONDS, what="a tick of the second")
        cut_the_line()
        cut = house.log("second").count(TICK)
        wait_until(lambda: house.log("second").count(TICK) > cut + 3, 10, what="a tick afterwards")
        assert house.log("second").count("It is our turn") == 2
    finally:
        house.stop()


def cut_the_line() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert cursor.fetchall() == [(True,)]
