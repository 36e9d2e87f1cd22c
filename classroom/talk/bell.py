"""Telling every web process that something was said in a room; what, they read from PostgreSQL.

So no frame is ever made of what somebody else put into Redis, and each viewer's frame is made for that viewer.
Reactions alone travel in the bell itself: numbers of known words, which no row keeps.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from common.sockets.fact_rooms import announce_fact, ring

HANDS, CALLED, PULSE, REACTIONS = b"H", b"C", b"P", b"R"
MOST_REACTIONS = 1_000_000


def topic_of(room_id: object) -> str:
    return f"talk:{room_id}"


def announce(room_id: object, seq: int, type_: str, of: object) -> None:
    announce_fact(topic_of(room_id), seq, type_, of)


def announce_hands(room_id: object) -> None:
    ring(topic_of(room_id), HANDS)


def announce_call(room_id: object, hand_id: object) -> None:
    ring(topic_of(room_id), CALLED + str(hand_id).encode())


def announce_pulse(room_id: object) -> None:
    ring(topic_of(room_id), PULSE)


def write_reactions(counts: Mapping[str, int]) -> bytes:
    return REACTIONS + msgspec.json.encode(counts)


def read_reactions(payload: bytes, known: frozenset[str]) -> dict[str, int]:
    """Only words that are `known`, and as numbers."""
    told = msgspec.json.decode(payload[1:], type=dict[str, int])
    return {word: min(times, MOST_REACTIONS) for word, times in told.items() if word in known and times > 0}
