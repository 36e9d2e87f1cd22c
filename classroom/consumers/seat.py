"""One place in a room: whose it is, and what that allows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from classroom import live, rules
from classroom.models import Room, Standing
from common.refusals import Refused
from common.sockets.consumer import WireConsumer


class RoomSeat(WireConsumer):
    """What all commands of the room socket build on; `standing` is None for the recorder alone."""

    room: Room
    standing: Standing | None
    occupant: UUID
    is_recorder = False

    @property
    def group(self) -> str:
        return live.group_of(self.room.pk)

    async def _to_room(self, event: dict[str, Any]) -> None:
        await self.channel_layer.group_send(self.group, event)

    async def _say_to_room(self, message: dict[str, Any]) -> None:
        await self._to_room({"type": "relay", "message": message})

    def _only_people(self) -> None:
        if self.is_recorder:
            raise Refused("forbidden")

    def _only_holders(self) -> None:
        if not rules.may_moderate(self.standing):
            raise Refused("forbidden")
