"""A Prosody with our module, as far as HTTP can tell: it reports who comes and goes, and answers who is inside.

    python -m classroom.jitsi.simulated.prosody --darasa http://127.0.0.1:8000 --port 5280 \\
        --script people.json --loss 0.2 --duplicates 0.1 --reorder 0.2 --delay 2 --down 10-20

JITSI_EVENT_SECRET and JITSI_HOOK_TOKEN come from the environment. A script is a JSON list of
`{"at": seconds, "do": "join" | "media" | "leave" | "drop" | "destroy", "room": …, "person": id or null, "name"?: …, "kind"?: …}`;
`media` also has `"media": {"microphone", "camera", "screen"}`, and `join` may;
`drop` is a network that breaks: Prosody notices after `--hibernation` seconds. `--random N --room NAME --people ID,ID`
makes one up. The same steps can be asked for one by one: `POST /simulated/<do>` with the bearer and a JSON body.

Without options it is as faithful as the module: nothing is lost, what Darasa does not take is sent again.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

MUC, DOMAIN, RECORDERS = "muc.meet.jitsi", "meet.jitsi", "hidden.meet.jitsi"
MOST_IN_A_BATCH = 100
LONGEST_WAIT_SECONDS = 60.0
DOINGS = ("join", "media", "leave", "drop", "destroy")


def now_ms() -> int:
    return round(time.time() * 1000)


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the way is. `loss` and `duplicates` are shares of events, `loss` of those about `lossy_rooms` only if some
    are named; those about `deaf_rooms` are all lost; `delay_seconds` the longest delay, `down` the seconds since the start in which nothing gets through and nobody is answered."""

    loss: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0
    delay_seconds: float = 0.0
    down: tuple[float, float] = (0.0, 0.0)
    clock_off_seconds: float = 0.0
    hibernation_seconds: float = 60.0
    deaf_rooms: frozenset[str] = frozenset()
    lossy_rooms: frozenset[str] = frozenset()

    def share_lost(self, room: str) -> float:
        if room in self.deaf_rooms:
            return 1.0
        return self.loss if not self.lossy_rooms or room in self.lossy_rooms else 0.0


@dataclass(slots=True)
class Room:
    name: str
    meeting: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: int = 0
    seq: int = 0
    inside: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def jid(self) -> str:
        return f"{self.name}@{MUC}"


class Rooms:
    """Who is inside; every change is an event for the outbox. Safe for several threads."""

    def __init__(self, outbox: Outbox, weather: Weather) -> None:
        self.rooms: dict[str, Room] = {}
        self.outbox, self.weather = outbox, weather
        self.lock = threading.RLock()

    def now(self) -> int:
        return now_ms() + round(self.weather.clock_off_seconds * 1000)

    def do(self, step: dict[str, Any]) -> None:
        with self.lock:
            name, who = str(step["room"]).lower(), str(step.get("person") or step.get("kind", "human"))
            if step["do"] == "join":
                self._join(name, who, step)
            elif step["do"] == "media":
                self._change_media(name, who, step["media"])
            elif step["do"] == "leave":
                self._leave(name, who, "left")
            elif step["do"] == "destroy":
                self._destroy(name)
            elif step["do"] == "drop":
                wait = self.weather.hibernation_seconds
                later = threading.Timer(wait, self._time_out, (name, who))
                later.daemon = True
                later.start()

    def _time_out(self, name: str, who: str) -> None:
        with self.lock:
            self._leave(name, who, "timeout")

    def _join(self, name: str, who: str, step: dict[str, Any]) -> None:
        room = self.rooms.get(name)
        if room is None:
            room = self.rooms[name] = Room(name, created_at=self.now())
            self._report(room, "room.created")
        if who in room.inside:
            return
        kind = step.get("kind", "human")
        local = "recorder" if kind == "recorder" else str(uuid.uuid4())
        room.inside[who] = {
            "jid": f"{local}@{RECORDERS if kind == 'recorder' else DOMAIN}/{uuid.uuid4().hex[:10]}",
            "nick": local[:8],
            "person": step.get("person"),
            "name": step.get("name"),
            "kind": kind,
            "affiliation": step.get("affiliation", "member"),
            "joined_at": self.now(),
            **({"media": step["media"]} if "media" in step else {}),
        }
        self._report(room, "occupant.joined", occupant=dict(room.inside[who]))

    def _change_media(self, name: str, who: str, media: dict[str, bool]) -> None:
        """As the module: nothing that is as it was told."""
        room = self.rooms.get(name)
        if room is not None and who in room.inside and room.inside[who].get("media") != media:
            room.inside[who]["media"] = media
            self._report(room, "occupant.media", occupant=dict(room.inside[who]))

    def _leave(self, name: str, who: str, reason: str) -> None:
        room = self.rooms.get(name)
        occupant = room and room.inside.pop(who, None)
        if room is None or occupant is None:
            return
        self._report(room, "occupant.left", occupant=occupant, reason=reason)
        if not room.inside:
            self._destroy(name)

    def put_out(self, name: str, nick: str = "") -> bool:
        """Of one person, or without `nick` of all; false when nobody was there."""
        with self.lock:
            room = self.rooms.get(name)
            if room is None or not nick:
                self._destroy(name)
                return room is not None
            who = next((key for key, one in room.inside.items() if one["nick"] == nick), None)
            if who is not None:
                self._leave(name, who, "kicked")
            return who is not None

    def _destroy(self, name: str) -> None:
        room = self.rooms.pop(name, None)
        if room is None:
            return
        inside = list(room.inside.values())
        for occupant in inside:
            self._report(room, "occupant.left", occupant=occupant, reason="destroyed")
        self._report(room, "room.destroyed", occupants=inside)

    def _report(self, room: Room, type_: str, **more: Any) -> None:
        room.seq += 1
        self.outbox.put(
            {
                "id": str(uuid.uuid4()),
                "type": type_,
                "at": self.now(),
                "room": room.name,
                "room_jid": room.jid,
                "meeting": room.meeting,
                "seq": room.seq,
                **more,
            }
        )

    def snapshot(self, wanted: str | None = None) -> list[dict[str, Any]]:
        with self.lock:
            return [
                {
                    "room": room.name,
                    "room_jid": room.jid,
                    "meeting": room.meeting,
                    "seq": room.seq,
                    "created_at": room.created_at,
                    "occupants": list(room.inside.values()),
                }
                for room in self.rooms.values()
                if wanted in (None, room.name)
            ]


