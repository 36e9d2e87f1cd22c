"""Darasa as Prosody sees it: a real HTTP server that can be down, slow, wrong or cut off in the middle."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from common.services.urls import free_port

SECRET = "the secret of the events in these tests"
TOKEN = "the-token-of-the-hooks-in-these-tests"
RESERVATIONS = "/hooks/jitsi/reservations"
Event = dict[str, Any]


@dataclass(slots=True)
class Receiver:
    """`mood` is a status code, "slow" or "cut". `taken` are the events that were answered with 2xx, in order."""

    port: int = field(default_factory=free_port)
    mood: int | str = 202
    taken: list[Event] = field(default_factory=list)
    tries: int = 0
    batches: list[int] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    sent_at: list[int] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    recordings: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reserve: tuple[int, dict[str, Any]] = (403, {"message": "no lesson"})
    reserved: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        handler = type("Handler", (Handler,), {"receiver": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def of(self, room: str, *types: str) -> list[Event]:
        """What was taken about this room; each event once, as the receiver of events is idempotent by id."""
        with self.lock:
            found = {event["id"]: event for event in self.taken if event["room"] == room}
        return [event for event in found.values() if not types or event["type"] in types]

    def wait_for(self, check: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while not (found := check()):
            if time.monotonic() > deadline:
                heard = [(event["room"], event["type"], event.get("reason")) for event in self.taken[-20:]]
                raise AssertionError(f"{what} did not come within {seconds} s; the last that came: {heard}")
            time.sleep(0.02)
        return found

    def wait_for_try(self, after: int, what: str) -> None:
        self.wait_for(lambda: self.tries > after, what)

    def wait_for_types(self, room: str, *types: str, seconds: float = 60) -> list[Event]:
        """Until the room's story begins with exactly these types."""
        self.wait_for(lambda: len(self.of(room)) >= len(types), f"{types} of {room}", seconds)
        assert [event["type"] for event in self.of(room)][: len(types)] == list(types)
        return self.of(room)

    def wait_for_type(self, room: str, kind: str, count: int = 1, seconds: float = 60) -> list[Event]:
        self.wait_for(lambda: len(self.of(room, kind)) >= count, f"{count} {kind} of {room}", seconds)
        return self.of(room, kind)


class Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        told, body = self.receiver, self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith(RESERVATIONS):
            return self.reservation(body)
        told.tries += 1
        if told.mood == "slow":
            time.sleep(1.5)
        if told.mood == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        code = 202 if told.mood == "slow" else int(told.mood)
        if code < 300:
            self.take(body)
        return self.answer(code, {"accepted": 1})

    def do_DELETE(self) -> None:
        self.reservation(b"")

    def reservation(self, body: bytes) -> None:
        """Jitsi's reservations: only the bearer, the method, the path and the form are kept."""
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer(401, {})
        form = dict(parse_qsl(body.decode()))
        self.receiver.reserved.append((self.command, self.path.removeprefix(RESERVATIONS), form))
        code, answer = self.receiver.reserve
        return self.answer(code, {**form, **answer})

    def take(self, body: bytes) -> None:
        told, sent_at = self.receiver, self.headers["X-Darasa-Sent-At"]
        proof = hmac.new(SECRET.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
        if self.headers["X-Darasa-Signature"] != f"v1={proof}" or self.path != "/hooks/jitsi/events":
            told.unsigned.append(body.decode())
        batch = json.loads(body)
        with told.lock:
            told.taken += batch["events"]
            told.batches.append(len(batch["events"]))
            told.sources.add(batch["source"])
            told.sent_at.append(int(sent_at))

    def do_GET(self) -> None:
        """Whether to record: a dict, bytes as they are, a status code; unknown rooms are 404."""
        told, room = self.receiver, self.path.split("/")[4]
        told.asked.append(room)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self.answer(401, {})
        wanted = told.recordings.get(room, 404)
        if isinstance(wanted, int):
            return self.answer(wanted, {"code": "no"})
        return self.answer(200, wanted)

    def answer(self, code: int, content: Any) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the tests' screen."""
