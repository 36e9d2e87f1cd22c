"""The room socket: presence, media flags and the signalling of the built-in room."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from classroom import actions, live, messages, rules
from classroom.consumers.breakouts import BreakoutCommands
from classroom.consumers.heartbeat import heartbeat
from classroom.consumers.keeping import KeepingCommands
from classroom.inside import look_inside
from classroom.jitsi.iframe import token_page
from classroom.jitsi.tokens import make_web_token
from classroom.missed import Question
from classroom.models import Standing
from classroom.passes import is_valid_pass
from classroom.porter import Newcomer, let_in, look_at_newcomer
from classroom.protection import OPEN, Shield, receive_only
from common.clock import to_ms
from common.refusals import Refused
from common.sockets import codes
from common.sockets.consumer import in_thread
from common.sockets.outlets import Reader, Said
from common.sockets.wire import envelope

# Nobody's connection is told more often: pages do so every ten seconds.
LINK_SECONDS = 4.0
# Untouched for so long, a page counts as idle; and nobody's page has more to say of itself in one visit.
IDLE_SECONDS, MOST_CHANGES = 120, 300
# That it is still looked at is kept so often: a page that tells nothing any more is known by that.
AGAIN_SECONDS = 240.0
LONGEST_NUMBER = 16  # digits: numbers and times that JSON can say
CLOSE_CODES = {"room_full": codes.ROOM_FULL, "breakout_over": codes.BREAKOUT_OVER}


class RoomConsumer(BreakoutCommands, KeepingCommands):
    """People and the recorder in one room. The recorder hears everything and is nobody's participant."""

    words = messages.WORDS
    per_second, burst = 50, 300  # joining five people means bursts of candidates

    told_link_at = -LINK_SECONDS
    activity, changes, noted_at = "", 0, 0.0
    recorder: str | None = None  # who was announced to this socket
    shield = OPEN

    async def admit(self) -> None:
        self.occupant = read_occupant(self.scope["query_string"])
        self.has_video = b"video=none" not in self.scope["query_string"].split(b"&")
        self.room_id = self.scope["url_route"]["kwargs"]["room_id"]
        if self.scope["bearer"]:
            self.is_recorder = is_valid_pass(self.scope["bearer"], self.room_id)
        newcomer = await self._look_again()
        if not (self.is_recorder or newcomer.is_welcome):
            raise Refused("not_found")
        self.shield = newcomer.shield

    async def _look_again(self) -> Newcomer:
        """Asked anew: whoever was removed since they came, or whose link was closed, is nobody."""
        newcomer = await look_at_newcomer(self.scope, self.room_id)
        caller = newcomer.caller
        self.room, self.scope["user"] = caller.room, caller.person
        self.standing = None if self.is_recorder else caller.standing
        return newcomer

    async def may_stay(self) -> bool:
        if self.is_recorder:
            return True
        divided = rules.may_divide(self.standing)
        newcomer = await self._look_again()
        if self.standing is None or self._take_shield(newcomer.shield):
            return False
        if rules.may_divide(self.standing) != divided:
            # Promoted, or not any more: what is seen of breakout rooms is another part.
            await self.on_room_resync(None, messages.RoomResync())
        return True

    def _take_shield(self, now: Shield) -> bool:
        """Whether less is allowed than before: a permission was taken back, or what protects was changed. What was
        agreed with the others before, browser to browser, can only be ended by leaving; they come back as somebody
        whom the recording does not get."""
        was, self.shield = self.shield, now
        return (was.may_send and not now.may_send) or (was.is_recorded and not now.is_recorded)

    def groups_of_mine(self) -> list[str]:
        """The room's; the staff's, and the one that hears of knocks, for those who decide; a guest's own, to be put
        out by; the recorder's, to be asked for."""
        groups = [self.group]
        if rules.may_decide_at_the_door(self.standing):
            groups += [live.staff_group_of(self.room.pk), live.door_group_of(self.room.lesson_id)]
        if self.standing == Standing.GUEST:
            groups.append(live.person_group_of(self.scope["user"].pk))
        if self.is_recorder:
            groups.append(live.recorder_group_of(self.room.pk))
        return groups

    async def enter(self) -> None:
        self.reader = Reader(self.make_outlet(), self.close_slow)
        for group in self.groups_of_mine():
            await self.channel_layer.group_add(group, self.channel_name)
        try:
            await (self._enter_recorder() if self.is_recorder else self._enter_person())
        except Refused as refusal:
            await self.close(CLOSE_CODES.get(refusal.code, codes.LESSON_OVER))

    async def _enter_person(self) -> None:
        assert self.standing is not None  # noqa: S101  else they were not welcome
        person, tab = self.scope["user"], (self.occupant, self.channel_name, self.has_video)
        await let_in(actions.Arrival(self.room, person, self.standing, *tab))
        heartbeat.add(self.channel_name)
        await self.on_room_resync(None, read_last(self.scope["query_string"]))
        recorders = live.recorder_group_of(self.room.pk)
        await self.channel_layer.group_send(recorders, {"type": "recorder.wanted", "by": self.channel_name})

    async def _enter_recorder(self) -> None:
        if await in_thread(self._lesson_is_over)():
            raise Refused("lesson_over")
        await self.on_room_resync(None, messages.RoomResync())
        await self._announce_recorder()

    def _lesson_is_over(self) -> bool:
        self.room.lesson.refresh_from_db()
        return self.room.lesson.is_over

    async def say(self, message: dict[str, Any] | list[dict[str, Any]]) -> None:
        """A slow reader is spared what is told again soon, and of what changes often all but the newest."""
        if self.reader is None or isinstance(message, list):
            await super().say(message)
        elif message["type"] in messages.SPARED:
            self.reader.tell_if_quick(Said(msgspec.json.encode(message)))
        else:
            self.reader.tell(Said(msgspec.json.encode(message)), messages.name_of(message))

    async def leave(self, code: int) -> None:
        heartbeat.connections.discard(self.channel_name)  # first: the layer may be away
        for group in self.groups_of_mine():
            await self.channel_layer.group_discard(group, self.channel_name)
        if self.is_recorder:
            await self._say_to_room(envelope("recorder.left", {"occupant": str(self.occupant)}))
        elif code in {1000, 1001, codes.REMOVED, codes.BREAKOUT_OVER}:
            # A tab closed on purpose, or by us for good. Anything else may come back: the sweep decides by silence.
            await in_thread(actions.leave_room)(
                room=self.room, occupant=self.occupant, connection=self.channel_name, now=timezone.now()
            )

    async def on_room_resync(self, ref: str | None, data: messages.RoomResync) -> None:
        person = None if self.is_recorder else self.scope["user"].pk
        inside = await look_inside(Question(self.room.pk, self.occupant, person, data.since, data.heard_at))
        own = {
            "you": inside.you or {"occupant": str(self.occupant), "role": "recorder"},
            "shield": {"may_send": self.shield.may_send, "is_recorded": self.shield.is_recorded},
            "recorder": self.recorder,
            "knocks": await self._knocks(),
            "ice_servers": settings.ICE_SERVERS,
            "breakouts": await self._breakouts(inside.picture),
            "server_at": to_ms(timezone.now()),
        }
        await self.say(envelope(inside.word, {**inside.shared, **own}, seq=inside.seq))

    async def on_room_ping(self, ref: str | None, data: msgspec.Struct) -> None:
        # Through the layer and back: a socket that the layer has forgotten gets no pong and reconnects.
        await self.channel_layer.send(
            self.channel_name, {"type": "relay", "message": messages.room_ponged(timezone.now(), ref)}
        )

    async def on_media_change(self, ref: str | None, data: messages.MediaChange) -> None:
        self._only_people()
        if not self.shield.may_send and (data.microphone or data.camera or data.screen):
            raise Refused("not_permitted")
        await in_thread(actions.change_media)(
            room=self.room,
            occupant=self.occupant,
            microphone=data.microphone,
            camera=data.camera,
            screen=data.screen,
            board_only=data.board_only,
            now=timezone.now(),
        )

    async def on_peer_signal(self, ref: str | None, data: messages.PeerSignal) -> None:
        signal: dict[str, Any] = {"from": str(self.occupant), "session": str(data.session)}
        if data.description is not None:
            signal["description"] = self._described(msgspec.to_builtins(data.description))
        if data.candidate is not None:
            signal["candidate"] = msgspec.to_builtins(data.candidate)
        if data.wish is not None:
            signal["wish"] = data.wish
        await self._to_room(
            {
                "type": "peer.signalled",
                "to": str(data.to),
                "message": envelope("peer.signalled", signal),
                "is_recorded": self.shield.is_recorded,
            }
        )

    def _described(self, description: dict[str, Any]) -> dict[str, Any]:
        """Whatever a page of somebody shielded offers: the others take nothing from it."""
        if self.shield.may_send:
            return description
        return description | {"sdp": receive_only(description["sdp"])}

    async def on_token_renew(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_people()
        newcomer = await self._look_again()
        standing = self.standing
        if standing is None:
            raise Refused("forbidden")
        if not settings.JITSI_DOMAIN:
            raise Refused("not_found")  # the built-in room has no tokens
        if self.room.lesson.is_over:
            raise Refused("lesson_over")
        person, now = self.scope["user"], timezone.now()
        token = make_web_token(
            person=person, room=self.room, standing=standing, shield=newcomer.shield, now=now
        )
        await self.say(messages.token_renewed(token_page(token, now=now), ref))

    async def on_link_tell(self, ref: str | None, data: messages.LinkTell) -> None:
        self._only_people()
        now = time.monotonic()
        if now - self.told_link_at < LINK_SECONDS:
            raise Refused("slow_down")
        self.told_link_at = now
        event = {"type": "relay", "message": messages.link_changed(self.occupant, data)}
        await self.channel_layer.group_send(live.staff_group_of(self.room.pk), event)
        await self._note_activity(data)

    async def _note_activity(self, link: messages.LinkTell) -> None:
        """Kept of students alone: the first word, each change, and now and then that somebody is still there."""
        activity = "hidden" if not link.visible else "idle" if link.idle_seconds >= IDLE_SECONDS else "active"
        if self.standing != Standing.STUDENT or not self._is_worth_noting(activity):
            return
        self.changes += activity != self.activity
        self.activity, self.noted_at = activity, time.monotonic()
        await in_thread(actions.note_activity)(
            room=self.room,
            person=self.scope["user"],
            occupant=self.occupant,
            activity=activity,
            now=timezone.now(),
        )

    def _is_worth_noting(self, activity: str) -> bool:
        if activity != self.activity:
            return self.changes < MOST_CHANGES
        return activity == "active" and time.monotonic() - self.noted_at >= AGAIN_SECONDS

    async def _announce_recorder(self) -> None:
        await self._say_to_room(self._here())

    def _here(self) -> dict[str, Any]:
        return envelope("recorder.joined", {"occupant": str(self.occupant)})

    async def relay(self, event: dict[str, Any]) -> None:
        message = event.get("message") or {"type": ""}
        if message["type"] == "recorder.joined":
            self.recorder = message["data"]["occupant"]
        elif message["type"] == "recorder.left" and message["data"]["occupant"] == self.recorder:
            self.recorder = None
        await super().relay(event)

    # Internal events, never named by a client.

    async def peer_signalled(self, event: dict[str, Any]) -> None:
        # The recorder never gets to know how to reach whom it must not record.
        if event["to"] == str(self.occupant) and (event["is_recorded"] or not self.is_recorder):
            await self.say(event["message"])

    async def recorder_wanted(self, event: dict[str, Any]) -> None:
        # Only to the one who came: for everybody else it would mean a new recorder and a new connection.
        if self.is_recorder:
            await self.channel_layer.send(event["by"], {"type": "relay", "message": self._here()})

    async def hang_up(self, event: dict[str, Any]) -> None:
        await self.close(event["code"])


def read_occupant(query: bytes) -> UUID:
    """The `occupant=<uuid>` of the query; Refused when there is none."""
    try:
        return UUID(dict(pair.split("=", 1) for pair in query.decode().split("&"))["occupant"])
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise Refused("not_found") from error


def read_last(query: bytes) -> messages.RoomResync:
    """What this tab heard last before it came back, `since=<seq>&heard=<ms>`: nothing where it is not both."""
    said = parse_qs(query.decode("latin-1"))
    asked = {"since": said.get("since", [""])[0], "heard_at": said.get("heard", [""])[0]}
    if not all(one.isdecimal() and len(one) < LONGEST_NUMBER for one in asked.values()):
        return messages.RoomResync()
    return messages.RoomResync(**{name: int(one) for name, one in asked.items()})
