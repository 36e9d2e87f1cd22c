"""The web process: pages through Django, sockets through Channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

pages = get_asgi_application()

# Only now are the models loaded that the consumers import.
from common.queue import find_task  # noqa: E402
from common.sockets.doors import authenticate  # noqa: E402
from config.sockets import routes  # noqa: E402

find_task("recordings.sweep")  # imports every task now, not while the first teacher waits

application = ProtocolTypeRouter({"http": pages, "websocket": authenticate(URLRouter(routes))})
