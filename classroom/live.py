"""Saying something to everybody in a room, after commit."""

from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F

from classroom.models import Room


def group_of(room_id: object) -> str:
    return f"room.{room_id}"


def staff_group_of(room_id: object) -> str:
    return f"room.{room_id}.staff"


def person_group_of(person_id: object) -> str:
    return f"person.{person_id}"


def next_seq(room: Room) -> int:
    """The next number of this room's durable words; the row stays locked until commit, so order is commit order."""
    Room.objects.filter(pk=room.pk).update(seq=F("seq") + 1)
    room.refresh_from_db(fields=["seq"])
    return room.seq


def announce(room: Room, message: dict[str, Any]) -> None:
    """Send a finished message to the room's sockets once the transaction commits."""
    transaction.on_commit(
        partial(_group_send, group_of(room.pk), {"type": "relay", "message": message}), robust=True
    )


def announce_to_staff(room: Room, message: dict[str, Any]) -> None:
    """The same for those alone who decide at the door; without `seq`, because the others must not see a gap."""
    transaction.on_commit(
        partial(_group_send, staff_group_of(room.pk), {"type": "relay", "message": message}), robust=True
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


def dismiss(connection: str, code: int) -> None:
    """Close one socket."""
    transaction.on_commit(partial(_send, connection, {"type": "hang.up", "code": code}), robust=True)


def _group_send(group: str, event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group, event)


def _send(connection: str, event: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.send)(connection, event)
