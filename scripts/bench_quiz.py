"""A class of 300 answers within three seconds: is every answer counted once, and how soon is the chart complete?

Starts its own PostgreSQL, Redis and two web processes; the class and its clocks share the machine with them.
The last line of the output is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from common.services import Services, bundled_services, http_ok
from common.services.process import Child, spawn, stop_all, wait_ready
from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent
PEOPLE, WITHIN_SECONDS, CHART_SECONDS = 300, 3.0, 1.0
PROCESSES = 2
SEEDING_SECONDS = 300
CHOICES = ("1", "2", "3", "4")
# Through the actions, but for people and sessions: hashing 300 passwords is another benchmark's.
SEED = f"""
import json, uuid
from datetime import timedelta
from django.conf import settings
from django.test import Client
from django.utils import timezone
from accounts import actions as people
from accounts.models import Role
from classroom import actions as lessons
from classroom.models import Standing
from quizzes.actions import write_question
from quizzes.draft import Draft

school = people.create_institution(name="Bench", slug="bench", time_zone="UTC", language="en")
course = lessons.create_course(institution=school, title="Large", language="en")

def member(number, role, standing):
    one = people.add_person(institution=school, email=f"p{{number}}@bench.test", name=f"P {{number}}", role=role)
    lessons.enrol(course=course, person=one, standing=standing)
    return one

def cookie(one):
    client = Client()
    client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value

teacher = member("t", Role.TEACHER, Standing.TEACHER)
pupils = [member(number, Role.STUDENT, Standing.STUDENT) for number in range({PEOPLE})]
now = timezone.now()
lesson = lessons.schedule_lesson(course=course, title="L", starts_at=now, ends_at=now + timedelta(hours=1), created_by=teacher)
choices = [(f"Choice {{number}}", number == 2) for number in range(1, {len(CHOICES)} + 1)]
question = write_question(course=course, draft=Draft("single", "Which?", choices=choices), by=teacher)
scene = {{"room": str(lesson.room.pk), "question": str(question.pk), "name": settings.SESSION_COOKIE_NAME,
         "teacher": cookie(teacher), "pupils": [cookie(one) for one in pupils]}}
