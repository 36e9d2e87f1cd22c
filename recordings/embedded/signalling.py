"""The room socket as the recorder uses it: see the wire page. Media do not depend on it once they flow."""

import asyncio
import json
import logging
import random
import uuid
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Origin, Subprotocol

from recordings.embedded.peers import Peers
from recordings.embedded.studio import Studio

log = logging.getLogger(__name__)

PROTOCOL = Subprotocol("darasa.v1")
REMOVED, LESSON_OVER, REPLACED = 4001, 4003, 4009
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 3.0
PING_SECONDS, PONG_SECONDS = 15.0, 10.0
JOIN_SECONDS = 20.0
REFUSALS = 3
MOST_UNSENT = 50
MOST_BYTES = 1 << 20


class Over(StrEnum):
    """Why there is nothing more to record."""

    LESSON_OVER = "lesson_over"
    REMOVED = "removed"
    REPLACED = "replaced"


CLOSED_FOR_GOOD = {REMOVED: Over.REMOVED, LESSON_OVER: Over.LESSON_OVER, REPLACED: Over.REPLACED}


class JoinError(Exception):
    """The room never let us in; the argument is a stable word."""


def back_off(attempt: int) -> float:
    """Seconds to wait before this attempt (0 is the first again), with half of it left to chance."""
    longest: float = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 10))
    return longest * random.uniform(0.5, 1.0)  # noqa: S311


class RoomSocket:
    """Stays in the room until it is over, however often the socket drops."""

    def __init__(self, studio: Studio, succeeded: Callable[[], None]) -> None:
        """`succeeded` is called whenever another recorder comes in."""
        self._studio = studio
        self._succeeded = succeeded
        self._peers = Peers(studio, self.send)
        self._socket: ClientConnection | None = None
        self._unsent: deque[str] = deque(maxlen=MOST_UNSENT)
        self._sends: set[asyncio.Task[None]] = set()
        self.leaving = False  # set before we close the socket ourselves
        self._joined = False
        self._refusals = 0
        self._seq: int | None = None
        self._ponged = asyncio.Event()

    async def run(self) -> Over:
        """Until the lesson is over or we may no longer be here. Raises JoinError."""
        attempt, since = 0, self._studio.now()
        while True:
            try:
                if over := await self._once():
                    return over
                attempt = 0
            except (OSError, InvalidHandshake, TimeoutError) as error:
                attempt += 1
                log.info("the room socket did not open: %s", error)
                self._give_up_before_joining(error, since)
                if self._refusals >= REFUSALS and not self._peers.flowing:
                    return Over.REMOVED
            await asyncio.sleep(back_off(attempt))

    async def close(self) -> None:
        """Leaves the room and finishes every file."""
        if self._socket is not None:
            await self._socket.close()
        await self._peers.close()

    def send(self, kind: str, data: dict[str, Any]) -> None:
        """Now, or as soon as there is a socket again."""
        text = json.dumps({"type": kind, "ref": str(uuid.uuid4()), "data": data})
        if self._socket is None:
            self._unsent.append(text)
            return
        task = asyncio.ensure_future(self._put(self._socket, text))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    def _give_up_before_joining(self, error: Exception, since: float) -> None:
        # A 5xx is a server that restarts, not a no.
        refused = isinstance(error, InvalidStatus) and error.response.status_code in (401, 403, 404)
        self._refusals = self._refusals + 1 if refused else 0
        if self._joined:
            return
        if self._refusals >= REFUSALS:
            raise JoinError("refused") from error
        if self._studio.now() - since > JOIN_SECONDS:
            raise JoinError("unreachable") from error

    async def _once(self) -> Over | None:
        """One socket from its opening to its end; None when it only dropped."""
        job = self._studio.job
        async with connect(
            f"{job.socket_url}?{urlencode({'occupant': job.occupant})}",
            subprotocols=[PROTOCOL],
            additional_headers={"Authorization": f"Bearer {job.token}"},
            origin=Origin(job.origin) if job.origin else None,
            proxy=None,
            open_timeout=5,
            close_timeout=1,
            max_size=MOST_BYTES,
        ) as socket:
            self._opened(socket)
            pings = asyncio.ensure_future(self._ping(socket))
            try:
                return await self._listen(socket)
            finally:
                pings.cancel()
                self._socket = None
                if not self.leaving and socket.close_code not in CLOSED_FOR_GOOD:
                    self._studio.note("socket_lost")

    def _opened(self, socket: ClientConnection) -> None:
        self._socket, self._seq, self._refusals = socket, None, 0
        if self._joined:
            self._studio.note("socket_back")
        else:
            self._joined = True
            self._studio.came()

    async def _listen(self, socket: ClientConnection) -> Over | None:
        try:
            async for frame in socket:
                if over := self._heard(frame):
                    return over
        except ConnectionClosed:
            pass
        return CLOSED_FOR_GOOD.get(socket.close_code or 0)

    def _heard(self, frame: str | bytes) -> Over | None:
        try:
            told = json.loads(frame)
        except (ValueError, RecursionError):
            return None
        for envelope in told if isinstance(told, list) else [told]:
            data = envelope.get("data") if isinstance(envelope, dict) else None
            if isinstance(data, dict) and self._fact(str(envelope.get("type")), data, envelope.get("seq")):
                return Over.LESSON_OVER
        return None

    def _fact(self, kind: str, data: dict[str, Any], seq: Any) -> bool:
        """Acts on one fact; True when the lesson is over."""
        self._count(kind, seq)
        if kind == "room.entered":
            self._peers.entered(data)
            self._flush()
        elif kind == "participant.joined":
            self._peers.joined(data)
        elif kind == "participant.left":
            self._peers.left(str(data.get("occupant")))
        elif kind == "media.changed":
            self._peers.sends(data)
        elif kind == "peer.signalled":
            self._peers.signalled(data)
        elif kind == "recorder.joined" and data.get("occupant") != self._studio.job.occupant:
            self._succeeded()
        elif kind == "room.ponged":
            self._ponged.set()
        elif kind == "error":
            log.warning("the room refused: %s", data.get("code"))
        return kind == "lesson.ended"

    def _count(self, kind: str, seq: Any) -> None:
        """`seq` is gap-free: a gap means that something was missed."""
        if not isinstance(seq, int):
            return
        if kind != "room.entered" and self._seq is not None and seq > self._seq + 1:
            self.send("room.resync", {})
        self._seq = seq if self._seq is None or kind == "room.entered" else max(self._seq, seq)

    def _flush(self) -> None:
        socket = self._socket
        while socket is not None and self._unsent:
            task = asyncio.ensure_future(self._put(socket, self._unsent.popleft()))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)

    async def _put(self, socket: ClientConnection, text: str) -> None:
        try:
            await socket.send(text)
        except ConnectionClosed:
            self._unsent.append(text)

    async def _ping(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            self._ponged.clear()
            self.send("room.ping", {})
            try:
                await asyncio.wait_for(self._ponged.wait(), PONG_SECONDS)
            except TimeoutError:
                log.warning("the room does not answer: connecting anew")
                socket.transport.abort()  # a goodbye would wait for the other side, which is not there
                return
