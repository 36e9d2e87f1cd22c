"""The peer connections: one per person, receive-only, three lines in the order the wire page fixes."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from typing import Any

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from recordings.embedded.inlets import Inlet
from recordings.embedded.manifest import OFFER_SECONDS, Person
from recordings.embedded.studio import Studio

log = logging.getLogger(__name__)

LINES = (("microphone", "audio"), ("camera", "video"), ("screen", "video"))
KILOBITS = {"camera": 800, "screen": 1500}
MOST_PEOPLE = 6
LEFT_GRACE_SECONDS = 10.0
FLOWING_SECONDS = 2.0
DRAIN_SECONDS = 1.0
EARLY_CANDIDATES = 64
EARLY_SESSIONS = 12
Send = Callable[[str, dict[str, Any]], None]


def relays(servers: Any) -> list[RTCIceServer]:
    """The room's TURN servers in aiortc's words. STUN is left out: we answer with all candidates at
    once, and a STUN server that does not answer would hold that answer back for five seconds."""
    found = []
    for server in servers if isinstance(servers, list) else []:
        urls = server.get("urls", []) if isinstance(server, dict) else []
        turn = [url for url in ([urls] if isinstance(urls, str) else urls) if str(url).startswith("turn")]
        if turn:
            found.append(RTCIceServer(turn, server.get("username"), server.get("credential")))
    return found


def limited(sdp: str) -> str:
    """The answer with a bandwidth line per video: what we record at 360p need not be sent at 2 Mbit/s."""
    head, *sections = sdp.split("\r\nm=")
    for index, (kind, _) in enumerate(LINES[: len(sections)]):
        if kind in KILOBITS:
            lines = sections[index].split("\r\n")
            after = next((i for i, line in enumerate(lines) if line.startswith("c=")), 0)
            lines.insert(after + 1, f"b=AS:{KILOBITS[kind]}")
            sections[index] = "\r\n".join(lines)
    return "\r\nm=".join([head, *sections])


class Peer:
    """One attempt of one person to reach us. What it is told is done in the order it was told."""

    def __init__(self, who: Person, session: str, studio: Studio, ice: list[RTCIceServer]) -> None:
        self.who = who
        self.session = session
        self.answer: dict[str, str] | None = None
        self._studio = studio
        # aiortc's own choice, "balanced", leaves the second video on a transport that it then discards.
        configuration = RTCConfiguration(iceServers=ice, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._connection = RTCPeerConnection(configuration)
        self._inlets: list[Inlet] = []
        self._runs: list[asyncio.Task[None]] = []
        self._asks: list[asyncio.Task[None]] = []
        self._closing: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self._connection.connectionState == "connected"

    @property
    def heard_at(self) -> float:
        return max((inlet.heard_at for inlet in self._inlets), default=0.0)

    async def accept(self, sdp: str, ended: Callable[[], None]) -> dict[str, str]:
        """The answer to an offer; `ended` is called when the connection is lost.
        ValueError: not an offer of three lines, or one that aiortc cannot read."""
        connection = self._connection

        @connection.on("connectionstatechange")
        def changed() -> None:
            if connection.connectionState == "connected":
                self._studio.note("connected", self.who.occupant)
            elif connection.connectionState in ("failed", "closed"):
                ended()

        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            self._open_inlets()
            await connection.setLocalDescription(await connection.createAnswer())
        except Exception as error:  # aiortc's parser answers strange descriptions with any exception
            raise ValueError(f"{type(error).__name__}: {error}") from error
        self.answer = {"type": "answer", "sdp": limited(connection.localDescription.sdp)}
        return self.answer

    async def add_candidate(self, told: dict[str, Any] | None) -> None:
        """`None` or an empty candidate is the end of them. What cannot be read is passed over."""
        text = str((told or {}).get("candidate") or "").removeprefix("candidate:")
        if not text and told is not None and told.get("sdpMLineIndex") not in (None, 0):
            return  # the end of a line that shares the first one's transport, which may not be at its end
        try:
            candidate = candidate_from_sdp(text) if text else None
            if candidate is not None and told is not None:
                candidate.sdpMid = told.get("sdpMid")
                candidate.sdpMLineIndex = told.get("sdpMLineIndex")
            await self._connection.addIceCandidate(candidate)
        except Exception as error:  # one odd candidate must not cost the others
            log.info("a candidate of %s was passed over: %r", self.who.occupant, error)

    async def close(self) -> None:
        """Ends the connection and finishes its files. Safe to call twice."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    def _open_inlets(self) -> None:
        transceivers = self._connection.getTransceivers()
        if [transceiver.kind for transceiver in transceivers[:3]] != [kind for _, kind in LINES]:
            raise ValueError("the lines are not microphone, camera, screen")
        for (kind, _), transceiver in zip(LINES, transceivers, strict=False):
            # aiortc's annotation denies it, but a line that the other side does not send on has no track.
            if transceiver.receiver.track is None:
                continue  # type: ignore[unreachable]
            inlet = Inlet(kind, self.who, transceiver, self._studio)
            self._inlets.append(inlet)
            self._runs.append(asyncio.ensure_future(inlet.run()))
            self._asks.append(asyncio.ensure_future(inlet.ask_for_pictures()))

    async def _close(self) -> None:
        for ask in self._asks:
            ask.cancel()
        try:
            await asyncio.wait_for(self._connection.close(), 5)
        except Exception as error:  # the files matter more than a clean goodbye
            log.warning("closing the connection of %s: %r", self.who.occupant, error)
        if self._runs and self.heard_at:
            await asyncio.wait(self._runs, timeout=DRAIN_SECONDS)
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, *self._asks, return_exceptions=True)
        await asyncio.gather(*(inlet.close() for inlet in self._inlets))
        self._studio.note("closed", self.who.occupant)


