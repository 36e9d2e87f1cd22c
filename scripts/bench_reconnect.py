"""A web process is killed in the middle of a lesson: how soon is everybody back, and is anything lost?

Whether something is lost is told by `seq`: each socket counts its words as the pages do, a gap is asked about as they
do, and in the end everybody has the number that a newcomer is told.

334 pupils have three sockets each (room, talk, quiz), all on one of two web processes; the teacher's are on the other. A
quiz runs, the teacher writes, and the pupils' process dies: at least 1,000 sockets are lost at once, or nothing is shown.
Everybody comes to the other one with full jitter, as the pages do, and says again what was not acknowledged. Everything is on 127.0.0.1. The last line of the output is JSON.

With `--whole` nobody says what they heard last in the room: everybody is told the whole there, for comparison.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from common.services import bundled_services, http_ok
from common.services.process import Child, stop_all, wait_ready
from common.services.urls import free_port
from scripts import bench_quiz
from scripts.bench_breakouts import JITSI, Connect, connector, room_path
from scripts.bench_clock import Clock, ended_after
from scripts.bench_quiz import ROOT, hear, prepare, start

PUPILS, FEWEST_LOST, WITHIN_SECONDS, NODES = 334, 1_000, 30.0, 2
DOOMED, LEFT = (
    0,
    1,
)  # the web process that dies, with every pupil's sockets, and the one that stays, with the teacher's
SEED = bench_quiz.SEED.replace(f"range({bench_quiz.PEOPLE})", f"range({PUPILS})")
ANSWERING_SECONDS, KILL_AFTER_SECONDS, WRITING_PAUSE_SECONDS = 10.0, 4.0, 0.5
# As frontend/src/wire/backoff.ts and socket.ts have them.
FIRST_SECONDS, LONGEST_SECONDS = 0.2, 15.0
OUT_OF_TURN_SECONDS = 1.0
OPENING_SECONDS, PING_SECONDS, PONG_SECONDS = 10.0, 15.0, 10.0
# How many come in at a time before the lesson, how long that may take, and the whole of it.
AT_ONCE, COMING_SECONDS, WHOLE_SECONDS = 40, 180.0, 600.0
SEQ = re.compile(r'"seq":(\d+)')
FIRST_WORDS = {"room.entered", "room.resumed", "talk.opened", "talk.resumed", "quizzes.opened"}


@dataclass
class Scene:
    connect: Connect
    room: str
    question: str
    is_dead: bool = False
    killed_at: float = 0.0
    back: list[float] = field(default_factory=list)
    resumed: int = 0
    rooms_resumed: int = 0
    room_bytes: list[int] = field(
        default_factory=list
    )  # of what each room socket was told first when it was back
    is_whole: bool = False  # nobody says what they heard last
    written: set[str] = field(default_factory=set)  # acknowledged to the teacher
    answered: int = 0  # acknowledged to a pupil
    kept: int = 0  # what PostgreSQL has of it in the end
    # Numbers that did not follow within a second, asked about by `room.resync`: while all come in, and after the loss.
    gaps_before: int = 0
    gaps: int = 0
    behind: int = 0  # room sockets that in the end have another number than a newcomer is told
    is_over: bool = False


class Line:
    """One socket that comes back by itself, to the process that is left."""

    ping = "room.ping"
    words: tuple[str, ...] = (
        "room.entered",
        "room.resumed",
        "room.ponged",
    )  # what is read; all else costs the clients nothing

    def __init__(self, scene: Scene, node: int, cookie: str, path: Callable[[], str]) -> None:
        self.scene, self.node, self.cookie, self.path = scene, node, cookie, path
        self.wire: ClientConnection | None = None
        self.is_told, self.is_ponged = asyncio.Event(), asyncio.Event()
        self.attempt = 0
        self.was_lost = False

    async def run(self) -> None:
        while not self.scene.is_over:
            with suppress(OSError, WebSocketException):
                await self._listen()
            self.was_lost = self.was_lost or self.scene.is_dead
            self.is_told.clear()
            ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2**self.attempt)
            self.attempt += 1
            await asyncio.sleep(random.uniform(0, ceiling))  # noqa: S311  chance, not secrecy

    async def _listen(self) -> None:
        node = LEFT if self.scene.is_dead else self.node
        self.wire = await self.scene.connect(node, self.cookie, self.path())
        beating = asyncio.create_task(self._beat(self.wire))
        try:
            async for frame in self.wire:
                for message in self._messages(str(frame)):
                    self._note(message)
                    await self.hear(message)
        finally:
            beating.cancel()

    async def _beat(self, wire: ClientConnection) -> None:
        with suppress(WebSocketException):
            while True:
                await asyncio.sleep(PING_SECONDS)
                self.is_ponged.clear()
                await wire.send(json.dumps({"type": self.ping, "data": {}}))
                try:
                    await asyncio.wait_for(self.is_ponged.wait(), PONG_SECONDS)
                except TimeoutError:
                    wire.transport.abort()

    def _messages(self, frame: str) -> list[dict[str, Any]]:
        if not any(word in frame for word in self.words):
            return []
        said = json.loads(frame)
        return said if isinstance(said, list) else [said]

    def _note(self, message: dict[str, Any]) -> None:
        if message["type"].endswith(".ponged"):
            self.is_ponged.set()
        if message["type"] in FIRST_WORDS and not self.is_told.is_set():
            self.is_told.set()
            self.attempt = 0
            if self.was_lost:
                self.scene.back.append(time.monotonic() - self.scene.killed_at)

    async def hear(self, message: dict[str, Any]) -> None:
        """What this one does about it."""

    async def say(self, word: str, data: dict[str, Any], ref: str) -> None:
        await self.is_told.wait()
        assert self.wire is not None  # noqa: S101  it was told something
        await self.wire.send(json.dumps({"type": word, "ref": ref, "data": data}))


class RoomLine(Line):
    """Counts the room's words by their `seq` alone: to read all that 334 people are told would measure this process."""

    seq = 0
    asking: asyncio.Task[None] | None = None

    def __init__(self, scene: Scene, node: int, cookie: str, path: str) -> None:
        super().__init__(scene, node, cookie, lambda: path + self._last())
        self.early: set[int] = set()
        self.heard_at = 0

    def _last(self) -> str:
        return f"&since={self.seq}&heard={self.heard_at}" if self.heard_at and not self.scene.is_whole else ""

    def _messages(self, frame: str) -> list[dict[str, Any]]:
        if '"room.entered"' in frame or '"room.resumed"' in frame:
            if self.was_lost and not self.is_told.is_set():
                self.scene.room_bytes.append(len(frame))
            return super()._messages(frame)
        for number in map(int, SEQ.findall(frame)):
            self._count(number)
        return super()._messages(frame)

    def _count(self, number: int) -> None:
        self.early.add(number)
        while self.seq + 1 in self.early:
            self.seq += 1
        self.early = {one for one in self.early if one > self.seq}
        if self.early and self.is_told.is_set() and (self.asking is None or self.asking.done()):
            self.asking = asyncio.create_task(self._ask_for_rest())

    async def _ask_for_rest(self) -> None:
        await asyncio.sleep(OUT_OF_TURN_SECONDS)
        if self.early:
            self.scene.gaps_before += not self.scene.is_dead
            self.scene.gaps += self.scene.is_dead
            last = {} if self.scene.is_whole else {"since": self.seq, "heard_at": self.heard_at}
            await self.say("room.resync", last, str(uuid.uuid4()))

    async def hear(self, message: dict[str, Any]) -> None:
        self.heard_at = message["data"].get("server_at", self.heard_at)
        self.scene.rooms_resumed += message["type"] == "room.resumed" and self.scene.is_dead
        if message["type"] in {"room.entered", "room.resumed"}:
            self.seq = message["seq"]
            self.early = {one for one in self.early if one > self.seq}


