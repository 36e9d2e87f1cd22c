"""What the server and the cloud of its cell say to each other beside numbers of machines (`recordings/scaling.py`).

The cloud asks before it ends a machine of a pool, whoever wanted that end: a recorder at work is waited for. And it is
told a few figures, for alarms that still ring when nobody of ours watches any more.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Avg, Q

from classroom.models import Bridge, MachinePool, PoolKind
from common.machines import Departure, Departures, Figure, Gauges, Place, read_places, read_spot
from common.refusals import Refused, Unavailable
from recordings.crews import LEASED
from recordings.models import Orphan, Reason, Recorder, RecorderState, Recording, RecordingState

log = logging.getLogger(__name__)
# So long a store may be away before it is somebody's business; a failure is told for as long.
STORED_WITHIN = timedelta(minutes=10)


def answer_departures() -> int:
    """How many were let go; 0 where the settings name no queue."""
    spot = read_spot(settings.MACHINE_DEPARTURES)
    if spot is None:
        return 0
    from common.machines.aws_words import AwsDepartures  # boto3 takes half a second

    return tend_departures(AwsDepartures(spot[0], region=spot[1]))


def tell_figures(*, now: datetime) -> None:
    """Nothing where the settings name no namespace."""
    spot = read_spot(settings.MACHINE_FIGURES)
    if spot is None:
        return
    from common.machines.aws_words import AwsGauges

    report(AwsGauges(spot[0], region=spot[1]), read_places(settings.MACHINE_POOLS), now=now)


def tend_departures(departures: Departures) -> int:
    """Each waits until its recorder has finished its lesson; machines that are no recorder of ours need not wait.

    Bridges were emptied before their group was asked for fewer, and a worker's lease passes on to another worker.
    """
    try:
        return sum(_answer(departures, one) for one in departures.heard())
    except (Refused, Unavailable) as trouble:
        log.warning("Machines that are to go could not be heard: %s", trouble.code)
        return 0


def _answer(departures: Departures, one: Departure) -> bool:
    """Whether it was let go. What cannot be said now is said when the word comes again."""
    try:
        if is_at_work(one.machine):
            departures.hold(one)
            return False
        departures.let_go(one)
    except (Refused, Unavailable) as trouble:
        log.warning("The machine %s of %s could not be answered: %s", one.machine, one.group, trouble.code)
        return False
    log.info("The machine %s of %s may go.", one.machine, one.group)
    return True


def is_at_work(machine: str) -> bool:
    rows = Recorder.objects.filter(name=machine)
    return rows.filter(Q(LEASED) | Q(state=RecorderState.BUSY)).exists()


def report(gauges: Gauges, places: list[Place], *, now: datetime) -> None:
    try:
        gauges.tell(figures_of(places, now=now))
    except (Refused, Unavailable) as trouble:
        log.warning("The cloud's alarms could not be told: %s", trouble.code)


def figures_of(places: list[Place], *, now: datetime) -> list[Figure]:
    """Names as in terraform/modules/observability and jvb_pool."""
    free = Recorder.objects.filter(~LEASED, state=RecorderState.IDLE, drained_at__isnull=True)
    pools = list(MachinePool.objects.filter(is_fixed=False))
    return [
        Figure("IdleRecorders", free.count()),
        Figure("CapacityDecisions", sum(_is_fresh(pool, now) for pool in pools)),
        Figure("CapacityShortfall", sum(max(0, pool.needed - pool.most) for pool in pools)),
        Figure("RecordingUploadFailures", _not_stored(now=now)),
        Figure("ForeignUploads", Orphan.objects.count()),
        *(_stress_of(place) for place in places if place.kind == PoolKind.BRIDGES and place.group),
    ]


def _is_fresh(pool: MachinePool, now: datetime) -> bool:
    return pool.looked_at is not None and not pool.trouble and now - pool.looked_at <= timedelta(minutes=1)


def _not_stored(*, now: datetime) -> int:
    late = Q(state=RecordingState.STORING, state_at__lt=now - STORED_WITHIN)
    failed = Q(state=RecordingState.FAILED, reason=Reason.STORAGE_REFUSED, state_at__gt=now - STORED_WITHIN)
    return Recording.objects.filter(late | failed).count()


def _stress_of(place: Place) -> Figure:
    bridges = Bridge.objects.filter(**({"region": place.zone} if place.zone else {}))
    stress: float = bridges.aggregate(mean=Avg("stress"))["mean"] or 0.0
    return Figure("BridgeStressPercent", 100 * stress, place.group)
