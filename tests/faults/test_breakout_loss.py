"""The web process and the worker die while breakout rooms are open: they close once, and everybody is told."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from classroom import actions, facts
from classroom.models import Breakout, BreakoutState, Division, Fact, Lesson, Standing
from tests.conftest import Cast
from tests.processes import House
from tests.wire.conftest import open_socket

pytestmark = [pytest.mark.timeout(180), pytest.mark.fault, pytest.mark.django_db(transaction=True)]
LEFT_SECONDS = 20


@pytest.fixture
def running(house: House) -> Iterator[House]:
    house.start_web()
    house.start_worker()
    house.start_beat()
    yield house


def divide(cast: Cast, lesson: Lesson) -> None:
    """Two rooms that close in a few seconds, as if they had been open for most of a minute."""
    begun = timezone.now() - timedelta(seconds=60 - LEFT_SECONDS)
    for person in (cast.amina, cast.bilal):
        actions.come_in(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            occupant=uuid.uuid4(),
            connection="gone",
            now=timezone.now(),
        )
    actions.plan_breakouts(lesson=lesson, wish=actions.Wish(Division.RANDOM, rooms=2), by=cast.teacher)
    actions.open_breakouts(lesson=lesson, minutes=1, by=cast.teacher, now=begun)


@pytest.mark.deep
async def test_a_killed_web_process_and_worker_take_no_clock_with_them(
    cast: Cast, lesson: Lesson, running: House
) -> None:
    await sync_to_async(divide)(cast, lesson)
    path = f"/ws/rooms/{lesson.room.pk}/?occupant={uuid.uuid4()}"
    async with open_socket(running, path, cast.amina) as socket:
        entered = await socket.hear("room.entered")
        assert entered["data"]["breakouts"]["state"] == "open"
    await asyncio.to_thread(running.kill, "worker")
    await asyncio.to_thread(running.kill, "web")
    await asyncio.to_thread(running.start_web)
    await asyncio.to_thread(running.start_worker)
    async with open_socket(running, path, cast.amina) as socket:
        entered = await socket.hear("room.entered")
        if entered["data"]["breakouts"] is not None:  # starting took less than what was left
            assert (await socket.hear("breakouts.closed", 60))["data"] == {"breakouts": None}
    breakout = await Breakout.objects.aget()
    assert breakout.state == BreakoutState.CLOSED
    assert breakout.closed_at is not None
    assert breakout.closes_at is not None
    assert breakout.closed_at >= breakout.closes_at
    assert await Fact.objects.filter(type=facts.BREAKOUTS_CLOSED).acount() == 1
    assert await Fact.objects.filter(type=facts.BREAKOUTS_OPENED).acount() == 1
