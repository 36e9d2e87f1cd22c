"""The room socket's words (docs/wire.md); `make messages` turns the shapes into TypeScript."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from classroom import told
from classroom.models import BreakoutState, Door, Knock, Lesson, Presence, Standing
from common.clock import to_ms
from common.sockets.wire import envelope
from common.sockets.words import Vocabulary

Text = Annotated[str, msgspec.Meta(max_length=200)]
Sdp = Annotated[str, msgspec.Meta(max_length=40_000)]


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


class RoomResync(msgspec.Struct, forbid_unknown_fields=True):
    """With the last word and the last sign of life that came, what is missing is enough; without, the whole."""

    since: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    heard_at: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None


class MediaChange(msgspec.Struct, forbid_unknown_fields=True):
    microphone: bool
    camera: bool
    screen: bool
    board_only: bool = False


class Description(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Sdp


class Candidate(msgspec.Struct):
    candidate: Annotated[str, msgspec.Meta(max_length=1000)]
    sdpMid: Text | None = None  # noqa: N815  WebRTC's own spelling
    sdpMLineIndex: int | None = None  # noqa: N815
    usernameFragment: Text | None = None  # noqa: N815


class PeerSignal(msgspec.Struct, forbid_unknown_fields=True):
    to: UUID
    session: UUID
    description: Description | None = None
    candidate: Candidate | None = None
    wish: Literal["all", "small", "none", "away"] | None = None


class Ping(msgspec.Struct, forbid_unknown_fields=True):
    """`filling` makes it as large as the client wants to measure."""

    n: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    filling: Annotated[str, msgspec.Meta(max_length=40_000)] = ""


class KnockChoice(msgspec.Struct, forbid_unknown_fields=True):
    knock: UUID


class PersonChoice(msgspec.Struct, forbid_unknown_fields=True):
    person: UUID


class LinkTell(msgspec.Struct, forbid_unknown_fields=True):
    """How this person's connection is, and whether they are looking: for those who hold the lesson."""

    loss_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] | None
    rtt_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] | None
    visible: bool
    idle_seconds: Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class BreakoutsPlan(msgspec.Struct, forbid_unknown_fields=True):
    """`rooms` or `per_room` for chance and by hand; `plan` names a saved one."""

    division: Literal["random", "groups", "hand", "plan"]
    rooms: Annotated[int, msgspec.Meta(ge=2, le=50)] | None = None
    per_room: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None
    plan: UUID | None = None


