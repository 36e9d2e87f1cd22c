"""Guests at the sockets: let in by the staff inside, put out within a moment, at home in one lesson only."""

from __future__ import annotations

import uuid
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone
from websockets.exceptions import ConnectionClosed

from accounts.actions import decide_recording
from accounts.models import AnswerSource, RecordingAnswer
from classroom import actions
from classroom.models import GuestLink, Knock, KnockState, Lesson, Lobby, Presence
from common.ids import make_secret
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_room_socket import knock, path
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)
GENEROUS_SECONDS = 5


class Guest:
    """A browser with a guest's cookie."""

    def __init__(self, lesson: Lesson, cast: Cast, link: GuestLink | None = None, name: str = "Rosa") -> None:
        self.browser = make_secret()
        self.link = link or actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())[0]
        self.knock = actions.knock_as_guest(
            link=self.link, name=name, browser=self.browser, language="en", now=timezone.now()
        )

    def door(self, path: str) -> str:
        return f"{path}{'&' if '?' in path else '?'}guest={self.knock.pk}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{settings.GUEST_COOKIE_NAME}={self.browser}"}


def in_thread(function: Any) -> Any:
    return sync_to_async(function, thread_sensitive=True)


async def let_in(guest: Guest, cast: Cast) -> None:
    assert await in_thread(actions.admit_knock)(knock=guest.knock, by=cast.teacher, now=timezone.now())


