"""The web process: pages through Django, sockets through Channels."""

import gc
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

pages = get_asgi_application()

# Only now are the models loaded that the consumers import.
from common.queue import find_task  # noqa: E402
from common.sockets.doors import authenticate  # noqa: E402
from config.sockets import routes  # noqa: E402

find_task("recordings.sweep")  # imports every task now, not while the first teacher waits

# A thread that folds a board may keep the loop from its sockets for as long as this, at each of them.
sys.setswitchinterval(0.001)
# What is here now stays: looking through it again and again would hold up every pen.
gc.collect()
gc.freeze()

application = ProtocolTypeRouter({"http": pages, "websocket": authenticate(URLRouter(routes))})
