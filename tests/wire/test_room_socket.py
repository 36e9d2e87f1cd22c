"""The room socket: who is inside, who may speak to whom, and what the timeline keeps of it."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from secrets import token_urlsafe
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.signing import TimestampSigner, b62_encode
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts import actions as people
from accounts.models import Person, Role
from classroom import actions as lessons
from classroom.models import Fact, Lesson, Presence, Standing
from classroom.passes import LIFETIME_SECONDS, SALT, issue_pass
from tests.conftest import PASSWORD, Cast
from tests.wire.conftest import Connect, Socket

pytestmark = pytest.mark.django_db(transaction=True)


def path(lesson: Lesson, occupant: uuid.UUID | None = None) -> str:
    return f"/ws/rooms/{lesson.room.pk}/?occupant={occupant or uuid.uuid4()}"


async def facts(lesson: Lesson) -> list[str]:
    kinds = Fact.objects.filter(lesson=lesson).exclude(type="recording.changed").order_by("at", "pk")
    return [fact.type async for fact in kinds]


async def closed_with(socket: Socket) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await socket.hear("never")
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_entering_tells_everybody_and_opens_the_lesson(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        entered = (await teacher.hear("room.entered"))["data"]
        assert (entered["you"]["name"], entered["you"]["role"]) == ("Tomas", "teacher")
        async with connect(path(lesson), cast.amina) as amina:
            await amina.hear("room.entered")
            joined = await teacher.hear("participant.joined", name="Amina")
        left = await teacher.hear("participant.left", occupant=joined["data"]["occupant"])
        assert left["seq"] == joined["seq"] + 1
    assert (await facts(lesson))[:4] == [
        "lesson.opened",
        "participant.joined",
        "participant.joined",
        "participant.left",
    ]


async def test_a_reconnect_of_the_same_tab_is_the_same_presence(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson, tab), cast.teacher) as first:
        await first.hear("room.entered")
        async with connect(path(lesson, tab), cast.teacher) as second:
            await second.hear("room.entered")
            assert await closed_with(first) == 4009
            assert await Presence.objects.filter(room__lesson=lesson).acount() == 1
            assert await facts(lesson) == ["lesson.opened", "participant.joined"]


async def test_a_broken_connection_is_no_goodbye(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson, tab), cast.teacher) as broken:
        await broken.hear("room.entered")
        broken.connection.transport.abort()
    async with connect(path(lesson, tab), cast.teacher) as back:
        await back.hear("room.entered")
        assert "participant.left" not in await facts(lesson)


async def test_another_persons_tab_id_opens_nothing(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    tab = uuid.uuid4()
    async with connect(path(lesson, tab), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        async with connect(path(lesson, tab), cast.amina) as amina:
            await closed_with(amina)
        await teacher.say("room.ping")
        await teacher.hear("room.ponged")


async def test_a_signal_reaches_the_one_it_is_for_and_nobody_else(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab = uuid.uuid4()
    async with (
        connect(path(lesson, tab), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.bilal) as bilal,
    ):
        me = (await amina.hear("room.entered"))["data"]["you"]["occupant"]
        await bilal.hear("room.entered")
        session = str(uuid.uuid4())
        offer: dict[str, Any] = {
            "to": str(tab),
            "session": session,
            "description": {"type": "offer", "sdp": "v=0"},
        }
        await amina.say("peer.signal", offer)
        heard = await teacher.hear("peer.signalled")
        assert heard["data"] == {"from": me, "session": session, "description": offer["description"]}
        assert await bilal.hears_nothing("peer.signalled")


async def test_media_flags_reach_everybody(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        await amina.hear("room.entered")
        await amina.say("media.change", {"microphone": True, "camera": False, "screen": False})
        assert (await teacher.hear("media.changed"))["data"]["microphone"] is True


async def test_a_page_with_the_board_alone_says_so_and_everybody_sees_it_until_it_does_not(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    quiet = {"microphone": False, "camera": False, "screen": False}
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        assert (await amina.hear("room.entered"))["data"]["you"]["door"] == "page"
        await amina.say("media.change", quiet | {"board_only": True})
        assert (await teacher.hear("media.changed"))["data"]["door"] == "board"
        async with connect(path(lesson), cast.bilal) as bilal:
            people = (await bilal.hear("room.entered"))["data"]["participants"]
            doors = {one["name"]: one["door"] for one in people}
        assert doors == {"Tomas": "page", "Amina": "board", "Bilal": "page"}
        await amina.say("media.change", quiet)
        assert (await teacher.hear("media.changed"))["data"]["door"] == "page"


async def test_a_student_cannot_end_the_lesson_and_the_teacher_can(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        await amina.say("lesson.end")
        await amina.hear("error", code="forbidden")
        await teacher.say("lesson.end")
        await amina.hear("lesson.ended")
        assert await closed_with(amina) == 4003
    await lesson.arefresh_from_db()
    assert lesson.status == "ended"
    assert (await facts(lesson)).count("participant.left") == 2


async def test_whoever_opens_many_tabs_takes_one_seat_and_keeps_the_newest(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with AsyncExitStack() as stack:
        tabs = []
        for _ in range(7):
            tabs.append(await stack.enter_async_context(connect(path(lesson), cast.amina)))
            await tabs[-1].hear("room.entered")
        assert [await closed_with(tab) for tab in tabs[:5]] == [4009] * 5
        for person in (cast.teacher, cast.bilal):
            socket = await stack.enter_async_context(connect(path(lesson), person))
            inside = (await socket.hear("room.entered"))["data"]["participants"]
        assert sorted(one["name"] for one in inside) == ["Amina", "Amina", "Bilal", "Tomas"]


async def test_a_seat_is_kept_for_those_who_hold_the_lesson(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    pupils = await sync_to_async(enrol_pupils)(cast, 5)
    async with AsyncExitStack() as stack:
        for pupil in pupils:
            socket = await stack.enter_async_context(connect(path(lesson), pupil))
            await socket.hear("room.entered")
        for late in (cast.amina, cast.bilal):
            socket = await stack.enter_async_context(connect(path(lesson), late))
            assert await closed_with(socket) == 4010
        for staff in (cast.teacher, cast.head):
            socket = await stack.enter_async_context(connect(path(lesson), staff))
            await socket.hear("room.entered")
        second_tab = await stack.enter_async_context(connect(path(lesson), pupils[0]))
        await second_tab.hear("room.entered")


def enrol_pupils(cast: Cast, number: int) -> list[Person]:
    pupils = []
    for each in range(number):
        email = f"pupil{each}@here.test"
        pupil = people.add_person(
            institution=cast.school, email=email, name=f"Pupil {each}", role=Role.STUDENT, password=PASSWORD
        )
        lessons.enrol(course=cast.course, person=pupil, standing=Standing.STUDENT)
        pupils.append(pupil)
    return pupils


async def test_the_recorder_is_announced_and_is_nobodys_classmate(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    recorder_id = uuid.uuid4()
    headers = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        async with connect(path(lesson, recorder_id), None, origin=None, headers=headers) as recorder:
            entered = await recorder.hear("room.entered")
            assert [one["name"] for one in entered["data"]["participants"]] == ["Tomas"]
            await teacher.hear("recorder.joined", occupant=str(recorder_id))
            async with connect(path(lesson), cast.amina) as amina:
                assert len((await amina.hear("room.entered"))["data"]["participants"]) == 2
                await amina.hear("recorder.joined", occupant=str(recorder_id))
            await recorder.say("lesson.end")
            await recorder.hear("error", code="forbidden")
        await teacher.hear("recorder.left", occupant=str(recorder_id))
    assert await Presence.objects.filter(room__lesson=lesson, occupant=recorder_id).acount() == 0


def signal_to(recorder: uuid.UUID) -> dict[str, Any]:
    offer = {"type": "offer", "sdp": "v=0"}
    return {"to": str(recorder), "session": str(uuid.uuid4()), "description": offer}


async def snapshot_of(socket: Socket) -> dict[str, Any]:
    await socket.say("room.resync")
    snapshot: dict[str, Any] = (await socket.hear("room.entered"))["data"]
    return snapshot


async def test_a_newcomers_snapshot_names_the_recorder_that_is_in_the_room(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    recorder_id = uuid.uuid4()
    headers = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with connect(path(lesson), cast.teacher) as teacher:
        assert (await teacher.hear("room.entered"))["data"]["recorder"] is None
        async with connect(path(lesson, recorder_id), None, origin=None, headers=headers):
            await teacher.hear("recorder.joined")
            async with connect(path(lesson), cast.amina) as amina:
                await amina.hear("recorder.joined")
                assert (await snapshot_of(amina))["recorder"] == str(recorder_id)
        await teacher.hear("recorder.left")
        assert (await snapshot_of(teacher))["recorder"] is None


async def test_peers_signal_to_the_recorder_again_after_its_socket_came_back(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    recorder_id = uuid.uuid4()
    headers = {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        async with connect(path(lesson, recorder_id), None, origin=None, headers=headers) as broken:
            await teacher.hear("recorder.joined")
            broken.connection.transport.abort()
            await teacher.hear("recorder.left", occupant=str(recorder_id))
        async with connect(path(lesson, recorder_id), None, origin=None, headers=headers) as back:
            await teacher.hear("recorder.joined", occupant=str(recorder_id))
            assert (await snapshot_of(teacher))["recorder"] == str(recorder_id)
            sent = signal_to(recorder_id)
            await teacher.say("peer.signal", sent)
            heard = await back.hear("peer.signalled", session=sent["session"])
            assert heard["data"]["description"] == sent["description"]


async def knock(connect: Connect, door: str, person: Person | None, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(door, person, **options):
            pass
    return refused.value.response.status_code


@pytest.mark.parametrize("who", ["stranger", "guest", "guardian"])
async def test_a_stranger_is_told_404_as_for_a_room_that_does_not_exist(
    cast: Cast, lesson: Lesson, connect: Connect, who: str
) -> None:
    person = getattr(cast, who)
    assert await knock(connect, path(lesson), person) == 404
    assert await knock(connect, f"/ws/rooms/{uuid.uuid4()}/?occupant={uuid.uuid4()}", person) == 404


class Earlier(TimestampSigner):
    """Signs with our key, as so many seconds ago."""

    def __init__(self, seconds: float) -> None:
        super().__init__(salt=SALT)
        self.at = round(time.time() - seconds)

    def timestamp(self) -> str:
        return b62_encode(self.at)


def pass_of(lesson: Lesson, ago_seconds: float) -> str:
    return Earlier(ago_seconds).sign_object({"room": str(lesson.room.pk)})


async def test_a_pass_of_another_room_an_expired_or_a_forged_one_opens_nothing(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    good = {"Authorization": f"Bearer {pass_of(lesson, LIFETIME_SECONDS - 300)}"}
    async with connect(path(lesson), None, origin=None, headers=good) as recorder:
        await recorder.hear("room.entered")
    expired = pass_of(lesson, LIFETIME_SECONDS + 2)
    for token in (issue_pass(uuid.uuid4()), "forged", issue_pass(lesson.room.pk)[:-2] + "xx", expired):
        headers = {"Authorization": f"Bearer {token}"}
        assert await knock(connect, path(lesson), None, origin=None, headers=headers) == 404


async def test_without_an_occupant_there_is_no_door(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    assert await knock(connect, f"/ws/rooms/{lesson.room.pk}/", cast.teacher) == 404
    assert await knock(connect, f"/ws/rooms/{lesson.room.pk}/?occupant=me", cast.teacher) == 404


async def test_brackets_without_end_are_an_error_and_the_socket_lives(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        for deep in ('{"a":' * 5000, '{"a":' * 5000 + "1" + "}" * 5000):
            await teacher.connection.send('{"type":"media.change","data":' + deep + "}")
            await teacher.hear("error", code="not_json")
        await teacher.say("media.change", {})
        await teacher.hear("error", code="bad_data")


async def test_who_reads_nothing_is_sent_away_and_comes_back_while_everybody_else_hears_on(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    tab, other = uuid.uuid4(), uuid.uuid4()
    async with AsyncExitStack() as stack:
        teacher = await stack.enter_async_context(connect(path(lesson), cast.teacher))
        quick = await stack.enter_async_context(connect(path(lesson, other), cast.bilal))
        slow = await stack.enter_async_context(connect(path(lesson, tab), cast.amina))
        for one in (teacher, quick, slow):
            await one.hear("room.entered")
        slow.connection.transport.pause_reading()
        for to in [tab] * 40 + [other]:
            sdp = {"type": "offer", "sdp": token_urlsafe(29_000)}  # what cannot be compressed
            session = str(uuid.uuid4())
            await teacher.say("peer.signal", {"to": str(to), "session": session, "description": sdp})
        await quick.hear("peer.signalled")
        slow.connection.transport.resume_reading()
        assert await closed_with(slow) == 1013
        assert sum(one["type"] == "peer.signalled" for one in slow.heard) < 40
        back = await stack.enter_async_context(connect(path(lesson, tab), cast.amina))
        entered = await back.hear("room.entered")
        assert {one["name"] for one in entered["data"]["participants"]} == {"Tomas", "Amina", "Bilal"}


async def class_of(cast: Cast, count: int) -> list[Person]:
    def make() -> list[Person]:
        found = []
        for n in range(count):
            person = people.add_person(
                institution=cast.school, email=f"p{n}@uhuru.example", name=f"P {n}", role=Role.STUDENT
            )
            lessons.enrol(course=cast.course, person=person, standing=Standing.STUDENT)
            found.append(person)
        return found

    made: list[Person] = await sync_to_async(make)()
    return made


def told_of(socket: Socket) -> set[str]:
    """Which tabs this one was told of: by the snapshot, and by the words after it, without a gap and none of them twice.
    The snapshot may be newer than its number, and then a word says again what is in it (`classroom/inside.py`)."""
    (entered,) = (one for one in socket.heard if one["type"] == "room.entered")
    later = [one for one in socket.heard if one.get("seq", 0) > entered["seq"]]
    assert [one["seq"] for one in later] == [entered["seq"] + n for n in range(1, len(later) + 1)]
    assert {one["type"] for one in later} <= {"participant.joined"}
    tabs = [one["occupant"] for one in entered["data"]["participants"]]
    words = [one["data"]["occupant"] for one in later]
    assert len(set(tabs)) == len(tabs) and len(set(words)) == len(words)
    return {*tabs, *words}


async def test_who_come_together_are_each_told_of_all_others_once_and_have_the_recorder(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    pupils, bearer = await class_of(cast, 8), {"Authorization": f"Bearer {issue_pass(lesson.room.pk)}"}
    async with AsyncExitStack() as stack:
        teacher = await stack.enter_async_context(connect(path(lesson), cast.teacher))
        await teacher.hear("room.entered")
        recorder = await stack.enter_async_context(connect(path(lesson), None, origin=None, headers=bearer))
        await recorder.hear("room.entered")
        coming = (connect(path(lesson) + "&video=none", one) for one in pupils)
        sockets = await asyncio.gather(*map(stack.enter_async_context, coming))
        for socket in sockets:
            await socket.hear("room.entered")
            await socket.hear("recorder.joined")
        for socket in (teacher, recorder, *sockets):
            await socket.say("room.ping")
            await socket.hear("room.ponged")
        inside = {str(one.occupant) async for one in Presence.objects.filter(room=lesson.room)}
        assert len(inside) == 1 + len(pupils)
        for socket in (teacher, recorder, *sockets):
            assert told_of(socket) == inside
        for socket in (teacher, *sockets):
            assert [one["type"] for one in socket.heard].count("recorder.joined") == 1
        assert (await facts(lesson)).count("participant.joined") == len(inside)
