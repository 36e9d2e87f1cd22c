"""What the simulated servers share: HTTP, a clock that can be moved on, and ways to fail on request.

`POST /simulated` with JSON is the hand of whoever runs the test: `{"advance": seconds}` moves the clock on,
`{"hang": true}` stops answering anything else (without closing), `{"die": true}` ends the process at once.
Nothing of Django's.
"""

from __future__ import annotations

import json
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

HAND = "/simulated"
LONGEST_HANG_SECONDS = 3600.0

# What is answered: a code, and JSON, text or nothing.
Answer = tuple[int, Any]


class Clock:
    """Real time, plus what it was moved on by."""

    def __init__(self) -> None:
        self._moved = 0.0
        self._began = time.monotonic()
        self._epoch = time.time()

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began + self._moved

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._epoch + self.seconds(), tz=UTC)

    def advance(self, seconds: float) -> None:
        self._moved += seconds


class Simulation(ABC):
    """One simulated server. `answer` is its HTTP, `told` what the hand asks of it besides."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.released.set()

    @abstractmethod
    def answer(self, method: str, path: str, query: str, said: Any) -> Answer:
        """What the real server would answer."""

    @abstractmethod
    def told(self, said: dict[str, Any]) -> None:
        """Everything that is not of every simulation."""

    def hear_hand(self, said: dict[str, Any]) -> Answer:
        if said.pop("die", False):
            os._exit(9)
        if (hang := said.pop("hang", None)) is not None:
            self.released.clear() if hang else self.released.set()
        self.clock.advance(float(said.pop("advance", 0)))
        self.told(said)
        return 200, {"seconds": self.clock.seconds()}


def serve(simulation: Simulation, *, port: int, host: str = "127.0.0.1") -> None:
    """Until it is killed. Says on standard output where it listens."""
    server = ThreadingHTTPServer((host, port), _handler(simulation))
    server.daemon_threads = True
    print(f"http://{host}:{server.server_port}", flush=True)  # noqa: T201  a program
    server.serve_forever()


def _handler(simulation: Simulation) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle()

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  as the standard library calls them

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            path, said = unquote(parts.path), self._read()
            if path == HAND:
                return self._say(*self._locked(lambda: simulation.hear_hand(dict(said or {}))))
            simulation.released.wait(LONGEST_HANG_SECONDS)
            return self._say(*self._locked(lambda: simulation.answer(self.command, path, parts.query, said)))

        def _locked(self, act: Callable[[], Answer]) -> Answer:
            with simulation.lock:
                return act()

        def _read(self) -> Any:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                return json.loads(body) if body else None
            except ValueError:
                return None

        def _say(self, code: int, what: Any) -> None:
            is_text = isinstance(what, str)
            body = b"" if what is None else what.encode() if is_text else json.dumps(what).encode()
            self.send_response(code)
            self.send_header("Content-Type", "text/plain" if is_text else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Handler
