"""Who watches the stream, by name: for those who hold the lesson and the head, when they ask, and for nobody else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from accounts.models import Person
from classroom import actions, rules
from classroom.models import Lesson, Standing
from classroom.passes import issue_pass
from classroom.queries import audience_of, count_audience
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_guest_sockets import Guest, let_in
from tests.wire.test_quiz_socket import _another_lesson as another_lesson
from tests.wire.test_room_socket import enrol_pupils, path

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(function: Any) -> Any:
    return sync_to_async(function, thread_sensitive=True)


def watch(lesson: Lesson, *people: Person) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(status="live", opened_at=timezone.now(), is_streamed=True)
    lesson.room.lesson.refresh_from_db()
    for person in people:
        actions.watch_stream(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            viewer=uuid.uuid4(),
            now=timezone.now(),
        )


async def answer_to(socket: Socket) -> str:
    """`listed`, or the code of a refusal."""
    ref = await socket.say("audience.list")
    while (message := await socket.next()).get("ref") != ref:
        pass
    return "listed" if message["type"] == "audience.listed" else str(message["data"]["code"])


async def test_those_who_hold_the_lesson_and_the_head_are_told_each_name_once(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    pupils = await in_thread(enrol_pupils)(cast, 2)
    await in_thread(watch)(lesson, cast.bilal, *pupils, cast.bilal)  # he has two pages open
    await in_thread(watch)(await in_thread(another_lesson)(cast), cast.amina)
    for staff in (cast.teacher, cast.head):
        async with connect(path(lesson), staff) as socket, connect(path(lesson), cast.amina) as amina:
            assert (await socket.hear("room.entered"))["data"]["audience"] == 3
            ref = await socket.say("audience.list")
            listed = await socket.hear("audience.listed")
            assert listed["ref"] == ref
            assert [one["name"] for one in listed["data"]["people"]] == ["Bilal", "Pupil 0", "Pupil 1"]
            assert listed["data"]["count"] == 3
            assert {one["person"] for one in listed["data"]["people"]} == {
                str(one.pk) for one in (cast.bilal, *pupils)
            }
            # Nobody else hears of it.
            await amina.say("room.ping")
            await amina.hear("room.ponged")
            told = b"".join(amina.frames)
            assert b"audience.listed" not in told and b"Pupil" not in told


async def test_pupils_guests_and_the_recorder_are_refused_and_the_stranger_finds_no_door(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    await in_thread(watch)(lesson, cast.bilal)
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    bearer = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    doors = (
        connect(path(lesson), cast.amina),
        connect(guest.door(path(lesson)), None, headers=guest.headers),
        connect(path(lesson), None, origin=None, headers=bearer),
    )
    for door in doors:
        async with door as socket:
            assert await answer_to(socket) == "forbidden"
            assert b"Bilal" not in b"".join(socket.frames)
    for nobody in (cast.stranger, cast.guardian, None):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(path(lesson), nobody):
                pass
        assert refused.value.response.status_code == 404


async def test_whoever_asks_again_and_again_is_put_off(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        answers = [await answer_to(teacher) for _ in range(5)]
        assert answers[:3] == ["listed"] * 3
        assert answers[-1] == "slow_down"


def test_a_great_audience_is_named_in_part(cast: Cast, lesson: Lesson) -> None:
    watch(lesson, cast.bilal, cast.amina)
    assert [one.person.name for one in audience_of(lesson, 1)] == ["Amina"]
    assert count_audience(lesson) == 2


@pytest.mark.parametrize("standing", [*Standing, None])
def test_the_rule_is_that_of_the_door(standing: Standing | None) -> None:
    holds = {Standing.TEACHER, Standing.CO_TEACHER, Standing.OBSERVER}
    assert rules.may_read_audience(standing) == (standing in holds)
