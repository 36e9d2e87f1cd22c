"""Whether the Jitsi stack works with us: asked as its own servers and a browser would ask."""

from classroom.jitsi.checkup.hooks import EventsArrive, ReservationsAnswer, SnapshotAnswers
from classroom.jitsi.checkup.relays import RelaysServe
from classroom.jitsi.checkup.rooms import RoomEntered
from classroom.jitsi.checkup.servers import BridgesWork, JicofoWorks
from classroom.jitsi.checkup.tokens import KeysServed, TokenAccepted

__all__ = [
    "BridgesWork",
    "EventsArrive",
    "JicofoWorks",
    "KeysServed",
    "RelaysServe",
    "ReservationsAnswer",
    "RoomEntered",
    "SnapshotAnswers",
    "TokenAccepted",
]
