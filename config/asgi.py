"""The web process: pages through Django, sockets through Channels."""

import asyncio
import gc
import os
import signal
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

pages = get_asgi_application()

# Only now are the models loaded that the consumers import.
from common.queue import find_task  # noqa: E402
from common.sockets.leaving import HOUSE  # noqa: E402
from common.sockets.recognition import authenticate  # noqa: E402
from config import tracing  # noqa: E402
from config.sockets import routes  # noqa: E402

find_task("recordings.sweep")  # imports every task now, not while the first teacher waits

# A thread that folds a board may keep the loop from its sockets for as long as this, at each of them.
sys.setswitchinterval(0.001)
# What is here now stays: looking through it again and again would hold up every pen.
gc.collect()
gc.freeze()


async def live(_scope: Any, receive: Any, send: Any) -> None:
    """ASGI's lifespan: once the server listens, SIGUSR1 empties this process (`common/sockets/leaving.py`)."""
    while (word := (await receive())["type"]) != "lifespan.shutdown":
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, HOUSE.leave)
        tracing.begin("web")
        await send({"type": f"{word}.complete"})
    tracing.end()
    await send({"type": f"{word}.complete"})


application = ProtocolTypeRouter(
    {"http": pages, "websocket": authenticate(URLRouter(routes)), "lifespan": live}
)
