"""The connection test's socket."""

from __future__ import annotations

from accounts.models import Person
from classroom import messages
from classroom.passes import LINK_IN_SESSION
from common.refusals import Refused
from common.sockets.consumer import WireConsumer
from common.sockets.wire import envelope


class ConnectionConsumer(WireConsumer):
    """Answers at once and remembers nothing: how long a word takes to us and back, before any lesson."""

    words = messages.CONNECTION_WORDS
    per_second, burst = 20, 60

    async def admit(self) -> None:
        if not await self.may_stay():
            raise Refused("not_found")

    async def may_stay(self) -> bool:
        if LINK_IN_SESSION in self.scope["session"]:  # which is for a lesson
            return False
        asking = Person.objects.filter(pk=self.scope["user"].pk, is_active=True)
        return await asking.aexists()

    async def on_connection_ping(self, ref: str | None, data: messages.Ping) -> None:
        await self.say(envelope("connection.ponged", {"n": data.n}, ref=ref))