class TalkLine(Line):
    ping = "talk.ping"
    words = ("talk.opened", "talk.resumed", "chat.sent", "talk.ponged")

    def __init__(self, scene: Scene, node: int, cookie: str, standing: str) -> None:
        self.known: set[str] = set()
        self.seq = 0
        super().__init__(
            scene, node, cookie, lambda: f"/ws/talk/{scene.room}/?since={self.seq}&as={standing}"
        )

    async def hear(self, message: dict[str, Any]) -> None:
        self.seq = max(self.seq, message.get("seq", 0))
        self.scene.resumed += message["type"] == "talk.resumed" and self.was_lost
        told = message["data"].get("messages") or (
            [message["data"]] if message["type"] == "chat.sent" else []
        )
        self.known |= {one["id"] for one in told}


class DeskLine(Line):
    """The teacher's quiz socket."""

    ping = "quizzes.ping"
    words = ("quizzes.opened", "quizzes.ponged")


class QuizLine(Line):
    """Thinks, answers, and says it again after a break until it counts."""

    ping = "quizzes.ping"
    words = ("quizzes.opened", "quiz.launched", "answer.counted", "quizzes.ponged")
    answer: tuple[dict[str, Any], str] | None = None
    counted = False

    async def hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "quiz.launched":
            self.answer = self._choose(message["data"]["quiz"])
            await asyncio.sleep(random.uniform(0, ANSWERING_SECONDS))  # noqa: S311
            await self.say("answer.submit", *self.answer)
        elif message["type"] == "quizzes.opened" and message["data"]["quiz"] and not self.counted:
            self.answer = self.answer or self._choose(message["data"]["quiz"])
            await self.say("answer.submit", *self.answer)
        elif message["type"] == "answer.counted" and not self.counted:
            self.counted = True
            self.scene.answered += 1

    def _choose(self, quiz: dict[str, Any]) -> tuple[dict[str, Any], str]:
        data = {"quiz": quiz["id"], "question": self.scene.question, "value": random.choice("1234")}  # noqa: S311
        return data, str(uuid.uuid4())


