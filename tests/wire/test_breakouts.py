"""Breakouts on the sockets: who hears what, and who comes in where."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import jwt
import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from classroom import actions
from classroom.models import Breakout, BreakoutSeat, Knock, Lesson, Presence, Room
from classroom.passes import issue_pass
from common.ids import make_secret
from common.sockets import codes
from tests.conftest import Cast
from tests.sessions import sign_in
from tests.wire.test_authorisation import Wire, come, cookie
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)


def headers_of(person: Person) -> list[tuple[bytes, bytes]]:
    client = Client()
    sign_in(client, person)
    return cookie(client)


def room_path(room: Room | str) -> str:
    return f"/ws/rooms/{room if isinstance(room, str) else room.pk}/?occupant={uuid.uuid4()}"


@asynccontextmanager
async def inside(path: str, *people: Person) -> AsyncIterator[list[Wire]]:
    async with AsyncExitStack() as stack:
        wires = []
        for person in people:
            headers = await sync_to_async(headers_of)(person)
            wire = await stack.enter_async_context(come(path, headers))
            assert wire is not None
            wires.append(wire)
        yield wires


async def is_shut_out(path: str, person: Person) -> bool:
    headers = await sync_to_async(headers_of)(person)
    async with come(path, headers) as wire:
        return wire is None


async def hear(wire: Wire, type_: str) -> dict[str, Any]:
    while True:
        message = await wire.next()
        assert message["type"] not in {"error", "closed"} or type_ == message["type"], message
        if message["type"] == type_:
            return message


async def hear_done(wire: Wire, ref: str) -> None:
    while (message := await wire.next()).get("ref") != ref:
        assert message["type"] not in {"error", "closed"}, message
    assert message["type"] == "command.done", message


async def say(wire: Wire, word: str, **data: Any) -> None:
    await wire.say(word, data, str(uuid.uuid4()))


async def open_two(teacher: Wire, minutes: int | None = None) -> None:
    await say(teacher, "breakouts.plan", division="random", rooms=2)
    planned = await hear(teacher, "breakouts.planned")
    assert planned["data"]["breakouts"]["state"] == "planned"
    assert "seq" not in planned
    await say(teacher, "breakouts.open", **({} if minutes is None else {"minutes": minutes}))


async def test_each_is_sent_to_their_own_room_and_brought_back(cast: Cast, lesson: Lesson) -> None:
    async with AsyncExitStack() as stack:
        teacher, amina, bilal, head = [
            (await stack.enter_async_context(inside(room_path(lesson.room), one)))[0]
            for one in (cast.teacher, cast.amina, cast.bilal, cast.head)
        ]
        await open_two(teacher, minutes=5)
        opened = [
            (await hear(one, "breakouts.opened"))["data"]["breakouts"]
            for one in (teacher, amina, bilal, head)
        ]
        assert [len(one["rooms"]) for one in opened] == [2, 1, 1, 0]
        own = [one["yours"] for one in opened]
        assert own[0] is None
        assert own[3] is None
        assert own[1] != own[2]
        assert opened[1]["rooms"][0]["people"] == [{"person": str(cast.amina.pk), "name": "Amina"}]
        assert str(cast.bilal.pk) not in str(opened[1])
        await say(amina, "help.ask")
        asked = await hear(teacher, "help.asked")
        assert [str(cast.amina.pk)] in [room["help"] for room in asked["data"]["breakouts"]["rooms"]]
        own_help = (await hear(amina, "help.asked"))["data"]["breakouts"]["rooms"][0]["help"]
        assert own_help == [str(cast.amina.pk)]
        await say(teacher, "breakouts.note", text="Two more minutes")
        noted = await hear(bilal, "breakouts.noted")  # and nothing of Amina's hand before it
        assert noted["data"]["breakouts"]["note"]["text"] == "Two more minutes"
        await say(teacher, "breakouts.close")
        for one in (teacher, amina, bilal, head):
            assert (await hear(one, "breakouts.closed"))["data"] == {"breakouts": None}


async def test_a_snapshot_says_what_the_facts_have_said(cast: Cast, lesson: Lesson) -> None:
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        async with inside(room_path(lesson.room), cast.amina) as [amina]:
            await open_two(teacher, minutes=5)
            told = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]
            await say(amina, "room.resync")
            assert (await hear(amina, "room.entered"))["data"]["breakouts"] == told
        await say(teacher, "breakouts.extend", minutes=1)
        extended = (await hear(teacher, "breakouts.extended"))["data"]["breakouts"]
        await say(teacher, "room.resync")
        assert (await hear(teacher, "room.entered"))["data"]["breakouts"] == extended


async def test_whoever_visits_a_breakout_hears_who_knocks_at_the_lessons_door_and_lets_them_in(
    cast: Cast, lesson: Lesson
) -> None:
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        async with inside(room_path(lesson.room), cast.amina) as [amina]:
            await open_two(teacher)
            own = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]["yours"]
        async with (
            inside(room_path(own), cast.teacher) as [visiting],
            inside(room_path(own), cast.amina) as [divided],
        ):
            knock = await sync_to_async(knock_at)(lesson, cast.teacher)
            waiting = (await hear(visiting, "knock.waiting"))["data"]
            assert (waiting["knock"], waiting["name"]) == (str(knock.pk), "Rosa")
            await say(visiting, "room.resync")
            assert (await hear(visiting, "room.entered"))["data"]["knocks"] == [waiting]
            assert (await hear(teacher, "knock.waiting"))["data"] == waiting
            await say(visiting, "knock.admit", knock=waiting["knock"])
            for keeper in (visiting, teacher):
                decided = (await hear(keeper, "knock.decided"))["data"]
                assert decided == {"knock": waiting["knock"], "state": "admitted"}
            await say(divided, "room.ping")
            while (told := (await divided.next())["type"]) != "room.ponged":
                assert not told.startswith("knock."), told


def knock_at(lesson: Lesson, by: Person) -> Knock:
    link, _secret = actions.create_guest_link(lesson=lesson, by=by, now=timezone.now())
    said: dict[str, Any] = {"name": "Rosa", "browser": make_secret(), "language": "en"}
    return actions.knock_as_guest(link=link, **said, now=timezone.now())


async def test_the_same_command_again_is_answered_alike_and_gives_no_second_minute(
    cast: Cast, lesson: Lesson
) -> None:
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        await open_two(teacher, minutes=5)
        ref = str(uuid.uuid4())
        for _attempt in range(2):
            await teacher.say("breakouts.extend", {"minutes": 1}, ref)
            await hear_done(teacher, ref)
        breakout = await Breakout.objects.aget()
        assert breakout.opened_at is not None
        assert breakout.closes_at == breakout.opened_at + timedelta(minutes=6)


async def test_room_board_and_quizzes_of_a_breakout_admit_its_members_and_staff_alone(
    cast: Cast, lesson: Lesson
) -> None:
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        async with inside(room_path(lesson.room), cast.amina, cast.bilal) as [amina, _bilal]:
            await open_two(teacher)
            own = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]["yours"]
        paths = (room_path(own), f"/ws/boards/{own}/", f"/ws/quizzes/{own}/")
        for path in paths:
            for nobody in (cast.bilal, cast.head, cast.guardian, cast.stranger):
                assert await is_shut_out(path, nobody), (path, nobody)
            async with come(path, []) as wire:
                assert wire is None
            for somebody in (cast.amina, cast.teacher):
                assert not await is_shut_out(path, somebody), (path, somebody)
        bearer = [(b"authorization", f"Bearer {issue_pass(lesson.room.pk)}".encode())]
        async with come(paths[0], bearer) as wire:
            assert wire is None  # the main room's recorder
    assert await Board.objects.filter(pk=own, room=own).aexists()


async def test_whoever_is_moved_is_put_out_of_the_room_before_and_comes_into_the_other(
    cast: Cast, lesson: Lesson
) -> None:
    main = room_path(lesson.room)
    async with (
        inside(main, cast.teacher) as [teacher],
        inside(room_path(lesson.room), cast.amina) as [amina],
        inside(room_path(lesson.room), cast.bilal) as [bilal],
    ):
        await open_two(teacher)
        before = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]["yours"]
        there = (await hear(bilal, "breakouts.opened"))["data"]["breakouts"]["rooms"][0]
        async with (
            inside(room_path(before), cast.amina) as [divided],
            inside(f"/ws/boards/{before}/", cast.amina) as [drawing],
            inside(f"/ws/talk/{before}/", cast.amina) as [talking],
            inside(f"/ws/quizzes/{before}/", cast.amina) as [answering],
        ):
            await say(teacher, "breakouts.move", person=str(cast.amina.pk), number=there["number"])
            moved = (await hear(amina, "seat.moved"))["data"]["breakouts"]
            assert moved["yours"] == there["room"]
            assert [one["name"] for one in moved["rooms"][0]["people"]] == ["Amina", "Bilal"]
            assert (await hear(bilal, "seat.moved"))["data"]["breakouts"]["yours"] == there["room"]
            for wire in (divided, drawing, talking, answering):
                assert (await hear(wire, "closed"))["data"]["code"] == codes.REMOVED
        assert await is_shut_out(room_path(before), cast.amina)
        assert not await is_shut_out(room_path(there["room"]), cast.amina)


async def test_the_close_ends_the_rooms_sockets_and_presences_but_not_the_main_rooms(
    cast: Cast, lesson: Lesson
) -> None:
    path = room_path(lesson.room)
    async with inside(path, cast.teacher) as [teacher], inside(room_path(lesson.room), cast.amina) as [amina]:
        await open_two(teacher, minutes=1)
        own = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]["yours"]
        async with (
            inside(room_path(own), cast.amina) as [divided],
            inside(f"/ws/talk/{own}/", cast.amina) as [talking],
            inside(f"/ws/quizzes/{own}/", cast.amina) as [answering],
        ):
            sweep = sync_to_async(actions.tend_breakouts)
            await sweep(now=timezone.now() + timedelta(seconds=2))
            assert (await hear(amina, "breakouts.warned"))["data"]["breakouts"]["warned"] is True
            await sweep(now=timezone.now() + timedelta(seconds=61))
            for wire in (divided, talking, answering):
                assert (await hear(wire, "closed"))["data"]["code"] == codes.BREAKOUT_OVER
        assert (await hear(amina, "breakouts.closed"))["data"]["breakouts"] is None
        inside_now = Presence.objects.filter(person=cast.amina, left_at__isnull=True)
        assert [one.room_id async for one in inside_now] == [lesson.room.pk]


async def test_whoever_is_put_out_or_whose_lesson_ends_loses_every_socket_of_the_breakout(
    cast: Cast, lesson: Lesson
) -> None:
    async with (
        inside(room_path(lesson.room), cast.teacher) as [teacher],
        inside(room_path(lesson.room), cast.amina) as [amina],
        inside(room_path(lesson.room), cast.bilal) as [bilal],
    ):
        await open_two(teacher)
        own = [(await hear(one, "breakouts.opened"))["data"]["breakouts"]["yours"] for one in (amina, bilal)]
        doors = [[f"/ws/{kind}/{room}/" for kind in ("talk", "quizzes")] for room in own]
        async with AsyncExitStack() as stack:
            of_amina, of_bilal = [
                [(await stack.enter_async_context(inside(path, person)))[0] for path in paths]
                for person, paths in zip((cast.amina, cast.bilal), doors, strict=True)
            ]
            await say(teacher, "participant.remove", person=str(cast.amina.pk))
            for wire in of_amina:
                assert (await hear(wire, "closed"))["data"]["code"] == codes.REMOVED
            await say(teacher, "lesson.end")
            for wire in of_bilal:
                assert (await hear(wire, "closed"))["data"]["code"] == codes.LESSON_OVER


async def test_the_saved_divisions_are_told_anew_when_one_is_saved(cast: Cast, lesson: Lesson) -> None:
    async with inside(room_path(lesson.room), cast.teacher) as [teacher]:
        await say(teacher, "breakouts.plan", division="hand", rooms=2)
        await hear(teacher, "breakouts.planned")
        for name in ("Tables", "Pairs", "tables"):
            await say(teacher, "breakouts.save", name=name)
            saved = (await hear(teacher, "breakouts.saved"))["data"]["plans"]
        assert [plan["name"] for plan in saved] == ["Pairs", "Tables"]


async def test_the_token_is_for_the_room_where_somebody_sits(
    cast: Cast, lesson: Lesson, settings: Any
) -> None:
    settings.JITSI_DOMAIN = "meet.here.test"
    settings.JITSI_SIGNING, settings.JITSI_APP_SECRET = "HS256", "s" * 40
    path = room_path(lesson.room)
    async with inside(path, cast.teacher) as [teacher], inside(room_path(lesson.room), cast.amina) as [amina]:
        await open_two(teacher)
        told = (await hear(amina, "breakouts.opened"))["data"]["breakouts"]
    claims = jwt.decode(told["token"]["jwt"], options={"verify_signature": False})
    seat = await BreakoutSeat.objects.select_related("room").aget(person=cast.amina)
    assert seat.room is not None
    assert (claims["room"], claims["context"]["user"]["moderator"]) == (seat.room.name, False)
    assert await Breakout.objects.acount() == 1
