"""What the cloud of a cell asks and is told: who may go, and figures for its alarms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from classroom.models import Bridge, BridgeState, Lesson, MachinePool, PoolKind
from common.machines import Departure, FakeDepartures, FakeGauges, Figure, Place
from common.refusals import Refused, Unavailable
from recordings import cell
from recordings.models import (
    Capture,
    CaptureState,
    Engine,
    Orphan,
    Reason,
    Recorder,
    RecorderState,
    Recording,
    RecordingState,
)

pytestmark = pytest.mark.django_db
BRIDGES = Place("bridges", "eu", "jvb-blue", "eu-central-1")
MINUTE = timedelta(minutes=1)


def recorder(name: str, state: str = RecorderState.IDLE) -> Recorder:
    now = timezone.now()
    return Recorder.objects.create(name=name, state=state, state_at=now, next_poll_at=now)


@pytest.fixture
def capture(lesson: Lesson) -> Capture:
    """A recorder has this lesson."""
    now = timezone.now()
    recording = Recording.objects.create(lesson=lesson, state_at=now)
    return Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id="s-1",
        recorder=recorder("i-leased"),
        wanted_at=now,
    )


def test_whoever_records_is_waited_for_and_goes_afterwards(capture: Capture) -> None:
    busy = recorder("i-busy", RecorderState.BUSY)
    recorder("i-free")
    departures = FakeDepartures("i-leased", "i-busy", "i-free", "i-worker")
    assert cell.tend_departures(departures) == 2
    assert (departures.held, departures.gone) == (["i-leased", "i-busy"], ["i-free", "i-worker"])
    Capture.objects.update(state=CaptureState.CLOSED)
    Recorder.objects.filter(pk=busy.pk).update(state=RecorderState.IDLE)
    assert cell.tend_departures(departures) == 2
    assert departures.waiting == {}


class Deaf(FakeDepartures):
    """Of one machine alone."""

    def let_go(self, departure: Departure) -> None:
        if departure.machine == "i-1":
            raise Unavailable("cloud_busy")
        super().let_go(departure)


class Away(FakeDepartures):
    def heard(self) -> list[Departure]:
        raise Unavailable("cloud_unreachable")


def test_who_could_not_be_answered_keeps_nobody_else_waiting() -> None:
    deaf = Deaf("i-1", "i-2")
    assert cell.tend_departures(deaf) == 1
    assert list(deaf.waiting) == ["i-1"]
    assert cell.tend_departures(Away("i-1")) == 0


def told(places: Sequence[Place] = ()) -> dict[str, float]:
    gauges = FakeGauges()
    cell.report(gauges, list(places), now=timezone.now())
    return {one.name: one.value for one in gauges.told}


def pool(**about: object) -> MachinePool:
    defaults = {"kind": PoolKind.RECORDERS, "zone": "eu", "is_fixed": False, "looked_at": timezone.now()}
    return MachinePool.objects.create(**defaults | about)


def test_alarms_hear_who_is_free_and_what_is_missing(capture: Capture) -> None:
    recorder("i-free")
    recorder("i-busy", RecorderState.BUSY)
    Recorder.objects.create(
        name="i-leaving",
        state=RecorderState.IDLE,
        drained_at=timezone.now(),
        state_at=timezone.now(),
        next_poll_at=timezone.now(),
    )
    pool(needed=9, most=6)
    pool(kind=PoolKind.BRIDGES, needed=1, most=6)
    found = told()
    assert (found["IdleRecorders"], found["CapacityShortfall"], found["CapacityDecisions"]) == (1, 3, 2)


def test_a_loop_that_sees_nothing_is_silent() -> None:
    pool(looked_at=timezone.now() - 2 * MINUTE)
    pool(kind=PoolKind.BRIDGES, trouble="cloud_refused")
    pool(zone="af", is_fixed=True)
    assert told()["CapacityDecisions"] == 0


@pytest.mark.parametrize(
    ("state", "reason", "minutes", "number"),
    [
        (RecordingState.STORING, "", 2, 0),
        (RecordingState.STORING, "", 12, 1),
        (RecordingState.FAILED, Reason.STORAGE_REFUSED, 2, 1),
        (RecordingState.FAILED, Reason.STORAGE_REFUSED, 12, 0),
        (RecordingState.FAILED, Reason.EMPTY, 2, 0),
    ],
)
def test_a_store_that_takes_nothing_rings(
    lesson: Lesson, state: str, reason: str, minutes: int, number: int
) -> None:
    at = timezone.now() - minutes * MINUTE
    Recording.objects.create(lesson=lesson, state=state, reason=reason, state_at=at)
    assert told()["RecordingUploadFailures"] == number


def test_what_was_handed_in_and_belongs_to_nobody_rings() -> None:
    Orphan.objects.create(name="stray", found_at=timezone.now())
    assert told()["ForeignUploads"] == 1


def test_each_pool_of_bridges_says_how_hard_it_works() -> None:
    for name, region, stress in (("a", "eu", 0.2), ("b", "eu", 0.4), ("c", "af", 0.9)):
        Bridge.objects.create(
            name=name, url=f"http://{name}", region=region, stress=stress, state=BridgeState.UP
        )
    gauges = FakeGauges()
    cell.report(gauges, [BRIDGES, Place("recorders", "eu", "jibri", "eu-central-1")], now=timezone.now())
    [busy] = [one for one in gauges.told if one.group]
    assert (busy.name, busy.group, round(busy.value)) == ("BridgeStressPercent", "jvb-blue", 30)


class Silent:
    def tell(self, figures: Sequence[Figure]) -> None:
        raise Refused("cloud_refused")


def test_alarms_that_cannot_be_told_stop_nothing() -> None:
    cell.report(Silent(), [], now=timezone.now())


def test_without_a_cell_nobody_is_asked() -> None:
    assert cell.answer_departures() == 0
    cell.tell_figures(now=timezone.now())
