"""The room socket: presence, media flags and the signalling of the built-in room."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from django.utils import timezone

from accounts.models import Person
from classroom import actions, live, messages, rules
from classroom.jitsi.iframe import token_page
from classroom.jitsi.tokens import make_web_token
from classroom.models import STAFF, Division, Knock, Lesson, Room, Standing
from classroom.passes import LINK_IN_SESSION, is_valid_pass, visitor_of
from classroom.queries import breakout_of, picture_of, shown_presences, waiting_at
from common.clock import to_ms
from common.refusals import Refused
from common.sockets import codes
from common.sockets.consumer import WireConsumer, spawn
from common.sockets.wire import envelope

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 5.0
# Nobody's connection is told more often: pages do so every ten seconds.
LINK_SECONDS = 4.0
CLOSE_CODES = {"room_full": codes.ROOM_FULL, "breakout_over": codes.BREAKOUT_OVER}


class Heartbeat:
    """One UPDATE every few seconds says that all sockets of this process are alive."""

    def __init__(self) -> None:
        self.connections: set[str] = set()
        self.tasks: set[asyncio.Task[Any]] = set()

    def add(self, connection: str) -> None:
        self.connections.add(connection)
        if not self.tasks:
            spawn(self.beat(), self.tasks)

    async def beat(self) -> None:
        while self.connections:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                await in_thread(actions.see)(connections=list(self.connections), now=timezone.now())
            except DatabaseError as error:
                log.warning("The heartbeat was not written: %s", error)


heartbeat = Heartbeat()


def in_thread(function: Any) -> Any:
    return database_sync_to_async(function, thread_sensitive=False)


class RoomConsumer(WireConsumer):
    """People and the recorder in one room. The recorder hears everything and is nobody's participant."""

    shapes = messages.SHAPES
    per_second, burst = 50, 300  # joining five people means bursts of candidates

    room: Room
    standing: Standing | None
    is_recorder = False
    told_link_at = -LINK_SECONDS
    recorder: str | None = None  # who was announced to this socket

    async def admit(self) -> None:
        self.occupant = read_occupant(self.scope["query_string"])
        self.has_video = b"video=none" not in self.scope["query_string"].split(b"&")
        await in_thread(self._admit)(self.scope["url_route"]["kwargs"]["room_id"])

    def _admit(self, room_id: UUID) -> None:
        room = Room.objects.select_related("lesson__institution").filter(pk=room_id).first()
        if room is None:
            raise Refused("not_found")
        self.room = room
        if self.scope["bearer"]:
            self.is_recorder = is_valid_pass(self.scope["bearer"], room_id)
        person = self.scope["user"] = visitor_of(self.scope, room.lesson_id)
        self.standing = None if self.is_recorder else rules.may_go_into(person, room)
        if not (self.is_recorder or self._is_welcome(person)):
            raise Refused("not_found")

    def _is_welcome(self, person: Person) -> bool:
        """Also after the lesson, to be told that it is over."""
        lesson = self.room.lesson
        if self.standing is None or rules.is_kept_waiting(person, lesson, self.standing):
            return False
        return lesson.is_over or rules.may_enter_now(self.standing, lesson, now=timezone.now())

    async def may_stay(self) -> bool:
        if not self.is_recorder:
            self.standing = await in_thread(self._find_standing)(self.room.lesson)
        return self.is_recorder or self.standing is not None

    def _find_standing(self, lesson: Lesson) -> Standing | None:
        """Asked anew: whoever was removed since they came, or whose link was closed, is nobody."""
        self.room.lesson = lesson
        return rules.may_go_into(visitor_of(self.scope, lesson.pk), self.room)

    @property
    def group(self) -> str:
        return live.group_of(self.room.pk)

    def groups_of_mine(self) -> list[str]:
        """The room's; the one that hears of knocks, for those who decide; a guest's own, to be put out by."""
        groups = [self.group]
        if rules.may_decide_at_the_door(self.standing):
            groups.append(live.staff_group_of(self.room.pk))
        if self.standing == Standing.GUEST:
            groups.append(live.person_group_of(self.scope["user"].pk))
        return groups

    async def enter(self) -> None:
        for group in self.groups_of_mine():
            await self.channel_layer.group_add(group, self.channel_name)
        try:
            await (self._enter_recorder() if self.is_recorder else self._enter_person())
        except Refused as refusal:
            await self.close(CLOSE_CODES.get(refusal.code, codes.LESSON_OVER))

    async def _enter_person(self) -> None:
        await in_thread(actions.come_in)(
            room=self.room,
            person=self.scope["user"],
            standing=self.standing,
            occupant=self.occupant,
            connection=self.channel_name,
            has_video=self.has_video,
            now=timezone.now(),
        )
        heartbeat.add(self.channel_name)
        await self.on_room_resync(None, messages.Nothing())
        await self._to_room({"type": "recorder.wanted", "by": self.channel_name})

    async def _enter_recorder(self) -> None:
        if await in_thread(self._lesson_is_over)():
            raise Refused("lesson_over")
        await self.on_room_resync(None, messages.Nothing())
        await self._announce_recorder()

    def _lesson_is_over(self) -> bool:
        self.room.lesson.refresh_from_db()
        return self.room.lesson.is_over

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

    async def on_room_resync(self, ref: str | None, data: msgspec.Struct) -> None:
        await self.say(await in_thread(self._snapshot)())

    def _snapshot(self) -> dict[str, Any]:
        room = Room.objects.select_related("lesson").get(pk=self.room.pk)
        inside = [messages.participant(presence) for presence in shown_presences(room)]
        mine = [one for one in inside if one["occupant"] == str(self.occupant)]
        data = {
            "you": mine[0] if mine else {"occupant": str(self.occupant), "role": "recorder"},
            "participants": inside,
            "recorder": self.recorder,
            "lesson": messages.lesson_in_brief(room.lesson),
            "recording": {"state": recording_state(room)},
            "knocks": self._knocks(room),
            "ice_servers": settings.ICE_SERVERS,
            "breakouts": self._breakouts(room),
            "server_at": to_ms(timezone.now()),
        }
        return envelope("room.entered", data, seq=room.seq)

    def _breakouts(self, room: Room) -> dict[str, Any] | None:
        """In the main room, where everybody stays connected while the lesson is divided."""
        breakout = None if room.is_breakout or self.is_recorder else breakout_of(room.lesson)
        if breakout is None:
            return None
        breakout.lesson = room.lesson
        return self._own_part(picture_of(breakout))

    def _own_part(self, picture: dict[str, Any]) -> dict[str, Any] | None:
        """With a token for Jitsi when it names a room of mine."""
        person = self.scope["user"]
        part = messages.breakouts_for(picture, str(person.pk), sees_all=rules.may_divide(self.standing))
        if part is None or part["yours"] is None or not settings.JITSI_DOMAIN or self.standing is None:
            return part
        name = next(one["name"] for one in part["rooms"] if one["room"] == part["yours"])
        room, now = Room(pk=part["yours"], lesson=self.room.lesson, name=name), timezone.now()
        token = make_web_token(person=person, room=room, standing=self.standing, now=now)
        return part | {"token": token_page(token, now=now)}

    async def breakouts_told(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client. What has no `seq` is not for everybody."""
        is_mine = rules.may_divide(self.standing) or str(self.scope["user"].pk) in event["people"]
        if self.is_recorder or (event["seq"] is None and not is_mine):
            return
        data = {"breakouts": await in_thread(self._own_part)(event["picture"])}
        await self.say(envelope(event["word"], data, seq=event["seq"]))

    def _knocks(self, room: Room) -> list[dict[str, Any]]:
        if not rules.may_decide_at_the_door(self.standing):
            return []
        return [messages.waiting(knock) for knock in waiting_at(room.lesson)]

    async def on_room_ping(self, ref: str | None, data: msgspec.Struct) -> None:
        # Through the layer and back: a socket that the layer has forgotten gets no pong and reconnects.
        await self.channel_layer.send(
            self.channel_name, {"type": "relay", "message": envelope("room.ponged", {}, ref=ref)}
        )

    async def on_media_change(self, ref: str | None, data: messages.MediaChange) -> None:
        self._only_people()
        await in_thread(actions.change_media)(
            room=self.room,
            occupant=self.occupant,
            microphone=data.microphone,
            camera=data.camera,
            screen=data.screen,
        )

    async def on_peer_signal(self, ref: str | None, data: messages.PeerSignal) -> None:
        signal: dict[str, Any] = {"from": str(self.occupant), "session": str(data.session)}
        if data.description is not None:
            signal["description"] = msgspec.to_builtins(data.description)
        if data.candidate is not None:
            signal["candidate"] = msgspec.to_builtins(data.candidate)
        if data.wish is not None:
            signal["wish"] = data.wish
        await self._to_room(
            {"type": "peer.signalled", "to": str(data.to), "message": envelope("peer.signalled", signal)}
        )

    async def on_token_renew(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_people()
        await self.say(messages.token_renewed(await in_thread(self._renew_token)(), ref))

    def _renew_token(self) -> dict[str, Any]:
        room = Room.objects.select_related("lesson__institution").get(pk=self.room.pk)
        person = self.scope["user"]
        standing = self._find_standing(room.lesson)
        if standing is None:
            raise Refused("forbidden")
        if not settings.JITSI_DOMAIN:
            raise Refused("not_found")  # the built-in room has no tokens
        if room.lesson.is_over:
            raise Refused("lesson_over")
        now = timezone.now()
        return token_page(make_web_token(person=person, room=room, standing=standing, now=now), now=now)

    async def on_lesson_end(self, ref: str | None, data: msgspec.Struct) -> None:
        if not rules.may_end_lesson(self.standing):
            raise Refused("forbidden")
        await in_thread(actions.end_lesson)(
            lesson=self.room.lesson, now=timezone.now(), by=self.scope["user"]
        )

    async def on_breakouts_plan(self, ref: str | None, data: messages.BreakoutsPlan) -> None:
        wish = actions.Wish(Division(data.division), data.rooms, data.per_room, data.plan)
        await self._divide(actions.plan_breakouts, wish=wish, by=self.scope["user"])

    async def on_breakouts_open(self, ref: str | None, data: messages.BreakoutsOpen) -> None:
        await self._divide(
            actions.open_breakouts, minutes=data.minutes, by=self.scope["user"], now=timezone.now()
        )

    async def on_breakouts_move(self, ref: str | None, data: messages.BreakoutsMove) -> None:
        person = await Person.objects.filter(pk=data.person).afirst()
        if person is None:
            self._only_dividers()
            raise Refused("not_found")
        now = timezone.now()
        await self._divide(
            actions.move_person, person=person, number=data.number, by=self.scope["user"], now=now
        )

    async def on_breakouts_note(self, ref: str | None, data: messages.BreakoutsNote) -> None:
        await self._divide(actions.send_note, text=data.text, now=timezone.now())

    async def on_breakouts_extend(self, ref: str | None, data: messages.BreakoutsExtend) -> None:
        await self._divide(actions.extend, minutes=data.minutes, now=timezone.now())

    async def on_breakouts_close(self, ref: str | None, data: msgspec.Struct) -> None:
        await self._divide(actions.close_breakouts, by=self.scope["user"], now=timezone.now())

    async def on_breakouts_save(self, ref: str | None, data: messages.BreakoutsSave) -> None:
        await self._divide(actions.save_plan, name=data.name, by=self.scope["user"])

    async def on_help_ask(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_people()
        if self.standing not in actions.BREAKOUT_SEATED:
            raise Refused("forbidden")
        now = timezone.now()
        await in_thread(actions.ask_for_help)(lesson=self.room.lesson, person=self.scope["user"], now=now)

    async def _divide(self, action: Callable[..., object], **said: object) -> None:
        self._only_dividers()
        await in_thread(action)(lesson=self.room.lesson, **said)

    def _only_dividers(self) -> None:
        if not rules.may_divide(self.standing):
            raise Refused("forbidden")

    async def on_knock_admit(self, ref: str | None, data: messages.KnockChoice) -> None:
        await in_thread(self._decide)(actions.admit_knock, data.knock)

    async def on_knock_refuse(self, ref: str | None, data: messages.KnockChoice) -> None:
        await in_thread(self._decide)(actions.refuse_knock, data.knock)

    async def on_knock_admit_all(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_door_keepers()
        await in_thread(actions.admit_everybody)(
            lesson=self.room.lesson, by=self.scope["user"], now=timezone.now()
        )

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

    async def on_microphone_mute_all(self, ref: str | None, data: msgspec.Struct) -> None:
        self._only_holders()
        await self._to_room({"type": "mute.asked", "person": None})

    async def on_link_tell(self, ref: str | None, data: messages.LinkTell) -> None:
        self._only_people()
        now = time.monotonic()
        if now - self.told_link_at < LINK_SECONDS:
            raise Refused("slow_down")
        self.told_link_at = now
        event = {"type": "relay", "message": messages.link_changed(self.occupant, data)}
        await self.channel_layer.group_send(live.staff_group_of(self.room.pk), event)

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

    def _only_holders(self) -> None:
        if not rules.may_moderate(self.standing):
            raise Refused("forbidden")

    def _only_people(self) -> None:
        if self.is_recorder:
            raise Refused("forbidden")

    async def _to_room(self, event: dict[str, Any]) -> None:
        await self.channel_layer.group_send(self.group, event)

    async def _say_to_room(self, message: dict[str, Any]) -> None:
        await self._to_room({"type": "relay", "message": message})

    async def _announce_recorder(self) -> None:
        await self._say_to_room(self._here())

    def _here(self) -> dict[str, Any]:
        return envelope("recorder.joined", {"occupant": str(self.occupant)})

    async def relay(self, event: dict[str, Any]) -> None:
        message = event["message"]
        if message["type"] == "recorder.joined":
            self.recorder = message["data"]["occupant"]
        elif message["type"] == "recorder.left" and message["data"]["occupant"] == self.recorder:
            self.recorder = None
        await super().relay(event)

    # Internal events, never named by a client.

    async def peer_signalled(self, event: dict[str, Any]) -> None:
        if event["to"] == str(self.occupant):
            await self.say(event["message"])

    async def mute_asked(self, event: dict[str, Any]) -> None:
        """Those who hold the lesson are silenced by nobody, and never by "all"."""
        is_meant = event["person"] in {None, str(self.scope["user"].pk)}
        if is_meant and not self.is_recorder and self.standing not in STAFF:
            await self.say(messages.mute_asked())

    async def recorder_wanted(self, event: dict[str, Any]) -> None:
        # Only to the one who came: for everybody else it would mean a new recorder and a new connection.
        if self.is_recorder:
            await self.channel_layer.send(event["by"], {"type": "relay", "message": self._here()})

    async def hang_up(self, event: dict[str, Any]) -> None:
        await self.close(event["code"])


class ConnectionConsumer(WireConsumer):
    """Answers at once and remembers nothing: how long a word takes to us and back, before any lesson."""

    shapes = messages.CONNECTION_SHAPES
    per_second, burst = 20, 60

    async def admit(self) -> None:
        if not await self.may_stay():
            raise Refused("not_found")

    async def may_stay(self) -> bool:
        if LINK_IN_SESSION in self.scope["session"]:  # which is for a lesson
            return False
        asking = Person.objects.filter(pk=self.scope["user"].pk, is_active=True)
        return await asking.aexists()

    async def on_connection_ping(self, ref: str | None, data: messages.Ping) -> None:
        await self.say(envelope("connection.ponged", {"n": data.n}, ref=ref))


def read_occupant(query: bytes) -> UUID:
    """The `occupant=<uuid>` of the query; Refused when there is none."""
    try:
        return UUID(dict(pair.split("=", 1) for pair in query.decode().split("&"))["occupant"])
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise Refused("not_found") from error


def recording_state(room: Room) -> str:
    """The last state that the recording announced to this lesson's timeline."""
    fact = room.lesson.facts.filter(type="recording.changed").order_by("-pk").first()
    return str(fact.data["state"]) if fact else "expected"
