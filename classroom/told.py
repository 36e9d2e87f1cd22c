"""What is told on the room socket, word by word (docs/wire.md); `make messages` turns it into TypeScript."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from common.sockets.told import NothingTold, Told

Role = Literal["teacher", "co_teacher", "student", "guest", "observer"]
Door = Literal["page", "board", "app", "companion"]
RecordingState = Literal[
    "expected",
    "starting",
    "recording",
    "lost_recorder",
    "no_recorder",
    "captured",
    "composing",
    "storing",
    "published",
    "failed",
]


class ParticipantTold(Told):
    occupant: UUID
    person: UUID
    name: str
    role: Role
    joined_at: int
    microphone: bool | None
    camera: bool | None
    screen: bool | None
    door: Door


class YouTold(Told):
    """Whoever asks, as a participant; of the built-in recorder, which is none, the first two alone."""

    occupant: UUID
    role: Literal["teacher", "co_teacher", "student", "guest", "observer", "recorder"]
    person: UUID | UnsetType = UNSET
    name: str | UnsetType = UNSET
    joined_at: int | UnsetType = UNSET
    microphone: bool | UnsetType | None = UNSET
    camera: bool | UnsetType | None = UNSET
    screen: bool | UnsetType | None = UNSET
    door: Door | UnsetType = UNSET


class ShieldTold(Told):
    may_send: bool
    is_recorded: bool


class LessonTold(Told):
    id: UUID
    title: str
    status: str
    ends_at: int


class RecordingTold(Told):
    state: RecordingState


class WaitingTold(Told):
    knock: UUID
    name: str
    role: Literal["guest", "student"]
    asked_at: int
    may_be: str


class SeatedTold(Told):
    person: UUID
    name: str


class BreakoutRoomTold(Told):
    room: UUID | None
    name: str | None
    number: int
    title: str
    people: list[SeatedTold]
    help: list[UUID]


class NoteTold(Told):
    text: str
    at: int


class TokenTold(Told):
    jwt: str
    valid_ms: int


class BreakoutsTold(Told):
    session: UUID
    state: Literal["planned", "open"]
    opened_at: int | None
    closes_at: int | None
    warned: bool
    note: NoteTold | None
    rooms: list[BreakoutRoomTold]
    yours: UUID | None
    token: TokenTold | UnsetType = UNSET


class RoomTold(Told):
    """What stands beside the people."""

    you: YouTold
    shield: ShieldTold
    recorder: UUID | None
    lesson: LessonTold
    recording: RecordingTold
    knocks: list[WaitingTold]
    ice_servers: list[dict[str, Any]]
    breakouts: BreakoutsTold | None
    audience: int
    server_at: int


class RoomEnteredTold(RoomTold):
    participants: list[ParticipantTold]


class RoomResumedTold(RoomTold):
    facts: list[dict[str, Any]]  # envelopes of ParticipantTold, OccupantTold and MediaTold


class OccupantTold(Told):
    occupant: UUID


class MediaTold(Told):
    occupant: UUID
    microphone: bool | None
    camera: bool | None
    screen: bool | None
    door: Door


class LinkTold(Told):
    occupant: UUID
    loss_percent: float | None
    rtt_ms: int | None
    visible: bool
    idle_seconds: int


class CountTold(Told):
    count: int


class WatchingTold(Told):
    person: UUID
    name: str
    since: int


class AudienceTold(Told):
    people: list[WatchingTold]
    count: int


class SdpTold(Told):
    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: str


class CandidateTold(Told):
    candidate: str
    sdpMid: str | None  # noqa: N815  WebRTC's own spelling
    sdpMLineIndex: int | None  # noqa: N815
    usernameFragment: str | None  # noqa: N815


# `from` is a word of Python.
SignalTold = msgspec.defstruct(
    "SignalTold",
    [
        ("sender", UUID),
        ("session", UUID),
        ("description", SdpTold | UnsetType, UNSET),
        ("candidate", CandidateTold | UnsetType, UNSET),
        ("wish", Literal["all", "small", "none", "away"] | UnsetType, UNSET),
    ],
    bases=(Told,),
    rename={"sender": "from"},
)


class DecisionTold(Told):
    knock: UUID
    state: Literal["admitted", "refused", "withdrawn", "expired"]


class DivisionTold(Told):
    breakouts: BreakoutsTold | None


class PlanTold(Told):
    id: UUID
    name: str


class PlansTold(Told):
    plans: list[PlanTold]


class PongTold(Told):
    server_at: int


class NumberTold(Told):
    n: int


NUMBERED: dict[str, Any] = {
    "room.entered": RoomEnteredTold,
    "room.resumed": RoomResumedTold,
    "participant.joined": ParticipantTold,
    "participant.left": OccupantTold,
    "participant.changed": ParticipantTold,
    "lesson.ended": NothingTold,
    "breakouts.opened": DivisionTold,
    "breakouts.noted": DivisionTold,
    "breakouts.extended": DivisionTold,
    "breakouts.warned": DivisionTold,
    "breakouts.closed": DivisionTold,
    "seat.moved": DivisionTold,
}
PASSING: dict[str, Any] = {
    "media.changed": MediaTold,
    "link.changed": LinkTold,
    "stream.advised": NothingTold,
    "audience.counted": CountTold,
    "audience.listed": AudienceTold,
    "mute.asked": NothingTold,
    "recorder.joined": OccupantTold,
    "recorder.left": OccupantTold,
    "recording.changed": RecordingTold,
    "peer.signalled": SignalTold,
    "knock.waiting": WaitingTold,
    "knock.decided": DecisionTold,
    "token.renewed": TokenTold,
    "room.ponged": PongTold,
    "command.done": NothingTold,
    "breakouts.planned": DivisionTold,
    "breakouts.saved": PlansTold,
    "help.asked": DivisionTold,
    "help.answered": DivisionTold,
}
CONNECTION: dict[str, Any] = {"connection.ponged": NumberTold}
