"""The design of the Channels tutorial: one `group_send` for every delta, through Redis. No people, no rights.

uvicorn scripts.bench_board.textbook:application, with REDIS_URL in the environment.
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings

settings.configure(
    SECRET_KEY="of a measurement",  # noqa: S106
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    },
)

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter  # noqa: E402

GROUP = "board"


class BoardConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.channel_layer.group_send(GROUP, {"type": "stroke.extended", "data": content["data"]})

    async def stroke_extended(self, event: dict[str, Any]) -> None:
        await self.send_json(event)


application = ProtocolTypeRouter({"websocket": BoardConsumer.as_asgi()})
