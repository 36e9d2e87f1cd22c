"""The private port of a Prosody with our modules, as a server in a thread: who is inside, who was put out and muted."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from classroom.jitsi.control import HttpControl

TOKEN = "a-token-that-two-share-" * 2
NOON = 1_790_000_000_000


@dataclass(slots=True)
class FakeProsody:
    """`rooms`: name → nick → id of the person, `kind` beside it where it is not human."""

    url: str = ""
    rooms: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    muted: list[tuple[str, str, str]] = field(default_factory=list)  # room, nick, by whom

    @property
    def control(self) -> HttpControl:
        return HttpControl(self.url, TOKEN)

    def enter(self, room: str, nick: str, person: object, kind: str = "human") -> None:
        self.rooms.setdefault(room, {})[nick] = (str(person), kind)

    def snapshot(self) -> dict[str, object]:
        rooms = [
            {
                "room": name,
                "room_jid": f"{name}@muc.meet.jitsi",
                "meeting": "m",
                "seq": 1,
                "occupants": [
                    {
                        "nick": nick,
                        "jid": f"{nick}@meet.jitsi/x",
                        "person": person or None,
                        "kind": kind,
                        "joined_at": NOON,
                    }
                    for nick, (person, kind) in inside.items()
                ],
            }
            for name, inside in self.rooms.items()
        ]
        return {"source": "fake", "at": NOON, "rooms": rooms or {}}  # Lua knows one empty table

    def delete(self, path: str) -> int:
        """204 when there was something to delete."""
        steps = [unquote(step) for step in path.removeprefix("/darasa_control/rooms/").split("/")]
        if len(steps) == 1:
            return 204 if self.rooms.pop(steps[0], None) is not None else 404
        return 204 if self.rooms.get(steps[0], {}).pop(steps[1], None) is not None else 404

    def mute(self, path: str) -> int:
        asked = urlsplit(path)
        room, nick, word = asked.path.removeprefix("/darasa_control/rooms/").split("/")
        if word != "mute" or unquote(nick) not in self.rooms.get(unquote(room), {}):
            return 404
        self.muted.append((unquote(room), unquote(nick), parse_qs(asked.query).get("by", [""])[0]))
        return 204


@contextmanager
def fake_prosody() -> Iterator[FakeProsody]:
    prosody = FakeProsody()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, prosody.snapshot()) if self._may() else self._say(401, {})

        def do_POST(self) -> None:
            self._say(prosody.mute(self.path) if self._may() else 401, {})

        def do_DELETE(self) -> None:
            prosody.asked.append(self.path)
            self._say(prosody.delete(self.path) if self._may() else 401, {})

        def _may(self) -> bool:
            return self.headers.get("Authorization") == f"Bearer {TOKEN}"

        def _say(self, code: int, what: object) -> None:
            body = b"" if code == 204 else json.dumps(what).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    prosody.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield prosody
    finally:
        server.shutdown()
        server.server_close()
