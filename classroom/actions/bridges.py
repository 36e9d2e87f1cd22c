"""What can be done with the shared bridges, and what is written down of them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q

from accounts.actions import record_audit
from accounts.models import Institution, Person
from classroom.admission import (
    FRESH,
    Decision,
    Load,
    Sample,
    decide_all,
    is_new_sample,
    is_share_of_cpu,
)
from classroom.jitsi.bridges import Stats
from classroom.models import (
    Bridge,
    BridgeReading,
    BridgeState,
    Diversion,
    Lesson,
    LessonStatus,
    Peak,
    Presence,
)
from common.queue import enqueue_on_commit
from common.refusals import Refused

ASKED_EVERY = timedelta(seconds=9)  # the sweep comes every ten
# The second question in a row that stays without an answer.
LOST_AFTER = timedelta(seconds=15)
READINGS_KEPT = timedelta(minutes=65)
DIVERSIONS_KEPT = timedelta(days=30)
LOOKED_BACK = timedelta(minutes=2)


@transaction.atomic
def register_bridges(*, urls: Sequence[str]) -> None:
    """As many rows as addresses: new ones come, those that are no longer named go with their readings."""
    known = set(Bridge.objects.values_list("url", flat=True))
    for url in dict.fromkeys(urls):
        if url not in known:
            Bridge.objects.get_or_create(url=url, defaults={"name": urlsplit(url).netloc or url})
    if known - set(urls):
        Bridge.objects.exclude(url__in=urls).delete()


def claim_bridges(*, now: datetime) -> list[Bridge]:
    """Those whose turn it is to be asked; two sweeps at once never ask the same one."""
    due = Q(asked_at__isnull=True) | Q(asked_at__lte=now - ASKED_EVERY)
    return [
        bridge
        for bridge in Bridge.objects.filter(due)
        if Bridge.objects.filter(due, pk=bridge.pk).update(asked_at=now)
    ]


@transaction.atomic
def note_answer(*, bridge: Bridge, stats: Stats, now: datetime) -> None:
    """What it says of itself, and a reading if it has measured anew."""
    bridge = _locked(bridge)
    bridge.region, bridge.relay_id, bridge.version = stats.region, stats.relay_id, stats.version
    bridge.conferences, bridge.participants = stats.conferences, stats.participants
    bridge.is_draining, bridge.stress, bridge.seen_at = stats.is_draining, stats.stress, now
    bridge.trouble = "" if is_share_of_cpu(stats.stress) else "not_cpu"
    bridge.state = _state_of(stats)
    if bridge.drain_wanted is False and not stats.is_draining:
        bridge.drain_wanted = None  # carried out: whoever empties it from now on may
    bridge.save()
    _keep_reading(bridge, stats, now)


def _locked(bridge: Bridge) -> Bridge:
    return Bridge.objects.select_for_update().get(pk=bridge.pk)


def _state_of(stats: Stats) -> BridgeState:
    if stats.is_leaving:
        return BridgeState.LEAVING
    if not stats.is_healthy:
        return BridgeState.SICK
    if stats.is_draining:
        is_empty = stats.participants == stats.conferences == 0
        return BridgeState.EMPTY if is_empty else BridgeState.DRAINING
    return BridgeState.UP


def _keep_reading(bridge: Bridge, stats: Stats, now: datetime) -> None:
    last = bridge.readings.order_by("-at", "-pk").first()
    before = Sample(last.at, last.stress, last.measured_at) if last else None
    if is_new_sample(before, Sample(now, stats.stress, stats.measured_at)):
        BridgeReading.objects.create(
            bridge=bridge,
            at=now,
            measured_at=stats.measured_at,
            stress=stats.stress,
            participants=stats.participants,
            conferences=stats.conferences,
        )


@transaction.atomic
def note_silence(*, bridge: Bridge, trouble: str, now: datetime) -> None:
    """One answer that does not come may be the network; after the second the bridge is out."""
    bridge = _locked(bridge)
    bridge.trouble = trouble
    if bridge.seen_at is None or now - bridge.seen_at >= LOST_AFTER:
        bridge.state, bridge.stress, bridge.is_hot = BridgeState.LOST, None, False
    bridge.save(update_fields=["trouble", "state", "stress", "is_hot"])


@transaction.atomic
def drain_bridge(*, bridge: Bridge, by: Person) -> bool:
    """No new conferences from now on; those that run may end there. False when it was wished before.

    The row is first, so that nobody is counted on it; the bridge itself is told after the commit. Raises
    Refused("last_bridge") while lessons run and no other bridge of its region takes anybody.
    """
    # All of them, in one order: two who empty the last two bridges wait here for one another.
    bridges = {one.pk: one for one in Bridge.objects.select_for_update().order_by("pk")}
    mine = bridges.get(bridge.pk)
    if mine is None:
        raise Refused("not_found")
    if mine.drain_wanted:
        return False
    others = [one for one in bridges.values() if one.region == mine.region and one.pk != mine.pk]
    if not any(one.takes_people for one in others) and _is_needed(mine):
        raise Refused("last_bridge")
    _wish(mine, "bridge.drained", by, drain=True)
    return True


def _is_needed(bridge: Bridge) -> bool:
    return bridge.participants > 0 or Lesson.objects.filter(status=LessonStatus.LIVE).exists()


@transaction.atomic
def undrain_bridge(*, bridge: Bridge, by: Person) -> bool:
    """It takes new conferences again, and counts as soon as it says so itself. False when nothing was to do.

    Raises Refused("leaving"): a bridge that shuts down cannot be held back.
    """
    bridge = _locked(bridge)
    if bridge.state == BridgeState.LEAVING:
        raise Refused("leaving")
    if bridge.drain_wanted is False or (bridge.drain_wanted is None and not bridge.is_draining):
        return False
    _wish(bridge, "bridge.undrained", by, drain=False)
    return True


def _wish(bridge: Bridge, act: str, by: Person, *, drain: bool) -> None:
    bridge.drain_wanted = drain
    bridge.save(update_fields=["drain_wanted"])
    detail = {"conferences": bridge.conferences, "participants": bridge.participants}
    record_audit(act, institution=None, by=by, target=f"bridge:{bridge.pk}", detail=detail)
    enqueue_on_commit("classroom.settle_bridges")


def unsettled_bridges() -> list[Bridge]:
    """Those that are not as they were wished, and answer."""
    wished = Bridge.objects.filter(drain_wanted__isnull=False).exclude(state=BridgeState.LOST)
    return [bridge for bridge in wished if bridge.drain_wanted != bridge.is_draining]


@transaction.atomic
def judge_doors(*, now: datetime) -> list[Decision]:
    """Where new people are sent, region by region; a row is written when that changes."""
    bridges = list(Bridge.objects.select_for_update().order_by("pk"))
    if not bridges:
        return []
    samples = _recent_samples(now)
    loads = [
        Load(str(one.pk), one.region, samples[one.pk], was_hot=one.is_hot, takes_people=one.takes_people)
        for one in bridges
    ]
    decisions = decide_all(loads, now=now)
    _keep_heat(bridges, decisions)
    for decision in decisions:
        _write_down(decision, now)
    return decisions


def _recent_samples(now: datetime) -> dict[UUID, list[Sample]]:
    samples: dict[UUID, list[Sample]] = defaultdict(list)
    recent = BridgeReading.objects.filter(at__gt=now - LOOKED_BACK).order_by("at", "pk")
    for bridge, at, stress, measured_at in recent.values_list("bridge", "at", "stress", "measured_at"):
        samples[bridge].append(Sample(at, stress, measured_at))
    return samples


def _keep_heat(bridges: list[Bridge], decisions: list[Decision]) -> None:
    is_hot = {verdict.bridge: verdict.is_hot for decision in decisions for verdict in decision.verdicts}
    for bridge in bridges:
        if bridge.is_hot != is_hot[str(bridge.pk)]:
            Bridge.objects.filter(pk=bridge.pk).update(is_hot=is_hot[str(bridge.pk)])


def _write_down(decision: Decision, now: datetime) -> None:
    last = Diversion.objects.filter(region=decision.region).order_by("-decided_at", "-pk").first()
    if last and (last.door, last.why) == (decision.door, decision.why):
        Diversion.objects.filter(pk=last.pk).update(judged_at=now)
        return
    inputs: list[dict[str, Any]] = [
        {"bridge": one.bridge, "known": one.is_known, "hot": one.is_hot, "stress": one.stress}
        for one in decision.verdicts
    ]
    Diversion.objects.create(
        region=decision.region,
        door=decision.door,
        why=decision.why,
        inputs=inputs,
        decided_at=now,
        judged_at=now,
    )


def forget_readings(*, now: datetime) -> None:
    """An hour is drawn, a month of decisions can be read again; the latest of each region stays."""
    BridgeReading.objects.filter(at__lt=now - READINGS_KEPT).delete()
    settled = now - DIVERSIONS_KEPT
    Diversion.objects.filter(decided_at__lt=settled, judged_at__lt=now - FRESH).delete()


def record_peaks(*, now: datetime) -> None:
    """How many people of each school are inside at this minute, if that is the most of its day."""
    inside = Presence.objects.filter(left_at__isnull=True).order_by().values("room__lesson__institution")
    counted = {row["room__lesson__institution"]: row["people"] for row in inside.annotate(people=_PEOPLE)}
    for school in Institution.objects.filter(pk__in=counted):
        _record_peak(school, counted[school.pk], now)


_PEOPLE = Count("person", distinct=True)


@transaction.atomic
def _record_peak(school: Institution, people: int, now: datetime) -> None:
    today = now.astimezone(ZoneInfo(school.time_zone)).date()
    peak, is_new = Peak.objects.get_or_create(
        institution=school, day=today, defaults={"people": people, "at": now}
    )
    if not is_new:
        Peak.objects.filter(pk=peak.pk, people__lt=people).update(people=people, at=now)
