"""`manage.py keep_streams`: the host of the stations that take live streams in, beside Jibris."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from recordings.streaming.host import StationHost


class Command(BaseCommand):
    help = "Takes live streams in and cuts them up: keeps one station for every lesson that is streamed."

    requires_system_checks: list[str] = []  # the web process makes them

    def handle(self, *args: Any, **options: Any) -> None:
        host = StationHost()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: host.stopped.set())
        host.run()
