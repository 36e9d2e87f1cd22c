"""`manage.py record_rooms`: the host of the embedded recorders, and of the streams that they send."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from recordings.recorder_host import RecorderHost
from recordings.streaming.host import StationHost


class Command(BaseCommand):
    help = "Records the built-in rooms: keeps one recorder process for every lesson that has people inside."

    requires_system_checks: list[str] = []  # the web process makes them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--socket-base", default=f"ws://127.0.0.1:{settings.PORT}", help="Where the web process is."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, stations = RecorderHost(options["socket_base"]), StationHost()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: host.stopped.set())
        streams = threading.Thread(target=stations.run)
        streams.start()
        try:
            host.run()
        finally:
            stations.stopped.set()
            streams.join()
