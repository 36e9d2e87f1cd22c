"""Redis forgets everything, or goes away and comes back: the lesson goes on, and nobody stays deaf."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from accounts.models import Person
from classroom.models import Lesson, Presence
from tests.conftest import Cast
from tests.faults.conftest import OwnRedis
from tests.faults.drawing import Drawer, PageDrawer, at_work, everything_agrees, open_to_all, until
from tests.patience import PATIENCE
from tests.processes import House
from tests.wire.conftest import Socket, cookie_of, open_socket
from whiteboard.models import Board

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]

HEARD_AGAIN_SECONDS = 10


async def hears_the_other(one: Drawer, other: Drawer) -> None:
    ref = await one.add()
    await until(
        lambda: any(edit["ref"] == ref for edit in other.edits.values()), HEARD_AGAIN_SECONDS, "the stroke"
    )
    before = other.live_points
    await one.extend()
    await until(lambda: other.live_points > before, HEARD_AGAIN_SECONDS, "a live point")


class Guest:
    """A tab in the room that reconnects, as the page does, when its socket ends or gives no pong."""

    def __init__(self, node: House, lesson: Lesson, person: Person) -> None:
        self.node, self.person, self.occupant = node, person, str(uuid.uuid4())
        self.path = f"/ws/rooms/{lesson.room.pk}/?occupant={self.occupant}"
        self.microphones: dict[str, bool] = {}
        self.socket: Socket | None = None

    async def run(self) -> None:
        while True:
            with suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                async with open_socket(self.node, self.path, self.person, open_timeout=3) as socket:
                    await self._stay(socket)
            self.socket = None
            await asyncio.sleep(0.3)

    async def _stay(self, socket: Socket) -> None:
        await socket.hear("room.entered", 3)
        self.socket = socket
        while True:
            await socket.say("room.ping")
            await socket.hear("room.ponged", 2)
            for told in socket.heard:
                if told["type"] == "media.changed":
                    self.microphones[told["data"]["occupant"]] = told["data"]["microphone"]
            await asyncio.sleep(0.1)

    async def speak(self, on: bool) -> None:
        if self.socket is not None:
            with suppress(ConnectionClosed):
                await self.socket.say("media.change", {"microphone": on, "camera": False, "screen": False})


@asynccontextmanager
async def staying(guests: list[Guest]) -> AsyncIterator[None]:
    running = [asyncio.ensure_future(guest.run()) for guest in guests]
    try:
        yield
        assert not any(task.done() for task in running)
    finally:
        for task in running:
            task.cancel()


@asynccontextmanager
async def seen_no_more(node: House, lesson: Lesson, person: Person) -> AsyncIterator[None]:
    """Somebody whose socket breaks with Redis and who never comes back; they must not look alive."""
    tab = uuid.uuid4()
    goes = asyncio.ensure_future(stay_once(node, f"/ws/rooms/{lesson.room.pk}/?occupant={tab}", person))
    yield
    gone_at = await asyncio.wait_for(goes, 1)
    presence = await Presence.objects.aget(occupant=tab)
    assert timezone.now() - gone_at > timedelta(seconds=6), "one heartbeat and a bit has passed since"
    assert presence.last_seen_at < gone_at + timedelta(seconds=1)


async def stay_once(node: House, path: str, person: Person) -> datetime:
    """When the socket ended."""
    with suppress(ConnectionClosed):
        async with open_socket(node, path, person) as socket:
            while True:
                await socket.say("room.ping")
                await asyncio.sleep(0.3)
    return timezone.now()


async def room_hears(one: Guest, other: Guest, *, on: bool) -> None:
    async with asyncio.timeout(PATIENCE * HEARD_AGAIN_SECONDS):
        while other.microphones.get(one.occupant) is not on:
            await one.speak(on)
            await asyncio.sleep(0.3)


async def test_a_flush_a_restart_and_an_absence_of_redis_leave_nobody_deaf(
    cast: Cast, lesson: Lesson, board: Board, nodes: list[House], own_redis: OwnRedis
) -> None:
    await sync_to_async(open_to_all)(board, cast.teacher)
    people = (cast.teacher, cast.amina)
    drawers = [
        kind(node, board, await asyncio.to_thread(cookie_of, one))
        for kind, node, one in zip((Drawer, PageDrawer), nodes, people, strict=True)
    ]
    guests = [Guest(node, lesson, one) for node, one in zip(nodes, people, strict=True)]
    async with at_work(drawers), staying(guests), seen_no_more(nodes[0], lesson, cast.bilal):
        await hears_the_other(*drawers)
        await room_hears(*guests, on=True)
        for number, (name, away) in enumerate({"flush": 0, "restart": 0, "absence": 7}.items()):
            await asyncio.to_thread(own_redis.flush if name == "flush" else own_redis.kill)
            await asyncio.sleep(away)
            if name != "flush":
                await asyncio.to_thread(own_redis.start)
            for one, other in (drawers, drawers[::-1]):
                await hears_the_other(one, other)
            await room_hears(*guests, on=number % 2 == 1)
    await everything_agrees(drawers, board)
