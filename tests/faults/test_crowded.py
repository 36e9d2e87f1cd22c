"""A bridge runs hot for half a minute: by itself the lesson begins a stream, whoever comes then watches, nobody is moved."""

from __future__ import annotations

import asyncio
import io
import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import av
import httpx
import pytest
from asgiref.sync import sync_to_async

from accounts.models import AuditEvent, Person
from classroom.models import Diversion, Door, Lesson, Presence
from recordings.models import Broadcast, BroadcastState, Capture, Recorder, Recording, RecordingState
from tests.classroom.jitsi.machines import Machine, running
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.drawing import until
from tests.faults.jibris import QUICK, Jibris, inside
from tests.processes import PYTHON, WORKER, House, wait_until
from tests.wire.conftest import cookie_of

pytestmark = [
    pytest.mark.deep,
    pytest.mark.timeout(900),
    pytest.mark.fault,
    pytest.mark.django_db(transaction=True),
]
HOT, CALM = 0.95, 0.2


@pytest.fixture
def bridge() -> Iterator[Machine]:
    with running("jvb", "--curve", f"0:{CALM}") as machine:
        yield machine


@pytest.fixture
def jibris() -> Jibris:
    return Jibris()


@pytest.fixture
def house(build: Build, jibris: Jibris, bridge: Machine) -> House:
    house = build(**QUICK, JIBRI_URLS=jibris.setting, JVB_URLS=bridge.url)
    house.collect_static()
    for name, queues in (("worker", "celery,media"), ("outward", "outward")):
        house.start(name, [*WORKER, "-Q", queues, "-n", f"{name}@%h"])
    house.start("streams", [PYTHON, "manage.py", "keep_streams"])
    house.start_beat()
    house.start_web()
    for name in jibris.ports:
        jibris.start(house, name)
    return house


class Browser:
    """What a player does: goes to the room, is sent on, asks for its pass and loads what the lists name."""

    def __init__(self, house: House, cookie: str) -> None:
        self.house = house
        name, _, value = cookie.partition("=")
        self.client = httpx.Client(base_url=house.url, cookies={name: value}, timeout=30)

    def goes_to_room(self, lesson: Lesson) -> str:
        shown = self.client.get(f"/lessons/{lesson.pk}/room", follow_redirects=True)
        assert shown.status_code == 200, shown.text[:2000]
        return shown.url.path

    def watch(self, lesson: Lesson) -> list[Any]:
        """The frames of the newest piece of the best picture."""
        shown = self.client.get(f"/lessons/{lesson.pk}/live")
        told = re.search(r'"csrf": "([A-Za-z0-9]+)"', shown.text)
        assert told
        headers = {"X-CSRFToken": told[1], "Origin": self.house.url}
        asked = self.client.post(
            f"/lessons/{lesson.pk}/stream/pass", json={"viewer": str(uuid.uuid4())}, headers=headers
        )
        assert asked.status_code == 200, asked.text
        src = asked.json()["src"]
        top = urljoin(src, names_in(self.client.get(src).text)[0])
        listed = self.client.get(top).text
        header = listed.partition('#EXT-X-MAP:URI="')[2].partition('"')[0]
        parts = [self.client.get(urljoin(top, name)) for name in (header, names_in(listed)[-1])]
        assert [part.status_code for part in parts] == [200, 200]
        film: Any = av.open(io.BytesIO(b"".join(part.content for part in parts)))
        with film:
            return list(film.decode(video=0))


def names_in(listed: str) -> list[str]:
    return [line for line in listed.splitlines() if line and not line.startswith("#")]


@sync_to_async
def browser_of(house: House, person: Person) -> Browser:
    return Browser(house, cookie_of(person))


@sync_to_async
def stays(lesson: Lesson) -> list[tuple[str, str]]:
    """Who is in the room, and by which tab."""
    inside = Presence.objects.filter(room__lesson=lesson, left_at=None).exclude(door=Door.HLS)
    return sorted((str(person), str(tab)) for person, tab in inside.values_list("person", "occupant"))


async def test_the_stream_begins_by_itself_newcomers_watch_and_nobody_inside_is_moved(
    cast: Cast, lesson: Lesson, house: House, jibris: Jibris, bridge: Machine
) -> None:
    bilal = await browser_of(house, cast.bilal)
    async with inside(house, lesson, cast.teacher) as teacher, inside(house, lesson, cast.amina) as amina:
        await teacher.state("recording", 30)
        [records] = await asyncio.to_thread(jibris.at_work)
        before = await stays(lesson)
        assert len(before) == 2
        bridge.tell(stress=HOT)
        await until_row(lambda: Diversion.objects.filter(door="hls").exists(), 90, "a diversion")
        await until_row(lambda: has_picture(lesson), 60, "a picture of a stream that nobody began by hand")
        assert set(await asyncio.to_thread(jibris.at_work)) == set(jibris.ports), "one records, one sends"
        assert await asyncio.to_thread(bilal.goes_to_room, lesson) == f"/lessons/{lesson.pk}/live"
        frames = await asyncio.to_thread(bilal.watch, lesson)
        assert len(frames) >= 5
        assert await stays(lesson) == before, "nobody inside is moved"
        again = await browser_of(house, cast.amina)
        assert await asyncio.to_thread(again.goes_to_room, lesson) == f"/lessons/{lesson.pk}/room"
        await is_recorded_by_one(lesson, records)
        assert "lost_recorder" not in [state for state, _ in (*teacher.states, *amina.states)]
        await teacher.end_lesson()
    await until(lambda: jibris.at_work() == [], 30, "both Jibris' rest")
    await ends_whole(lesson, house)


async def until_row(true: Any, seconds: float, what: str) -> None:
    await sync_to_async(wait_until)(true, seconds, what=what)


def has_picture(lesson: Lesson) -> bool:
    return Broadcast.objects.filter(lesson=lesson, state=BroadcastState.LIVE).exists()


@sync_to_async
def is_recorded_by_one(lesson: Lesson, name: str) -> None:
    """The recording goes on as it was, in one piece, while another Jibri sends."""
    capture = Capture.objects.get(recording__lesson=lesson)
    assert (capture.state, capture.is_streamed, capture.host) == ("running", False, name)
    broadcast = Broadcast.objects.get(lesson=lesson)
    assert broadcast.sender is not None
    assert broadcast.sender.name != name
    assert AuditEvent.objects.filter(act="stream.begun_by_load", target=f"lesson:{lesson.pk}").count() == 1


@sync_to_async
def ends_whole(lesson: Lesson, house: House) -> None:
    def row() -> Recording:
        return Recording.objects.get(lesson=lesson)

    wait_until(lambda: row().state in (RecordingState.PUBLISHED, RecordingState.FAILED), 90, what="the video")
    assert (row().state, row().gaps) == (RecordingState.PUBLISHED, []), house.log("worker")[-2000:]
    wait_until(lambda: not Recorder.objects.filter(broadcasts__isnull=False).exists(), 30, what="its release")
