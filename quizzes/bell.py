"""Telling every web process that something changed in a room; what, they read from PostgreSQL.

So no frame is ever made of what somebody else put into Redis, and each viewer's frame is made for that viewer.
"""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.db import transaction

from common.sockets.hub import publish_now

FACT, TALLY = b"F", b"T"


def topic_of(room_id: object) -> str:
    return f"quizzes:{room_id}"


def announce(room_id: object, seq: int, type_: str, quiz_id: object) -> None:
    """Durable word `seq` of this room, once the transaction commits; a process that misses it sees the gap."""
    payload = FACT + f"{seq}:{type_}:{quiz_id}".encode()
    publish = partial(publish_now, settings.CHANNELS_REDIS_URL, topic_of(room_id), payload)
    transaction.on_commit(publish, robust=True)


def read_fact(payload: bytes) -> tuple[int, str, str]:
    seq, type_, quiz_id = payload[1:].decode().split(":")
    return int(seq), type_, quiz_id
