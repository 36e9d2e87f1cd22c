"""A line from a port of this machine to a checked address outside, for one sender: names, certificates and private
networks are judged here and not by ffmpeg, which would look a name up once more and ask for no certificate."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import suppress

from common.outward import Unreachable, open_stream
from common.refusals import Refused

CHUNK = 64 * 1024
OPEN_SECONDS = 10.0
# Whoever takes nothing for so long is not there any more.
TAKE_SECONDS = 10.0
LOOK_SECONDS = 1.0


class Crossing:
    """`port` is where our sender comes in, once the other side answers; `fault` why it did not."""

    def __init__(self, url: str, *, allow_private: bool) -> None:
        self.port: int | None = None
        self.fault = ""
        self._url, self._allow_private = url, allow_private
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._closed.set()

    def _run(self) -> None:
        try:
            far = open_stream(self._url, timeout_seconds=OPEN_SECONDS, allow_private=self._allow_private)
        except Unreachable as error:
            self.fault = error.code
            return
        except Refused:
            self.fault = "address_refused"
            return
        with far, suppress(OSError):
            with socket.create_server(("127.0.0.1", 0), backlog=1) as door:
                door.settimeout(OPEN_SECONDS)
                self.port = door.getsockname()[1]
                near, _ = door.accept()
            with near:
                self._carry(near, far)

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        """One thread for both ways: TLS of two threads on one line is not safe."""
        while not self._closed.is_set():
            held = isinstance(far, ssl.SSLSocket) and far.pending()
            ready = [far] if held else select.select([near, far], [], [], LOOK_SECONDS)[0]
            for one in ready:
                other = near if one is far else far
                one.setblocking(False)
                try:
                    chunk = one.recv(CHUNK)
                except (BlockingIOError, ssl.SSLWantReadError):
                    continue  # TLS talks of itself
                if not chunk:
                    return
                other.settimeout(TAKE_SECONDS)
                other.sendall(chunk)
