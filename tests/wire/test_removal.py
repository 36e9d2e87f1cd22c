"""Who may no longer be here is shown out of every open socket, and nobody else notices."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import actions as people
from accounts.models import Membership, Person
from classroom import actions
from classroom.consumers import RoomConsumer
from classroom.models import Enrolment, Lesson, Presence, Standing
from common.sockets.recheck import recheck_sockets
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_room_socket import path
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)
REMOVED = 4001
WITHIN_SECONDS = 2.0


async def goodbye(socket: Socket) -> tuple[int, float]:
    """The close code, and how many seconds it took."""
    begun = time.monotonic()
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.hear("never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, time.monotonic() - begun


def suspend(cast: Cast) -> None:
    people.suspend_person(institution=cast.school, person=cast.amina, by=cast.head)


def remove(cast: Cast) -> None:
    people.remove_person(institution=cast.school, person=cast.amina, by=cast.head)


def unenrol(cast: Cast) -> None:
    actions.unenrol(course=cast.course, person=cast.amina, by=cast.head)


def expire(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    people.set_expiry(institution=cast.school, person=cast.amina, expires_on=yesterday, by=cast.head)


def deactivate(cast: Cast) -> None:
    boss = Person.objects.create_superuser("boss@platform.test", "x", name="Boss")
    people.set_person_active(person=cast.amina, is_active=False, by=boss)


@pytest.mark.parametrize("act", [suspend, remove, unenrol, expire, deactivate])
async def test_room_and_board_close_within_two_seconds_and_the_classmate_stays(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect, act: Callable[[Cast], None]
) -> None:
    board_path = f"/ws/boards/{board.pk}/"
    async with (
        connect(path(lesson), cast.bilal) as bilal,
        connect(board_path, cast.bilal) as bilals_board,
        connect(path(lesson), cast.amina) as amina,
        connect(board_path, cast.amina) as aminas_board,
    ):
        await amina.hear("room.entered")
        await aminas_board.hear("board.opened")
        await bilal.hear("participant.joined", name="Amina")
        await sync_to_async(act)(cast)
        for socket in (amina, aminas_board):
            code, seconds = await goodbye(socket)
            assert code == REMOVED
            assert seconds < WITHIN_SECONDS
        await bilal.hear("participant.left")
        await bilal.say("room.ping", ref="still-here")
        assert (await bilal.hear("room.ponged"))["ref"] == "still-here"
        await bilals_board.say("board.ping")
        await bilals_board.hear("board.ponged")
    assert await Presence.objects.filter(person=cast.amina, left_at__isnull=True).acount() == 0


async def test_the_removed_one_is_not_let_in_again(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    from tests.wire.test_room_socket import knock

    await sync_to_async(suspend)(cast)
    assert await knock(connect, path(lesson), cast.amina) == 404


async def test_losing_one_course_closes_no_other_room(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    def leave_another_course() -> None:
        other = actions.create_course(institution=cast.school, title="Art", language="en")
        actions.enrol(course=other, person=cast.amina, standing=Standing.STUDENT)
        actions.unenrol(course=other, person=cast.amina)

    async with connect(path(lesson), cast.amina) as amina:
        await amina.hear("room.entered")
        await sync_to_async(leave_another_course)()
        await amina.say("room.ping", ref="still-here")
        assert (await amina.hear("room.ponged"))["ref"] == "still-here"


async def test_a_teacher_made_student_cannot_end_the_lesson_from_an_open_socket(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        await sync_to_async(actions.enrol)(
            course=cast.course, person=cast.teacher, standing=Standing.STUDENT, by=cast.head
        )
        await teacher.say("room.ping")  # behind the news, which the socket hears in order
        await teacher.hear("room.ponged")
        await teacher.say("lesson.end")
        await teacher.hear("error", code="forbidden")


class Impatient(RoomConsumer):
    """The room's own socket, which looks by itself more often."""

    recheck_seconds = 0.05


@pytest.mark.parametrize("change", ["suspended", "unenrolled", "expired"])
async def test_what_nobody_announced_is_found_by_the_regular_look(
    cast: Cast, lesson: Lesson, change: str
) -> None:
    scope: dict[str, Any] = {
        "type": "websocket",
        "query_string": f"occupant={uuid.uuid4()}".encode(),
        "user": cast.amina,
        "session": {},
        "bearer": "",
        "url_route": {"kwargs": {"room_id": lesson.room.pk}},
    }
    communicator: Any = ApplicationCommunicator  # asgiref's has no types
    socket = communicator(Impatient.as_asgi(), scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(timeout=60))["type"] == "websocket.accept"
    assert "room.entered" in (await socket.receive_output(timeout=60))["text"]
    places = Membership.objects.filter(person=cast.amina)
    if change == "suspended":
        await places.aupdate(is_active=False)
    elif change == "expired":
        await places.aupdate(expires_on=timezone.localdate() - timedelta(days=1))
    else:
        await Enrolment.objects.filter(person=cast.amina).aupdate(is_active=False)
    while (heard := await socket.receive_output(timeout=60))["type"] != "websocket.close":
        pass
    assert heard["code"] == REMOVED
    await socket.send_input({"type": "websocket.disconnect", "code": REMOVED})
    await socket.wait(timeout=60)


async def test_a_look_that_finds_nothing_changed_shows_nobody_out(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    def ask_for_nothing() -> None:
        recheck_sockets(cast.amina.pk, cast.bilal.pk)

    async with connect(path(lesson), cast.amina) as amina:
        await amina.hear("room.entered")
        await sync_to_async(ask_for_nothing)()
        await amina.say("room.ping")
        await amina.hear("room.ponged")


async def test_whoever_is_put_out_loses_room_and_board_and_does_not_come_back(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(f"/ws/boards/{board.pk}/", cast.amina) as drawing,
    ):
        await amina.hear("room.entered")
        await drawing.hear("board.opened")
        await teacher.say("participant.remove", {"person": str(cast.amina.pk)})
        await teacher.hear("participant.left")
        assert [(await goodbye(socket))[0] for socket in (amina, drawing)] == [REMOVED, REMOVED]
        with pytest.raises(InvalidStatus):
            async with connect(path(lesson), cast.amina):
                pass
        await sync_to_async(actions.let_back_in)(lesson=lesson, person=cast.amina, by=cast.teacher)
        async with connect(path(lesson), cast.amina) as again:
            await again.hear("room.entered")


async def test_only_those_who_hold_the_lesson_put_people_out(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.head) as head,
    ):
        for socket in (amina, head):
            await socket.say("participant.remove", {"person": str(cast.bilal.pk)})
            await socket.hear("error", code="forbidden")
        for person in (cast.stranger, cast.guardian):
            await teacher.say("participant.remove", {"person": str(person.pk)})
            await teacher.hear("error", code="not_found")
        for person in (cast.teacher, cast.head):
            await teacher.say("participant.remove", {"person": str(person.pk)})
            await teacher.hear("error", code="forbidden")
