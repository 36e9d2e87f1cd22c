"""What Prometheus is told: this process, and the whole platform as PostgreSQL and Redis know it. No names of people,
lessons or schools: whoever reads metrics need not be anybody's."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, QuerySet
from redis import Redis
from redis.exceptions import RedisError

from accounts.models import DeliveryState, WebhookDelivery
from classroom.models import Bridge, BridgeState, Lesson, LessonStatus, MachinePool, Presence
from common.exposition import Metric, Sample
from dashboard.tasks import TICK
from housekeeping.backups.manifest import all_backups, moment_of
from recordings.chips import failed_chips
from recordings.models import (
    IN_PIPELINE,
    Alarm,
    Finding,
    Orphan,
    Reconciliation,
    Recorder,
    RecorderState,
    Recording,
    RecordingState,
)

STARTED = time.time()
# Where Celery's transport keeps tasks of a lower priority.
PRIORITIES = ("", "\x06\x163", "\x06\x166", "\x06\x169")


def metrics_of(now: datetime) -> Iterator[Metric]:
    for gather in (_process, _lessons, _recordings, _recorders, _bridges, _pools, _queues, _beat, _backup):
        yield from gather(now)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return Metric(f"darasa_{name}", "gauge", help_, [Sample(value)])


def _by_state(
    name: str, help_: str, rows: QuerySet[Recorder] | QuerySet[Bridge], states: list[str]
) -> Metric:
    """All states, also those in which nobody is: an alert must not sleep because a line is missing."""
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    samples = [Sample(found.get(state, 0), {"state": state}) for state in states]
    return Metric(f"darasa_{name}", "gauge", help_, samples)


def _process(now: datetime) -> Iterator[Metric]:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    label = {"process": str(os.getpid())}
    seconds = spent.ru_utime + spent.ru_stime
    told: list[tuple[str, str, float]] = [
        ("process_start_time_seconds", "When this process began.", STARTED),
        ("process_peak_memory_bytes", "The most memory that it held.", spent.ru_maxrss * 1024),
    ]
    yield Metric(
        "darasa_process_cpu_seconds_total",
        "counter",
        "Processor time of the web process that answered.",
        [Sample(seconds, label)],
    )
    for name, help_, value in told:
        yield Metric(f"darasa_{name}", "gauge", help_, [Sample(value, label)])


def _lessons(now: datetime) -> Iterator[Metric]:
    live = Lesson.objects.filter(status=LessonStatus.LIVE)
    inside = Presence.objects.filter(left_at__isnull=True)
    yield _gauge("lessons_live", "Lessons that go on.", live.count())
    people = inside.aggregate(number=Count("person", distinct=True))["number"]
    yield _gauge("people_inside", "People in lessons.", people)
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.PENDING, queued_at__lte=now).count()
    yield _gauge("webhooks_pending", "Webhooks that wait to be delivered.", waiting)


def _recordings(now: datetime) -> Iterator[Metric]:
    found = dict(Recording.objects.order_by().values_list("state").annotate(Count("pk")))
    samples = [Sample(found.get(state, 0), {"state": state}) for state in RecordingState.values]
    yield Metric("darasa_recordings", "gauge", "Recordings, by state.", samples)
    alone = Recording.objects.filter(state=RecordingState.NO_RECORDER, lesson__status=LessonStatus.LIVE)
    yield _gauge("lessons_unrecorded", "Lessons with people inside and no recorder.", alone.count())
    oldest = Recording.objects.filter(state__in=IN_PIPELINE).aggregate(at=Min("lesson__ended_at"))["at"]
    age = (now - oldest).total_seconds() if oldest else 0
    yield _gauge("recording_oldest_waiting_seconds", "Since the end of the lesson that waits longest.", age)
    open_ = Alarm.objects.filter(repaired_at__isnull=True, recording__lesson__status=LessonStatus.LIVE)
    yield _gauge("recording_alarms_open", "Lessons whose missing recorder was alarmed about.", open_.count())
    yield _gauge("recording_folders_unknown", "Recorders' folders of no lesson.", Orphan.objects.count())
    yield Metric(
        "darasa_encoder_failures_total",
        "counter",
        "Encoders in hardware that failed after their trial; x264 made the video.",
        [Sample(failed_chips())],
    )
    findings = Finding.objects.filter(closed_at__isnull=True).count()
    yield _gauge("reconciler_findings_open", "What does not agree and was not mended.", findings)
    books = Reconciliation.objects.first()
    finished = books.finished_at if books else None
    late = (now - finished).total_seconds() if finished else float("inf")
    yield _gauge("reconciler_age_seconds", "Since timetable, recorders and store were compared.", late)


def _recorders(now: datetime) -> Iterator[Metric]:
    rows = Recorder.objects.filter(drained_at__isnull=True)
    yield _by_state("recorders", "Recorders that may work, by state.", rows, RecorderState.values)


def _bridges(now: datetime) -> Iterator[Metric]:
    yield _by_state("bridges", "Bridges, by state.", Bridge.objects.all(), BridgeState.values)
    bridges = list(Bridge.objects.exclude(stress=None))
    for name, help_, read in BRIDGE:
        samples = [Sample(read(one), {"bridge": one.name, "region": one.region}) for one in bridges]
        yield Metric(f"darasa_bridge_{name}", "gauge", help_, samples)


BRIDGE: tuple[tuple[str, str, Callable[[Bridge], float]], ...] = (
    ("stress", "1 at 90 percent of its processors.", lambda one: one.stress or 0.0),
    ("participants", "People on it.", lambda one: one.participants),
    ("conferences", "Conferences on it.", lambda one: one.conferences),
)


def _pools(now: datetime) -> Iterator[Metric]:
    pools = list(MachinePool.objects.all())
    for name, help_, read in POOL:
        samples = [Sample(read(one), {"kind": one.kind, "zone": one.zone}) for one in pools]
        yield Metric(f"darasa_pool_{name}", "gauge", help_, samples)
    ages = [
        Sample(
            (now - one.looked_at).total_seconds() if one.looked_at else float("inf"),
            {"kind": one.kind, "zone": one.zone},
        )
        for one in pools
    ]
    yield Metric("darasa_pool_age_seconds", "gauge", "Since the pool was looked at.", ages)


POOL: tuple[tuple[str, str, Callable[[MachinePool], float]], ...] = (
    ("asked_for", "Machines that were asked for.", lambda one: one.asked_for),
    ("needed", "Machines that the timetable needs.", lambda one: one.needed),
    ("short", "Machines that the bounds do not allow.", lambda one: max(0, one.needed - one.most)),
    ("wish", "1 while somebody's number holds.", lambda one: float(one.wish_number is not None)),
)


def _queues(now: datetime) -> Iterator[Metric]:
    names = sorted({"celery", *(str(route["queue"]) for route in settings.TASK_QUEUES.values())})
    names += [f"recordings.{zone}" for zone in settings.WORK_ZONES]
    try:
        server = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        lengths = {
            name: sum(_length(server, f"darasa-{name}{rank}") for rank in PRIORITIES) for name in names
        }
    except RedisError:
        lengths = dict.fromkeys(names, float("nan"))
    samples = [Sample(length, {"queue": name}) for name, length in lengths.items()]
    yield Metric("darasa_queue_length", "gauge", "Tasks that no worker has taken.", samples)


def _length(server: Redis, key: str) -> float:
    return float(server.llen(key))


def _beat(now: datetime) -> Iterator[Metric]:
    try:
        ticked_at = cache.get(TICK)
    except RedisError:
        ticked_at = None
    age = now.timestamp() - float(ticked_at) if ticked_at else float("inf")
    yield _gauge("beat_age_seconds", "Since the clockwork ticked. Without it nothing happens by itself.", age)


def _backup(now: datetime) -> Iterator[Metric]:
    """No number where `manage.py backup` is not used: then nothing can be late."""
    age = float("nan")
    if settings.BACKUP_DIR.is_dir():
        kept = all_backups(settings.BACKUP_DIR)
        age = (now - moment_of(kept[-1])).total_seconds() if kept else float("inf")
    yield _gauge("backup_age_seconds", "Since the newest backup was taken.", age)
