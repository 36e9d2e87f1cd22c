"""What Prosody says, as tests write it: our module's events and the contributed component's."""

from __future__ import annotations

import json
import uuid
from typing import Any

MUC = "muc.meet.jitsi"


def occupant(person: object, joined_at: int, jid: str = "", kind: str = "human") -> dict[str, Any]:
    jid = jid or f"{uuid.uuid5(uuid.NAMESPACE_OID, f'{person}{joined_at}')}@meet.jitsi/abc"
    return {
        "jid": jid,
        "nick": jid[:8],
        "person": None if person is None else str(person),
        "name": "Amina",
        "kind": kind,
        "affiliation": "member",
        "joined_at": joined_at,
    }


def event(type_: str, room: str, at: int, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "type": type_,
        "at": at,
        "room": room,
        "room_jid": f"{room}@{MUC}",
        "meeting": "m1",
        "seq": 1,
        **more,
    }


def joined(room: str, who: dict[str, Any]) -> dict[str, Any]:
    return event("occupant.joined", room, who["joined_at"], occupant=who)


def left(room: str, who: dict[str, Any], at: int, reason: str = "left") -> dict[str, Any]:
    return event("occupant.left", room, at, occupant=who, reason=reason)


def destroyed(room: str, at: int, *inside: dict[str, Any]) -> dict[str, Any]:
    return event("room.destroyed", room, at, occupants=list(inside))


def batch(*events: Any, source: str = "prosody-1") -> bytes:
    return json.dumps({"source": source, "events": list(events)}).encode()


def snapshot(at: int, room: str, *inside: dict[str, Any]) -> bytes:
    found = {"room": room, "room_jid": f"{room}@{MUC}", "meeting": "m1", "seq": 9, "created_at": at}
    rooms = [found | {"occupants": list(inside)}] if inside else []
    return json.dumps({"source": "prosody-1", "at": at, "rooms": rooms}).encode()


def synced(room: str, **more: Any) -> dict[str, Any]:
    """A body of the contributed component; times in seconds."""
    return {"room_name": room, "room_jid": f"{room}@{MUC}", "is_breakout": False, **more}


def synced_occupant(
    person: object, joined_at: int, left_at: int | None = None, **more: Any
) -> dict[str, Any]:
    jid = f"{uuid.uuid5(uuid.NAMESPACE_OID, f'{person}{joined_at}')}@meet.jitsi/abc"
    told = {"occupant_jid": jid, "joined_at": joined_at, "name": "Amina", "id": str(person), **more}
    return told if left_at is None else told | {"left_at": left_at}
