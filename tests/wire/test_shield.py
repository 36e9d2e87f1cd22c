"""Whoever must not be in the recording: the server lets nothing of theirs through, whatever their page does."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.actions import decide_recording
from accounts.models import AnswerSource, Person, RecordingAnswer
from classroom.models import Lesson
from classroom.passes import issue_pass
from tests.conftest import Cast
from tests.wire.conftest import Connect
from tests.wire.test_room_socket import closed_with, path

pytestmark = pytest.mark.django_db(transaction=True)
OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n"


def refuse(cast: Cast, person: Person) -> None:
    decide_recording(
        institution=cast.school,
        people=[person],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.HEAD,
        by=cast.head,
        now=timezone.now(),
    )


def signal(to: uuid.UUID) -> dict[str, Any]:
    return {"to": str(to), "session": str(uuid.uuid4()), "description": {"type": "offer", "sdp": OFFER}}


async def test_others_take_nothing_from_them_and_the_recorder_never_hears_of_them(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    await sync_to_async(refuse)(cast, cast.amina)
    tab, recorder = uuid.uuid4(), uuid.uuid4()
    headers = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with (
        connect(path(lesson, tab), cast.teacher) as teacher,
        connect(path(lesson, recorder), None, origin=None, headers=headers) as filming,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.bilal) as bilal,
    ):
        entered = (await amina.hear("room.entered"))["data"]
        assert entered["shield"] == {"may_send": False, "is_recorded": False}
        await amina.say("peer.signal", signal(tab))
        heard = (await teacher.hear("peer.signalled"))["data"]
        assert "a=recvonly" in heard["description"]["sdp"]
        assert "a=sendrecv" not in heard["description"]["sdp"]
        await amina.say("media.change", {"microphone": False, "camera": True, "screen": False})
        await amina.hear("error", code="not_permitted")
        await amina.say("peer.signal", signal(recorder))
        # After hers, so that hers would have been first.
        permitted = signal(recorder)
        await bilal.say("peer.signal", permitted)
        first = (await filming.hear("peer.signalled"))["data"]
        assert first["session"] == permitted["session"]
        assert first["description"]["sdp"] == OFFER


async def test_a_permission_that_is_taken_back_bites_in_the_middle_of_the_lesson(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.amina) as amina:
        entered = (await amina.hear("room.entered"))["data"]
        assert entered["shield"] == {"may_send": True, "is_recorded": True}
        await sync_to_async(refuse)(cast, cast.amina)
        assert await closed_with(amina) == 4001
    async with connect(path(lesson), cast.amina) as again:
        assert (await again.hear("room.entered"))["data"]["shield"]["may_send"] is False
