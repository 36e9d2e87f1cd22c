"""Jibris that die, refuse, leave or never begin, as processes: the lesson is recorded by another one, or people are told."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from accounts.models import AuditEvent
from classroom.models import Fact, Lesson, Presence
from recordings.clock import Span, merge
from recordings.gaps import SHORTEST_SECONDS
from recordings.models import CaptureState, EndCause, Recording, RecordingState
from recordings.notices import SESSION, STATUS, keep_notice
from recordings.probe import probe
from tests.conftest import Cast
from tests.faults.conftest import Build
from tests.faults.drawing import until
from tests.faults.jibris import QUICK, Jibris, inside
from tests.processes import WORKER, House, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def jibris() -> Jibris:
    return Jibris()


@pytest.fixture
def staffed(build: Build, jibris: Jibris) -> House:
    """A house with two Jibris; whoever talks to them has a process of their own, as in real life."""
    house = build(**QUICK, JIBRI_URLS=jibris.setting)
    house.start("worker", house_worker("celery,media"))
    house.start("outward", house_worker("outward"))
    house.start_beat()
    house.start_web()
    for name in jibris.ports:
        jibris.start(house, name)
    return house


def house_worker(queues: str) -> list[str]:
    return [*WORKER, "-Q", queues, "-n", f"{queues}@%h"]


@sync_to_async
def finished(lesson: Lesson, house: House) -> Recording:
    def row() -> Recording:
        return Recording.objects.get(lesson=lesson)

    wait_until(lambda: row().state in (RecordingState.PUBLISHED, RecordingState.FAILED), 90, what="the video")
    assert row().state == RecordingState.PUBLISHED, (row().reason, house.log("worker")[-3000:])
    return row()


@sync_to_async
def say_it_twice_and_out_of_order() -> None:
    """A late word of each kind, about everybody: none may change anything."""
    for name in ("jibri-a", "jibri-b"):
        idle = f'{{"jibriId": "{name}", "status": {{"busyStatus": "IDLE", "health": {{"healthStatus": "HEALTHY"}}}}}}'
        for _ in range(2):
            keep_notice(kind=STATUS, body=idle.encode(), now=timezone.now())
    for recording in Recording.objects.all():
        for capture in recording.captures.all():
            off = f'{{"jibriId": "x", "session": {{"sessionId": "{capture.session_id}", "status": "OFF"}}}}'
            keep_notice(kind=SESSION, body=off.encode(), now=timezone.now())


@sync_to_async
def has_one_named_gap(lesson: Lesson, recording: Recording, killed_at: float, late: float) -> None:
    captures = list(recording.captures.order_by("wanted_at"))
    assert [(one.state, one.end_cause) for one in captures] == [
        (CaptureState.LOST, EndCause.DIED),
        (CaptureState.CLOSED, EndCause.NONE),
    ]
    times = Presence.objects.filter(room__lesson=lesson).values_list("joined_at", "left_at")
    [stay] = merge(Span(a.timestamp(), b.timestamp()) for a, b in times if b)
    [gap] = recording.gaps
    assert gap["cause"] == EndCause.DIED
    video = probe(settings.STORAGE_DIR / "objects" / recording.video_key).duration_seconds
    print(f"inside {stay.seconds:.1f} s, video {video:.1f} s, gaps {recording.gaps}")
    assert video + gap["seconds"] + late == pytest.approx(stay.seconds, abs=3)
    assert 0 < gap["at_seconds"] < video
    assert abs(gap_begins(gap) - killed_at) < 3, "what was recorded until the death is there"
    assert Fact.objects.filter(lesson=lesson, type="recording.published").count() == 1


def gap_begins(gap: dict[str, str]) -> float:
    return datetime.fromisoformat(gap["starts_at"]).timestamp()


async def test_a_jibri_that_is_killed_is_replaced_and_one_recording_names_the_gap(
    cast: Cast, lesson: Lesson, staffed: House, jibris: Jibris
) -> None:
    async with inside(staffed, lesson, cast.teacher) as teacher:
        begun = time.monotonic()
        first = await teacher.state("recording", 30)
        [at_work] = await asyncio.to_thread(jibris.at_work)
        await asyncio.sleep(5)
        # The other one is free some seconds later: on a quick machine the hole would be too short to be called a gap.
        [other] = set(jibris.ports) - {at_work}
        jibris.behave(other, "busy")
        jibris.kill(staffed, at_work)
        killed, killed_at = time.monotonic(), time.time()
        await asyncio.sleep(SHORTEST_SECONDS)
        jibris.behave(other, "well")
        again = await teacher.state("recording", 60, times=2)
        print(
            f"first picture after {first - begun:.1f} s, after the death again after {again - killed:.1f} s"
        )
        told = [state for state, _ in teacher.states if state != "no_recorder"]
        assert told[-3:] == ["lost_recorder", "starting", "recording"]
        await say_it_twice_and_out_of_order()
        await asyncio.sleep(5)
        await teacher.end_lesson()
    recording = await finished(lesson, staffed)
    await has_one_named_gap(lesson, recording, killed_at, first - begun)


async def test_busy_ones_are_passed_over_those_that_leave_are_replaced_and_none_at_all_is_told(
    cast: Cast, lesson: Lesson, staffed: House, jibris: Jibris
) -> None:
    jibris.behave("jibri-a", "busy")
    jibris.behave("jibri-b", "leaves-early:3")
    async with inside(staffed, lesson, cast.teacher) as teacher:
        await teacher.state("recording", 30)
        assert await asyncio.to_thread(jibris.at_work) == ["jibri-b"]
        await teacher.state("lost_recorder", 20)
        jibris.behave("jibri-a", "well")
        jibris.behave("jibri-b", "busy")
        await teacher.state("recording", 30, times=2)
        assert await asyncio.to_thread(jibris.at_work) == ["jibri-a"]
        await asyncio.sleep(5)  # of whom nothing is found, the gap before goes on
        jibris.kill(staffed, "jibri-a")
        died = time.monotonic()
        told = await teacher.state("no_recorder", 60)
        print(f"nobody left to record: told {told - died:.1f} s after the last one died")
        jibris.behave("jibri-b", "well")
        await teacher.state("recording", 60, times=3)
        await until(lambda: jibris.at_work() == ["jibri-b"], 10, "the recorder that came back")
        await asyncio.sleep(2)
        await teacher.end_lesson()
    recording = await finished(lesson, staffed)
    await is_told_in_the_log(recording)


@sync_to_async
def is_told_in_the_log(recording: Recording) -> None:
    line = AuditEvent.objects.get(act="recording.unattended")
    assert line.target == f"recording:{recording.pk}"
    assert line.institution_id == recording.lesson.institution_id
    causes = [gap["cause"] for gap in recording.gaps]
    assert EndCause.DIED in causes
    assert EndCause.LEFT in [one.end_cause for one in recording.captures.all()]