async def test_the_teacher_hears_whom_a_guest_may_be_and_who_comes_later_is_told_the_same(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    refused = {"answer": RecordingAnswer.REFUSED, "source": AnswerSource.HEAD, "by": cast.head}
    await in_thread(decide_recording)(
        institution=cast.school, people=[cast.amina], now=timezone.now(), **refused
    )
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        await in_thread(Guest)(lesson, cast, name="amina")
        waiting = (await teacher.hear("knock.waiting"))["data"]
        assert waiting["may_be"] == "Amina"
        await teacher.say("room.resync")
        assert (await teacher.hear("room.entered"))["data"]["knocks"] == [waiting]


async def test_the_teacher_inside_sees_who_knocks_and_lets_them_in(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        assert (await teacher.hear("room.entered"))["data"]["knocks"] == []
        await amina.hear("room.entered")
        guest = await in_thread(Guest)(lesson, cast)
        waiting = (await teacher.hear("knock.waiting"))["data"]
        assert (waiting["name"], waiting["role"]) == ("Rosa", "guest")
        assert await knock(connect, guest.door(path(lesson)), None, headers=guest.headers) == 404
        await amina.say("knock.admit", {"knock": waiting["knock"]})
        await amina.hear("error", code="forbidden")
        await teacher.say("knock.admit", {"knock": waiting["knock"]})
        await teacher.hear("knock.decided", knock=waiting["knock"], state="admitted")
        async with connect(guest.door(path(lesson)), None, headers=guest.headers) as rosa:
            entered = (await rosa.hear("room.entered"))["data"]
            assert (entered["you"]["name"], entered["you"]["role"]) == ("Rosa", "guest")
            assert entered["knocks"] == []
            await amina.hear("participant.joined", name="Rosa", role="guest")
            for word in ("knock.admit_all", "lesson.end"):
                await rosa.say(word)
                await rosa.hear("error", code="forbidden")
        assert not [one for one in amina.heard if one["type"].startswith("knock.")]


async def test_a_guest_with_many_tabs_shuts_nobody_out(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    async with AsyncExitStack() as stack:
        for _ in range(6):
            door = connect(guest.door(path(lesson)), None, headers=guest.headers)
            await (await stack.enter_async_context(door)).hear("room.entered")
        for person in (cast.teacher, cast.amina):
            await (await stack.enter_async_context(connect(path(lesson), person))).hear("room.entered")


async def test_a_teacher_who_comes_later_finds_who_waits(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    guest = await in_thread(Guest)(lesson, cast)
    for person, told in ((cast.teacher, 1), (cast.head, 1), (cast.amina, 0)):
        async with connect(path(lesson), person) as socket:
            assert len((await socket.hear("room.entered"))["data"]["knocks"]) == told
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.say("knock.refuse", {"knock": str(guest.knock.pk)})
        await teacher.hear("knock.decided", state="refused")
        await teacher.say("knock.admit", {"knock": str(uuid.uuid4())})
        await teacher.hear("error", code="not_found")
        await teacher.say("knock.admit", {"knock": "all"})
        await teacher.hear("error", code="bad_data")
    assert await knock(connect, guest.door(path(lesson)), None, headers=guest.headers) == 404


async def test_everybody_is_let_in_at_once(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.head) as head:
        await head.hear("room.entered")
        for name in ("Rosa", "Pia"):
            await in_thread(Guest)(lesson, cast, name=name)
        await head.say("knock.admit_all")
        for _ in range(2):
            await head.hear("knock.decided", state="admitted")


async def hears_the_end(socket: Socket) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.hear("never", GENEROUS_SECONDS)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize("how", ["revoked", "refused", "swept"])
async def test_a_guest_is_cut_off_at_both_sockets_and_does_not_come_back(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect, how: str
) -> None:
    guest, other = [await in_thread(Guest)(lesson, cast, name=name) for name in ("Rosa", "Pia")]
    for one in (guest, other):
        await let_in(one, cast)
    own_board = guest.door(f"/ws/boards/{board.pk}/")
    async with (
        connect(guest.door(path(lesson)), None, headers=guest.headers) as rosa,
        connect(own_board, None, headers=guest.headers) as at_the_board,
        connect(other.door(path(lesson)), None, headers=other.headers) as pia,
    ):
        await rosa.hear("room.entered")
        await at_the_board.hear("board.opened")
        await in_thread(put_out)(guest, cast, how)
        assert await hears_the_end(rosa) == 4001
        assert await hears_the_end(at_the_board) == 4001
        await pia.say("room.ping")
        await pia.hear("room.ponged")
    for door in (guest.door(path(lesson)), own_board):
        assert await knock(connect, door, None, headers=guest.headers) == 404
    left = Presence.objects.filter(person=guest.knock.person, left_at__isnull=True)
    assert not await left.aexists()


def put_out(guest: Guest, cast: Cast, how: str) -> None:
    now = timezone.now()
    if how == "revoked":
        actions.revoke_guest_link(link=guest.link, by=cast.teacher, now=now)
    elif how == "refused":
        actions.refuse_knock(knock=guest.knock, by=cast.teacher, now=now)
    else:  # the row says so, and the message was lost
        Knock.objects.filter(pk=guest.knock.pk).update(state=KnockState.EXPIRED)
        actions.put_out_unwelcome_guests(now=now)


async def test_the_end_of_the_lesson_cuts_guests_off_the_board_too(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    door = guest.door(f"/ws/boards/{board.pk}/")
    async with connect(door, None, headers=guest.headers) as rosa:
        await rosa.hear("board.opened")
        await in_thread(actions.end_lesson)(lesson=lesson, now=timezone.now())
        assert await hears_the_end(rosa) == 4003
    assert await knock(connect, door, None, headers=guest.headers) == 404


async def test_a_guest_draws_only_when_all_may(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    at_board = f"/ws/boards/{board.pk}/"
    async with (
        connect(at_board, cast.teacher) as teacher,
        connect(guest.door(at_board), None, headers=guest.headers) as rosa,
    ):
        opened = (await rosa.hear("board.opened"))["data"]
        assert (opened["you"]["may_draw"], opened["you"]["may_manage"]) == (False, False)
        stroke = {
            "page": opened["current_page"],
            "kind": "pen",
            "colour": "#000000",
            "width": 4,
            "points": [[1, 1], [9, 9]],
            "duration_ms": 100,
        }
        await rosa.say("item.add", stroke)
        await rosa.hear("error", code="forbidden")
        await teacher.say("rights.change", {"draw": "all"})
        await rosa.hear("rights.changed", draw="all")
        await rosa.say("item.add", stroke)
        await teacher.hear("item.added")
        await rosa.say("rights.change", {"draw": "nobody"})
        await rosa.hear("error", code="forbidden")


async def test_a_guest_opens_no_other_lessons_sockets(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    def other_lesson() -> Lesson:
        now = timezone.now()
        return actions.schedule_lesson(
            course=cast.course,
            title="Other",
            starts_at=now,
            ends_at=now + timedelta(hours=1),
            created_by=cast.teacher,
        )

    def other_board(other: Lesson) -> Board:
        from whiteboard.actions import open_board

        return open_board(room=other.room, now=timezone.now())

    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    other = await in_thread(other_lesson)()
    board = await in_thread(other_board)(other)
    for door in (path(other), f"/ws/boards/{board.pk}/"):
        assert await knock(connect, guest.door(door), None, headers=guest.headers) == 404


async def test_the_knocks_id_opens_nothing_without_the_browser_that_knocked(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    guest, other = [await in_thread(Guest)(lesson, cast, name=name) for name in ("Rosa", "Pia")]
    await let_in(guest, cast)
    for headers in ({}, {"Cookie": f"{settings.GUEST_COOKIE_NAME}="}, other.headers):
        assert await knock(connect, guest.door(path(lesson)), None, headers=headers) == 404
    assert await knock(connect, guest.door(path(lesson)), cast.stranger) == 404
    assert await knock(connect, f"{path(lesson)}&guest=x", None, headers=guest.headers) == 404


async def test_a_member_in_the_lobby_is_at_neither_socket(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    await Lesson.objects.aupdate(lobby=Lobby.EVERYBODY)
    at_board = f"/ws/boards/{board.pk}/"
    assert [await knock(connect, door, cast.amina) for door in (path(lesson), at_board)] == [404, 404]
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        asked = await in_thread(actions.knock_as_member)(
            lesson=await Lesson.objects.aget(pk=lesson.pk), person=cast.amina, now=timezone.now()
        )
        assert (await teacher.hear("knock.waiting"))["data"]["role"] == "student"
        await teacher.say("knock.admit", {"knock": str(asked.pk)})
        await teacher.hear("knock.decided", state="admitted")
        async with connect(path(lesson), cast.amina) as amina, connect(at_board, cast.amina) as drawing:
            await amina.hear("room.entered")
            await drawing.hear("board.opened")


async def test_a_teacher_comes_before_the_doors_and_a_student_does_not(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    begun = timezone.now() + timedelta(hours=3)
    await Lesson.objects.aupdate(starts_at=begun, ends_at=begun + timedelta(hours=1))
    assert await knock(connect, path(lesson), cast.amina) == 404
    async with connect(path(lesson), cast.teacher) as teacher:
        entered = (await teacher.hear("room.entered"))["data"]
        assert entered["lesson"]["status"] == "scheduled"
