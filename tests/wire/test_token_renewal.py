"""Renewal over the room socket of a house with Jitsi: young tokens for those who are here, none for the others."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from websockets.exceptions import ConnectionClosed

from accounts.models import Person
from classroom.actions import unenrol
from classroom.models import Enrolment, Lesson
from classroom.passes import issue_pass
from tests.classroom.jitsi.prosody_rules import Prosody, affiliation
from tests.conftest import Cast
from tests.processes import House, wait_until
from tests.wire.conftest import Connect, is_quiet, open_socket
from tests.wire.test_room_socket import path

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a secret of at least thirty-two characters"


@pytest.fixture(scope="module")
def jitsi_web(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    extra = {
        "JITSI_DOMAIN": "meet.school.example",
        "JITSI_APP_SECRET": SECRET,
        "JITSI_WEB_TOKEN_SECONDS": "300",
    }
    name, folder = str(connection.settings_dict["NAME"]), tmp_path_factory.mktemp("jitsi-web")
    house = House(database=name, folder=folder, extra=extra)
    house.start_web()
    yield house
    house.stop()


@pytest.fixture
def connect(transactional_db: None, jitsi_web: House) -> Iterator[Connect]:
    yield partial(open_socket, jitsi_web)
    wait_until(is_quiet, 5, what="the end of what the server still does")


@pytest.mark.parametrize(("who", "role"), [("teacher", "owner"), ("amina", "member"), ("head", "member")])
async def test_whoever_is_here_gets_a_young_token_of_their_own(
    cast: Cast, lesson: Lesson, connect: Connect, who: str, role: str
) -> None:
    person: Person = getattr(cast, who)
    async with connect(path(lesson), person) as socket:
        await socket.hear("room.entered")
        ref = await socket.say("token.renew")
        renewed = await socket.hear("token.renewed")
    assert renewed["ref"] == ref
    assert 295_000 < renewed["data"]["valid_ms"] <= 300_000
    session = Prosody(secret=SECRET).connect(renewed["data"]["jwt"], now=time.time())
    assert (session.room, session.user["id"]) == (lesson.room.name, str(person.pk))
    assert affiliation(session) == role


async def test_whoever_left_the_course_gets_no_other_token(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.amina) as socket:
        await socket.hear("room.entered")
        # Not through the action, which would close the socket: the rule itself is asked at each renewal.
        await Enrolment.objects.filter(person=cast.amina).aupdate(is_active=False)
        await socket.say("token.renew")
        assert (await socket.hear("error"))["data"]["code"] == "forbidden"


async def test_somebody_removed_loses_the_socket_that_renews(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.amina) as socket:
        await socket.hear("room.entered")
        await sync_to_async(unenrol)(course=cast.course, person=cast.amina)
        with pytest.raises(ConnectionClosed):
            await socket.hear("token.renewed")


async def test_a_recorders_pass_renews_nothing(lesson: Lesson, connect: Connect) -> None:
    bearer = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with connect(path(lesson, uuid.uuid4()), None, headers=bearer, origin="") as recorder:
        await recorder.hear("room.entered")
        await recorder.say("token.renew")
        assert (await recorder.hear("error"))["data"]["code"] == "forbidden"
