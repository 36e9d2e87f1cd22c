"""A room whose durable words are numbered, in one process: facts out, to each viewer what is for that viewer.

Whatever changed is only announced through Redis; each process reads it from PostgreSQL once. A word that comes out of
turn, or may have been missed, is not guessed at: everybody is shown the whole again.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction

from common.sockets.consumer import spawn
from common.sockets.hub import Hub, publish_now
from common.sockets.outlets import Reader, Said

log = logging.getLogger(__name__)
# How often a room is compared with PostgreSQL although nobody said anything: Redis forgets.
LOOK_SECONDS = 5.0
FACT = b"F"

# (seq, word, id of what it is about)
Fact = tuple[int, str, str]
V = TypeVar("V")
O = TypeVar("O")  # noqa: E741  an opening
S = TypeVar("S", bound="Seat[Any]")


def ring(topic: str, payload: bytes) -> None:
    """Every process that listens hears it, once the transaction commits."""
    publish = partial(publish_now, settings.CHANNELS_REDIS_URL, topic, payload)
    transaction.on_commit(publish, robust=True)


def announce_fact(topic: str, seq: int, type_: str, of: object) -> None:
    """Durable word `seq` of a room, once the transaction commits; a process that misses it sees the gap."""
    ring(topic, FACT + f"{seq}:{type_}:{of}".encode())


def read_fact(payload: bytes) -> Fact:
    seq, type_, of = payload[len(FACT) :].decode().split(":")
    return int(seq), type_, of


def encode(message: dict[str, Any]) -> Said:
    return Said(msgspec.json.encode(message))


@dataclass(eq=False, slots=True)
class Seat(Reader, Generic[V]):
    """One socket and whose it is; `told` is the last word that it has, by itself or in its beginning."""

    viewer: V
    told: int = 0


class FactRoom(ABC, Generic[S, V, O]):
    """`delivered` is the last word that its sockets were told. Subclasses read from PostgreSQL, and tell."""

    def __init__(self, room_id: str, topic: str, hub: Hub) -> None:
        self.room_id, self.topic, self.hub = room_id, topic, hub
        self.delivered = 0
        self.seats: set[S] = set()
        self.visitors = 0
        self.tasks: set[asyncio.Task[Any]] = set()
        self._looking: set[asyncio.Task[Any]] = set()
        self._facts: list[Fact] = []
        self._telling = self._is_stale = False

    @abstractmethod
    async def read_seq(self) -> int:
        """The number of the last word that PostgreSQL has."""

    @abstractmethod
    async def read_opening(self, viewer: V, since: int | None) -> tuple[int, O]:
        """What a newcomer is told, or who has all up to `since`, and up to which word that goes."""

    @abstractmethod
    def show(self, seat: S, opening: O) -> None:
        """Tell this one what was read for them."""

    @abstractmethod
    async def tell_fact(self, fact: Fact) -> None:
        """To each seat what its viewer may know of it."""

    def hear(self, payload: bytes) -> None:
        """What Redis says besides facts."""

    async def look(self) -> None:
        """Every few seconds, besides comparing the words."""

    async def open(self) -> None:
        await self.hub.listen(self.topic, self)
        self.delivered = await self.read_seq()
        spawn(self._look_regularly(), self._looking)

    async def shut(self) -> None:
        # What is being written is still written, and announced: others may look at it.
        for task in self._looking:
            task.cancel()
        await self.hub.forget(self.topic)

    def on_message(self, payload: bytes) -> None:
        if payload[: len(FACT)] != FACT:
            self.hear(payload)
            return
        fact = read_fact(payload)
        if fact[0] <= self.delivered:
            return
        if fact[0] != self.delivered + 1:
            self.on_gap()
            return
        self.delivered = fact[0]
        self._facts.append(fact)
        self._tell_soon()

    def on_gap(self) -> None:
        """Something was said while nobody listened, or out of turn: everybody gets the whole again."""
        self._is_stale = True
        self._tell_soon()

    def _tell_soon(self) -> None:
        if not self._telling:
            self._telling = True
            spawn(self._tell(), self.tasks)

    async def _tell(self) -> None:
        try:
            while self._facts or self._is_stale:
                try:
                    await self._tell_next()
                except DatabaseError:
                    self._is_stale = True
                    await asyncio.sleep(1)
        finally:
            self._telling = False

    async def _tell_next(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self._facts.clear()
            self.delivered = max(self.delivered, await self.read_seq())
            for seat in list(self.seats):
                self._begin(seat, *await self.read_opening(seat.viewer, None))
            return
        await self.tell_fact(self._facts.pop(0))

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if await self.read_seq() > self.delivered and not self._facts:
                    self.on_gap()
                await self.look()
            except DatabaseError as error:
                log.warning("Room %s could not be looked at: %s", self.topic, error)

    async def greet(self, seat: S, since: int | None = None) -> None:
        """What is missing, and from then on every word."""
        seq, opening = await self.read_opening(seat.viewer, since)
        while seq < self.delivered:
            seq, opening = await self.read_opening(seat.viewer, since)
        # No await between this look and taking the seat: nothing falls in between.
        self.seats.add(seat)
        self._begin(seat, seq, opening)

    def _begin(self, seat: S, seq: int, opening: O) -> None:
        seat.told = seq
        self.show(seat, opening)

    def take_unaware(self, seq: int) -> list[S]:
        """Who is to be told word `seq` now: all but those who came while it was being read, and have it."""
        unaware = [seat for seat in self.seats if seat.told < seq]
        for seat in unaware:
            seat.told = seq
        return unaware
