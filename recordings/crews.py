"""The machines of a pool as people who work: who is at work, who is silent, who may be emptied, who is empty."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from math import ceil
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from classroom import actions as classroom
from classroom.capacity import BridgeSizes
from classroom.models import Bridge, BridgeState, MachinePool, PoolKind
from common.machines import Seen
from recordings import actions
from recordings.models import OPEN_CAPTURE, Capture, CaptureState, Recorder, RecorderState

LEASED = Exists(Capture.objects.filter(recorder=OuterRef("pk"), state__in=OPEN_CAPTURE))


class Crew(Protocol):
    """`leaving` are those whom we empty."""

    leaving: Set[str]

    def count_at_work(self) -> int: ...
    def count_waiting(self) -> int: ...
    def count_unknown(self) -> int: ...
    def count_absent(self) -> int:
        """Being emptied, by us or by hand."""
        ...

    def empty(self, number: int, *, now: datetime) -> Set[str]:
        """At most so many that are free get nothing new from now on; which."""
        ...

    def take_back(self, number: int) -> Set[str]:
        """At most so many of those whom we empty work again; which."""
        ...

    def emptied(self) -> Set[str]:
        """Who has said, after being emptied, that nothing is left to do."""
        ...


def crew_of(pool: MachinePool, seen: Seen) -> Crew:
    return RecorderCrew(pool, seen) if pool.kind == PoolKind.RECORDERS else BridgeCrew(pool, seen)


def count_set_up(kind: PoolKind, zone: str) -> int:
    """By hand. Where nobody can be asked, as many as the settings promise."""
    if kind == PoolKind.BRIDGES:
        return Bridge.objects.filter(**({"region": zone} if zone else {})).count()
    known = Recorder.objects.exclude(base_url="")
    known = known.filter(pool=zone) if zone else known
    return known.count() or int(settings.RECORDER_CAPACITY)


def being_recorded() -> Q:
    """Lessons that have a recorder, or wait for one."""
    open_ = Capture.objects.filter(recording__lesson=OuterRef("pk"), state__in=OPEN_CAPTURE)
    return Q(Exists(open_))


class RecorderCrew:
    def __init__(self, pool: MachinePool, seen: Seen) -> None:
        self.zone = pool.zone
        if pool.is_fixed:
            everybody = Recorder.objects.exclude(base_url="")
            self.rows: QuerySet[Recorder] = everybody.filter(pool=pool.zone) if pool.zone else everybody
        else:
            self.rows = Recorder.objects.filter(name__in=[one.name for one in seen.machines])
        self.leaving: Set[str] = set(pool.leaving)

    def count_at_work(self) -> int:
        return self.rows.filter(Q(LEASED) | Q(state=RecorderState.BUSY)).count()

    def count_waiting(self) -> int:
        waiting = Capture.objects.filter(state=CaptureState.WANTED, recorder__isnull=True)
        zone = {"recording__lesson__institution__region": self.zone} if self.zone else {}
        return waiting.filter(**zone).count()

    def count_unknown(self) -> int:
        """One that has never said a word is still coming."""
        return self.rows.filter(state=RecorderState.SILENT, seen_at__isnull=False).count()

    def count_absent(self) -> int:
        """One that finishes its lesson counts among those at work."""
        return self.rows.filter(~LEASED, drained_at__isnull=False).exclude(state=RecorderState.BUSY).count()

    def empty(self, number: int, *, now: datetime) -> Set[str]:
        free = self.rows.filter(~LEASED, state=RecorderState.IDLE, drained_at__isnull=True)
        chosen = free.order_by(F("leased_at").asc(nulls_first=True), "name")[:number]
        return {one.name for one in chosen if actions.empty_recorder(recorder=one, now=now)}

    def take_back(self, number: int) -> Set[str]:
        mine = self.rows.filter(name__in=self.leaving, drained_at__isnull=False).order_by("-drained_at")
        return {one.name for one in mine[:number] if actions.take_recorder_back(recorder=one)}

    def emptied(self) -> Set[str]:
        idle = (RecorderState.IDLE, RecorderState.EXPIRED)
        said = self.rows.filter(~LEASED, state__in=idle, seen_at__gt=F("drained_at"))
        return set(said.values_list("name", flat=True))


class BridgeCrew:
    def __init__(self, pool: MachinePool, seen: Seen) -> None:
        names = {one.address: one.name for one in seen.machines if one.address}
        rows = (
            Bridge.objects.filter(region=pool.zone) if pool.is_fixed and pool.zone else Bridge.objects.all()
        )
        self.bridges = {
            names.get(host, one.name): one
            for one in rows
            if (host := urlsplit(one.url).hostname or "") in names or pool.is_fixed
        }
        self.leaving: Set[str] = set(pool.leaving)

    def count_at_work(self) -> int:
        """As many as their present load would fill: nothing is taken away from under people who are inside."""
        stress = sum(one.stress or 0 for one in self.bridges.values())
        return ceil(round(stress / BridgeSizes().highest_stress, 6))

    def count_waiting(self) -> int:
        return 0

    def count_unknown(self) -> int:
        return sum(one.state == BridgeState.LOST for one in self.bridges.values())

    def count_absent(self) -> int:
        leaves = (BridgeState.DRAINING, BridgeState.EMPTY, BridgeState.LEAVING)
        return sum(one.drain_wanted is True or one.state in leaves for one in self.bridges.values())

    def empty(self, number: int, *, now: datetime) -> Set[str]:
        """Whose people are fewest is empty first."""
        free = [(name, one) for name, one in self.bridges.items() if one.takes_people]
        free.sort(key=lambda pair: (pair[1].participants, pair[1].conferences, pair[0]))
        return {name for name, one in free[:number] if classroom.empty_bridge(bridge=one)}

    def take_back(self, number: int) -> Set[str]:
        mine = [(name, one) for name, one in self.bridges.items() if name in self.leaving]
        mine.sort(key=lambda pair: -pair[1].participants)
        return {name for name, one in mine[:number] if classroom.take_bridge_back(bridge=one)}

    def emptied(self) -> Set[str]:
        return {name for name, one in self.bridges.items() if one.state == BridgeState.EMPTY}
