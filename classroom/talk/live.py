"""What is said in a room, in one process: facts out, to each viewer what is for that viewer.

Whatever changed is only announced through Redis; each process reads it from PostgreSQL once. Hands, reactions and
the pulse are told as they are by then, a few times a second, however many people clap.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone

from classroom import actions
from classroom.models import ChatMessage, Hand
from classroom.queries import (
    CHAT_PAGE,
    chat_mode_of,
    count_pulses,
    hands_up,
    messages_for,
    newest,
    pulse_of,
    talk_seq,
)
from classroom.talk import bell, messages
from classroom.talk.messages import REACTIONS, Lifted, Opening, Viewer
from common.clock import to_ms
from common.sockets.consumer import in_thread, spawn
from common.sockets.fact_rooms import Fact, FactRoom, Seat, encode
from common.sockets.hub import Hub
from common.sockets.limits import Bucket
from common.sockets.live_rooms import LiveRooms, Pacer
from common.sockets.outlets import Said
from common.sockets.wire import envelope

log = logging.getLogger(__name__)
HANDS_SECONDS, REACTION_SECONDS, PULSE_SECONDS = 0.25, 0.25, 1.0
# A person's, in however many tabs of this process: words a second and at once; (staff, everybody else).
LIMITS = {
    "chat": ((5.0, 20.0), (1.0, 5.0)),
    "concern": ((0.1, 3.0), (0.1, 3.0)),
    "hand": ((10.0, 40.0), (0.5, 4.0)),
    "reaction": ((3.0, 6.0), (3.0, 6.0)),
    "pulse": ((1.0, 5.0), (1.0, 5.0)),
}


@dataclass(eq=False, slots=True)
class TalkSeat(Seat[Viewer]):
    """`hands` is what it was last told of them."""

    hands: dict[str, Any] = field(default_factory=dict)


class LiveTalk(FactRoom[TalkSeat, Viewer, Opening]):
    """One room's talk in this process."""

    def __init__(self, room_id: str, hub: Hub) -> None:
        super().__init__(room_id, bell.topic_of(room_id), hub)
        self.hands = Pacer(self._tell_hands, HANDS_SECONDS, self.tasks)
        self.pulses = Pacer(self._tell_pulses, PULSE_SECONDS, self.tasks)
        self._collect = Pacer(self._publish_reactions, REACTION_SECONDS, self.tasks)
        self._applaud = Pacer(self._tell_reactions, REACTION_SECONDS, self.tasks)
        self._own: Counter[str] = Counter()
        self._heard: Counter[str] = Counter()
        self._pulse_counts: dict[str, int] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}

    async def read_seq(self) -> int:
        return int(await in_thread(talk_seq)(self.room_id))

    def may_say(self, viewer: Viewer, what: str) -> bool:
        key = (viewer.person, what)
        if key not in self._buckets:
            self._buckets[key] = Bucket(*LIMITS[what][0 if viewer.is_staff else 1])
        return self._buckets[key].take(time.monotonic())

    # What Redis says.

    def hear(self, payload: bytes) -> None:
        match payload[:1]:
            case bell.HANDS:
                self.hands.nudge()
            case bell.PULSE:
                self.pulses.nudge()
            case bell.CALLED:
                spawn(self._tell_call(payload[1:].decode()), self.tasks)
            case bell.REACTIONS:
                self._heard.update(bell.read_reactions(payload, REACTIONS))
                self._applaud.nudge()

    async def tell_fact(self, fact: Fact) -> None:
        seq, type_, of = fact
        if type_ == "chat.mode_set":
            said = encode(messages.chat_mode_set(of, seq))
            for seat in self.take_unaware(seq):
                seat.tell(said)
            return
        await self._tell_message(seq, type_, of)

    async def _tell_message(self, seq: int, type_: str, message_id: str) -> None:
        make = messages.chat_sent if type_ == "chat.sent" else messages.chat_deleted
        message = await in_thread(ChatMessage.objects.filter(pk=message_id).first)()
        # Frames differ only by whether one may read it and whether one wrote it: each is encoded once.
        frames: dict[tuple[bool, bool], Said] = {}
        for seat in self.take_unaware(seq):
            viewer = seat.viewer
            if message is None:  # its author was erased meanwhile
                seat.tell(encode(messages.hidden(seq)))
                continue
            key = viewer.may_read(message), str(message.author_id) == viewer.person
            if key not in frames:
                frames[key] = encode(make(message, viewer, seq))
            seat.tell(frames[key])

    # Hands.

    async def _tell_hands(self) -> None:
        lifted = Lifted(await in_thread(hands_up)(self.room_id))
        for seat in list(self.seats):
            self._tell_hands_to(seat, lifted)

    def _tell_hands_to(self, seat: TalkSeat, lifted: Lifted) -> None:
        told = lifted.show(seat.viewer)
        if told != seat.hands:
            seat.hands = told
            seat.tell(encode(envelope("hands.moved", told)), "hands")

    async def _tell_call(self, hand_id: str) -> None:
        hand = await in_thread(Hand.objects.select_related("person").filter(pk=hand_id).first)()
        if hand is None:
            return
        said = encode(messages.hand_called(hand))
        for seat in list(self.seats):
            if seat.viewer.sees_all or seat.viewer.person == str(hand.person_id):
                seat.tell(said)

    # Reactions: counted here, told to every process a few times a second, and there to everybody.

    def react(self, reaction: str) -> None:
        self._own[reaction] += 1
        self._collect.nudge()

    async def _publish_reactions(self) -> None:
        counts, self._own = self._own, Counter()
        payload = bell.write_reactions(counts)
        if not await self.hub.publish(self.topic, payload):
            self.on_message(payload)

    async def _tell_reactions(self) -> None:
        counts, self._heard = self._heard, Counter()
        said = encode(envelope("reactions.counted", {"counts": dict(counts)}))
        for seat in list(self.seats):
            seat.tell_if_quick(said)

    # The pulse: only how many, and only to who holds the lesson.

    async def _tell_pulses(self) -> None:
        counts: dict[str, int] = await in_thread(count_pulses)(self.room_id, now=timezone.now())
        if counts == self._pulse_counts:
            return
        self._pulse_counts = counts
        said = encode(envelope("pulse.moved", {"counts": counts}))
        for seat in list(self.seats):
            if seat.viewer.sees_all:
                seat.tell(said, "pulse")

    async def look(self) -> None:
        raising = [UUID(seat.viewer.person) for seat in self.seats if (seat.hands or {}).get("mine")]
        if raising:
            await in_thread(actions.keep_hands_up)(room_id=self.room_id, people=raising, now=timezone.now())
        self.hands.nudge()
        if any(seat.viewer.sees_all for seat in self.seats):
            self.pulses.nudge()

    # Newcomers.

    def show(self, seat: TalkSeat, opening: Opening) -> None:
        seat.hands = opening.lifted.show(seat.viewer)
        seat.tell(encode(opening.show(seat.viewer, server_at=to_ms(timezone.now()))))

    async def read_opening(self, viewer: Viewer, since: int | None) -> tuple[int, Opening]:
        opening: Opening = await in_thread(read_opening)(self.room_id, viewer, since)
        return opening.seq, opening


