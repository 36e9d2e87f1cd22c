"""The talk socket: chat, hands, reactions and the pulse, for whoever may enter, in the room or beside it."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.utils import timezone

from classroom import actions
from classroom.live import person_group_of
from classroom.models import ChatMessage, Room
from classroom.passes import visitor_of
from classroom.rules import talk_standing
from classroom.talk import messages
from classroom.talk.live import LiveTalk, Seat, find_earlier, in_thread, talks
from classroom.talk.messages import Viewer
from common.refusals import Refused
from common.sockets.consumer import WireConsumer, spawn
from common.sockets.outlets import QueuedOutlet, send_said
from common.sockets.wire import envelope


class TalkConsumer(WireConsumer):
    shapes = messages.SHAPES
    per_second, burst = 15, 60

    live: LiveTalk | None = None
    seat: Seat | None = None

    async def admit(self) -> None:
        self.room_id = str(self.scope["url_route"]["kwargs"]["room_id"])
        self.viewer = await in_thread(self._find_viewer)()
        self.is_guest = self.scope["user"].is_guest

    def _find_viewer(self) -> Viewer:
        room = self._find_room()
        self.scope["user"] = visitor_of(self.scope, room.lesson_id)
        standing = talk_standing(self.scope["user"], room)
        if standing is None:
            raise Refused("not_found")
        return Viewer(str(self.scope["user"].pk), standing)

    def _find_room(self) -> Room:
        room = Room.objects.select_related("lesson__institution").filter(pk=self.room_id).first()
        if room is None:
            raise Refused("not_found")
        return room

    async def may_stay(self) -> bool:
        before = self.viewer
        try:
            self.viewer = await in_thread(self._find_viewer)()
        except Refused:
            return False
        if self.viewer != before and self.live is not None and self.seat is not None:
            self.seat.viewer = self.viewer
            await self.live.greet(self.seat, None)
        return True

    async def enter(self) -> None:
        if self.is_guest:
            await self.channel_layer.group_add(person_group_of(self.viewer.person), self.channel_name)
        self.live = await talks.join(self.room_id)
        self.seat = Seat(QueuedOutlet(partial(send_said, self._send_quietly)), self._close_slow, self.viewer)
        await self.live.greet(self.seat, read_since(self.scope["query_string"], self.viewer))

    async def leave(self, code: int) -> None:
        if self.is_guest:
            await self.channel_layer.group_discard(person_group_of(self.viewer.person), self.channel_name)
        if self.live is not None:
            if self.seat is not None:
                self.seat.outlet.stop()
            await talks.leave(self.live, self.seat)

    def _close_slow(self) -> None:
        spawn(self.close(1013), self.tasks)

    async def hang_up(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: this guest is put out."""
        await self.close(event["code"])

    def _demand(self, is_allowed: bool, what: str = "") -> LiveTalk:
        """The room, for who may; `what` names the limit that this word falls under."""
        if not is_allowed:
            raise Refused("forbidden")
        assert self.live is not None  # noqa: S101  commands follow admission
        if what and not self.live.may_say(self.viewer, what):
            raise Refused("slow_down")
        return self.live

    async def _done(self, ref: str | None) -> None:
        """The fact itself reaches everybody alike; this one's author is told that it was carried out."""
        await self.say(envelope("command.done", {}, ref=ref))

    async def on_talk_ping(self, ref: str | None, data: messages.Nothing) -> None:
        await self.say(envelope("talk.ponged", {}, ref=ref))

    # Chat.

    async def on_chat_send(self, ref: str | None, data: messages.ChatSend) -> None:
        self._demand(self.viewer.writes, "chat")
        message, is_new = await in_thread(self._send)(read_ref(ref), data.text)
        if not is_new:  # said twice: the fact has long been told, and is told again to who asks
            await self.say(messages.chat_sent(message, self.viewer, message.seq))

    def _send(self, ref: UUID, text: str) -> tuple[ChatMessage, bool]:
        return actions.send_message(
            message_id=ref,
            room=self._find_room(),
            author=self.scope["user"],
            standing=self.viewer.standing,
            text=text,
            now=timezone.now(),
        )

    async def on_chat_delete(self, ref: str | None, data: messages.ChatDelete) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(self._delete)(data.message)
        await self._done(ref)

    def _delete(self, message_id: UUID) -> None:
        """Only of this room: whoever holds one lesson holds no other."""
        rows = ChatMessage.objects.filter(room_id=self.room_id).select_related("room__lesson__institution")
        message = rows.filter(pk=message_id).first()
        if message is None:
            raise Refused("not_found")
        actions.delete_message(message=message, by=self.scope["user"], now=timezone.now())

    async def on_chat_set_mode(self, ref: str | None, data: messages.ChatSetMode) -> None:
        self._demand(self.viewer.is_staff, "chat")
        await in_thread(
            lambda: actions.set_chat_mode(
                lesson=self._find_room().lesson, mode=data.mode, by=self.scope["user"]
            )
        )()
        await self._done(ref)

    async def on_chat_earlier(self, ref: str | None, data: messages.ChatEarlier) -> None:
        found, more = await in_thread(find_earlier)(self.room_id, self.viewer, data.before)
        await self.say(messages.chat_found(found, more=more, ref=ref))

    async def on_concern_raise(self, ref: str | None, data: messages.ConcernRaise) -> None:
        self._demand(True, "concern")
        await in_thread(self._raise_concern)(read_ref(ref), data)
        await self._done(ref)

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
        await in_thread(self._raise_hand)()
        await self._done(ref)

    def _raise_hand(self) -> None:
        actions.raise_hand(
            room=self._find_room(),
            person=self.scope["user"],
            standing=self.viewer.standing,
            now=timezone.now(),
        )

    async def on_hand_lower(self, ref: str | None, data: messages.Nothing) -> None:
        self._demand(self.viewer.raises_hands, "hand")
        person = self.scope["user"]
        await in_thread(actions.lower_own_hand)(room_id=self.room_id, person=person, now=timezone.now())
        await self._done(ref)

    async def on_hand_dismiss(self, ref: str | None, data: messages.HandChoice) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(actions.dismiss_hand)(room_id=self.room_id, hand_id=data.hand, now=timezone.now())
        await self._done(ref)

    async def on_hand_lower_all(self, ref: str | None, data: messages.Nothing) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(actions.lower_all_hands)(room_id=self.room_id, now=timezone.now())
        await self._done(ref)

    async def on_hand_call(self, ref: str | None, data: messages.HandCall) -> None:
        self._demand(self.viewer.is_staff)
        await in_thread(actions.call_hand)(room_id=self.room_id, hand_id=data.hand, now=timezone.now())
        await self._done(ref)

    # Reactions and the pulse.

    async def on_reaction_send(self, ref: str | None, data: messages.ReactionSend) -> None:
        self._demand(self.viewer.writes, "reaction").react(data.reaction)

    async def on_pulse_set(self, ref: str | None, data: messages.PulseSet) -> None:
        self._demand(self.viewer.raises_hands, "pulse")
        await in_thread(self._set_pulse)(data.pulse)
        await self._done(ref)

    def _set_pulse(self, value: str) -> None:
        person, now = self.scope["user"], timezone.now()
        actions.set_pulse(room=self._find_room(), person=person, value=value, now=now)


def read_ref(ref: str | None) -> UUID:
    """What the client made; Refused when it is no UUID."""
    try:
        return UUID(ref or "")
    except ValueError as error:
        raise Refused("bad_data") from error


def read_since(query: bytes, viewer: Viewer) -> int | None:
    """The last word that this client has; none, if it was heard in another standing: more or less shows today."""
    said = parse_qs(query.decode("latin-1"))
    if said.get("as") != [viewer.standing]:
        return None
    (since,) = said.get("since", [""])[:1]
    return int(since) if since.isdecimal() and len(since) < 16 else None