class Peers:
    """Everybody who is connected to us, by occupant."""

    def __init__(
        self,
        studio: Studio,
        send: Send,
        *,
        offer_seconds: float = OFFER_SECONDS,
        left_grace_seconds: float = LEFT_GRACE_SECONDS,
    ) -> None:
        """`send(type, data)` hands a command to the room. Who has not offered after `offer_seconds` is noted;
        who left is let go after `left_grace_seconds`, for a reload comes back by then."""
        self._studio = studio
        self._offer_seconds, self._left_grace_seconds = offer_seconds, left_grace_seconds
        self._send = send
        self._ice: list[RTCIceServer] = []
        self._peers: dict[str, Peer] = {}
        self._unfinished: set[Peer] = set()  # also those that were replaced and still write
        self._inboxes: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._early: dict[str, list[dict[str, Any] | None]] = {}
        self._present: set[str] = set()
        self._offerers: set[str] = set()
        self._silent: set[str] = set()  # nothing of theirs is on
        self._watching = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def flowing(self) -> bool:
        """Whether anybody's media still arrive."""
        return any(self._flows(peer) for peer in self._peers.values())

    def entered(self, snapshot: dict[str, Any]) -> None:
        """The room as it is now: after connecting, reconnecting or a resync."""
        self._ice = relays(snapshot.get("ice_servers"))
        if not self._watching:
            self._watching = True
            self._start(self._watch())
        people = [who for who in snapshot.get("participants", []) if isinstance(who, dict)]
        gone = self._present - {str(who.get("occupant")) for who in people}
        for who in people:
            self.joined(who)
        for occupant in gone:
            self.left(occupant)

    def joined(self, told: dict[str, Any]) -> None:
        who = Person(*(str(told.get(key) or "") for key in ("occupant", "person", "name", "role")))
        self._studio.manifest.meet(who)
        self.sends(told)
        if who.occupant in self._present:
            return
        self._present.add(who.occupant)
        if who.occupant not in self._peers:
            self._studio.note("connecting", who.occupant)
            self._start(self._expect(who.occupant))

    def sends(self, told: dict[str, Any]) -> None:
        """What of somebody's is on; what nobody told may be."""
        occupant = str(told.get("occupant"))
        if any(told.get(kind) is not False for kind, _ in LINES):
            self._silent.discard(occupant)
        else:
            self._silent.add(occupant)

    def left(self, occupant: str) -> None:
        self._present.discard(occupant)
        if occupant in self._peers:
            self._start(self._let_go(self._peers[occupant]))

    def signalled(self, data: dict[str, Any]) -> None:
        """A `peer.signalled`. Each person's are worked off in order, one person never waits for another."""
        occupant = str(data.get("from"))
        try:
            uuid.UUID(occupant)  # it becomes part of a file's name
        except ValueError:
            return
        if occupant not in self._inboxes:
            self._inboxes[occupant] = asyncio.Queue()
            self._start(self._work_off(occupant))
        self._inboxes[occupant].put_nowait(data)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(peer.close() for peer in self._unfinished), return_exceptions=True)

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, occupant: str) -> None:
        while True:
            data = await self._inboxes[occupant].get()
            session, description = str(data.get("session")), data.get("description")
            if isinstance(description, dict) and description.get("type") == "offer":
                await self._offered(occupant, session, str(description.get("sdp")))
            elif "candidate" in data:
                await self._candidate(occupant, session, data["candidate"])

    async def _offered(self, occupant: str, session: str, sdp: str) -> None:
        peer = self._peers.get(occupant)
        if peer is not None and peer.session == session:
            self._reply(peer)
            return
        self._studio.was_offered()
        self._offerers.add(occupant)
        if peer is not None:
            self._start(self._end(peer))
        elif not self._room_for_one():
            self._studio.note("refused", occupant)
            return
        who = self._studio.manifest.people.get(occupant, Person(occupant))
        peer = self._peers[occupant] = Peer(who, session, self._studio, self._ice)
        self._unfinished.add(peer)
        self._studio.note("connecting", occupant)
        await self._answer(peer, sdp)

    def _room_for_one(self) -> bool:
        """Who has left makes room at once, whatever still flows from them."""
        for peer in [peer for peer in self._peers.values() if peer.who.occupant not in self._present]:
            if len(self._peers) >= MOST_PEOPLE:
                del self._peers[peer.who.occupant]
                self._start(self._end(peer))
        return len(self._peers) < MOST_PEOPLE

    async def _answer(self, peer: Peer, sdp: str) -> None:
        try:
            await peer.accept(sdp, lambda: self._start(self._end(peer)))
        except ValueError as error:
            log.warning("an offer of %s was passed over: %s", peer.who.occupant, error)
            await self._end(peer)
            return
        self._reply(peer)
        for candidate in self._early.pop(peer.session, []):
            await peer.add_candidate(candidate)

    def _reply(self, peer: Peer) -> None:
        if peer.answer is not None:
            told = {"to": peer.who.occupant, "session": peer.session, "description": peer.answer}
            self._send("peer.signal", told)

    async def _candidate(self, occupant: str, session: str, told: Any) -> None:
        candidate = told if isinstance(told, dict) else None
        peer = self._peers.get(occupant)
        if peer is not None and peer.session == session:
            await peer.add_candidate(candidate)
            return
        # It overtook its offer, or belongs to an attempt that is over.
        while session not in self._early and len(self._early) >= EARLY_SESSIONS:
            self._early.pop(next(iter(self._early)))
        if len(early := self._early.setdefault(session, [])) < EARLY_CANDIDATES:
            early.append(candidate)

    async def _watch(self) -> None:
        """Until the first frame is in a file, or there is none to wait for."""
        while not self._studio.is_at_work:
            await asyncio.sleep(self._offer_seconds)
            if not any(self._owes(occupant) for occupant in self._present):
                self._studio.attend()

    def _owes(self, occupant: str) -> bool:
        """Whether something of theirs should be with us by now. Who offers nothing has nothing to send, or must not."""
        peer = self._peers.get(occupant)
        is_quiet = peer is not None and peer.is_connected and occupant in self._silent
        return occupant in self._offerers and not is_quiet

    async def _expect(self, occupant: str) -> None:
        await asyncio.sleep(self._offer_seconds)
        if occupant in self._present and occupant not in self._peers:
            self._studio.note("not_offered", occupant)

    async def _let_go(self, peer: Peer) -> None:
        await asyncio.sleep(self._left_grace_seconds)
        flows = True
        while flows:
            flows = self._flows(peer)
            await asyncio.sleep(FLOWING_SECONDS if flows else 0)
        if peer.who.occupant not in self._present:
            await self._end(peer)

    def _flows(self, peer: Peer) -> bool:
        return peer.heard_at > self._studio.now() - FLOWING_SECONDS

    async def _end(self, peer: Peer) -> None:
        if self._peers.get(peer.who.occupant) is peer:
            del self._peers[peer.who.occupant]
        await peer.close()
        self._unfinished.discard(peer)
