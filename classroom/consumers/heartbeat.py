"""Saying that the sockets of this process are alive."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from django.db import Error as DatabaseError
from django.utils import timezone

from classroom import actions
from common.sockets.consumer import in_thread, spawn

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 5.0


class Heartbeat:
    """One UPDATE every few seconds says that all sockets of this process are alive."""

    def __init__(self) -> None:
        self.connections: set[str] = set()
        self.tasks: set[asyncio.Task[Any]] = set()

    def add(self, connection: str) -> None:
        self.connections.add(connection)
        if not self.tasks:
            spawn(self.beat(), self.tasks)

    async def beat(self) -> None:
        while self.connections:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await in_thread(actions.see)(connections=list(self.connections), now=timezone.now())
            except DatabaseError as error:
                log.warning("The heartbeat was not written: %s", error)


heartbeat = Heartbeat()
