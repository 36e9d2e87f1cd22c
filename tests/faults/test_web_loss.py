"""The web process dies in the middle of a lesson: nothing acknowledged is lost and nobody has left."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.models import Person
from classroom.actions import close_silent_presences
from classroom.models import Fact, Lesson, Presence
from common import drain
from tests.conftest import Cast
from tests.faults.drawing import (
    Drawer,
    PageDrawer,
    PhoneDrawer,
    at_work,
    everything_agrees,
    open_to_all,
    until,
)
from tests.processes import House
from tests.wire.conftest import Socket, cookie_of, open_socket
from whiteboard.models import Board

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(house: House) -> Iterator[House]:
    house.start_web()
    yield house


async def some_answers(drawer: Drawer) -> None:
    enough = len(drawer.acknowledged) + 5
    await until(lambda: len(drawer.acknowledged) > enough, 15, "answers")


async def restart(web: House) -> None:
    web.kill("web")
    await asyncio.sleep(0.5)  # strokes are drawn meanwhile
    await asyncio.to_thread(web.start_web)


async def test_three_kills_of_the_web_process_lose_and_double_no_stroke(
    cast: Cast, board: Board, web: House
) -> None:
    await sync_to_async(open_to_all)(board, cast.teacher)
    people = (cast.teacher, cast.amina, cast.bilal)
    drawers = [
        kind(web, board, await asyncio.to_thread(cookie_of, one))
        for kind, one in zip((Drawer, PageDrawer, PhoneDrawer), people, strict=True)
    ]
    async with at_work(drawers):
        for _ in range(3):
            await until(lambda: all(one.is_there for one in drawers), 15, "everybody's return")
            await asyncio.gather(*(some_answers(one) for one in drawers))
            await restart(web)
    assert all(one.returns >= 3 for one in drawers)
    await everything_agrees(drawers, board)


@asynccontextmanager
async def inside(web: House, lesson: Lesson, person: Person, tab: uuid.UUID) -> AsyncIterator[Socket]:
    path = f"/ws/rooms/{lesson.room.pk}/?occupant={tab}"
    async with open_socket(web, path, person) as socket:
        await socket.hear("room.entered")
        yield socket


async def facts(lesson: Lesson, type_: str) -> list[Fact]:
    return [fact async for fact in Fact.objects.filter(lesson=lesson, type=type_)]


@pytest.mark.deep
async def test_a_restart_of_the_web_process_is_nobodys_leaving(
    cast: Cast, lesson: Lesson, web: House
) -> None:
    stays, goes = uuid.uuid4(), uuid.uuid4()
    async with inside(web, lesson, cast.teacher, stays), inside(web, lesson, cast.amina, goes):
        await restart(web)
    lost = await Presence.objects.aget(occupant=goes)
    async with inside(web, lesson, cast.teacher, stays) as teacher:
        assert await Presence.objects.filter(room__lesson=lesson).acount() == 2
        assert await facts(lesson, "participant.left") == []
        # Time passes; the teacher's tab is heard of, the other one is not.
        later = timezone.now() + timedelta(seconds=30)
        await Presence.objects.filter(occupant=stays).aupdate(last_seen_at=later)
        assert await sync_to_async(close_silent_presences)(now=later) == 1
        await teacher.hear("participant.left", occupant=str(goes))
    [left] = await facts(lesson, "participant.left")
    assert (left.person_id, left.at) == (cast.amina.pk, lost.last_seen_at)
    assert (await Presence.objects.aget(occupant=goes)).left_at == lost.last_seen_at


async def test_a_web_process_that_is_emptied_sends_everybody_on_and_answers_until_it_is_stopped(
    cast: Cast, lesson: Lesson, web: House
) -> None:
    pid, tab = web.running["web"].pid, uuid.uuid4()
    async with inside(web, lesson, cast.teacher, tab) as teacher:
        await asyncio.to_thread(drain.main, ["--pid", str(pid), "--port", str(web.port)])
        with pytest.raises(ConnectionClosed) as gone:
            await teacher.hear("nothing.of_the_kind")
    assert gone.value.rcvd is not None
    assert gone.value.rcvd.code == 1012
    assert drain.ask(web.port) == 0
    assert (web.answers("/healthz"), web.answers("/readyz")) == (True, False)
    with pytest.raises(InvalidStatus) as refused:
        async with inside(web, lesson, cast.teacher, tab):
            raise AssertionError("nobody new comes in")
    assert refused.value.response.status_code == 503
    assert await facts(lesson, "participant.left") == []
