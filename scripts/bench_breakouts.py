"""200 people into 50 breakout rooms: how long until each has their token and the board of their room?

Starts its own PostgreSQL, Redis and two web processes; the class shares the machine with them. No worker runs, so
each board is made by whoever comes first. The same class then divides before a bare loop that says the same frames
and thinks nothing: what is left is the clients' own time. The last line of the output is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from common.services import bundled_services, http_ok
from common.services.process import Child, spawn, stop_all, wait_ready
from common.services.urls import free_port
from scripts import bench_quiz
from scripts.bench_clock import Clock, ended_after
from scripts.bench_quiz import PROCESSES, ROOT, hear, prepare, start

PEOPLE, ROOMS, WITHIN_SECONDS = 200, 50, 3.0
LONGEST_SECONDS = 400.0
SEED = bench_quiz.SEED.replace(f"range({bench_quiz.PEOPLE})", f"range({PEOPLE})")
JITSI = {
    "JITSI_DOMAIN": "meet.bench.test",
    "JITSI_SIGNING": "HS256",
    "JITSI_APP_ID": "darasa",
    "JITSI_APP_SECRET": "bench-secret-of-forty-letters-and-more-0123456789",
}
Connect = Callable[[int, str, str], Awaitable[ClientConnection]]


@dataclass
class Seen:
    """Seconds from the teacher's word, one a person."""

    told: list[float] = field(default_factory=list)
    boards: list[float] = field(default_factory=list)
    rooms: list[float] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)  # one frame of each word, for the bare loop to say
    spent: dict[str, float] = field(default_factory=dict)


def main() -> int:
    os.environ.update(JITSI)
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with ended_after(LONGEST_SECONDS), bundled_services(folder) as services:
            env, scene = prepare(folder, services, SEED)
            ours = measure(folder, env, scene, [child.process.pid for child in services.children])
            return report(ours, measure_bare(folder, env, scene, ours))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, env: dict[str, str], scene: dict[str, Any], database: list[int]) -> Seen:
    ports = [free_port() for _ in range(PROCESSES)]
    children: list[Child] = []
    try:
        children = [start(port, folder, env) for port in ports]
        for child, port in zip(children, ports, strict=True):
            wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=120)
        groups = {"server": [child.process.pid for child in children], "database": database}
        return asyncio.run(divide(ports, scene, groups))
    finally:
        stop_all(children, grace_seconds=3)


def measure_bare(folder: Path, env: dict[str, str], scene: dict[str, Any], ours: Seen) -> Seen:
    """One process, the same frames, nothing behind them."""
    port, script = free_port(), folder / "script.json"
    first = {"/ws/rooms/": ours.said["room.entered"], "/ws/boards/": ours.said["board.opened"]}
    answers = {
        "breakouts.plan": ["asker", ours.said["breakouts.planned"]],
        "breakouts.open": ["all", ours.said["breakouts.opened"]],
    }
    script.write_text(json.dumps({"greetings": first, "answers": answers}))
    command = [sys.executable, "-m", "scripts.bench_bare", str(port), str(script)]
    child = spawn("bare", command, log=folder / "bare.log", env=env, cwd=ROOT)
    try:
        wait_ready(child, partial(is_listening, port), seconds=20)
        return asyncio.run(divide([port], scene, {"server": [child.process.pid]}))
    finally:
        stop_all([child], grace_seconds=3)


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def connector(ports: list[int], name: str, opening_seconds: float = 120) -> Connect:
    async def connect(number: int, cookie: str, path: str) -> ClientConnection:
        port = ports[number % len(ports)]
        return await websockets.connect(
            f"ws://127.0.0.1:{port}{path}",
            additional_headers={"Origin": f"http://127.0.0.1:{port}", "Cookie": f"{name}={cookie}"},
            subprotocols=[Subprotocol("darasa.v1")],
            open_timeout=opening_seconds,
            ping_interval=None,
            compression=None,
        )

    return connect


def room_path(room: str) -> str:
    return f"/ws/rooms/{room}/?occupant={uuid.uuid4()}"


async def divide(ports: list[int], scene: dict[str, Any], groups: dict[str, list[int]]) -> Seen:
    seen, gate, connect = Seen(), asyncio.Semaphore(10), connector(ports, scene["name"])

    async def come(number: int, cookie: str) -> ClientConnection:
        async with gate:
            socket = await connect(number, cookie, room_path(scene["room"]))
            await first(seen, socket, "room.entered")
            return socket

    teacher = await come(0, scene["teacher"])
    pupils = await asyncio.gather(*(come(1 + n, one) for n, one in enumerate(scene["pupils"])))
    await say(teacher, "breakouts.plan", {"division": "random", "rooms": ROOMS})
    await first(seen, teacher, "breakouts.planned")
    clock, begun = Clock(groups), time.monotonic()
    going = [
        asyncio.create_task(go(socket, 1 + n, scene["pupils"][n], connect, seen, begun))
        for n, socket in enumerate(pupils)
    ]
    await say(teacher, "breakouts.open", {"minutes": 10})
    opened = (await hear(teacher, "breakouts.opened"))["data"]["breakouts"]
    seen.sizes = {len(room["people"]) for room in opened["rooms"]}
    await asyncio.wait_for(asyncio.gather(*going), 120)
    seen.spent = clock.read()
    return seen


async def first(seen: Seen, wire: ClientConnection, word: str) -> dict[str, Any]:
    said = await hear(wire, word)
    seen.said.setdefault(word, json.dumps(said))
    return said


async def say(wire: ClientConnection, word: str, data: dict[str, Any]) -> None:
    await wire.send(json.dumps({"type": word, "ref": str(uuid.uuid4()), "data": data}))


async def go(
    main_room: ClientConnection, number: int, cookie: str, connect: Connect, seen: Seen, begun: float
) -> None:
    """What the page does: told where, it opens the board and the room."""
    told = (await first(seen, main_room, "breakouts.opened"))["data"]["breakouts"]
    if not told["token"]["jwt"]:
        raise RuntimeError("No token came.")
    seen.told.append(time.monotonic() - begun)

    async def open_one(path: str, word: str, times: list[float]) -> None:
        await first(seen, await connect(number, cookie, path), word)
        times.append(time.monotonic() - begun)

    await asyncio.gather(
        open_one(f"/ws/boards/{told['yours']}/", "board.opened", seen.boards),
        open_one(room_path(told["yours"]), "room.entered", seen.rooms),
    )


def report(seen: Seen, bare: Seen) -> int:
    names = {"token": seen.told, "board": seen.boards, "room": seen.rooms}
    figures: dict[str, Any] = {"people": PEOPLE, "rooms": ROOMS, "processes": PROCESSES}
    for name, times in names.items():
        figures[f"{name}_p95_seconds"] = round(statistics.quantiles(times, n=20)[-1], 2)
        figures[f"{name}_last_seconds"] = round(max(times), 2)
        print(f"  {name}: {len(times)} people, last after {max(times):.2f} s")
    delivered = max(*seen.told, *seen.boards)
    figures |= {"delivered_seconds": round(delivered, 2), "within_seconds": WITHIN_SECONDS} | seen.spent
    limit = round(max(*bare.told, *bare.boards), 2)
    figures |= {"bare_seconds": limit} | {f"bare_{name}": value for name, value in bare.spent.items()}
    print(
        f"  the clients alone, before a bare loop: {limit} s; others kept {seen.spent['others_cpu_seconds']} s"
    )
    print(json.dumps(figures))
    return 0 if len(seen.boards) == PEOPLE and delivered <= WITHIN_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
