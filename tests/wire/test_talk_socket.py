"""The talk socket: who hears what, what nobody may hear, and that nothing is lost or said twice."""

from __future__ import annotations

import json
import uuid
from contextlib import AsyncExitStack
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from classroom import actions
from classroom.models import ChatMessage, Concern, Hand, Lesson, Standing
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_guest_sockets import Guest, let_in

pytestmark = pytest.mark.django_db(transaction=True)


def path(lesson: Lesson, **query: object) -> str:
    asked = "&".join(f"{name}={value}" for name, value in query.items()).replace("as_", "as")
    return f"/ws/talk/{lesson.room.pk}/?{asked}"


def in_thread(function: Any) -> Any:
    return sync_to_async(function, thread_sensitive=True)


async def settle(socket: Socket) -> None:
    """What the bus carried so far is behind this answer."""
    ref = await socket.say("talk.ping")
    while (await socket.hear("talk.ponged")).get("ref") != ref:
        pass


async def test_one_writes_and_all_read_in_one_order(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        opened = (await teacher.hear("talk.opened"))["data"]
        assert (opened["you"]["standing"], opened["messages"], opened["mode"]) == ("teacher", [], "open")
        assert (await amina.hear("talk.opened"))["data"]["pulses"] is None
        ref = await amina.say("chat.send", {"text": " Good morning \u202e"})
        sent = await amina.hear("chat.sent")
        assert (sent["ref"], sent["data"]["id"], sent["seq"]) == (ref, ref, 1)
        heard = await teacher.hear("chat.sent")
        assert "ref" not in heard
        assert (heard["data"]["text"], heard["data"]["name"], heard["data"]["standing"]) == (
            "Good morning",
            "Amina",
            "student",
        )
        # The same again is no second message, and is answered like the first.
        await amina.say("chat.send", {"text": "Good morning"}, ref)
        assert (await amina.hear("chat.sent"))["seq"] == 1
        await teacher.say("chat.delete", {"message": ref})
        assert (await amina.hear("chat.deleted"))["data"] == {"message": ref}
        async with connect(path(lesson), cast.bilal) as bilal:
            (message,) = (await bilal.hear("talk.opened"))["data"]["messages"]
            assert (message["text"], message["deleted"]) == ("", True)


async def test_nobody_learns_of_a_room_that_is_not_theirs(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    for person in (None, cast.stranger, cast.guest, cast.guardian):
        with pytest.raises(InvalidStatus) as caught:
            async with connect(path(lesson), person):
                pass
        assert caught.value.response.status_code == 404


async def test_no_frame_to_a_pupil_holds_what_is_for_the_teachers(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    """Every frame is read: of a classmate and a guest who are there, and of those who come later or look back."""
    guest = await in_thread(Guest)(lesson, cast)
    await let_in(guest, cast)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        teacher, head = [await enter(connect(path(lesson), one)) for one in (cast.teacher, cast.head)]
        amina, bilal = [await enter(connect(path(lesson), one)) for one in (cast.amina, cast.bilal)]
        rosa = await enter(connect(guest.door(path(lesson)), None, headers=guest.headers))
        await teacher.say("chat.set_mode", {"mode": "questions"})
        await bilal.hear("chat.mode_set")
        await bilal.say("chat.send", {"text": "I am lost: canary"})
        assert (await bilal.hear("chat.sent"))["data"]["to_staff"] is True
        assert (await teacher.hear("chat.sent"))["data"]["text"] == "I am lost: canary"
        assert (await head.hear("chat.sent"))["data"]["to_staff"] is True
        await bilal.say("hand.raise")
        await teacher.hear("hands.moved")
        await bilal.say("pulse.set", {"pulse": "too_fast"})
        assert (await teacher.hear("pulse.moved"))["data"]["counts"]["too_fast"] == 1
        message = await in_thread(ChatMessage.objects.get)()
        await teacher.say("chat.delete", {"message": str(message.pk)})
        await bilal.hear("chat.deleted")
        await teacher.say("chat.send", {"text": "To all"})
        late = await enter(connect(path(lesson), cast.amina))
        since = await enter(connect(path(lesson, since=1, as_="student"), cast.amina))
        for socket in (amina, rosa):
            assert (await socket.hear("chat.sent"))["data"]["text"] == "To all"
        for socket in (late, since):
            await socket.say("chat.earlier", {"before": 1000})
            await socket.hear("chat.found")
        for socket in (amina, rosa, late, since):
            await settle(socket)
            text = json.dumps(socket.heard)
            private = ("canary", str(cast.bilal.pk), str(message.pk), "Bilal", "too_fast\\", '"too_fast"')
            assert [word for word in private if word in text] == []
            assert all(one["data"].get("queue") is None for one in socket.heard)
        # Nothing is missing all the same.
        assert [one["seq"] for one in amina.heard if "seq" in one] == [0, 1, 2, 3, 4]


async def test_who_comes_back_is_told_what_was_missed_and_no_more(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        refs = []
        for text in ("one", "two"):
            refs.append(await teacher.say("chat.send", {"text": text}))
            await teacher.hear("chat.sent")
        await teacher.say("chat.delete", {"message": refs[0]})
        await teacher.say("chat.send", {"text": "three"})
        await teacher.hear("chat.sent")
    async with connect(path(lesson, since=1, as_="student"), cast.amina) as amina:
        resumed = await amina.hear("talk.resumed")
        assert resumed["seq"] == 4
        assert [one["text"] for one in resumed["data"]["messages"]] == ["two", "three"]
        assert resumed["data"]["deleted"] == [refs[0]]
    for query in (
        {"since": 1},
        {"since": 1, "as_": "teacher"},
        {"since": 99, "as_": "student"},
        {"since": "x"},
    ):
        async with connect(path(lesson, **query), cast.amina) as amina:
            opened = await amina.hear("talk.opened")
            assert [one["text"] for one in opened["data"]["messages"]] == ["", "two", "three"]


async def test_a_long_talk_is_read_back_page_by_page(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    def fill() -> None:
        for number in range(130):
            actions.send_message(
                message_id=uuid.uuid4(),
                room=lesson.room,
                author=cast.teacher,
                standing=Standing.TEACHER,
                text=str(number),
                now=timezone.now(),
            )

    await in_thread(fill)()
    async with connect(path(lesson), cast.amina) as amina:
        opened = (await amina.hear("talk.opened"))["data"]
        assert (len(opened["messages"]), opened["messages"][0]["text"], opened["more"]) == (100, "30", True)
        await amina.say("chat.earlier", {"before": opened["messages"][0]["seq"]})
        found = (await amina.hear("chat.found"))["data"]
        assert (found["messages"][0]["text"], found["messages"][-1]["text"], found["more"]) == (
            "0",
            "29",
            False,
        )


async def test_the_mode_and_the_pace_of_writing_are_kept(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.amina) as tablet,
    ):
        for _number in range(3):
            await amina.say("chat.send", {"text": "spam"})
            await tablet.say("chat.send", {"text": "spam"})
        # Five at once, in however many tabs.
        both = [await one.hear("talk.opened") for one in (amina, tablet)]
        assert len(both) == 2
        await settle(amina)
        await settle(tablet)
        codes = [
            one["data"]["code"]
            for socket in (amina, tablet)
            for one in socket.heard
            if one["type"] == "error"
        ]
        assert codes == ["slow_down"]
        await teacher.say("chat.set_mode", {"mode": "closed"})
        await amina.hear("chat.mode_set", mode="closed")
        async with connect(path(lesson), cast.bilal) as bilal:
            assert (await bilal.hear("talk.opened"))["data"]["mode"] == "closed"
            await bilal.say("chat.send", {"text": "?"})
            await bilal.hear("error", code="chat_closed")
            await bilal.say("chat.set_mode", {"mode": "open"})
            await bilal.hear("error", code="forbidden")
            await bilal.say("chat.send", {"text": 5})
            await bilal.hear("error", code="bad_data")
            await bilal.say("chat.send", {"text": "x"}, "no id")
            await bilal.hear("error", code="bad_data")


async def test_hands_queue_up_survive_a_reload_and_are_called_on(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        async with connect(path(lesson), cast.bilal) as bilal:
            await bilal.say("hand.raise")
            assert (await bilal.hear("hands.moved"))["data"]["mine"]["place"] == 1
        await amina.say("hand.raise")
        moved = (await amina.hear("hands.moved"))["data"]
        assert (moved["mine"]["place"], moved["queue"]) == (2, None)
        while len((await teacher.hear("hands.moved"))["data"]["queue"]) < 2:
            pass
        async with connect(path(lesson), cast.bilal) as bilal:
            assert (await bilal.hear("talk.opened"))["data"]["hands"]["mine"]["place"] == 1
            ref = await teacher.say("hand.call")
            assert (await bilal.hear("hand.called"))["data"]["name"] == "Bilal"
            assert (await bilal.hear("hands.moved"))["data"]["mine"] is None
        await teacher.hear("hand.called")
        # The same again, as after a break, is answered alike and calls on nobody else.
        await teacher.say("hand.call", ref=ref)
        while sum(one["type"] == "command.done" and one["ref"] == ref for one in teacher.heard) < 2:
            await teacher.next()
        while (await amina.hear("hands.moved"))["data"]["mine"]["place"] != 1:
            pass
        await amina.say("hand.call")
        await amina.hear("error", code="forbidden")
        await amina.say("hand.lower")
        await amina.hear("command.done")
        await teacher.say("hand.call")
        await teacher.hear("error", code="not_found")
        assert all(one["type"] != "hand.called" for one in amina.heard)
    assert await in_thread(lambda: sorted(Hand.objects.values_list("how", flat=True)))() == ["called", "self"]


async def test_applause_is_counted_and_not_one_frame_a_clap(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with AsyncExitStack() as stack:
        people = (cast.teacher, cast.amina, cast.bilal)
        sockets = [await stack.enter_async_context(connect(path(lesson), one)) for one in people]
        for socket in sockets:
            await socket.hear("talk.opened")
        for socket in sockets:
            for _number in range(5):
                await socket.say("reaction.send", {"reaction": "clap"})
        claps = frames = 0
        while claps < 15:
            counts = (await sockets[0].hear("reactions.counted"))["data"]["counts"]
            assert set(counts) == {"clap"}
            claps, frames = claps + counts["clap"], frames + 1
        assert (claps, frames <= 5) == (15, True)
        await sockets[1].say("reaction.send", {"reaction": "rocket"})
        await sockets[1].hear("error", code="bad_data")


async def test_a_concern_reaches_nobody_in_the_room(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.teacher) as teacher, connect(path(lesson), cast.amina) as amina:
        ref = await amina.say("concern.raise", {"text": "canary"})
        assert (await amina.hear("command.done"))["ref"] == ref
        await settle(teacher)
        assert "canary" not in json.dumps(teacher.heard)
    assert await in_thread(lambda: str(Concern.objects.get().pk))() == ref


async def test_whoever_is_put_out_hears_no_more_of_it(cast: Cast, lesson: Lesson, connect: Connect) -> None:
    async with connect(path(lesson), cast.amina) as amina:
        await amina.hear("talk.opened")
        await in_thread(actions.put_out)(
            lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now()
        )
        with pytest.raises(ConnectionClosed) as closed:
            await amina.hear("chat.sent")
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4001
    with pytest.raises(InvalidStatus):
        async with connect(path(lesson), cast.amina):
            pass