class Outbox:
    """Events on their way: kept until they are taken, unless the weather eats them."""

    def __init__(self, darasa: str, secret: str, weather: Weather, chance: random.Random) -> None:
        self.parts, self.secret, self.weather, self.chance = urlsplit(darasa), secret, weather, chance
        self.waiting: list[tuple[float, dict[str, Any]]] = []  # not before, event
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.taken = self.lost = 0
        self.sending = 0

    @property
    def untaken(self) -> int:
        """Of what is under way nobody knows yet whether it was taken."""
        with self.lock:
            return len(self.waiting) + self.sending

    def put(self, event: dict[str, Any]) -> None:
        with self.lock:
            if self.chance.random() < self.weather.share_lost(event["room"]):
                self.lost += 1
                return
            copies = 2 if self.chance.random() < self.weather.duplicates else 1
            for _ in range(copies):
                due = time.monotonic() + self.chance.random() * self.weather.delay_seconds
                self.waiting.append((due, event))

    @property
    def is_down(self) -> bool:
        since, until = self.weather.down
        return since <= time.monotonic() - self.began < until

    def run(self, stop: threading.Event) -> None:
        """Sends whatever is due, and what was not taken once more, each time after a longer pause."""
        pause = 0.05
        while not stop.wait(pause):
            batch = self._take_due()
            if not batch:
                pause = 0.05
            elif not self.is_down and self._send([event for _, event in batch]):
                with self.lock:
                    self.taken += len(batch)
                    self.sending = 0
                pause = 0.05
            else:
                with self.lock:
                    self.waiting = batch + self.waiting
                    self.sending = 0
                pause = min(max(1.0, pause * 2), LONGEST_WAIT_SECONDS)

    def _take_due(self) -> list[tuple[float, dict[str, Any]]]:
        with self.lock:
            now = time.monotonic()
            due = [one for one in self.waiting if one[0] <= now][:MOST_IN_A_BATCH]
            self.waiting = [one for one in self.waiting if one not in due]
            self.sending = len(due)
        if self.chance.random() < self.weather.reorder:
            self.chance.shuffle(due)
        return due

    def _send(self, events: list[dict[str, Any]]) -> bool:
        sent_at = str(now_ms() + round(self.weather.clock_off_seconds * 1000))
        body = json.dumps({"source": "simulated", "events": events}).encode()
        mac = hmac.new(self.secret.encode(), sent_at.encode() + b"." + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-Darasa-Sent-At": sent_at,
            "X-Darasa-Signature": f"v1={mac.hexdigest()}",
        }
        kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
        line = kind(self.parts.hostname or "", self.parts.port, timeout=10)
        try:
            line.request("POST", "/hooks/jitsi/events", body, headers)
            return 200 <= line.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()


