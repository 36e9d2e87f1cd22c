"""The heatmap socket: the teacher sees what happens within two seconds, and after a break only what is missing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from attendance.heatmap import apply
from classroom import actions
from classroom.models import Lesson, Standing
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket

pytestmark = pytest.mark.django_db(transaction=True)


def path(lesson: Lesson, asked: str = "") -> str:
    return f"/ws/heatmap/{lesson.room.pk}/?{asked}"


def come(lesson: Lesson, person: Any) -> None:
    actions.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.STUDENT,
        occupant=uuid.uuid4(),
        connection="tab",
        now=timezone.now(),
    )


async def hear_until(socket: Socket, picture: dict[str, Any], name: str, state: str) -> dict[str, Any]:
    """The picture in which this one does that; every change is applied as the browser does it."""
    while not any(row["name"] == name and row["now"] == state for row in picture["rows"]):
        picture = apply(picture, (await socket.hear("heatmap.changed"))["data"])
    return picture


async def test_the_teacher_sees_who_comes_and_after_a_break_only_what_is_missing(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    enter = sync_to_async(come, thread_sensitive=True)
    async with connect(path(lesson), cast.teacher) as teacher:
        opened = await teacher.hear("heatmap.opened")
        assert [row["now"] for row in opened["data"]["rows"]] == ["away", "away"]
        await enter(lesson, cast.amina)
        picture = await hear_until(teacher, opened["data"], "Amina", "active")
        back = f"since={opened['seq']}&epoch={opened['data']['epoch']}"
        async with connect(path(lesson, back), cast.teacher) as again:
            caught_up = await hear_until(again, opened["data"], "Amina", "active")
            assert caught_up["rows"][0]["now"] == picture["rows"][0]["now"]
        async with connect(path(lesson, "since=0&epoch=another"), cast.teacher) as afresh:
            assert (await afresh.hear("heatmap.opened"))["data"]["rows"][0]["now"] == "active"


@pytest.mark.parametrize("who", ["amina", "guardian", "head", "stranger"])
async def test_nobody_but_who_holds_the_lesson_watches(
    cast: Cast, lesson: Lesson, connect: Connect, who: str
) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(path(lesson), getattr(cast, who)):
            pass
