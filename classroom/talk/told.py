"""What is told on the talk socket, word by word (docs/wire.md)."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from classroom.told import Role
from common.sockets.told import NothingTold, Told

ChatMode = Literal["open", "questions", "closed"]
Pace = Literal["too_fast", "too_slow", "got_it"]


class MessageTold(Told):
    id: UUID
    seq: int
    author: UUID
    name: str
    standing: Role
    text: str
    sent_at: int
    to_staff: bool
    deleted: bool


class RaisedTold(Told):
    hand: UUID
    person: UUID
    name: str
    standing: Role
    raised_at: int


class OwnHandTold(Told):
    hand: UUID
    raised_at: int
    place: int


class HandsTold(Told):
    mine: OwnHandTold | None
    queue: list[RaisedTold] | None


class TalkerTold(Told):
    person: UUID
    standing: Role


class TalkTold(Told):
    you: TalkerTold
    mode: ChatMode
    messages: list[MessageTold]
    hands: HandsTold
    pulse: Pace | None
    pulses: dict[str, int] | None
    server_at: int


class TalkOpenedTold(TalkTold):
    more: bool


class TalkResumedTold(TalkTold):
    deleted: list[UUID]


class MessageDeletedTold(Told):
    message: UUID


class ModeTold(Told):
    mode: ChatMode


class MessagesTold(Told):
    messages: list[MessageTold]
    more: bool


class CalledTold(Told):
    hand: UUID
    person: UUID
    name: str


class CountsTold(Told):
    counts: dict[str, int]


NUMBERED: dict[str, Any] = {
    "talk.opened": TalkOpenedTold,
    "talk.resumed": TalkResumedTold,
    "chat.sent": MessageTold,
    "chat.deleted": MessageDeletedTold,
    "chat.mode_set": ModeTold,
    "talk.hidden": NothingTold,
}
PASSING: dict[str, Any] = {
    "chat.found": MessagesTold,
    "hands.moved": HandsTold,
    "hand.called": CalledTold,
    "reactions.counted": CountsTold,
    "pulse.moved": CountsTold,
    "command.done": NothingTold,
    "talk.ponged": NothingTold,
}
