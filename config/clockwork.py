"""Beat, of which any number may run: one ticks, the others stand by and take over when it is gone.

Two that tick would ask for everything twice; one alone was a machine that must never be lost. Whoever holds a lock of
the database ticks, on a connection of its own: it is let go with the process, or when PostgreSQL sees the line is dead.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from celery.beat import PersistentScheduler
from django.db import connection

logger = logging.getLogger(__name__)
# How soon another notices that nobody ticks. Far below what `manage.py doctor` calls a silent clock.
STANDBY_SECONDS = 3.0
TAKE = "SELECT pg_try_advisory_lock(hashtextextended('clockwork', 0))"
# A machine that vanished says no goodbye: PostgreSQL asks for it itself, and gives up after 25 s instead of two hours.
WATCHED = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
# Of a connection that Django makes itself.
DJANGOS = {"cursor_factory", "context"}


class Turn:
    """Whose turn it is to tick. PgBouncer must keep this connection for itself (session mode)."""

    def __init__(self) -> None:
        self._line: psycopg.Connection[Any] | None = None

    def is_ours(self) -> bool:
        """Asked before each tick: a lock is held as long as its connection answers. No database is nobody's turn."""
        try:
            if self._line is None:
                return self._take()
            self._line.execute("SELECT 1")
        except psycopg.OperationalError:
            logger.warning("The database has let go of our turn", exc_info=True)
            self.give_up()
            return False
        return True

    def _take(self) -> bool:
        given = {**connection.get_connection_params(), "autocommit": True, "connect_timeout": 5}
        line = psycopg.connect(**{name: value for name, value in given.items() if name not in DJANGOS})
        if line.execute(TAKE).fetchone() != (True,):
            line.close()
            return False
        for name, value in WATCHED.items():
            line.execute(f"SET {name} = {value}")
        logger.info("It is our turn to tick")
        self._line = line
        return True

    def give_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Clockwork(PersistentScheduler):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._turn = Turn()
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if not self._turn.is_ours():
            return STANDBY_SECONDS
        return float(super().tick(*args, **kwargs))

    def close(self) -> None:
        super().close()
        self._turn.give_up()
