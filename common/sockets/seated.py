"""A socket with a seat in a numbered room (`fact_rooms`): who may sit there, is greeted, and goes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from common.refusals import Refused
from common.sockets.consumer import WireConsumer
from common.sockets.fact_rooms import Seat
from common.sockets.live_rooms import LiveRooms
from common.sockets.recheck import group_of_person
from common.sockets.wire import envelope

V = TypeVar("V")
R = TypeVar("R", bound=Any)


class SeatedConsumer(WireConsumer, ABC, Generic[V, R]):
    """`V` is whose eyes see, `R` the room's class. Subclasses give `rooms` and `find_viewer`."""

    rooms: ClassVar[LiveRooms[Any]]
    seat_class: ClassVar[type[Seat[Any]]] = Seat

    viewer: V
    live: R | None = None
    seat: Seat[V] | None = None

    @abstractmethod
    async def find_viewer(self) -> V:
        """Who this is to the room; raises Refused for somebody who is nobody there."""

    def read_since(self) -> int | None:
        """The last word that this client has, where it says so."""
        return None

    async def admit(self) -> None:
        self.room_id = str(self.scope["url_route"]["kwargs"]["room_id"])
        self.viewer = await self.find_viewer()
        self.is_guest = self.scope["user"].is_guest

    async def may_stay(self) -> bool:
        before = self.viewer
        try:
            self.viewer = await self.find_viewer()
        except Refused:
            return False
        if self.viewer != before and self.live is not None and self.seat is not None:
            self.seat.viewer = self.viewer
            await self.live.greet(self.seat)
        return True

    def groups_of_mine(self) -> list[str]:
        """A guest has no session to be put out by."""
        return [group_of_person(self.scope["user"].pk)] if self.is_guest else []

    async def enter(self) -> None:
        for group in self.groups_of_mine():
            await self.channel_layer.group_add(group, self.channel_name)
        self.live = await self.rooms.join(self.room_id)
        self.reader = self.seat = self.seat_class(self.make_outlet(), self.close_slow, self.viewer)
        await self.live.greet(self.seat, self.read_since())

    async def leave(self, code: int) -> None:
        for group in self.groups_of_mine():
            await self.channel_layer.group_discard(group, self.channel_name)
        if self.live is not None:
            await self.rooms.leave(self.live, self.seat)

    async def hang_up(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: this guest is put out, or the room is closed."""
        await self.close(event["code"])

    async def done(self, ref: str | None) -> None:
        """The fact itself reaches everybody alike; this one's author is told that it was carried out."""
        await self.say(envelope("command.done", {}, ref=ref))


def read_ref(ref: str | None) -> UUID:
    """What the client made; Refused when it is no UUID."""
    try:
        return UUID(ref or "")
    except ValueError as error:
        raise Refused("bad_data") from error
