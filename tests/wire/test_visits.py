"""Who comes through the Jitsi app stands in the list of the room page, and who has both open stands there once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from classroom import actions
from classroom.models import HookSource, Lesson
from common.clock import to_ms
from tests.classroom.jitsi.speech import batch, joined, left, occupant
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_room_socket import path

pytestmark = pytest.mark.django_db(transaction=True)


@sync_to_async
def tell(*events: Any) -> None:
    now = timezone.now()
    actions.take_delivery(source=HookSource.EVENTS, body=batch(*events), received_at=now)
    actions.read_deliveries(now=now)
    actions.apply_events(now=now)


async def resync(socket: Socket) -> set[str]:
    await socket.say("room.resync")
    return {one["occupant"] for one in (await socket.hear("room.entered"))["data"]["participants"]}


def listed(before: set[str], heard: list[dict[str, Any]]) -> set[str]:
    """The list of whoever was told the first and heard the rest."""
    inside = set(before)
    for message in heard:
        if message["type"] == "participant.joined":
            inside.add(message["data"]["occupant"])
        elif message["type"] == "participant.left":
            inside.discard(message["data"]["occupant"])
    return inside


async def test_what_was_told_and_what_is_fetched_are_the_same_list(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    now = to_ms(timezone.now() - timedelta(seconds=30))
    app, tab = occupant(cast.amina.pk, now), uuid.uuid4()
    async with connect(path(lesson), cast.teacher) as teacher:
        entered = await teacher.hear("room.entered")
        before = {one["occupant"] for one in entered["data"]["participants"]}
        await tell(joined(lesson.room.name, app))
        in_app = (await teacher.hear("participant.joined", name="Amina"))["data"]["occupant"]
        assert listed(before, teacher.heard) == await resync(teacher)
        async with connect(path(lesson, tab), cast.amina) as amina:
            seen = {one["occupant"] for one in (await amina.hear("room.entered"))["data"]["participants"]}
            assert in_app not in seen
            await teacher.hear("participant.left", occupant=in_app)
            assert listed(before, teacher.heard) == await resync(teacher)
        await teacher.hear("participant.joined", occupant=in_app)
        assert listed(before, teacher.heard) == await resync(teacher)
        await tell(left(lesson.room.name, app, now + 20_000))
        await teacher.hear("participant.left", occupant=in_app)
        assert listed(before, teacher.heard) == await resync(teacher) == before
    numbers = [one["seq"] for one in teacher.heard if one["type"].startswith("participant.")]
    assert numbers == sorted(numbers)
