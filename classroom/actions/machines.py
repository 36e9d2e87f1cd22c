"""Pools of machines: what was seen, what was decided, what somebody wishes instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.capacity import Decision, Habits
from classroom.models import Bridge, BridgeState, MachinePool, ScalingDecision
from common.machines import Place, Seen
from common.queue import enqueue_on_commit
from common.refusals import Refused

DECISIONS_KEPT = timedelta(days=30)
LONGEST_WISH = timedelta(days=7)


@transaction.atomic
def know_pools(*, places: Sequence[Place]) -> list[MachinePool]:
    """As many rows as the setting names, in its order; others go with their decisions."""
    pools = []
    for place in places:
        pool, _ = MachinePool.objects.update_or_create(
            kind=place.kind, zone=place.zone, defaults={"is_fixed": not place.group}
        )
        pools.append(pool)
    MachinePool.objects.exclude(pk__in=[pool.pk for pool in pools]).delete()
    return pools


@transaction.atomic
def wish_number(*, pool: MachinePool, number: int, expires_at: datetime, by: Person, now: datetime) -> None:
    """Exactly so many until then, whatever the timetable says; what is at work stays all the same.

    Raises Refused("fixed_pool"), Refused("out_of_bounds") or Refused("bad_expiry").
    """
    if pool.is_fixed:
        raise Refused("fixed_pool")
    if not pool.least <= number <= pool.most:
        raise Refused("out_of_bounds")
    if not now < expires_at <= now + LONGEST_WISH:
        raise Refused("bad_expiry")
    MachinePool.objects.filter(pk=pool.pk).update(wish_number=number, wish_expires_at=expires_at)
    detail = {"number": number, "minutes": round((expires_at - now) / timedelta(minutes=1))}
    record_audit("capacity.wished", institution=None, by=by, target=f"pool:{pool.pk}", detail=detail)


@transaction.atomic
def drop_wish(*, pool: MachinePool, by: Person) -> bool:
    """The timetable decides again; False when it did."""
    wished = MachinePool.objects.filter(pk=pool.pk, wish_number__isnull=False)
    dropped = wished.update(wish_number=None, wish_expires_at=None)
    if dropped:
        record_audit("capacity.wish_dropped", institution=None, by=by, target=f"pool:{pool.pk}")
    return bool(dropped)


def note_habits(*, pool: MachinePool, habits: Habits, now: datetime) -> None:
    pool.habits = {"show_up": habits.show_up, "unplanned_per_hour": habits.unplanned_per_hour}
    pool.learned_at = now
    pool.save(update_fields=["habits", "learned_at"])


def note_unseen(*, pool: MachinePool, trouble: str) -> None:
    """The pool could not be asked: what was known of it stays, and nothing is decided."""
    MachinePool.objects.filter(pk=pool.pk).update(trouble=trouble)


@transaction.atomic
def note_decision(
    *, pool: MachinePool, seen: Seen, decision: Decision, inputs: Mapping[str, Any], now: datetime
) -> ScalingDecision:
    """A row for whatever is not as it was; before anybody acts, so that no number changes without its reason."""
    pool.machines = {one.name: one.address for one in seen.machines if not one.is_leaving}
    pool.asked_for, pool.least, pool.most = seen.asked_for, seen.least, seen.most
    pool.needed, pool.less_since = decision.needed, decision.less_since
    pool.looked_at, pool.trouble = now, ""
    if pool.wish_number is not None and not pool.has_wish(now):
        pool.wish_number = pool.wish_expires_at = None
    pool.save()
    last = pool.decisions.first()
    same = {"new": decision.new, "short": decision.short, "reason": decision.reason}
    if last and decision.new == decision.old and all(getattr(last, key) == one for key, one in same.items()):
        last.judged_at = now
        last.save(update_fields=["judged_at"])
        return last
    return ScalingDecision.objects.create(
        pool=pool,
        decided_at=now,
        judged_at=now,
        old=decision.old,
        needed=decision.needed,
        inputs=dict(inputs),
        **same,
    )


def note_leaving(*, pool: MachinePool, names: Collection[str]) -> None:
    """Those that are gone are forgotten with it."""
    pool.leaving = sorted(set(names) & set(pool.machines))
    pool.save(update_fields=["leaving"])


def empty_bridge(*, bridge: Bridge) -> bool:
    """For good, as far as it goes: no new conferences, and when it is empty it is released. False when somebody else
    empties it already."""
    free = Bridge.objects.filter(pk=bridge.pk, state=BridgeState.UP).exclude(drain_wanted=True)
    emptied = free.update(drain_wanted=True)
    enqueue_on_commit("classroom.settle_bridges")
    return bool(emptied)


def take_bridge_back(*, bridge: Bridge) -> bool:
    """It is needed after all, and takes people again."""
    mine = Bridge.objects.filter(pk=bridge.pk, drain_wanted=True).exclude(state=BridgeState.LEAVING)
    taken = mine.update(drain_wanted=False)
    enqueue_on_commit("classroom.settle_bridges")
    return bool(taken)


def forget_decisions(*, now: datetime) -> None:
    ScalingDecision.objects.filter(judged_at__lt=now - DECISIONS_KEPT).delete()
