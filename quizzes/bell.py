"""Telling every web process that something changed in a room; what, they read from PostgreSQL.

So no frame is ever made of what somebody else put into Redis, and each viewer's frame is made for that viewer.
"""

from __future__ import annotations

from common.sockets.fact_rooms import announce_fact

TALLY = b"T"


def topic_of(room_id: object) -> str:
    return f"quizzes:{room_id}"


def announce(room_id: object, seq: int, type_: str, quiz_id: object) -> None:
    announce_fact(topic_of(room_id), seq, type_, quiz_id)