def read_opening(room_id: str, viewer: Viewer, since: int | None) -> Opening:
    """The last messages, or those since `since`; the whole when these are too many."""
    now = timezone.now()
    seq = talk_seq(room_id)  # first: what comes after it is said again, and changes nothing
    if since is not None and since > seq:
        since = None
    readable = messages_for(room_id, viewer.person, sees_all=viewer.sees_all)
    found, more = newest(readable.filter(seq__gt=since or 0))
    gone = readable.filter(deleted_seq__gt=since, seq__lte=since) if since is not None else readable.none()
    return Opening(
        seq=seq,
        mode=chat_mode_of(room_id),
        messages=found,
        more=more,
        is_rest=since is not None and not more,
        deleted=list(gone.values_list("pk", flat=True)),
        lifted=Lifted(hands_up(room_id)),
        pulse=pulse_of(room_id, viewer.person, now=now),
        pulses=count_pulses(room_id, now=now) if viewer.sees_all else None,
    )


def find_earlier(room_id: str, viewer: Viewer, before: int) -> tuple[list[ChatMessage], bool]:
    readable = messages_for(room_id, viewer.person, sees_all=viewer.sees_all)
    return newest(readable.filter(seq__lt=before), CHAT_PAGE)


talks = LiveRooms(LiveTalk)
