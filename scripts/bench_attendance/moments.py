"""How soon a teacher who watches is told: from an act's commit to the word at their socket, in a class of 200."""

from __future__ import annotations

import asyncio
import time
import uuid

import msgspec
from django.utils import timezone

from accounts.models import Person
from attendance.live import LiveHeatmap
from attendance.messages import Viewer
from classroom.models import Fact, Lesson, Standing
from common.sockets.consumer import in_thread
from common.sockets.fact_rooms import Seat
from common.sockets.hub import Hub
from common.sockets.outlets import Said

ACTS, APART_SECONDS, PATIENCE_SECONDS = 12, 0.37, 30.0


class Ear:
    """A socket's way out that only notes when something was said."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[tuple[float, bytes]]()

    def backlog(self) -> int:
        return 0

    def put(self, said: Said, name: str = "") -> None:
        self.heard.put_nowait((time.perf_counter(), said.payload))

    def put_alone(self, text: bytes) -> None:
        self.heard.put_nowait((time.perf_counter(), text))

    def stop(self) -> None:
        """Nothing is open."""


def measure(lesson: Lesson, students: list[Person], tabs: dict[uuid.UUID, str]) -> dict[str, float]:
    """Seconds. One student after the other leaves, so that none can be mistaken for another."""
    took = sorted(asyncio.run(_watch(lesson, students, tabs)))
    return {"heatmap_update_seconds": took[len(took) // 2], "heatmap_worst_update_seconds": took[-1]}


async def _watch(lesson: Lesson, students: list[Person], tabs: dict[uuid.UUID, str]) -> list[float]:
    ear = Ear()
    live = LiveHeatmap(str(await in_thread(lambda: lesson.room.pk)()), Hub("redis://unused"))
    await live.open()
    await live.greet(Seat(ear, lambda: None, Viewer("teacher")))
    took = []
    try:
        places = {row.person: place for place, row in enumerate(live.picture.rows)}
        for number, student in enumerate(students[:ACTS]):
            await asyncio.sleep(number * APART_SECONDS % 1)
            left = await in_thread(_leave)(lesson, student, tabs[student.pk])
            seen = await asyncio.wait_for(_see(ear, places[str(student.pk)]), PATIENCE_SECONDS)
            took.append(seen - left)
    finally:
        await live.shut()
    return took


def _leave(lesson: Lesson, student: Person, tab: str) -> float:
    """When it was kept: nobody could be told before."""
    data = {"occupant": tab, "role": Standing.STUDENT.value}
    told = {"lesson": lesson, "person": student, "source": "bench", "at": timezone.now(), "data": data}
    Fact.objects.create(type="participant.left", key=f"seen:{tab}", **told)
    return time.perf_counter()


async def _see(ear: Ear, place: int) -> float:
    while True:
        at, payload = await ear.heard.get()
        message = msgspec.json.decode(payload)
        if any(place in places for places in message["data"].get("now", {}).values()):
            return at
