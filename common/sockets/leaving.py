"""A web process that is about to end: nobody new comes in, and who is inside is sent to another one.

`/readyz` says 503 from then on, sockets are told to come back (1012), each at a moment of its own: a thousand at once
would ask the other processes for a thousand snapshots. Pages are answered until the end. SIGUSR1 begins it
(`config/asgi.py`), `python -m common.drain` sends that and waits, SIGTERM ends the process.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Protocol

log = logging.getLogger(__name__)
GOODBYES_A_SECOND, LONGEST_SECONDS = 100, 10.0


class Inside(Protocol):
    def send_away(self) -> None:
        """On the loop's thread; of one that has gone meanwhile nothing is asked."""


class House:
    """Of one process."""

    def __init__(self) -> None:
        self.is_leaving = False
        self.inside: set[Inside] = set()

    def leave(self) -> None:
        """Once; on the loop's thread."""
        if self.is_leaving:
            return
        self.is_leaving = True
        seconds = min(LONGEST_SECONDS, len(self.inside) / GOODBYES_A_SECOND)
        log.info("Leaving: %d sockets are sent away within %s s", len(self.inside), seconds)
        loop = asyncio.get_running_loop()
        for one in self.inside:
            loop.call_later(random.uniform(0, seconds), self._send_away, one)  # noqa: S311  a spread

    def _send_away(self, one: Inside) -> None:
        if one in self.inside:
            one.send_away()


HOUSE = House()
