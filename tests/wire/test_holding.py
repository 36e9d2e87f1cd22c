"""Holding a room: who is here and how, silence, and a colleague who helps for one lesson."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from accounts.models import AuditEvent, Person, Role
from classroom import actions
from classroom.actions import PEER_ROOM_SEATS
from classroom.models import Fact, Lesson, Presence, Promotion, Standing
from classroom.queries import standing_in
from common.refusals import Refused
from tests.conftest import Cast, belong_to
from tests.wire.conftest import Connect, Socket
from tests.wire.test_room_socket import closed_with, path

pytestmark = pytest.mark.django_db(transaction=True)
LINK = {"loss_percent": 6.5, "rtt_ms": 120, "visible": True, "idle_seconds": 3}


async def is_still_there(socket: Socket) -> bool:
    """An answer behind everything that was sent before."""
    await socket.say("room.ping", ref="still-here")
    return bool((await socket.hear("room.ponged"))["ref"] == "still-here")


async def test_one_is_silenced_or_all_pupils_and_no_pupil_silences_anybody(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.bilal) as bilal,
    ):
        await bilal.hear("room.entered")
        await amina.hear("participant.joined", name="Bilal")
        await amina.say("microphone.mute", {"person": str(cast.bilal.pk)})
        await amina.hear("error", code="forbidden")
        await amina.say("microphone.mute_all")
        await amina.hear("error", code="forbidden")
        await teacher.say("microphone.mute", {"person": str(cast.amina.pk)})
        await amina.hear("mute.asked")
        assert await is_still_there(bilal)
        assert not [one for one in bilal.heard if one["type"] == "mute.asked"]
        await teacher.say("microphone.mute_all")
        await amina.hear("mute.asked")
        await bilal.hear("mute.asked")
        assert await is_still_there(teacher)
        assert not [one for one in teacher.heard if one["type"] == "mute.asked"]


async def test_only_those_at_the_door_hear_how_somebodys_connection_is_and_not_too_often(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.amina) as amina,
        connect(path(lesson), cast.bilal) as bilal,
    ):
        await bilal.hear("room.entered")
        entered = await amina.hear("room.entered")
        await amina.say("link.tell", LINK)
        heard = (await teacher.hear("link.changed"))["data"]
        assert heard == LINK | {"occupant": entered["data"]["you"]["occupant"]}
        await amina.say("link.tell", LINK)
        await amina.hear("error", code="slow_down")
        # Kept from the first word on, which of a page that is looked at is no change.
        kept = [fact.data async for fact in Fact.objects.filter(type="activity.changed")]
        assert kept == [{"occupant": heard["occupant"], "activity": "active"}]
        for bad in ({"loss_percent": 101}, {"rtt_ms": -1}, {"visible": 1}, {"idle_seconds": 1e9}):
            await bilal.say("link.tell", LINK | bad)
            await bilal.hear("error", code="bad_data")
        assert await is_still_there(bilal)
        assert not [one for one in [*bilal.heard, *amina.heard] if one["type"] == "link.changed"]


async def test_the_page_without_video_is_named_and_takes_no_place_among_the_pictures(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    def fill_the_room() -> None:
        for number in range(PEER_ROOM_SEATS):
            person = Person.objects.create_user(f"p{number}@here.test", None, name=f"P{number}")
            belong_to(cast.school, person, Role.STUDENT)
            actions.enrol(course=cast.course, person=person, standing=Standing.STUDENT)
            Presence.objects.create(
                room=lesson.room,
                occupant=person.pk,
                person=person,
                standing=Standing.STUDENT,
                joined_at=timezone.now(),
                last_seen_at=timezone.now(),
            )

    await sync_to_async(fill_the_room)()
    async with connect(path(lesson), cast.bilal) as bilal:
        assert await closed_with(bilal) == 4010
    async with connect(f"{path(lesson)}&video=none", cast.amina) as amina:
        entered = (await amina.hear("room.entered"))["data"]
        assert entered["you"]["door"] == "companion"
        assert {one["door"] for one in entered["participants"]} == {"page", "companion"}
    assert await Presence.objects.filter(person=cast.amina, has_video=False).acount() == 1


async def test_a_head_who_looks_on_is_made_co_teacher_of_this_lesson_alone(
    cast: Cast,
    lesson: Lesson,
    connect: Connect,
) -> None:
    async with (
        connect(path(lesson), cast.teacher) as teacher,
        connect(path(lesson), cast.head) as head,
        connect(path(lesson), cast.amina) as amina,
    ):
        assert (await head.hear("room.entered"))["data"]["you"]["role"] == "observer"
        await amina.hear("room.entered")
        await head.say("participant.promote", {"person": str(cast.head.pk)})
        await head.hear("error", code="forbidden")
        await teacher.say("participant.promote", {"person": str(cast.head.pk)})
        changed = await amina.hear("participant.changed", person=str(cast.head.pk), role="co_teacher")
        assert changed["seq"] > 0
        await head.hear("participant.changed")
        # The very socket may more from now on.
        mute = ("microphone.mute", {"person": str(cast.amina.pk)})
        await head.say(*mute)
        while await amina.hears_nothing("mute.asked", 1):  # until the socket has looked anew
            await head.say(*mute)

    def look() -> None:
        assert standing_in(cast.head, lesson) == Standing.CO_TEACHER
        other = actions.schedule_lesson(
            course=cast.course,
            title="Other",
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            created_by=cast.teacher,
        )
        assert standing_in(cast.head, other) == Standing.OBSERVER
        assert AuditEvent.objects.filter(act="participant.promoted").count() == 1

    await sync_to_async(look)()


async def test_no_pupil_and_no_stranger_is_ever_made_to_hold_a_lesson(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    async with connect(path(lesson), cast.teacher) as teacher:
        await teacher.hear("room.entered")
        await teacher.say("participant.promote", {"person": str(cast.amina.pk)})
        await teacher.hear("error", code="only_colleagues")
        for person in (cast.stranger, cast.guardian):
            await teacher.say("participant.promote", {"person": str(person.pk)})
            await teacher.hear("error", code="not_found")
    assert await Promotion.objects.acount() == 0


def test_a_promotion_is_worth_nothing_to_who_is_no_colleague_any_more(cast: Cast, lesson: Lesson) -> None:
    assert actions.promote(lesson=lesson, person=cast.head, by=cast.teacher, now=timezone.now())
    assert not actions.promote(lesson=lesson, person=cast.head, by=cast.teacher, now=timezone.now())
    cast.head.memberships.update(role=Role.STUDENT)
    assert standing_in(cast.head, lesson) is None
    actions.enrol(course=cast.course, person=cast.head, standing=Standing.STUDENT)
    assert standing_in(cast.head, lesson) == Standing.STUDENT
    with pytest.raises(Refused, match="only_colleagues"):
        actions.promote(lesson=lesson, person=cast.head, by=cast.teacher, now=timezone.now())
