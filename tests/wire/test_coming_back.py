"""Whoever lost the room's socket comes back to what is missing, and hears nothing that was not for them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from classroom import actions
from classroom.models import Lesson, Presence
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_breakouts import knock_at
from tests.wire.test_room_socket import path

pytestmark = pytest.mark.django_db(transaction=True)


async def last_of(socket: Socket) -> str:
    """The end of the address by which this one comes back, once all was heard that was said so far."""
    ref = await socket.say("room.ping")
    pong = await socket.hear("room.ponged")
    assert pong["ref"] == ref
    since = max(one["seq"] for one in socket.heard if "seq" in one)
    return f"&since={since}&heard={pong['data']['server_at']}"


async def test_who_comes_back_is_told_what_happened_meanwhile_and_nothing_else(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        async with connect(path(lesson, tab), cast.amina) as amina:
            await amina.hear("room.entered")
            last = await last_of(amina)
            amina.connection.transport.abort()
        async with connect(path(lesson), cast.bilal) as bilal:
            await bilal.hear("room.entered")
            async with connect(path(lesson, tab) + last, cast.amina) as back:
                resumed = await back.next()
                assert resumed["type"] == "room.resumed" and "participants" not in resumed["data"]
                facts = resumed["data"]["facts"]
                assert [(one["type"], one["data"]["name"]) for one in facts] == [
                    ("participant.joined", "Bilal")
                ]
                assert resumed["data"]["you"]["name"] == "Amina"
                assert resumed["seq"] == facts[0]["seq"]
                await bilal.say("media.change", {"microphone": True, "camera": False, "screen": False})
                await back.hear("media.changed", microphone=True)
        await teacher.hear("participant.left")
        await back_after_a_gap(teacher)


async def back_after_a_gap(socket: Socket) -> None:
    """The same on a connection that is there, where a number is missing."""
    first = socket.heard[0]
    await socket.say("room.resync", {"since": first["seq"], "heard_at": first["data"]["server_at"]})
    told = (await socket.hear("room.resumed"))["data"]["facts"]
    assert "participant.left" in {one["type"] for one in told}


async def test_what_a_pupil_was_not_told_live_is_not_told_on_the_return(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson), cast.teacher) as teacher:
        before = await teacher.hear("room.entered")
        async with connect(path(lesson, tab), cast.amina) as amina:
            await amina.hear("room.entered")
            last = await last_of(amina)
            amina.connection.transport.abort()
        await sync_to_async(knock_at)(lesson, cast.teacher)
        await teacher.say("breakouts.plan", {"division": "random", "rooms": 2})
        await teacher.hear("breakouts.planned")
        async with connect(path(lesson, tab) + last, cast.amina) as back:
            resumed = (await back.next())["data"]
            assert (resumed["knocks"], resumed["breakouts"]) == ([], None)
        await teacher.say("room.resync", {"since": before["seq"], "heard_at": before["data"]["server_at"]})
        mine = (await teacher.hear("room.resumed"))["data"]
        assert len(mine["knocks"]) == 1 and len(mine["breakouts"]["rooms"]) == 2


async def test_who_was_put_out_meanwhile_is_told_the_whole_like_a_newcomer(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson, tab), cast.amina) as amina:
        await amina.hear("room.entered")
        last = await last_of(amina)
        amina.connection.transport.abort()
    presence = await Presence.objects.select_related("room").aget(occupant=tab)
    leave: dict[str, Any] = {"room": presence.room, "occupant": tab, "connection": presence.connection}
    assert await sync_to_async(actions.leave_room)(**leave, now=presence.last_seen_at)
    async with connect(path(lesson, tab) + last, cast.amina) as back:
        assert (await back.next())["type"] == "room.entered"


@pytest.mark.parametrize(
    "last",
    [
        "&since=99&heard=soon",
        "&since=-1&heard=0",
        f"&since=0&heard={'9' * 15}",
        f"&since={'9' * 400}&heard=1",
        "&since=1",
    ],
)
async def test_whoever_names_what_cannot_be_is_told_the_whole(
    last: str, cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson) + last, cast.amina) as amina:
        assert (await amina.next())["type"] == "room.entered"
