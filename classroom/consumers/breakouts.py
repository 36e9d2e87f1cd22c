"""Breakout rooms on the main room's socket."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from accounts.models import Person
from classroom import actions, messages, rules
from classroom.consumers.seat import RoomSeat
from classroom.jitsi.iframe import token_page
from classroom.jitsi.tokens import make_web_token
from classroom.models import Division, Room
from classroom.protection import OPEN
from classroom.queries import plans_of
from common.refusals import Refused
from common.sockets.consumer import in_thread
from common.sockets.seated import read_ref
from common.sockets.wire import envelope


class BreakoutCommands(RoomSeat):
    async def _breakouts(self, picture: dict[str, Any] | None) -> dict[str, Any] | None:
        if picture is None or self.is_recorder:
            return None
        part: dict[str, Any] | None = await in_thread(self._own_part)(picture)
        return part

    def _own_part(self, picture: dict[str, Any]) -> dict[str, Any] | None:
        """With a token for Jitsi when it names a room of mine."""
        person = self.scope["user"]
        part = messages.breakouts_for(picture, str(person.pk), sees_all=rules.may_divide(self.standing))
        if part is None or part["yours"] is None or not settings.JITSI_DOMAIN or self.standing is None:
            return part
        name = next(one["name"] for one in part["rooms"] if one["room"] == part["yours"])
        room, now = Room(pk=part["yours"], lesson=self.room.lesson, name=name), timezone.now()
        # Breakout rooms are not recorded, so nobody is shielded there.
        token = make_web_token(person=person, room=room, standing=self.standing, shield=OPEN, now=now)
        return part | {"token": token_page(token, now=now)}

    async def breakouts_told(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client. What has no `seq` is not for everybody."""
        is_mine = rules.may_divide(self.standing) or str(self.scope["user"].pk) in event["people"]
        if self.is_recorder or (event["seq"] is None and not is_mine):
            return
        data = {"breakouts": await in_thread(self._own_part)(event["picture"])}
        await self.say(envelope(event["word"], data, seq=event["seq"]))

    async def on_breakouts_plan(self, ref: str | None, data: messages.BreakoutsPlan) -> None:
        wish = actions.Wish(Division(data.division), data.rooms, data.per_room, data.plan)
        await self._divide(ref, actions.plan_breakouts, wish=wish, by=self.scope["user"])

    async def on_breakouts_open(self, ref: str | None, data: messages.BreakoutsOpen) -> None:
        await self._divide(
            ref, actions.open_breakouts, minutes=data.minutes, by=self.scope["user"], now=timezone.now()
        )

    async def on_breakouts_move(self, ref: str | None, data: messages.BreakoutsMove) -> None:
        person = await Person.objects.filter(pk=data.person).afirst()
        if person is None:
            self._only_dividers()
            raise Refused("not_found")
        now = timezone.now()
        await self._divide(
            ref, actions.move_person, person=person, number=data.number, by=self.scope["user"], now=now
        )

    async def on_breakouts_note(self, ref: str | None, data: messages.BreakoutsNote) -> None:
        await self._divide(ref, actions.send_note, text=data.text, now=timezone.now())

    async def on_breakouts_extend(self, ref: str | None, data: messages.BreakoutsExtend) -> None:
        await self._divide(ref, actions.extend, minutes=data.minutes, now=timezone.now())

    async def on_breakouts_close(self, ref: str | None, data: msgspec.Struct) -> None:
        await self._divide(ref, actions.close_breakouts, by=self.scope["user"], now=timezone.now())

    async def on_breakouts_save(self, ref: str | None, data: messages.BreakoutsSave) -> None:
        await self._divide(ref, actions.save_plan, name=data.name, by=self.scope["user"])
        plans = await in_thread(plans_of)(self.room.lesson)
        await self.say(envelope("breakouts.saved", {"plans": plans}, ref=ref))

    async def on_help_ask(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_people()
        if self.standing not in actions.BREAKOUT_SEATED:
            raise Refused("forbidden")
        person, now = self.scope["user"], timezone.now()
        await self._once(ref, partial(actions.ask_for_help, lesson=self.room.lesson, person=person, now=now))

    async def _divide(self, ref: str | None, action: Callable[..., object], **said: object) -> None:
        self._only_dividers()
        await self._once(ref, partial(action, lesson=self.room.lesson, **said))

    async def _once(self, ref: str | None, act: Callable[[], object]) -> None:
        """Answered alike however often it is said, and carried out once; what came of it everybody hears."""
        said = {
            "room_id": self.room.pk,
            "ref": read_ref(ref),
            "by": self.scope["user"],
            "now": timezone.now(),
        }
        await in_thread(actions.carry_out_once)(**said, act=act)
        await self.say(envelope("command.done", {}, ref=ref))

    def _only_dividers(self) -> None:
        if not rules.may_divide(self.standing):
            raise Refused("forbidden")
