"""What comes from Prosody, in whichever dialect, as one shape. Pure: no database, no clock.

Two dialects: our own module (batches, milliseconds, ids) and the contributed event sync component (one event a
request, seconds, no ids: the key is made of what a repetition repeats). Times stay those of the sender's clock.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

ROOM_CREATED = "room.created"
ROOM_DESTROYED = "room.destroyed"
OCCUPANT_JOINED = "occupant.joined"
OCCUPANT_LEFT = "occupant.left"
OCCUPANT_MEDIA = "occupant.media"
ABOUT_ONE = frozenset({OCCUPANT_JOINED, OCCUPANT_LEFT, OCCUPANT_MEDIA})
RECORDER_WORDS = frozenset(
    {"recording.requested", "recording.confirmed", "recording.lost", "recording.refused"}
)
TYPES = frozenset({ROOM_CREATED, ROOM_DESTROYED}) | ABOUT_ONE | RECORDER_WORDS
EVENT_SYNC_WORDS = {
    "room/created": ROOM_CREATED,
    "room/destroyed": ROOM_DESTROYED,
    "occupant/joined": OCCUPANT_JOINED,
    "occupant/left": OCCUPANT_LEFT,
}

MEDIA = ("microphone", "camera", "screen")
MOST_EVENTS = 100
LONGEST_WORD = 200
LONGEST_JID = 3071  # as XMPP has it
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000  # the years 2000 to 2099
TENANT = re.compile(r"\[[^\]]*\]")
# How the names of rooms begin that `manage.py doctor` has made for itself.
TRIAL_ROOM = "doctor-"
VISITS = uuid.UUID("8b5a1a0e-7f0c-4f5e-9d4b-2f6f3f0c1d52")


class Unreadable(Exception):
    """`code` is one of `models.PutAside`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends, as their own Jitsi client says it to everybody."""

    microphone: bool
    camera: bool
    screen: bool


class Occupant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a room. `visit` is the same in every event and snapshot that speaks of this one stay; `media` is
    None for one of whom nobody told it."""

    visit: str
    jid: str
    nick: str
    person: str | None
    kind: str  # human, recorder or other
    joined_at: int
    left_at: int | None = None
    media: Media | None = None


class JitsiEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one room; times in milliseconds of the sender's clock."""

    key: str
    type: str
    at: int
    room: str
    meeting: str = ""
    is_breakout: bool = False
    occupant: Occupant | None = None
    occupants: list[Occupant] = []
    reason: str = ""
    recording: str = ""

    def as_data(self) -> dict[str, Any]:
        data: dict[str, Any] = msgspec.to_builtins(self)
        return data


def from_data(data: dict[str, Any]) -> JitsiEvent:
    """What `as_data` made."""
    return msgspec.convert(data, JitsiEvent)


@dataclass(frozen=True, slots=True)
class Unread:
    """An event, or a whole delivery, that says nothing usable, with as much of it as can be shown."""

    key: str
    code: str
    type: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one delivery holds; `source` is the sender's name for itself, if it has one."""

    source: str
    events: tuple[JitsiEvent | Unread, ...]


