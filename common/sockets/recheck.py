"""Telling somebody's open sockets to look again whether they may stay.

The message carries no verdict: each socket asks its own rule, so that losing one course closes its
rooms and no other, and whether its own session still holds, so that signing out here closes nothing on
another device. `WireConsumer` also asks by itself now and then, for what nobody announces:
a date that passes, a Redis that was away.
"""

from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from common.ids import fingerprint

EVENT = {"type": "recheck"}


def group_of_person(person_id: object) -> str:
    return f"person.{person_id}"


def recheck_sockets(*people: object) -> None:
    """Every open socket of these people (ids) asks its rule once the transaction commits."""
    for person_id in people:
        transaction.on_commit(partial(_send, group_of_person(person_id), EVENT), robust=True)


def renew_sockets(person_id: object, *, session_key: str) -> None:
    """This session goes on under another key: its sockets come back with the new cookie, a stolen one does not."""
    event = {**EVENT, "renewed": fingerprint(session_key)}
    transaction.on_commit(partial(_send, group_of_person(person_id), event), robust=True)


def _send(group: str, event: dict[str, str]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async_to_sync(layer.group_send)(group, event)
