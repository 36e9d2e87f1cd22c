"""A small room server that speaks the room socket of docs/wire.md, for one room and one lesson."""

import asyncio
import json
import time
import uuid
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("darasa.v1")
LESSON_OVER, REPLACED = 4003, 4009


def now_ms() -> int:
    return round(time.time() * 1000)


@dataclass
class Participant:
    occupant: str
    person: str
    name: str
    role: str
    joined_at: int = field(default_factory=now_ms)
    microphone: bool = True
    camera: bool = True
    screen: bool = False


class RoomServer:
    """`async with RoomServer() as room`: listens on a free port of this machine."""

    def __init__(self) -> None:
        self.id = str(uuid.uuid4())
        self.token = uuid.uuid4().hex
        self.recorder: str | None = None
        self.pages: dict[str, bytes] = {}
        self.people: dict[str, Participant] = {}
        self.entries = 0  # how often the recorder came in
        self._invited: dict[str, Participant] = {}
        self._sockets: dict[str, ServerConnection] = {}
        self._seq = 0
        self._server: Server | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, process_request=self._admit, subprotocols=[PROTOCOL]
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/rooms/{self.id}/"

    def invite(self, name: str, role: str = "student") -> str:
        """A person who may come in; the occupant of their page."""
        who = Participant(str(uuid.uuid4()), str(uuid.uuid4()), name, role)
        self._invited[who.occupant] = who
        return who.occupant

    def drop(self, occupant: str) -> None:
        """The line goes dead without a goodbye."""
        self._sockets[occupant].transport.abort()

    async def end_lesson(self) -> None:
        self._closed = True
        self._tell_all("lesson.ended", {}, counted=True)
        for socket in list(self._sockets.values()):
            await socket.close(LESSON_OVER)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        if parts.path in self.pages:
            headers = Headers({"Content-Type": "text/html; charset=utf-8"})
            return Response(HTTPStatus.OK, "OK", headers, self.pages[parts.path])
        occupant = parse_qs(parts.query).get("occupant", [""])[0]
        recorder = request.headers.get("Authorization") == f"Bearer {self.token}"
        known = parts.path == f"/ws/rooms/{self.id}/" and (recorder or occupant in self._invited)
        if self._closed or not known or not occupant:
            return connection.respond(HTTPStatus.NOT_FOUND, "")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None and socket.subprotocol == PROTOCOL
        occupant = parse_qs(urlsplit(socket.request.path).query)["occupant"][0]
        before, self._sockets[occupant] = self._sockets.get(occupant), socket
        if before is not None:
            await before.close(REPLACED)
        self._enter(occupant, socket)
        try:
            async for text in socket:
                self._heard(occupant, json.loads(text))
        except ConnectionClosed:
            pass
        if self._sockets.get(occupant) is socket:
            del self._sockets[occupant]
            self._leave(occupant)

    def _enter(self, occupant: str, socket: ServerConnection) -> None:
        if occupant in self._invited:
            fresh = occupant not in self.people
            self.people[occupant] = self._invited[occupant]
            if fresh:
                self._tell_all("participant.joined", asdict(self.people[occupant]), but=occupant)
        else:
            self.recorder = occupant
            self.entries += 1
            self._tell_all("recorder.joined", {"occupant": occupant}, but=occupant, counted=False)
        self._send(socket, "room.entered", self._snapshot(occupant))

    def _leave(self, occupant: str) -> None:
        if occupant == self.recorder:
            self.recorder = None
            self._tell_all("recorder.left", {"occupant": occupant}, counted=False)
        elif self.people.pop(occupant, None):
            self._tell_all("participant.left", {"occupant": occupant})

    def _snapshot(self, occupant: str) -> dict[str, Any]:
        you = self.people.get(occupant)
        return {
            "you": asdict(you) if you else None,
            "participants": [asdict(who) for who in self.people.values()],
            "recorder": self.recorder,
            "lesson": {"id": str(uuid.uuid4()), "title": "Fractions", "status": "live", "ends_at": 0},
            "recording": {"state": "recording"},
            "ice_servers": [],
            "server_at": now_ms(),
        }

    def _heard(self, occupant: str, told: dict[str, Any]) -> None:
        data = told["data"]
        if told["type"] == "peer.signal":
            to = self._sockets.get(data.pop("to"))
            if to is not None:
                self._send(to, "peer.signalled", {"from": occupant, **data}, counted=False)
        elif told["type"] == "room.ping":
            self._send(self._sockets[occupant], "room.ponged", {}, counted=False)
        elif told["type"] == "room.resync":
            self._send(self._sockets[occupant], "room.entered", self._snapshot(occupant))

    def _tell_all(self, kind: str, data: dict[str, Any], *, but: str = "", counted: bool = True) -> None:
        self._seq += counted
        for occupant, socket in self._sockets.items():
            if occupant != but:
                self._send(socket, kind, data, counted=counted)

    def _send(
        self, socket: ServerConnection, kind: str, data: dict[str, Any], *, counted: bool = True
    ) -> None:
        envelope = {"type": kind, "data": data, **({"seq": self._seq} if counted else {})}
        task = asyncio.ensure_future(self._put(socket, json.dumps(envelope)))
        task.add_done_callback(lambda _: None)

    async def _put(self, socket: ServerConnection, text: str) -> None:
        try:
            await socket.send(text)
        except ConnectionClosed:
            return
