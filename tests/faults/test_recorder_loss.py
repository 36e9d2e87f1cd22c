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
from recordings.models import Capture, EndCause, Recording, RecordingState
from recordings.probe import probe, sound_runs
from tests.conftest import Cast
from tests.faults.drawing import until
from tests.faults.people import Participant
from tests.faults.programs import is_alive
from tests.processes import House, wait_until
from tests.wire.conftest import cookie_of

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]

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
    links = list(Path(f"/proc/{pid}/fd").iterdir())
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


async def goes_on(people: list[Participant], losses: int) -> None:
    """By itself: lost, starting, recording again; and a few seconds of that."""
    teacher = people[0]
    await teacher.state("recording", 30, times=1 + losses)
    states = [state for state, _ in teacher.states]
    again = ["lost_recorder", "starting", "recording"]
    assert states[states.index("recording") :] == ["recording", *again * losses]
    await asyncio.sleep(3)


@sync_to_async
def published(lesson: Lesson, house: House) -> Recording:
    def row() -> Recording:
        return Recording.objects.get(lesson=lesson)

    wait_until(lambda: row().state in (RecordingState.PUBLISHED, RecordingState.FAILED), 90, what="the video")
    assert row().state == RecordingState.PUBLISHED, (row().reason, house.log("worker")[-3000:])
    return row()


@sync_to_async
def is_whole(lesson: Lesson, recording: Recording) -> None:
    """As long as people were inside, and no loss cost more than a few seconds of the teacher's sound."""
    times = Presence.objects.filter(room__lesson=lesson).values_list("joined_at", "left_at")
    [inside] = merge(Span(a.timestamp(), b.timestamp()) for a, b in times if b)
    video = settings.STORAGE_DIR / "objects" / recording.video_key
    assert probe(video).duration_seconds == pytest.approx(inside.seconds, abs=1)
    captures = list(recording.captures.order_by("wanted_at"))
    assert [capture.state for capture in captures] == ["lost", "lost", "closed"]
    finished = [(settings.RECORDINGS_DIR / one.session_id / "finalized").exists() for one in captures]
    assert finished == [False, True, True], "the orphan finishes its files by itself"
    heard = merge(span for capture in captures for span in spoken(capture))
    ends = [inside.starts_at, *(span.ends_at for span in heard)]
    starts = [*(span.starts_at for span in heard), inside.ends_at]
    holes = [round(start - end, 2) for start, end in zip(starts, ends, strict=True)]
    print(f"holes in {inside.seconds:.1f} s: {holes}")
    assert max(holes) <= MOST_MISSING_SECONDS
    told = [(gap["cause"], gap["seconds"] <= MOST_MISSING_SECONDS) for gap in recording.gaps]
    assert set(told) <= {(EndCause.DIED, True)}, recording.gaps
    assert Fact.objects.filter(lesson=lesson, type="recording.published").count() == 1


def spoken(capture: Capture) -> list[Span]:
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


async def test_kill_9_of_the_recorder_and_of_its_host_costs_a_few_seconds_each(
    cast: Cast, lesson: Lesson, whole: House
) -> None:
    people = await teach(cast, lesson, whole)
    os.kill(at_work(whole), signal.SIGKILL)
    await goes_on(people, losses=1)
    orphan = at_work(whole)
    kill_host(whole)
    whole.start_recorders()
    await goes_on(people, losses=2)
    await until(lambda: not is_alive(orphan), 20, "the orphan's own end")
    await people[0].end_lesson()
    for one in people:
        await one.leave()
    recording = await published(lesson, whole)
    await is_whole(lesson, recording)


def kill_host(house: House) -> None:
    """Only the host: its recorder is an orphan from now on."""
    host = house.running.pop("recorders")
    os.kill(host.pid, signal.SIGKILL)
    host.wait()
