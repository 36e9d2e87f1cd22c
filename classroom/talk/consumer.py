"""The talk socket: chat, hands, reactions and the pulse, for whoever may enter, in the room or beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs
from uuid import UUID

from django.utils import timezone

from classroom import actions
from classroom.live import beside_group_of
from classroom.models import ChatMessage, Room
from classroom.porter import look_at_caller
from classroom.rules import may_write_more, talk_standing
from classroom.talk import messages
from classroom.talk.live import LiveTalk, TalkSeat, find_earlier, talks
from classroom.talk.messages import Viewer
from common.refusals import Refused
from common.sockets.consumer import in_thread
from common.sockets.seated import SeatedConsumer, read_ref
from common.sockets.wire import envelope


class TalkConsumer(SeatedConsumer[Viewer, LiveTalk]):
    words = messages.WORDS
    per_second, burst = 15, 60
    rooms, seat_class = talks, TalkSeat

    async def find_viewer(self) -> Viewer:
        caller = await look_at_caller(self.scope, self.room_id)
        self.scope["user"] = caller.person
        standing = await in_thread(talk_standing)(caller.person, caller.lesson, caller.standing)
        if standing is None:
            raise Refused("not_found")
        return Viewer(str(caller.person.pk), standing)

    def read_since(self) -> int | None:
        return read_since(self.scope["query_string"], self.viewer)

    def _find_room(self) -> Room:
        room = Room.objects.select_related("lesson__institution").filter(pk=self.room_id).first()
        if room is None:
            raise Refused("not_found")
        return room

    def groups_of_mine(self) -> list[str]:
        return [*super().groups_of_mine(), beside_group_of(self.room_id)]

    def _demand(self, is_allowed: bool, what: str = "") -> LiveTalk:
        """The room, for who may; `what` names the limit that this word falls under."""
        if not is_allowed:
            raise Refused("forbidden")
        assert self.live is not None  # noqa: S101  commands follow admission
        if what and not self.live.may_say(self.viewer, what):
            raise Refused("slow_down")
        return self.live

    async def _once(self, ref: str | None, act: Callable[[], object]) -> None:
        """Answered alike however often it is said, and carried out once."""
        said = {
            "room_id": self.room_id,
            "ref": read_ref(ref),
            "by": self.scope["user"],
            "now": timezone.now(),
        }
        await in_thread(actions.carry_out_once)(**said, act=act)
        await self.done(ref)

    async def on_talk_ping(self, ref: str | None, data: messages.Nothing) -> None:
        await self.say(envelope("talk.ponged", {}, ref=ref))

    # Chat.

    async def on_chat_send(self, ref: str | None, data: messages.ChatSend) -> None:
        self._demand(self.viewer.writes, "chat")
        message, is_new = await in_thread(self._send)(read_ref(ref), data.text)
        if not is_new:  # said twice: the fact has long been told, and is told again to who asks
            await self.say(messages.chat_sent(message, self.viewer, message.seq))

    def _send(self, ref: UUID, text: str) -> tuple[ChatMessage, bool]:
        author, now = self.scope["user"], timezone.now()
        if not may_write_more(author, self.viewer.standing, now=now):
            raise Refused("slow_down")
        return actions.send_message(
            message_id=ref,
            room=self._find_room(),
            author=author,
            standing=self.viewer.standing,
            text=text,
            now=now,
        )

    async def on_chat_delete(self, ref: str | None, data: messages.ChatDelete) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(self._delete)(data.message)
        await self.done(ref)

    def _delete(self, message_id: UUID) -> None:
        """Only of this room: whoever holds one lesson holds no other."""
        rows = ChatMessage.objects.filter(room_id=self.room_id).select_related("room__lesson__institution")
        message = rows.filter(pk=message_id).first()
        if message is None:
            raise Refused("not_found")
        actions.delete_message(message=message, by=self.scope["user"], now=timezone.now())

    async def on_chat_set_mode(self, ref: str | None, data: messages.ChatSetMode) -> None:
        self._demand(self.viewer.is_staff, "chat")
        await self._once(ref, partial(self._set_mode, data.mode))

    def _set_mode(self, mode: str) -> None:
        actions.set_chat_mode(lesson=self._find_room().lesson, mode=mode, by=self.scope["user"])

    async def on_chat_earlier(self, ref: str | None, data: messages.ChatEarlier) -> None:
        found, more = await in_thread(find_earlier)(self.room_id, self.viewer, data.before)
        await self.say(messages.chat_found(found, more=more, ref=ref))

    async def on_concern_raise(self, ref: str | None, data: messages.ConcernRaise) -> None:
        self._demand(True, "concern")
        await in_thread(self._raise_concern)(read_ref(ref), data)
        await self.done(ref)

    def _raise_concern(self, ref: UUID, data: messages.ConcernRaise) -> None:
        actions.raise_concern(
            concern_id=ref,
            room=self._find_room(),
            by=self.scope["user"],
            sees_all=self.viewer.sees_all,
            text=data.text,
            message_id=data.message,
            now=timezone.now(),
        )

    # Hands.

    async def on_hand_raise(self, ref: str | None, data: messages.Nothing) -> None:
        self._demand(self.viewer.raises_hands, "hand")
        await self._once(ref, self._raise_hand)

    def _raise_hand(self) -> None:
        actions.raise_hand(
            room=self._find_room(),
            person=self.scope["user"],
            standing=self.viewer.standing,
            now=timezone.now(),
        )

    async def on_hand_lower(self, ref: str | None, data: messages.Nothing) -> None:
        self._demand(self.viewer.raises_hands, "hand")
        person, now = self.scope["user"], timezone.now()
        act = partial(actions.lower_own_hand, room_id=self.room_id, person=person, now=now)
        await self._once(ref, act)

    async def on_hand_dismiss(self, ref: str | None, data: messages.HandChoice) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(actions.dismiss_hand)(room_id=self.room_id, hand_id=data.hand, now=timezone.now())
        await self.done(ref)

    async def on_hand_lower_all(self, ref: str | None, data: messages.Nothing) -> None:
        self._demand(self.viewer.is_staff)
        await self._once(ref, partial(actions.lower_all_hands, room_id=self.room_id, now=timezone.now()))

    async def on_hand_call(self, ref: str | None, data: messages.HandCall) -> None:
        self._demand(self.viewer.is_staff)
        act = partial(actions.call_hand, room_id=self.room_id, hand_id=data.hand, now=timezone.now())
        await self._once(ref, act)

    # Reactions and the pulse.

    async def on_reaction_send(self, ref: str | None, data: messages.ReactionSend) -> None:
        self._demand(self.viewer.writes, "reaction").react(data.reaction)

    async def on_pulse_set(self, ref: str | None, data: messages.PulseSet) -> None:
        self._demand(self.viewer.raises_hands, "pulse")
        await in_thread(self._set_pulse)(data.pulse)
        await self.done(ref)

    def _set_pulse(self, value: str) -> None:
        person, now = self.scope["user"], timezone.now()
        actions.set_pulse(room=self._find_room(), person=person, value=value, now=now)


def read_since(query: bytes, viewer: Viewer) -> int | None:
    """The last word that this client has; none, if it was heard in another standing: more or less shows today."""
    said = parse_qs(query.decode("latin-1"))
    if said.get("as") != [viewer.standing]:
        return None
    (since,) = said.get("since", [""])[:1]
    return int(since) if since.isdecimal() and len(since) < 16 else None