@dataclass(frozen=True, slots=True)
class RoomInside:
    """One room of a snapshot: `room` as we name it, `jid` its address. Unless it `is_whole`, somebody else is inside
    too, of whom nothing can be read."""

    room: str
    jid: str
    occupants: tuple[Occupant, ...]
    is_whole: bool = True

    @property
    def is_breakout(self) -> bool:
        return self.jid.partition("@")[2].startswith("breakout.")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who is inside which room, as Prosody sees it at `at` by its own clock."""

    source: str
    at: int
    rooms: tuple[RoomInside, ...]


def count_events(body: bytes) -> int:
    """For the answer: how many events a delivery seems to hold; 0 for one that nobody can read."""
    try:
        raw = _load(body)
    except Unreadable:
        return 0
    events = raw.get("events")
    return len(events) if isinstance(events, list) else 0


def read_batch(body: bytes) -> Batch:
    """A delivery of our module. Raises Unreadable for the whole; a single bad event is an Unread among good ones."""
    raw = _load(body)
    events = raw.get("events")
    if not isinstance(events, list):
        raise Unreadable("not_an_object")
    if len(events) > MOST_EVENTS:
        raise Unreadable("too_many")
    return Batch(_shown(raw.get("source"))[:100], tuple(_read_or_note(one) for one in events))


def _read_or_note(raw: Any) -> JitsiEvent | Unread:
    try:
        if not isinstance(raw, dict):
            raise Unreadable("not_an_object")
        _refuse_bad_text(raw)
        return _read_event(raw)
    except Unreadable as error:
        seen = raw if isinstance(raw, dict) else {}
        key = f"unread:{_digest(json.dumps(raw, sort_keys=True))}"
        return Unread(key, error.code, _shown(seen.get("type"))[:40], _shown(seen.get("room")))


def _read_event(raw: dict[str, Any]) -> JitsiEvent:
    type_ = raw.get("type")
    if not isinstance(type_, str) or type_ not in TYPES:
        raise Unreadable("unknown_type")
    room_jid = _optional(raw.get("room_jid"), LONGEST_JID)
    occupant = raw.get("occupant")
    if type_ in ABOUT_ONE and not isinstance(occupant, dict):
        raise Unreadable("bad_occupant")
    return JitsiEvent(
        key=_word(raw.get("id"), "bad_id"),
        type=type_,
        at=_milliseconds(raw.get("at")),
        room=_room(raw.get("room")),
        meeting=_optional(raw.get("meeting")),
        occupant=_read_occupant(occupant, room_jid) if isinstance(occupant, dict) else None,
        occupants=list(_read_occupants(raw.get("occupants"), room_jid)),
        reason=_optional(raw.get("reason")),
        recording=_optional(raw.get("recording")),
    )


def _read_occupants(raw: Any, room_jid: str) -> Iterator[Occupant]:
    """Of a list that repairs, what is usable: one bad entry shall not keep the others inside for ever."""
    for one in raw if isinstance(raw, list) else ():
        try:
            if isinstance(one, dict):
                yield _read_occupant(one, room_jid)
        except Unreadable:
            continue


def _read_occupant(raw: dict[str, Any], room_jid: str) -> Occupant:
    jid = _word(raw.get("jid"), "bad_occupant", LONGEST_JID)
    joined_at = _milliseconds(raw.get("joined_at"))
    kind = raw.get("kind")
    return Occupant(
        visit=visit_of(room_jid, jid, joined_at),
        jid=jid,
        nick=_optional(raw.get("nick"), LONGEST_JID),
        person=_optional(raw.get("person")) or None,
        kind=kind if kind in ("human", "recorder") else "other",
        joined_at=joined_at,
        media=_read_media(raw.get("media")),
    )


def _read_media(raw: Any) -> Media | None:
    """None for anything but three truths: who is inside is told all the same."""
    if not isinstance(raw, dict) or not all(isinstance(raw.get(name), bool) for name in MEDIA):
        return None
    return Media(**{name: raw[name] for name in MEDIA})


def visit_of(room_jid: str, jid: str, joined_at: int) -> str:
    """Who leaves and comes again comes for another visit, also under the same address.

    To the second, as both dialects have it: where a Prosody speaks both, they speak of the same visit.
    """
    return str(uuid.uuid5(VISITS, f"{room_jid}|{jid}|{joined_at // 1000}"))


def read_event_sync(body: bytes, word: str, *, recorder_domain: str) -> JitsiEvent:
    """A request of the contributed component, to `events/<word>`. Raises Unreadable.

    In a breakout room `room_*` already name the main one.
    """
    raw = _load(body)
    _refuse_bad_text(raw)
    type_ = EVENT_SYNC_WORDS.get(word)
    if type_ is None:
        raise Unreadable("unknown_type")
    room_jid = _word(raw.get("room_jid"), "bad_room", LONGEST_JID)
    breakout = _optional(raw.get("breakout_room_id"))
    where = f"{room_jid}|{breakout}" if breakout else room_jid
    occupant = None
    if type_ in (OCCUPANT_JOINED, OCCUPANT_LEFT):
        occupant = _read_synced(raw.get("occupant"), where, recorder_domain)
    at = _time_of(raw, type_, occupant)
    who = f"{occupant.jid}|{occupant.joined_at}" if occupant else str(raw.get("created_at"))
    everybody = raw.get("all_occupants")
    return JitsiEvent(
        key=f"sync:{_digest('|'.join((type_, where, who, str(at))))}",
        type=type_,
        at=at,
        room=_room(raw.get("room_name")),
        is_breakout=raw.get("is_breakout") is True,
        occupant=occupant,
        occupants=list(_read_everybody(everybody, where, recorder_domain)),
    )


def _time_of(raw: dict[str, Any], type_: str, occupant: Occupant | None) -> int:
    if occupant is None:
        return _seconds(raw.get("created_at" if type_ == ROOM_CREATED else "destroyed_at"))
    if type_ == OCCUPANT_JOINED:
        return occupant.joined_at
    if occupant.left_at is None:
        raise Unreadable("bad_time")
    return occupant.left_at


def _read_everybody(raw: Any, where: str, recorder_domain: str) -> Iterator[Occupant]:
    for one in raw if isinstance(raw, list) else ():
        try:
            yield _read_synced(one, where, recorder_domain)
        except Unreadable:
            continue


def _read_synced(raw: Any, where: str, recorder_domain: str) -> Occupant:
    if not isinstance(raw, dict):
        raise Unreadable("bad_occupant")
    jid = _word(raw.get("occupant_jid"), "bad_occupant", LONGEST_JID)
    joined_at = _seconds(raw.get("joined_at"))
    node, _at, rest = jid.partition("@")
    domain, _slash, resource = rest.partition("/")
    person = _optional(raw.get("id")) or None
    kind = "recorder" if domain == recorder_domain else "other" if node == "focus" else "human"
    return Occupant(
        visit=visit_of(where, jid, joined_at),
        jid=jid,
        nick=node[:8] if person else resource,  # as lib-jitsi-meet chooses it
        person=person,
        kind=kind,
        joined_at=joined_at,
        left_at=_seconds(raw["left_at"]) if raw.get("left_at") is not None else None,
    )


def read_snapshot(body: bytes) -> Snapshot:
    """The answer of `GET /darasa/rooms`. Raises Unreadable for one that leaves open which rooms there are: whoever is
    missing in a snapshot counts as gone."""
    raw = _load(body)
    _refuse_bad_text(raw)
    rooms = raw.get("rooms")
    if isinstance(rooms, dict) and not rooms:
        rooms = []  # Lua has one kind of empty table
    if not isinstance(rooms, list):
        raise Unreadable("not_an_object")
    at = _milliseconds(raw.get("at"))
    return Snapshot(_shown(raw.get("source"))[:100], at, tuple(_read_rooms(rooms)))


def _read_rooms(raw: list[Any]) -> Iterator[RoomInside]:
    """Rooms of other services on the same Prosody may have names that ours cannot have."""
    for one in raw:
        name = one.get("room") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name:
            raise Unreadable("bad_room")
        if len(name) <= LONGEST_WORD:
            yield _read_room(one)


def _read_room(raw: dict[str, Any]) -> RoomInside:
    room_jid = _optional(raw.get("room_jid"), LONGEST_JID)
    inside = raw.get("occupants") or []
    if not isinstance(inside, list):
        return RoomInside(_room(raw["room"]), room_jid, (), is_whole=False)
    people = tuple(_read_occupants(inside, room_jid))
    return RoomInside(_room(raw["room"]), room_jid, people, is_whole=len(people) == len(inside))


# Words and numbers, each with its name for what can be wrong with it.


def _load(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
        json.dumps(raw)  # nothing so deep that we could not say it again
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json") from error
    if not isinstance(raw, dict):
        raise Unreadable("not_an_object")
    return raw


def _refuse_bad_text(raw: Any) -> None:
    """NUL, and halves of surrogate pairs: PostgreSQL keeps neither."""
    text = json.dumps(raw, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("bad_text") from error
    if "\\u0000" in text:
        raise Unreadable("bad_text")


def _shown(raw: Any) -> str:
    """As much of a text as a page can show and PostgreSQL keep."""
    if not isinstance(raw, str):
        return ""
    return raw.encode(errors="replace").decode().replace("\0", "\ufffd")[:LONGEST_WORD]


def _word(raw: Any, code: str, longest: int = LONGEST_WORD) -> str:
    if not isinstance(raw, str) or not 0 < len(raw) <= longest:
        raise Unreadable(code)
    return raw


def _optional(raw: Any, longest: int = LONGEST_WORD) -> str:
    return raw[:longest] if isinstance(raw, str) else ""


def _room(raw: Any) -> str:
    """The room's name as we gave it: lowercase, without the tenant that Jitsi may have put in front."""
    return TENANT.sub("", _word(raw, "bad_room"), count=1).lower()


def _milliseconds(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Unreadable("bad_time")
    if not EARLIEST_MS <= raw <= LATEST_MS:
        raise Unreadable("bad_time")
    return round(raw)


def _seconds(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Unreadable("bad_time")
    return _milliseconds(raw * 1000)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
