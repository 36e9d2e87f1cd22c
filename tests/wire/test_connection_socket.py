"""The socket of the connection test, and wishes between the peers of a room."""

from __future__ import annotations

import uuid

import pytest
from websockets.exceptions import InvalidStatus

from accounts.models import Person
from classroom.models import Lesson
from tests.conftest import Cast
from tests.wire.conftest import Connect
from tests.wire.test_room_socket import path

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_word_comes_back_at_once_with_its_number(cast: Cast, connect: Connect) -> None:
    async with connect("/ws/connection/", cast.amina) as socket:
        for number in (0, 1, 1000):
            await socket.say("connection.ping", {"n": number, "filling": "x" * 40_000})
            assert (await socket.hear("connection.ponged"))["data"] == {"n": number}
        for wrong in ({}, {"n": -1}, {"n": 1, "filling": "x" * 40_001}, {"n": 1, "more": 1}):
            await socket.say("connection.ping", wrong)
            assert (await socket.hear("error"))["data"]["code"] == "bad_data"


async def test_nobody_unnamed_and_nobody_from_elsewhere_is_answered(cast: Cast, connect: Connect) -> None:
    for who, options in ((None, {}), (cast.amina, {"origin": "https://evil.example"})):
        with pytest.raises(InvalidStatus):
            async with connect("/ws/connection/", who, **options):
                pass


async def test_an_account_that_was_closed_is_not_answered_either(cast: Cast, connect: Connect) -> None:
    await Person.objects.filter(pk=cast.bilal.pk).aupdate(is_active=False)
    with pytest.raises(InvalidStatus):
        async with connect("/ws/connection/", cast.bilal):
            pass


async def test_a_wish_reaches_the_one_it_is_for(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        to = (await amina.hear("room.entered"))["data"]["you"]["occupant"]
        await teacher.hear("room.entered")
        await teacher.say("peer.signal", {"to": to, "session": str(uuid.uuid4()), "wish": "small"})
        assert (await amina.hear("peer.signalled"))["data"]["wish"] == "small"
        await teacher.say("peer.signal", {"to": to, "session": str(uuid.uuid4()), "wish": "everything"})
        assert (await teacher.hear("error"))["data"]["code"] == "bad_data"


async def test_the_built_in_room_has_no_tokens_to_renew(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.amina) as amina:
        await amina.hear("room.entered")
        await amina.say("token.renew")
        assert (await amina.hear("error"))["data"]["code"] == "not_found"
