"""Saying something to everybody in a room, after commit."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F

from classroom.models import Room


def group_of(room_id: object) -> str:
    return f"room.{room_id}"


def staff_group_of(room_id: object) -> str:
    return f"room.{room_id}.staff"


def door_group_of(lesson_id: object) -> str:
    """Who waits at the lesson's one door: told in every room, because its keeper may be visiting a breakout."""
    return f"lesson.{lesson_id}.door"


def beside_group_of(room_id: object) -> str:
    """The talk and quiz sockets of a room, which outlive a lesson, but no breakout."""
    return f"room.{room_id}.beside"


def recorder_group_of(room_id: object) -> str:
    """The built-in recorder's alone, which each newcomer asks for: nobody else need hear of that."""
    return f"room.{room_id}.recorder"


def person_group_of(person_id: object) -> str:
    return f"person.{person_id}"


def next_seq(room: Room) -> int:
    """The next number of this room's durable words; the row stays locked until commit, so order is commit order."""
    return take_seqs(room, 1)[0]


def take_seqs(room: Room, count: int) -> range:
    """The same for words that are said together."""
    Room.objects.filter(pk=room.pk).update(seq=F("seq") + count)
    room.refresh_from_db(fields=["seq"])
    return range(room.seq - count + 1, room.seq + 1)


def announce(room: Room, message: dict[str, Any]) -> None:
    """Send a finished message to the room's sockets once the transaction commits."""
    transaction.on_commit(
        partial(_group_send, group_of(room.pk), {"type": "relay", "message": message}), robust=True
    )


def announce_together(told: Sequence[tuple[Room, list[dict[str, Any]]]]) -> None:
    """Several words in one frame, encoded once, to each of these rooms."""
    events = [
        (group_of(room.pk), {"type": "relay", "frame": msgspec.json.encode(words).decode()})
        for room, words in told
    ]
    transaction.on_commit(partial(_send_each, events, to_groups=True), robust=True)


def announce_to_staff(room: Room, message: dict[str, Any]) -> None:
    """The same for those alone who decide at the door; without `seq`, because the others must not see a gap."""
    transaction.on_commit(
        partial(_group_send, staff_group_of(room.pk), {"type": "relay", "message": message}), robust=True
    )


def announce_at_the_door(lesson_id: object, message: dict[str, Any]) -> None:
    """The same for them in whichever room of the lesson they are."""
    transaction.on_commit(
        partial(_group_send, door_group_of(lesson_id), {"type": "relay", "message": message}), robust=True
    )


def tell_breakouts(
    room: Room, type_: str, picture: dict[str, Any], *, seq: int | None, people: list[str] | None = None
) -> None:
    """Each socket cuts its own part out of the picture; those who hold the lesson get all of it, and words without
    `seq` together with nobody but the `people` whom they concern."""
    event = {"type": "breakouts.told", "word": type_, "picture": picture, "seq": seq, "people": people or []}
    transaction.on_commit(partial(_group_send, group_of(room.pk), event), robust=True)


def hang_up_person(person_id: object, code: int) -> None:
    """Close every socket of this guest, the board's too, once the transaction commits."""
    transaction.on_commit(
        partial(_group_send, person_group_of(person_id), {"type": "hang.up", "code": code}), robust=True
    )


def hang_up(room: Room, code: int) -> None:
    """Close every socket of the room once the transaction commits."""
    transaction.on_commit(
        partial(_group_send, group_of(room.pk), {"type": "hang.up", "code": code}), robust=True
    )


def hang_up_beside(room: Room, code: int) -> None:
    """Close every talk and quiz socket of the room once the transaction commits."""
    transaction.on_commit(
        partial(_group_send, beside_group_of(room.pk), {"type": "hang.up", "code": code}), robust=True
    )


def dismiss(connection: str, code: int) -> None:
    """Close one socket."""
    dismiss_each([connection], code)


def dismiss_each(connections: Sequence[str], code: int) -> None:
    events = [(connection, {"type": "hang.up", "code": code}) for connection in connections]
    transaction.on_commit(partial(_send_each, events), robust=True)


def _group_send(group: str, event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group, event)


def _send_each(events: Sequence[tuple[str, dict[str, Any]]], *, to_groups: bool = False) -> None:
    """By one way to the loop and back, however many there are."""
    layer = get_channel_layer()
    if layer is None or not events:
        return
    send = layer.group_send if to_groups else layer.send

    async def send_each() -> None:
        for target, event in events:
            await send(target, event)

    async_to_sync(send_each)()
