"""Turning off microphones that are in the Jitsi app: who may say so, and what they hear when it cannot be done."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from classroom import actions
from classroom.models import Door, Lesson, Presence, Standing
from tests.classroom.jitsi.prosody import TOKEN, FakeProsody, fake_prosody
from tests.conftest import Cast
from tests.wire.test_authorisation import Wire
from tests.wire.test_breakouts import inside, is_shut_out, room_path

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def prosody(settings: Any) -> Iterator[FakeProsody]:
    with fake_prosody() as made:
        settings.PROSODY_URL, settings.JITSI_HOOK_TOKEN = made.url, TOKEN
        yield made


def come_by_app(lesson: Lesson, cast: Cast, prosody: FakeProsody) -> None:
    prosody.enter(lesson.room.name, "b1", cast.bilal.pk)
    presence = actions.enter_room(
        room=lesson.room,
        person=cast.bilal,
        standing=Standing.STUDENT,
        occupant=uuid.uuid4(),
        connection="",
        now=timezone.now(),
    )
    Presence.objects.filter(pk=presence.pk).update(door=Door.JITSI)


async def say(wire: Wire, word: str, **data: object) -> str:
    """`done`, or the code of the refusal; the pong comes when the word was dealt with."""
    ref, echo = str(uuid.uuid4()), str(uuid.uuid4())
    await wire.say(word, data, ref)
    await wire.say("room.ping", {}, echo)
    code = "done"
    while (message := await wire.next()).get("ref") != echo:
        if message.get("ref") == ref:
            code = message["data"]["code"]
    return code


async def test_who_holds_the_lesson_reaches_the_app_and_nobody_else_does(
    cast: Cast, lesson: Lesson, prosody: FakeProsody
) -> None:
    await sync_to_async(come_by_app)(lesson, cast, prosody)
    bilal, muted = str(cast.bilal.pk), [(lesson.room.name, "b1", "")]
    async with inside(room_path(lesson.room), cast.amina) as [amina]:
        assert await say(amina, "microphone.mute", person=bilal) == "forbidden"
        assert await say(amina, "microphone.mute_all") == "forbidden"
    async with inside(room_path(lesson.room), cast.head) as [head]:
        assert await say(head, "microphone.mute", person=bilal) == "forbidden"
    assert await is_shut_out(room_path(lesson.room), cast.stranger)
    assert prosody.muted == []
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        assert await say(teacher, "microphone.mute", person=str(cast.stranger.pk)) == "done"
        assert prosody.muted == []
        assert await say(teacher, "microphone.mute", person=bilal) == "done"
        assert prosody.muted == muted
        assert await say(teacher, "microphone.mute_all") == "done"
        assert prosody.muted == muted * 2


async def test_the_teacher_hears_that_the_app_could_not_be_reached(
    cast: Cast, lesson: Lesson, prosody: FakeProsody, settings: Any
) -> None:
    await sync_to_async(come_by_app)(lesson, cast, prosody)
    settings.JITSI_HOOK_TOKEN = "another"
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        assert await say(teacher, "microphone.mute", person=str(cast.bilal.pk)) == "unavailable"
        settings.PROSODY_URL = ""  # then nothing is asked, as before
        assert await say(teacher, "microphone.mute", person=str(cast.bilal.pk)) == "done"
    assert prosody.muted == []