def make_handler(rooms: Rooms, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """`GET /darasa/rooms[/<room>]` as the module answers it, `DELETE` to put out, and `POST /simulated/<do>`."""

        def do_GET(self) -> None:
            if rooms.outbox.is_down:
                self.connection.close()
                return
            words = self.path.strip("/").split("/")
            if not self._is_known():
                self._say(401, {})
            elif words[:2] != ["darasa", "rooms"] or len(words) > 3:
                self._say(404, {})
            else:
                found = rooms.snapshot(words[2] if len(words) == 3 else None)
                body = {"source": "simulated", "at": rooms.now(), "rooms": found}
                self._say(200 if found or len(words) == 2 else 404, body)

        def do_POST(self) -> None:
            word = self.path.removeprefix("/simulated/")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self._is_known():
                self._say(401, {})
            elif word == "state":
                box = rooms.outbox
                self._say(200, {"taken": box.taken, "lost": box.lost, "waiting": box.untaken})
            elif word in DOINGS:
                rooms.do({**json.loads(body), "do": word})
                self._say(200, {"at": rooms.now()})
            else:
                self._say(404, {})

        def do_DELETE(self) -> None:
            """What `mod_darasa_control` does: `DELETE /darasa_control/rooms/<room>[/<nick>]`."""
            words = [unquote(word) for word in self.path.strip("/").split("/")]
            if not self._is_known():
                self._say(401, {})
            elif words[:2] == ["darasa_control", "rooms"] and len(words) in (3, 4):
                self._say(204 if rooms.put_out(*words[2:]) else 404, {})
            else:
                self._say(404, {})

        def _is_known(self) -> bool:
            said = self.headers.get("Authorization", "")
            return hmac.compare_digest(said.encode(errors="replace"), f"Bearer {token}".encode())

        def _say(self, status: int, body: dict[str, Any]) -> None:
            text = b"" if status == 204 else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Not a line for each request."""

    return Handler


def make_up(count: int, room: str, people: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    """`count` comings and goings, about one a second: whoever is inside leaves, whoever is not comes."""
    inside: set[str] = set()
    at = 0.0
    for _ in range(count):
        at += chance.uniform(0.3, 1.7)
        person = chance.choice(people)
        do = chance.choice(("leave", "drop")) if person in inside else "join"
        inside ^= {person}
        yield {"at": at, "do": do, "room": room, "person": person}


def play(rooms: Rooms, steps: Iterable[dict[str, Any]], stop: threading.Event) -> None:
    began = time.monotonic()
    for step in sorted(steps, key=lambda one: float(one.get("at", 0))):
        if stop.wait(max(0.0, began + float(step.get("at", 0)) - time.monotonic())):
            return
        rooms.do(step)


def span(text: str) -> tuple[float, float]:
    since, _dash, until = text.partition("-")
    return float(since), float(until)


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulated.prosody", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--darasa", required=True)
    parser.add_argument("--port", type=int, default=5280)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--room", default="")
    parser.add_argument("--people", default="")
    parser.add_argument("--seed", type=int, default=None)
    for name in ("loss", "duplicates", "reorder", "delay", "clock-off"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    parser.add_argument("--hibernation", type=float, default=60.0)
    parser.add_argument("--deaf-room", action="append", default=[])
    parser.add_argument("--lossy-room", action="append", default=[])
    parser.add_argument("--down", type=span, default=(0.0, 0.0))
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    chance = random.Random(options.seed)  # noqa: S311  weather, no secret
    weather = Weather(
        options.loss,
        options.duplicates,
        options.reorder,
        options.delay,
        options.down,
        options.clock_off,
        options.hibernation,
        frozenset(options.deaf_room),
        frozenset(options.lossy_room),
    )
    outbox = Outbox(options.darasa, os.environ["JITSI_EVENT_SECRET"], weather, chance)
    rooms = Rooms(outbox, weather)
    handler = make_handler(rooms, os.environ["JITSI_HOOK_TOKEN"])
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    steps = json.loads(options.script.read_text()) if options.script else []
    if options.random:
        steps.extend(make_up(options.random, options.room, options.people.split(","), chance))
    for target, given in ((server.serve_forever, ()), (outbox.run, (stop,)), (play, (rooms, steps, stop))):
        threading.Thread(target=target, args=given, daemon=True).start()
    stop.wait()
    server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