class BreakoutsOpen(msgspec.Struct, forbid_unknown_fields=True):
    """Without `minutes` somebody closes them."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=180)] | None = None


class BreakoutsMove(msgspec.Struct, forbid_unknown_fields=True):
    person: UUID
    number: Annotated[int, msgspec.Meta(ge=1, le=50)]


class BreakoutsNote(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class BreakoutsExtend(msgspec.Struct, forbid_unknown_fields=True):
    minutes: Annotated[int, msgspec.Meta(ge=1, le=180)]


class BreakoutsSave(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


SHAPES: dict[str, type[msgspec.Struct]] = {
    "room.resync": RoomResync,
    "room.ping": Nothing,
    "media.change": MediaChange,
    "peer.signal": PeerSignal,
    "lesson.end": Nothing,
    "participant.remove": PersonChoice,
    "participant.promote": PersonChoice,
    "microphone.mute": PersonChoice,
    "microphone.mute_all": Nothing,
    "link.tell": LinkTell,
    "audience.list": Nothing,
    "knock.admit": KnockChoice,
    "knock.refuse": KnockChoice,
    "knock.admit_all": Nothing,
    "token.renew": Nothing,
    "breakouts.plan": BreakoutsPlan,
    "breakouts.open": BreakoutsOpen,
    "breakouts.move": BreakoutsMove,
    "breakouts.note": BreakoutsNote,
    "breakouts.extend": BreakoutsExtend,
    "breakouts.close": Nothing,
    "breakouts.save": BreakoutsSave,
    "help.ask": Nothing,
}
WORDS = Vocabulary(
    SHAPES,
    snapshots=frozenset({"room.entered", "room.resumed"}),
    numbered=told.NUMBERED,
    passing=told.PASSING,
)
# What a slow reader is spared: told again within seconds, or, of each occupant, worth telling only as it is by now.
SPARED = frozenset({"link.changed", "stream.advised"})
NEWEST = frozenset({"media.changed", "audience.counted", "recording.changed", "room.ponged"})
# The socket of the connection test.
CONNECTION_SHAPES: dict[str, type[msgspec.Struct]] = {"connection.ping": Ping}
CONNECTION_WORDS = Vocabulary(CONNECTION_SHAPES, passing=told.CONNECTION)


def name_of(message: dict[str, Any]) -> str:
    """Under which only the newest waits for a slow reader; none for what is told whole, in its order."""
    type_ = message["type"]
    return f"{type_} {message['data'].get('occupant', '')}" if type_ in NEWEST else ""


def door_of(presence: Presence) -> str:
    if presence.door == Door.JITSI:
        return "app"
    if not presence.has_video:
        return "companion"
    return "board" if presence.board_only else "page"


def media_of(presence: Presence) -> dict[str, bool | None]:
    """None of those in the app, or beside it, of whom nobody told it."""
    is_known = presence.media_at is not None or door_of(presence) in {"page", "board"}
    sent = {"microphone": presence.microphone, "camera": presence.camera, "screen": presence.screen}
    return {name: value if is_known else None for name, value in sent.items()}


def participant(presence: Presence) -> dict[str, Any]:
    return {
        "occupant": str(presence.occupant),
        "person": str(presence.person_id),
        "name": presence.person.name,
        "role": presence.standing,
        "joined_at": to_ms(presence.joined_at),
        **media_of(presence),
        "door": door_of(presence),
    }


def participant_changed(presence: Presence, seq: int) -> dict[str, Any]:
    return envelope("participant.changed", participant(presence), seq=seq)


def link_changed(occupant: UUID, link: LinkTell) -> dict[str, Any]:
    return envelope("link.changed", {"occupant": str(occupant), **msgspec.to_builtins(link)})


def mute_asked() -> dict[str, Any]:
    return envelope("mute.asked", {})


def participant_joined(presence: Presence, seq: int) -> dict[str, Any]:
    return envelope("participant.joined", participant(presence), seq=seq)


def participant_left(presence: Presence, seq: int) -> dict[str, Any]:
    return envelope("participant.left", {"occupant": str(presence.occupant)}, seq=seq)


def media_changed(presence: Presence) -> dict[str, Any]:
    data = {"occupant": str(presence.occupant), **media_of(presence), "door": door_of(presence)}
    return envelope("media.changed", data)


def waiting(knock: Knock, may_be: str) -> dict[str, Any]:
    """`may_be`: see `protection.who_may_be`; empty for nobody."""
    return {
        "knock": str(knock.pk),
        "name": knock.name,
        "role": Standing.GUEST if knock.is_guest else Standing.STUDENT,
        "asked_at": to_ms(knock.asked_at),
        "may_be": may_be,
    }


def knock_waiting(knock: Knock, may_be: str) -> dict[str, Any]:
    return envelope("knock.waiting", waiting(knock, may_be))


def knock_decided(knock: Knock) -> dict[str, Any]:
    return envelope("knock.decided", {"knock": str(knock.pk), "state": knock.state})


def audience_counted(count: int) -> dict[str, Any]:
    """How many watch the stream; it changes often, so it has no `seq` and is said again now and then."""
    return envelope("audience.counted", {"count": count})


def audience_listed(watching: Sequence[Presence], count: int, ref: str | None) -> dict[str, Any]:
    """To whoever asked alone; `count` is all of them, also those who are not listed."""
    people = [
        {"person": str(one.person_id), "name": one.person.name, "since": to_ms(one.joined_at)}
        for one in watching
    ]
    return envelope("audience.listed", {"people": people, "count": count}, ref=ref)


def stream_advised() -> dict[str, Any]:
    """To those who decide at the door: newcomers could watch, and there is no stream for them to watch."""
    return envelope("stream.advised", {})


def room_ponged(at: datetime, ref: str | None) -> dict[str, Any]:
    """Behind all that the layer brought to this socket until `at`."""
    return envelope("room.ponged", {"server_at": to_ms(at)}, ref=ref)


def lesson_ended(seq: int) -> dict[str, Any]:
    return envelope("lesson.ended", {}, seq=seq)


def lesson_in_brief(lesson: Lesson) -> dict[str, Any]:
    return {
        "id": str(lesson.pk),
        "title": lesson.title,
        "status": lesson.status,
        "ends_at": to_ms(lesson.ends_at),
    }


def token_renewed(token: dict[str, Any], ref: str | None) -> dict[str, Any]:
    return envelope("token.renewed", token, ref=ref)


def breakouts_for(picture: dict[str, Any], person: str, *, sees_all: bool) -> dict[str, Any] | None:
    """What one person may know of a division: staff all of it, everybody else, once it is open, their own room
    and who is in it. None when there is nothing to know."""
    if picture["state"] == BreakoutState.CLOSED or (picture["state"] != BreakoutState.OPEN and not sees_all):
        return None
    own = [room for room in picture["rooms"] if any(one["person"] == person for one in room["people"])]
    yours = own[0]["room"] if own else None
    rooms = picture["rooms"] if sees_all else [room | {"help": _only(room["help"], person)} for room in own]
    return picture | {"rooms": rooms, "yours": yours}


def _only(people: list[str], person: str) -> list[str]:
    return [person] if person in people else []
