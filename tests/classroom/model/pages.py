"""Pages without a browser: sockets of the application itself, that keep what they are told as a page does."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from asgiref.testing import ApplicationCommunicator

from config.asgi import application
from tests.patience import PATIENCE

Headers = list[tuple[bytes, bytes]]


class Page(ABC):
    """One socket. `room` is what its own room is called; `heard` are all words since the last look at them."""

    path: ClassVar[str] = ""
    ping: ClassVar[str] = ""
    snapshots: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, who: str, room: str, room_id: str, headers: Headers, occupant: str) -> None:
        self.who, self.room, self.room_id, self.headers, self.occupant = who, room, room_id, headers, occupant
        self.seq, self.strikes = -1, 0
        self.heard: list[dict[str, Any]] = []
        self.refused: dict[str, list[str]] = {}
        self.done: set[str] = set()
        self.closed: int | None = None

    async def open(self) -> bool:
        """Whether one is let in; then the snapshot has come."""
        scope = {
            "type": "websocket",
            "path": self.path.format(self.room_id),
            "query_string": f"occupant={self.occupant}".encode(),
            "headers": [(b"host", b"here"), (b"origin", b"http://here"), *self.headers],
            "subprotocols": ["darasa.v1"],
        }
        communicator: Any = ApplicationCommunicator  # asgiref's has no types
        self.wire = communicator(application, scope)
        await self.wire.send_input({"type": "websocket.connect"})
        first = await self.wire.receive_output(timeout=10 * PATIENCE)
        if first["type"] != "websocket.accept":
            return False
        await until(lambda: self.seq >= 0 or self.closed is not None, [self])
        return self.closed is None

    async def say(self, word: str, data: dict[str, Any], ref: str) -> None:
        text = json.dumps({"type": word, "ref": ref, "data": data})
        await self.wire.send_input({"type": "websocket.receive", "text": text})

    async def ask(self, word: str, data: dict[str, Any], ref: str, *, times: int = 1) -> str:
        """Say it, as often as it arrives; empty when it was carried out, else the code of its refusal."""
        for _ in range(times):
            await self.say(word, data, ref)
        echo = str(uuid.uuid4())
        await self.say(self.ping, {}, echo)
        await until(lambda: echo in self.done or self.closed is not None, [self])
        codes = self.refused.pop(ref, [])
        return codes[0] if len(codes) == times else ""

    async def echo(self) -> str:
        ref = str(uuid.uuid4())
        if self.closed is None:
            await self.say(self.ping, {}, ref)
        return ref

    async def leave(self) -> None:
        """Closed by whoever has it open, or, when it was closed out, as the server says goodbye to its own end."""
        await self.wire.send_input({"type": "websocket.disconnect", "code": self.closed or 1000})
        await self.wire.wait(timeout=10 * PATIENCE)

    def listen(self) -> None:
        """All that has arrived by now."""
        while not self.wire.output_queue.empty():
            event = self.wire.output_queue.get_nowait()
            if event["type"] == "websocket.close":
                self.closed = event["code"]
                continue
            assert self.closed is None, f"{self.who} hears something after the end"
            frame = json.loads(event["text"])
            for message in frame if isinstance(frame, list) else [frame]:
                self.hear(message)

    def hear(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        type_, data = message["type"], message["data"]
        seq: int = message.get("seq", -1)
        ref: str = message.get("ref") or ""
        if type_ == "error":
            self.refused.setdefault(ref, []).append(data["code"])
            self.strikes += 1
        elif ref:
            self.done.add(ref)
        if type_ in self.snapshots:
            self.seq = seq
        elif seq >= 0:
            if seq <= self.seq:  # the snapshot had it already
                return
            assert seq == self.seq + 1, f"{self.who} misses a word before {message}"
            self.seq = seq
        self.apply(type_, data)

    @abstractmethod
    def apply(self, type_: str, data: dict[str, Any]) -> None:
        """What this word changes of what the page shows."""

    @abstractmethod
    def knows(self) -> Any:
        """What a newcomer must be told too."""


class RoomPage(Page):
    path = "/ws/rooms/{}/"
    ping = "room.ping"
    snapshots = frozenset({"room.entered"})
    inside: dict[str, dict[str, Any]]
    breakouts: dict[str, Any] | None

    def apply(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == "room.entered":
            self.inside = {one["occupant"]: one for one in data["participants"]}
            self.breakouts = data["breakouts"]
        elif type_ in {"participant.joined", "participant.changed"}:
            self.inside[data["occupant"]] = data
        elif type_ == "participant.left":
            self.inside.pop(data["occupant"], None)
        elif "breakouts" in data:
            self.breakouts = data["breakouts"]

    def knows(self) -> Any:
        return self.seq, self.inside, self.breakouts

    def rooms(self, names: dict[str, str]) -> dict[int, tuple[set[str], set[str]]] | None:
        """As `LessonModel.rooms_of` says it; `names` by the ids of people."""
        if self.breakouts is None:
            return None
        return {
            room["number"]: (
                {names[one["person"]] for one in room["people"]},
                {names[one] for one in room["help"]},
            )
            for room in self.breakouts["rooms"]
        }


class TalkPage(Page):
    path = "/ws/talk/{}/"
    ping = "talk.ping"
    snapshots = frozenset({"talk.opened", "talk.resumed"})
    lines: dict[str, dict[str, Any]]
    mode: str
    hands: dict[str, Any]

    def apply(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == "talk.opened":
            self.lines = {one["id"]: one for one in data["messages"]}
            self.mode, self.hands = data["mode"], data["hands"]
        elif type_ == "chat.sent":
            self.lines[data["id"]] = data
        elif type_ == "chat.deleted":
            self.lines[data["message"]] |= {"text": "", "deleted": True}
        elif type_ == "chat.mode_set":
            self.mode = data["mode"]
        elif type_ == "hands.moved":
            self.hands = data

    def knows(self) -> Any:
        return self.seq, self.lines, self.mode, self.hands

    def chat(self) -> dict[str, tuple[str, bool]]:
        return {key: (one["text"], one["deleted"]) for key, one in self.lines.items()}


class QuizPage(Page):
    path = "/ws/quizzes/{}/"
    ping = "quizzes.ping"
    snapshots = frozenset({"quizzes.opened"})
    quiz: dict[str, Any] | None

    def apply(self, type_: str, data: dict[str, Any]) -> None:
        if type_ == "tally.moved":
            if self.quiz and self.quiz["id"] == data["quiz"]:
                self.quiz = {**self.quiz, "tally": data["tally"]}
        elif type_ == "answer.counted":
            assert self.quiz
            self.quiz["mine"][data["question"]] = {"value": data["value"]}
        elif "quiz" in data:
            self.quiz = data["quiz"]

    def knows(self) -> Any:
        return self.seq, self.quiz

    def seen(self) -> dict[str, Any] | None:
        """As `LessonModel.quiz_of` says it, of the one question there is."""
        if self.quiz is None:
            return None
        mine = [one["value"] for one in self.quiz["mine"].values()]
        tally = self.quiz["tally"]
        return {
            "id": self.quiz["id"],
            "state": self.quiz["state"],
            "shared": self.quiz["shared"],
            "bars": None if tally is None else {what: times for what, times in tally[0]["bars"] if times},
            "has_key": self.quiz["key"] is not None,
            "mine": mine[0] if mine else None,
        }


async def until(condition: Callable[[], bool], pages: Iterable[Page], seconds: float = 10) -> None:
    """Listen until it is so."""
    deadline, listening = time.monotonic() + seconds * PATIENCE, list(pages)
    while True:
        for page in listening:
            page.listen()
        if condition():
            return
        assert time.monotonic() < deadline, "it never came"
        await asyncio.sleep(0.002)
