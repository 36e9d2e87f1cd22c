"""The heatmap socket: for those who hold the lesson, in its room or on a page beside it."""

from __future__ import annotations

from urllib.parse import parse_qs

from attendance import messages
from attendance.live import LiveHeatmap, heatmaps
from attendance.messages import Viewer
from attendance.rules import may_watch_heatmap
from classroom.porter import look_at_caller
from common.refusals import Refused
from common.sockets.seated import SeatedConsumer
from common.sockets.wire import envelope


class HeatmapConsumer(SeatedConsumer[Viewer, LiveHeatmap]):
    words = messages.WORDS
    per_second, burst = 5, 20
    rooms = heatmaps

    async def find_viewer(self) -> Viewer:
        """The lesson's main room alone has one; it shows the breakouts too."""
        caller = await look_at_caller(self.scope, self.room_id)
        self.scope["user"] = caller.person
        if not may_watch_heatmap(caller.standing) or caller.room.is_breakout:
            raise Refused("not_found")
        return Viewer(str(caller.person.pk))

    def read_since(self) -> int | None:
        asked = parse_qs(self.scope["query_string"].decode("latin-1"))
        assert self.live is not None  # noqa: S101  asked after joining
        if asked.get("epoch") != [self.live.epoch]:
            return None
        (since,) = asked.get("since", [""])[:1]
        return int(since) if since.isdecimal() and len(since) < 16 else None

    async def on_heatmap_ping(self, ref: str | None, data: messages.Nothing) -> None:
        await self.say(envelope("heatmap.ponged", {}, ref=ref))