def main() -> int:
    os.environ.update(JITSI)
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    children: list[Child] = []
    try:
        with ended_after(WHOLE_SECONDS), bundled_services(folder) as services:
            env, scene = prepare(folder, services, SEED)
            ports = [free_port() for _ in range(NODES)]
            try:
                children = [start(port, folder, env) for port in ports]
                for child, port in zip(children, ports, strict=True):
                    wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=120)
                database = [child.process.pid for child in services.children]
                return asyncio.run(lose_one(children, ports, scene, database))
            finally:
                stop_all(children, grace_seconds=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def lose_one(children: list[Child], ports: list[int], told: dict[str, Any], database: list[int]) -> int:
    scene = Scene(connector(ports, told["name"], OPENING_SECONDS), told["room"], told["question"])
    scene.is_whole = "--whole" in sys.argv
    teacher = TalkLine(scene, LEFT, told["teacher"], "teacher")
    desk = DeskLine(scene, LEFT, told["teacher"], lambda: f"/ws/quizzes/{scene.room}/")
    lines = make_lines(scene, told["pupils"])
    running: list[asyncio.Task[None]] = []
    try:
        await asyncio.wait_for(come_in([teacher, desk, *lines], running), COMING_SECONDS)
        quiz = {"quiz": str(uuid.uuid4()), "questions": [scene.question], "seconds": 200}
        await desk.say("quiz.launch", quiz, str(uuid.uuid4()))
        running.append(asyncio.create_task(write(teacher, scene)))
        await asyncio.sleep(KILL_AFTER_SECONDS)
        lost = sum(line.node == DOOMED and line.is_told.is_set() for line in lines)
        clock = Clock({"server": [children[LEFT].process.pid], "database": database})
        scene.is_dead, scene.killed_at = True, time.monotonic()
        children[DOOMED].process.kill()
        await wait_until(lambda: is_everybody_back(scene, lines, lost), 120)
        running.pop().cancel()  # the teacher has written enough
        talks = [line for line in lines if isinstance(line, TalkLine)]
        await wait_until(lambda: all(scene.written <= line.known for line in talks), 10)
        spent = clock.read()
        scene.kept = await count_kept(scene, told["teacher"])
        rooms = [line for line in lines if isinstance(line, RoomLine)]
        scene.behind = await count_behind(scene, rooms, told["teacher"])
        return report(scene, talks, len(lines), lost, spent)
    finally:
        scene.is_over = True
        for task in running:
            task.cancel()


def is_everybody_back(scene: Scene, lines: list[Line], lost: int) -> bool:
    is_there = len(scene.back) >= lost and all(line.is_told.is_set() for line in lines)
    return is_there and scene.answered >= PUPILS


def make_lines(scene: Scene, cookies: list[str]) -> list[Line]:
    lines: list[Line] = []
    for cookie in cookies:
        lines.append(
            RoomLine(scene, DOOMED, cookie, room_path(scene.room))
        )  # the same occupant after a break
        lines.append(TalkLine(scene, DOOMED, cookie, "student"))
        lines.append(QuizLine(scene, DOOMED, cookie, lambda: f"/ws/quizzes/{scene.room}/"))
    return lines


async def come_in(lines: list[Line], running: list[asyncio.Task[None]]) -> None:
    gate, begun = asyncio.Semaphore(AT_ONCE), time.monotonic()

    async def one(line: Line) -> None:
        async with gate:
            running.append(asyncio.create_task(line.run()))
            await line.is_told.wait()

    await asyncio.gather(*map(one, lines))
    print(f"  {len(lines)} sockets came in within {time.monotonic() - begun:.1f} s", flush=True)


async def count_kept(scene: Scene, cookie: str) -> int:
    """What somebody is told who comes now: that is what PostgreSQL has."""
    fresh = await scene.connect(LEFT, cookie, f"/ws/quizzes/{scene.room}/")
    opened = await hear(fresh, "quizzes.opened")
    await fresh.close()
    return sum(dict(opened["data"]["quiz"]["tally"][0]["bars"]).values())


async def count_behind(scene: Scene, rooms: list[RoomLine], cookie: str) -> int:
    """Whose number is not the one that somebody is told who comes now, once that has come to everybody."""
    fresh = await scene.connect(LEFT, cookie, room_path(scene.room))
    seq = (await hear(fresh, "room.entered"))["seq"]
    await wait_until(lambda: all(line.seq >= seq for line in rooms), 10)
    await fresh.close()
    return sum(line.seq < seq for line in rooms)


async def write(teacher: TalkLine, scene: Scene) -> None:
    """What the teacher was told is kept is in `known`: their own words come back to them like everybody's."""
    while True:
        await teacher.say("chat.send", {"text": "A word"}, str(uuid.uuid4()))
        await asyncio.sleep(WRITING_PAUSE_SECONDS)
        scene.written |= teacher.known


async def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:  # noqa: ASYNC110  looks at counters
        await asyncio.sleep(0.05)


def report(scene: Scene, talks: list[TalkLine], sockets: int, lost: int, spent: dict[str, float]) -> int:
    missing = sum(len(scene.written - line.known) for line in talks)
    figures: dict[str, Any] = {"sockets": sockets, "lost": lost, "back": len(scene.back)}
    if len(scene.back) > 1:
        figures["back_p95_seconds"] = round(statistics.quantiles(scene.back, n=20)[-1], 2)
        figures["back_last_seconds"] = round(max(scene.back), 2)
    lost_answers = max(0, scene.answered - scene.kept)
    figures |= {
        "within_seconds": WITHIN_SECONDS,
        "fewest_lost": FEWEST_LOST,
        "answers_counted": scene.answered,
        "pupils": PUPILS,
    }
    figures |= {
        "answers_lost": lost_answers,
        "words": len(scene.written),
        "words_missing": missing,
        "resumed_by_seq": scene.resumed,
        "rooms_resumed_by_seq": scene.rooms_resumed,
        "room_first_bytes": round(statistics.mean(scene.room_bytes)) if scene.room_bytes else 0,
        "room_gaps_while_coming_in": scene.gaps_before,
        "room_gaps_after_the_loss": scene.gaps,
        "rooms_behind": scene.behind,
    } | spent
    print(
        f"  {lost} of {sockets} sockets lost, {len(scene.back)} back; {missing} words and {lost_answers} answers missing"
    )
    print(json.dumps(figures))
    is_whole = lost >= FEWEST_LOST and len(scene.back) >= lost and scene.answered == PUPILS
    is_whole = is_whole and not (missing or lost_answers or scene.behind)
    return 0 if is_whole and max(scene.back) <= WITHIN_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
