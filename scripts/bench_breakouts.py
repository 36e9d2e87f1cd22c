"""200 people into 50 breakout rooms: how long until each has their token and the board of their room?

Starts its own PostgreSQL, Redis and two web processes; the class shares the machine with them. No worker runs, so
each board is made by whoever comes first. The last line of the output is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from common.services import bundled_services, http_ok
from common.services.process import Child, stop_all, wait_ready
from common.services.urls import free_port
from scripts import bench_quiz
from scripts.bench_quiz import PROCESSES, ROOT, hear, prepare, start

PEOPLE, ROOMS, WITHIN_SECONDS = 200, 50, 3.0
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


def main() -> int:
    os.environ.update(JITSI)
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    children: list[Child] = []
    try:
        with bundled_services(folder) as services:
            env, scene = prepare(folder, services, SEED)
            ports = [free_port() for _ in range(PROCESSES)]
            try:
                children = [start(port, folder, env) for port in ports]
                for child, port in zip(children, ports, strict=True):
                    wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=120)
                return report(asyncio.run(divide(ports, scene)))
            finally:
                stop_all(children, grace_seconds=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connector(ports: list[int], name: str) -> Connect:
    async def connect(number: int, cookie: str, path: str) -> ClientConnection:
        port = ports[number % len(ports)]
        return await websockets.connect(
            f"ws://127.0.0.1:{port}{path}",
            additional_headers={"Origin": f"http://127.0.0.1:{port}", "Cookie": f"{name}={cookie}"},
            subprotocols=[Subprotocol("darasa.v1")],
            open_timeout=120,
            ping_interval=None,
            compression=None,
        )

    return connect


def room_path(room: str) -> str:
    return f"/ws/rooms/{room}/?occupant={uuid.uuid4()}"


async def divide(ports: list[int], scene: dict[str, Any]) -> Seen:
    seen, gate, connect = Seen(), asyncio.Semaphore(10), connector(ports, scene["name"])

    async def come(number: int, cookie: str) -> ClientConnection:
        async with gate:
            socket = await connect(number, cookie, room_path(scene["room"]))
            await hear(socket, "room.entered")
            return socket

    teacher = await come(0, scene["teacher"])
    pupils = await asyncio.gather(*(come(1 + n, one) for n, one in enumerate(scene["pupils"])))
    await say(teacher, "breakouts.plan", {"division": "random", "rooms": ROOMS})
    await hear(teacher, "breakouts.planned")
    begun = time.monotonic()
    going = [
        asyncio.create_task(go(socket, 1 + n, scene["pupils"][n], connect, seen, begun))
        for n, socket in enumerate(pupils)
    ]
    await say(teacher, "breakouts.open", {"minutes": 10})
    opened = (await hear(teacher, "breakouts.opened"))["data"]["breakouts"]
    seen.sizes = {len(room["people"]) for room in opened["rooms"]}
    await asyncio.wait_for(asyncio.gather(*going), 120)
    return seen


async def say(socket: ClientConnection, word: str, data: dict[str, Any]) -> None:
    await socket.send(json.dumps({"type": word, "ref": str(uuid.uuid4()), "data": data}))


async def go(
    main_room: ClientConnection, number: int, cookie: str, connect: Connect, seen: Seen, begun: float
) -> None:
    """What the page does: told where, it opens the board and the room."""
    told = (await hear(main_room, "breakouts.opened"))["data"]["breakouts"]
    if not told["token"]["jwt"]:
        raise RuntimeError("No token came.")
    seen.told.append(time.monotonic() - begun)

    async def open_one(path: str, first: str, times: list[float]) -> None:
        await hear(await connect(number, cookie, path), first)
        times.append(time.monotonic() - begun)

    await asyncio.gather(
        open_one(f"/ws/boards/{told['yours']}/", "board.opened", seen.boards),
        open_one(room_path(told["yours"]), "room.entered", seen.rooms),
    )


def report(seen: Seen) -> int:
    names = {"token": seen.told, "board": seen.boards, "room": seen.rooms}
    figures: dict[str, Any] = {"people": PEOPLE, "rooms": ROOMS, "processes": PROCESSES}
    for name, times in names.items():
        figures[f"{name}_p95_seconds"] = round(statistics.quantiles(times, n=20)[-1], 2)
        figures[f"{name}_last_seconds"] = round(max(times), 2)
        print(f"  {name}: {len(times)} people, last after {max(times):.2f} s")
    delivered = max(*seen.told, *seen.boards)
    figures |= {"delivered_seconds": round(delivered, 2), "within_seconds": WITHIN_SECONDS}
    figures["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(figures))
    return 0 if len(seen.boards) == PEOPLE and delivered <= WITHIN_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
