"""Jibris as processes that never begin, never finalize, or go on in another one's folder: one video, or a reason."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from classroom.models import Fact, Lesson
from recordings.models import CaptureState, EndCause, Reason, Recording, RecordingState
from recordings.probe import probe
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.drawing import until
from tests.faults.jibris import QUICK, Jibris, folders, inside
from tests.faults.scenes import contents
from tests.processes import WORKER, House, wait_until

pytestmark = [
    pytest.mark.deep,
    pytest.mark.timeout(900),
    pytest.mark.fault,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def jibris() -> Jibris:
    return Jibris()


def staff(build: Build, jibris: Jibris, **extra: str) -> House:
    """Whoever talks to Jibris has a process of their own, as in real life."""
    house = build(**{**QUICK, "JIBRI_URLS": jibris.setting, **extra})
    for name, queues in (("worker", "celery,media"), ("outward", "outward")):
        house.start(name, [*WORKER, "-Q", queues, "-n", f"{name}@%h"])
    house.start_beat()
    house.start_web()
    for name in jibris.ports:
        jibris.start(house, name)
    return house


@sync_to_async
def ended(lesson: Lesson, house: House) -> Recording:
    """Published or failed; one of both comes by itself."""

    def row() -> Recording:
        return Recording.objects.get(lesson=lesson)

    over = (RecordingState.PUBLISHED, RecordingState.FAILED)
    wait_until(lambda: row().state in over, 90, what=f"an end\n{house.log('worker')[-2000:]}")
    return row()


@sync_to_async
def is_published_once(recording: Recording, kept: dict[Path, dict[str, str]]) -> None:
    """One video, one word of it, and every recorder's folder as it was left."""
    assert (recording.state, recording.reason, recording.left_out) == (RecordingState.PUBLISHED, "", [])
    assert Fact.objects.filter(lesson=recording.lesson_id, type="recording.published").count() == 1
    objects = settings.STORAGE_DIR / "objects"
    assert [path for path in objects.rglob("*.mp4") if path.is_file()] == [objects / recording.video_key]
    for folder, left in kept.items():
        assert contents(folder) == left


def left_by(house: House) -> dict[Path, dict[str, str]]:
    return {folder: contents(folder) for folder in folders(house)}


@sync_to_async
def ends_of(recording: Recording) -> list[tuple[str, str]]:
    return list(recording.captures.order_by("wanted_at").values_list("state", "end_cause"))


async def test_one_that_accepts_and_never_begins_is_replaced_and_the_lesson_has_its_video(
    build: Build, cast: Cast, lesson: Lesson, jibris: Jibris
) -> None:
    house = await asyncio.to_thread(staff, build, jibris)
    jibris.behave("jibri-a", "never-starts")
    jibris.behave("jibri-b", "busy")
    async with inside(house, lesson, cast.teacher) as teacher:
        await until(lambda: jibris.at_work() == ["jibri-a"], 30, "the one that will not begin")
        jibris.behave("jibri-b", "well")
        await teacher.state("recording", 60)
        told = {state for state, _ in teacher.states}
        assert told & {"lost_recorder", "no_recorder"}, "by the loss or by the alarm, whichever came first"
        assert "jibri-b" in await asyncio.to_thread(jibris.at_work)
        await asyncio.sleep(4)
        await teacher.end_lesson()
    recording = await ended(lesson, house)
    lost = (CaptureState.LOST, EndCause.NEVER_STARTED)
    assert await ends_of(recording) == [lost, (CaptureState.CLOSED, EndCause.NONE)]
    await is_published_once(recording, left_by(house))


async def test_where_none_ever_begins_the_room_hears_it_and_the_recording_ends_with_a_reason(
    build: Build, cast: Cast, lesson: Lesson, jibris: Jibris
) -> None:
    house = await asyncio.to_thread(staff, build, jibris)
    for name in jibris.ports:
        jibris.behave(name, "never-starts")
    async with inside(house, lesson, cast.teacher) as teacher:
        await teacher.state("no_recorder", 60)
        await teacher.end_lesson()
    recording = await ended(lesson, house)
    assert (recording.state, recording.reason) == (RecordingState.FAILED, Reason.NO_RECORDER)
    assert {cause for _, cause in await ends_of(recording)} <= {EndCause.NEVER_STARTED, EndCause.NONE}
    assert not await Fact.objects.filter(lesson=lesson, type="recording.published").aexists()


async def test_a_folder_that_is_never_finalized_is_published_all_the_same(
    build: Build, cast: Cast, lesson: Lesson, jibris: Jibris
) -> None:
    house = await asyncio.to_thread(staff, build, jibris)
    for name in jibris.ports:
        jibris.behave(name, "no-finalize")
    async with inside(house, lesson, cast.teacher) as teacher:
        await teacher.state("recording", 30)
        await asyncio.sleep(4)
        await teacher.end_lesson()
    recording = await ended(lesson, house)
    [folder] = folders(house)
    assert not (folder / "finalized").exists()
    await is_published_once(recording, left_by(house))


async def test_a_second_jibri_in_the_folder_of_the_first_with_its_own_metadata_makes_one_video(
    build: Build, cast: Cast, lesson: Lesson, jibris: Jibris
) -> None:
    """As jicofo does it on shared storage: the same session for another Jibri, whose metadata names another room."""
    house = await asyncio.to_thread(staff, build, jibris, JIBRI_START="module", JIBRI_URLS="")
    room = await sync_to_async(lambda: lesson.room.name)()
    session = "as-jicofo-calls-it"
    async with inside(house, lesson, cast.teacher) as teacher:
        await asyncio.to_thread(take, jibris, "jibri-a", session, room, "https://meet.here.test")
        await teacher.state("recording", 30)
        await asyncio.sleep(5)
        await asyncio.to_thread(leave, jibris, "jibri-a")
        [folder] = folders(house)
        first = json.loads((folder / "metadata.json").read_text())
        await asyncio.to_thread(take, jibris, "jibri-b", session, room, "https://elsewhere.test/another")
        await asyncio.sleep(5)
        await teacher.end_lesson()
    await asyncio.to_thread(leave, jibris, "jibri-b")
    assert json.loads((folder / "metadata.json").read_text()) != first, "overwritten, as Jibri does"
    films = sorted(folder.glob("*.ts"))
    assert len(films) == 2
    recording = await ended(lesson, house)
    await is_published_once(recording, {folder: contents(folder)})
    assert folders(house) == [folder]
    video = probe(settings.STORAGE_DIR / "objects" / recording.video_key).duration_seconds
    assert video == pytest.approx(sum(probe(film).duration_seconds for film in films), abs=1)


def take(jibris: Jibris, name: str, session: str, room: str, base_url: str) -> None:
    """What jicofo's word makes a Jibri do."""
    body: dict[str, Any] = {
        "sessionId": session,
        "callParams": {"callUrlInfo": {"baseUrl": base_url, "callName": room}},
        "callLoginParams": {"domain": "recorder.meet", "username": "recorder", "password": "x"},
        "sinkType": "file",
    }
    tell(jibris, name, "startService", body)


def leave(jibris: Jibris, name: str) -> None:
    tell(jibris, name, "stopService", {})


def tell(jibris: Jibris, name: str, word: str, body: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{jibris.ports[name]}/jibri/api/v1.0/{word}"
    data = json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=30) as answer:
        assert answer.status == 200