open("{{target}}", "w").write(json.dumps(scene))
"""


@dataclass
class Seen:
    """What the class and the teacher's screen noticed; instants of one clock."""

    sent: list[float] = field(default_factory=list)
    acknowledged: list[float] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHOICES, 0))
    tallies: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    @property
    def complete_at(self) -> float | None:
        whole = (at for at, bars in self.tallies if bars == self.expected and sum(bars.values()) == PEOPLE)
        return next(whole, None)


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    children: list[Child] = []
    try:
        with bundled_services(folder) as services:
            env, scene = prepare(folder, services)
            ports = [free_port() for _ in range(PROCESSES)]
            try:
                children = [start(port, folder, env) for port in ports]
                for child, port in zip(children, ports, strict=True):
                    wait_ready(child, http_ok(f"http://127.0.0.1:{port}/healthz"), seconds=60)
                return report(asyncio.run(hold_class(ports, scene)))
            finally:
                stop_all(children, grace_seconds=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def prepare(folder: Path, services: Services, seed: str = SEED) -> tuple[dict[str, str], dict[str, Any]]:
    env = {
        **os.environ,
        **services.urls.environment(),
        "DARASA_VAR": str(folder),
        "PORT": str(free_port()),
        "DARASA_DEMO": "1",
    }
    manage, target = [sys.executable, str(ROOT / "manage.py")], folder / "scene.json"
    seed = seed.replace("{target}", str(target))
    for words in (["migrate", "--verbosity=0"], ["shell", "--no-imports", "-c", seed]):
        subprocess.run([*manage, *words], env=env, check=True, cwd=ROOT, timeout=SEEDING_SECONDS)
    return env, json.loads(target.read_text())


def start(port: int, folder: Path, env: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    log = folder / f"web-{port}.log"
    return spawn(f"web-{port}", [*command, "--no-access-log"], log=log, env=env, cwd=ROOT)


async def hold_class(ports: list[int], scene: dict[str, Any]) -> Seen:
    seen, gate = Seen(), asyncio.Semaphore(20)

    async def connect(number: int, cookie: str) -> ClientConnection:
        port = ports[number % len(ports)]
        headers = {"Origin": f"http://127.0.0.1:{port}", "Cookie": f"{scene['name']}={cookie}"}
        async with gate:
            return await websockets.connect(
                f"ws://127.0.0.1:{port}/ws/quizzes/{scene['room']}/",
                additional_headers=headers,
                subprotocols=[Subprotocol("darasa.v1")],
                open_timeout=60,
                compression=None,
            )

    teacher = await connect(0, scene["teacher"])
    pupils = await asyncio.gather(*(connect(1 + n, one) for n, one in enumerate(scene["pupils"])))
    listening = [asyncio.create_task(answer(one, seen)) for one in pupils]
    quiz = {"quiz": str(uuid.uuid4()), "questions": [scene["question"]], "seconds": 120}
    await teacher.send(json.dumps({"type": "quiz.launch", "ref": str(uuid.uuid4()), "data": quiz}))
    watching = asyncio.create_task(watch(teacher, seen))
    await asyncio.wait_for(asyncio.gather(*listening), 60)
    await asyncio.wait({watching}, timeout=10)
    watching.cancel()
    seen.tallies.append((time.monotonic(), await count_in_the_end(connect, scene)))
    await asyncio.gather(*(one.close() for one in (teacher, *pupils)))
    return seen


async def answer(pupil: ClientConnection, seen: Seen) -> None:
    """Think for a while, answer, say it once more as an outbox may, and wait to be told that it counts."""
    quiz = await hear(pupil, "quiz.launched")
    await asyncio.sleep(random.uniform(0, WITHIN_SECONDS))  # noqa: S311  thinking is no secret
    choice = random.choice(CHOICES)  # noqa: S311
    told = quiz["data"]["quiz"]
    data = {"quiz": told["id"], "question": told["questions"][0]["id"], "value": choice}
    frame = json.dumps({"type": "answer.submit", "ref": str(uuid.uuid4()), "data": data})
    seen.expected[choice] += 1
    sent = time.monotonic()
    seen.sent.append(sent)
    await pupil.send(frame)
    await pupil.send(frame)
    await hear(pupil, "answer.counted")
    seen.acknowledged.append(time.monotonic() - sent)


async def watch(teacher: ClientConnection, seen: Seen) -> None:
    while seen.complete_at is None or len(seen.acknowledged) < PEOPLE:
        tally = (await hear(teacher, "tally.moved"))["data"]["tally"][0]
        seen.tallies.append((time.monotonic(), dict(tally["bars"])))


async def count_in_the_end(connect: Any, scene: dict[str, Any]) -> dict[str, int]:
    """What PostgreSQL has, as somebody is told who comes now."""
    fresh = await connect(1, scene["teacher"])
    opened = await hear(fresh, "quizzes.opened")
    await fresh.close()
    return dict(opened["data"]["quiz"]["tally"][0]["bars"])


async def hear(socket: ClientConnection, type_: str) -> dict[str, Any]:
    while True:
        frame = json.loads(await socket.recv())
        for message in frame if isinstance(frame, list) else [frame]:
            if message["type"] == "error":
                raise RuntimeError(message)
            if message["type"] == type_:
                found: dict[str, Any] = message
                return found


def report(seen: Seen) -> int:
    last_sent, counted = max(seen.sent), sum(seen.tallies[-1][1].values())
    took = max(seen.sent) - min(seen.sent)
    complete = None if seen.complete_at is None else max(0.0, seen.complete_at - last_sent)
    p95 = statistics.quantiles(seen.acknowledged, n=20)[-1]
    exact = seen.tallies[-1][1] == seen.expected
    print(f"\n  {PEOPLE} sockets on {PROCESSES} web processes, each answer sent twice, within {took:.1f} s")
    print(f"  acknowledged {len(seen.acknowledged)}, counted {counted}, each exactly once: {exact}")
    print(f"  told that it counts: p95 {p95 * 1000:.0f} ms, slowest {max(seen.acknowledged) * 1000:.0f} ms")
    print(
        f"  the teacher's chart: {len(seen.tallies) - 1} tallies, complete {complete} s after the last answer"
    )
    figures = {
        "sockets": PEOPLE,
        "within_seconds": round(took, 2),
        "acknowledged": len(seen.acknowledged),
        "counted": counted,
        "exactly_once": exact,
        "acknowledged_p95_ms": round(p95 * 1000),
        "tallies": len(seen.tallies) - 1,
        "chart_complete_seconds": None if complete is None else round(complete, 3),
    }
    print(json.dumps(figures))
    return 0 if exact and complete is not None and complete <= CHART_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
