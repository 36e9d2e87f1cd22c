"""What those who hold the lesson do about others: at the door, with microphones, out of the room."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from accounts.models import Person
from classroom import actions, messages, rules
from classroom.consumers.seat import RoomSeat
from classroom.jitsi.control import our_control
from classroom.jitsi.silence import mute_in_app
from classroom.models import STAFF, Knock
from classroom.protection import who_may_be
from classroom.queries import audience_of, count_audience, waiting_at
from common.refusals import Refused
from common.sockets.consumer import in_thread
from common.sockets.limits import Bucket

# So many names, and so often each tab may ask: in a second, and at once.
MOST_LISTED = 200
LISTS_A_SECOND, LISTS_AT_ONCE = 0.25, 3


class KeepingCommands(RoomSeat):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = Bucket(LISTS_A_SECOND, LISTS_AT_ONCE)

    async def _knocks(self) -> list[dict[str, Any]]:
        if not rules.may_decide_at_the_door(self.standing):
            return []
        waiting: list[dict[str, Any]] = await in_thread(self._waiting)()
        return waiting

    def _waiting(self) -> list[dict[str, Any]]:
        knocks = waiting_at(self.room.lesson)
        names = who_may_be(knocks)
        return [messages.waiting(knock, names.get(knock.pk, "")) for knock in knocks]

    async def on_knock_admit(self, ref: str | None, data: messages.KnockChoice) -> None:
        await in_thread(self._decide)(actions.admit_knock, data.knock)

    async def on_knock_refuse(self, ref: str | None, data: messages.KnockChoice) -> None:
        await in_thread(self._decide)(actions.refuse_knock, data.knock)

    async def on_knock_admit_all(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_door_keepers()
        await in_thread(actions.admit_everybody)(
            lesson=self.room.lesson, by=self.scope["user"], now=timezone.now()
        )

    def _decide(self, action: Callable[..., bool], knock_id: UUID) -> None:
        self._only_door_keepers()
        here = Knock.objects.filter(lesson=self.room.lesson_id).select_related("lesson__institution")
        knock = here.filter(pk=knock_id).first()
        if knock is None:
            raise Refused("not_found")
        action(knock=knock, by=self.scope["user"], now=timezone.now())

    def _only_door_keepers(self) -> None:
        if not rules.may_decide_at_the_door(self.standing):
            raise Refused("forbidden")

    async def on_audience_list(self, ref: str | None, data: msgspec.Struct) -> None:
        """Answered to whoever asked alone; everybody else hears how many."""
        if not rules.may_read_audience(self.standing):
            raise Refused("forbidden")
        if not self.lists.take(time.monotonic()):
            raise Refused("slow_down")
        await self.say(await in_thread(self._list_audience)(ref))

    def _list_audience(self, ref: str | None) -> dict[str, Any]:
        lesson = self.room.lesson
        return messages.audience_listed(audience_of(lesson, MOST_LISTED), count_audience(lesson), ref)

    async def on_participant_remove(self, ref: str | None, data: messages.PersonChoice) -> None:
        self._only_holders()
        await in_thread(self._put_out)(data.person)

    def _put_out(self, person_id: UUID) -> None:
        person = Person.objects.filter(pk=person_id).first()
        if person is None:
            raise Refused("not_found")
        actions.put_out(lesson=self.room.lesson, person=person, by=self.scope["user"], now=timezone.now())

    async def on_participant_promote(self, ref: str | None, data: messages.PersonChoice) -> None:
        self._only_holders()
        await in_thread(self._promote)(data.person)

    def _promote(self, person_id: UUID) -> None:
        person = Person.objects.filter(pk=person_id).first()
        if person is None:
            raise Refused("not_found")
        actions.promote(lesson=self.room.lesson, person=person, by=self.scope["user"], now=timezone.now())

    async def on_microphone_mute(self, ref: str | None, data: messages.PersonChoice) -> None:
        self._only_holders()
        await self._to_room({"type": "mute.asked", "person": str(data.person)})
        await in_thread(self._mute_in_app)(data.person)

    async def on_microphone_mute_all(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_holders()
        await self._to_room({"type": "mute.asked", "person": None})
        await in_thread(self._mute_in_app)(None)

    def _mute_in_app(self, person: UUID | None) -> None:
        """Where no page of ours does as it is told, Jitsi's own client does."""
        control = our_control()
        if control is not None:
            mute_in_app(control, room=self.room, person=person, by=self.scope["user"])

    async def mute_asked(self, event: dict[str, Any]) -> None:
        """Those who hold the lesson are silenced by nobody, and never by "all"."""
        is_meant = event["person"] in {None, str(self.scope["user"].pk)}
        if is_meant and not self.is_recorder and self.standing not in STAFF:
            await self.say(messages.mute_asked())

    async def on_lesson_end(self, ref: str | None, data: msgspec.Struct) -> None:
        if not rules.may_end_lesson(self.standing):
            raise Refused("forbidden")
        await in_thread(actions.end_lesson)(
            lesson=self.room.lesson, now=timezone.now(), by=self.scope["user"]
        )
