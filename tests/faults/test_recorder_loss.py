"""A recorder dies in the middle of a lesson: another one goes on by itself, and the video shows the whole lesson."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import av
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from classroom.models import Fact, Lesson, Presence
from recordings.clock import Span, merge
from recordings.models import Capture, CaptureState, Recording, RecordingState
from recordings.probe import probe, sound_runs
from tests.conftest import Cast
from tests.faults.drawing import until
from tests.faults.people import Participant
from tests.faults.programs import is_alive
from tests.processes import House, wait_until
from tests.wire.conftest import cookie_of

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

MOST_MISSING_SECONDS = 5.0


@pytest.fixture
def whole(house: House) -> House:
    house.start_all()
    wait_until(lambda: recorder_processes(house), 30, what="the warm recorder")
    return house


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for path in listed for word in path.read_text().split()]


def recorder_processes(house: House) -> list[int]:
    """The host's children, the oldest first: the one at work before the spare."""
    return sorted(children_of(house.running["recorders"].pid))


def is_spoken_to(pid: int) -> bool:
    """Whether that recorder writes files by now."""
    links = [link for link in Path(f"/proc/{pid}/fd").iterdir()]
    return any(str(link.readlink()).endswith(".mkv") for link in links if link.is_symlink())


def at_work(house: House) -> int:
    return next(pid for pid in recorder_processes(house) if is_spoken_to(pid))


async def teach(cast: Cast, lesson: Lesson, house: House) -> list[Participant]:
    people = [
        Participant(house, lesson, await asyncio.to_thread(cookie_of, one))
        for one in (cast.teacher, cast.amina)
    ]
    for one in people:
        await one.enter()
    await people[0].state("recording", 30)
    await asyncio.sleep(4)
    return people


async def goes_on(people: list[Participant]) -> None:
    """By itself: lost, starting, recording again; then a few seconds more and the end."""
    teacher = people[0]
    await teacher.state("recording", 30, times=2)
    states = [state for state, _ in teacher.states]
    assert states[states.index("recording") :] == ["recording", "lost_recorder", "starting", "recording"]
    await asyncio.sleep(4)
    await teacher.end_lesson()
    for one in people:
        await one.leave()


@sync_to_async
def published(lesson: Lesson, house: House) -> Recording:
    def row() -> Recording:
        return Recording.objects.get(lesson=lesson)

    wait_until(lambda: row().state in (RecordingState.PUBLISHED, RecordingState.FAILED), 90, what="the video")
    assert row().state == RecordingState.PUBLISHED, (row().reason, house.log("worker")[-3000:])
    return row()


@sync_to_async
def is_whole(lesson: Lesson, recording: Recording) -> None:
    """As long as people were inside; of the teacher's sound little is missing, in the files and in the video."""
    times = Presence.objects.filter(room__lesson=lesson).values_list("joined_at", "left_at")
    [inside] = merge(Span(a.timestamp(), b.timestamp()) for a, b in times if b)
    video = settings.STORAGE_DIR / "objects" / recording.video_key
    assert probe(video).duration_seconds == pytest.approx(inside.seconds, abs=1)
    heard = merge(span for capture in recording.captures.all() for span in spoken(capture, lesson))
    missing = inside.seconds - sum(min(s.ends_at, inside.ends_at) - s.starts_at for s in heard)
    print(f"missing of {inside.seconds:.1f} s: {missing:.2f} s")
    assert missing <= MOST_MISSING_SECONDS
    assert Fact.objects.filter(lesson=lesson, type="recording.published").count() == 1


def spoken(capture: Capture, lesson: Lesson) -> list[Span]:
    """When the teacher's microphone is in this capture's files."""
    folder = settings.RECORDINGS_DIR / capture.session_id
    tracks = json.loads((folder / "manifest.json").read_text())["tracks"]
    return [
        Span(track["started_at"] + begins, track["started_at"] + ends)
        for track in tracks
        if (track["kind"], track["role"]) == ("microphone", "teacher")
        for begins, ends in sound_runs(folder / track["file"], gap_seconds=1)
    ]


@pytest.fixture(autouse=True)
def quiet_av() -> None:
    av.logging.set_level(None)


async def test_kill_9_of_the_recorder_costs_a_few_seconds(cast: Cast, lesson: Lesson, whole: House) -> None:
    people = await teach(cast, lesson, whole)
    os.kill(at_work(whole), signal.SIGKILL)
    await goes_on(people)
    recording = await published(lesson, whole)
    assert await states_of(recording) == [CaptureState.LOST, CaptureState.CLOSED]
    await is_whole(lesson, recording)


async def test_kill_9_of_the_recorders_host_costs_a_few_seconds(
    cast: Cast, lesson: Lesson, whole: House
) -> None:
    people = await teach(cast, lesson, whole)
    orphan = at_work(whole)
    host = whole.running.pop("recorders")
    os.kill(host.pid, signal.SIGKILL)  # only the host: its recorder is an orphan now
    host.wait()
    whole.start_recorders()
    await goes_on(people)
    await until(lambda: not is_alive(orphan), 20, "the orphan's own end")
    recording = await published(lesson, whole)
    assert await states_of(recording) == [CaptureState.LOST, CaptureState.CLOSED]
    for session in await sessions_of(recording):
        assert (settings.RECORDINGS_DIR / session / "finalized").exists()
    await is_whole(lesson, recording)


async def states_of(recording: Recording) -> list[str]:
    return [capture.state async for capture in recording.captures.order_by("wanted_at")]


async def sessions_of(recording: Recording) -> list[str]:
    return [capture.session_id async for capture in recording.captures.all()]
