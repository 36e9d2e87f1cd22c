"""Keeps as many recorders and bridges as the timetable needs: looked at, planned, written down, acted upon.

One look at a time (an advisory lock), every half minute a pool. What may go is emptied first: it gets no new work, says
itself that it is free, and only then is released.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import connection

from classroom import actions as classroom
from classroom.capacity import (
    BridgeSizes,
    Decision,
    Habits,
    Meeting,
    Pace,
    Pool,
    Wish,
    bridges_needed,
    plan,
    recorders_needed,
)
from classroom.models import MachinePool, PoolKind
from classroom.queries import habits_of, learn_habits, meetings_between, people_inside
from common.machines import Floor, Machines, Place, Seen, StaticMachines, read_places
from common.refusals import Refused, Unavailable
from recordings.crews import Crew, being_recorded, count_set_up, crew_of

log = logging.getLogger(__name__)
LOOK_EVERY = 30
LEARN_EVERY = timedelta(hours=1)
SIZES = BridgeSizes()
AHEAD = timedelta(hours=24)
# A floor comes so much later than we would act, and is taken back before: it acts only when we do not.
DEAD_MAN, TAKEN_BACK = timedelta(minutes=3), timedelta(minutes=2)

Opener = Callable[[Place], Machines]
Need = Callable[[datetime], int]


def scale_all(*, now: datetime) -> int:
    """The pools that the settings name."""
    pace = Pace(lead_seconds=settings.MACHINE_LEAD_SECONDS)
    return scale(read_places(settings.MACHINE_POOLS), open_pool, pace=pace, now=now)


def open_pool(place: Place) -> Machines:
    if place.group:
        from common.machines.aws import AwsAsg  # boto3 takes half a second

        return AwsAsg(place.group, region=place.region)
    return StaticMachines(count_set_up(PoolKind(place.kind), place.zone))


def scale(places: list[Place], open_pool: Opener, *, pace: Pace, now: datetime) -> int:
    """One look at each pool whose turn it is; how many that were. None while another process looks."""
    with _alone() as is_mine:
        if not is_mine:
            return 0
        due = [
            (pool, place)
            for pool, place in zip(classroom.know_pools(places=places), places, strict=True)
            if is_due(pool, now)
        ]
        for pool, place in due:
            _tend(pool, open_pool(place), pace=pace, now=now)
        classroom.forget_decisions(now=now)
    return len(due)


@contextmanager
def _alone() -> Iterator[bool]:
    """Held across what is asked of the cloud, which no transaction should be."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('capacity', 0))")
        is_mine = bool(cursor.fetchone()[0])
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended('capacity', 0))")


def is_due(pool: MachinePool, now: datetime) -> bool:
    """Every half minute, each pool at a second of its own: not all zones ask their cloud at once."""
    own = crc32(str(pool).encode()) % LOOK_EVERY
    if pool.looked_at is None:
        return True
    return (now.timestamp() + own) // LOOK_EVERY > (pool.looked_at.timestamp() + own) // LOOK_EVERY


def _tend(pool: MachinePool, machines: Machines, *, pace: Pace, now: datetime) -> None:
    try:
        seen = machines.look()
        if pool.learned_at is None or now - pool.learned_at >= LEARN_EVERY:
            classroom.note_habits(pool=pool, habits=learn_habits(pool.zone, now=now), now=now)
        crew = crew_of(pool, seen)
        decision, inputs = decide(pool, seen, crew, pace=pace, now=now)
        classroom.note_decision(pool=pool, seen=seen, decision=decision, inputs=inputs, now=now)
        _act(pool, machines, seen, decision, crew, now=now)
        if not pool.is_fixed:
            machines.announce(floors_of(pool, pace, now=now))
    except (Refused, Unavailable) as trouble:
        log.warning("The pool %s could not be tended: %s", pool, trouble)
        classroom.note_unseen(pool=pool, trouble=trouble.code)


def decide(
    pool: MachinePool, seen: Seen, crew: Crew, *, pace: Pace, now: datetime
) -> tuple[Decision, dict[str, Any]]:
    """And the numbers it came from. Machines that are being emptied, or were taken out by hand, are no capacity."""
    absent = crew.count_absent()
    state = Pool(
        asked_for=max(0, seen.asked_for - absent),
        at_work=crew.count_at_work(),
        least=max(0, seen.least - absent),
        most=max(0, seen.most - absent),
        waiting=crew.count_waiting(),
        unknown=crew.count_unknown(),
        less_since=pool.less_since,
        wish=_wish_of(pool),
    )
    habits, until = habits_of(pool), now + timedelta(seconds=pace.lead_seconds)
    meetings = _meetings(pool, now - timedelta(hours=1), until + timedelta(seconds=habits.early_seconds))
    need = need_of(pool, meetings, habits, pace, now=now)
    decision = plan(now, meetings, state, need=need, habits=habits, pace=pace)
    return decision, _inputs_of(state, seen, habits, pace, meetings)


def _wish_of(pool: MachinePool) -> Wish | None:
    number, until = pool.wish_number, pool.wish_expires_at
    return Wish(number, until) if number is not None and until is not None else None


def _inputs_of(
    state: Pool, seen: Seen, habits: Habits, pace: Pace, meetings: Sequence[Meeting]
) -> dict[str, Any]:
    wish = {"wish": state.wish.number} if state.wish else {}
    return {
        "lessons": len(meetings),
        "at_work": state.at_work,
        "waiting": state.waiting,
        "unknown": state.unknown,
        "seen": len(seen.machines),
        "least": state.least,
        "most": state.most,
        "show_up": habits.show_up,
        "unplanned_per_hour": habits.unplanned_per_hour,
        "lead_seconds": pace.lead_seconds,
        **wish,
    }


def need_of(
    pool: MachinePool, meetings: Sequence[Meeting], habits: Habits, pace: Pace, *, now: datetime
) -> Need:
    if pool.kind == PoolKind.BRIDGES:
        return partial(bridges_needed, meetings, now=now, habits=habits, sizes=SIZES)
    window = timedelta(seconds=pace.lead_seconds)
    return partial(recorders_needed, meetings, now=now, window=window, habits=habits)


def _meetings(pool: MachinePool, begins: datetime, ends: datetime) -> list[Meeting]:
    running = people_inside() if pool.kind == PoolKind.BRIDGES else being_recorded()
    return meetings_between(begins, ends, pool.zone, running)


def floors_of(pool: MachinePool, pace: Pace, *, now: datetime) -> list[Floor]:
    """What the next day needs at each of its bells, if nobody looks at it any more."""
    habits = habits_of(pool)
    early, lead = timedelta(seconds=habits.early_seconds), timedelta(seconds=pace.lead_seconds)
    meetings = _meetings(pool, now, now + AHEAD)
    need = need_of(pool, meetings, habits, pace, now=now)
    bells = sorted({one.starts_at for one in meetings if one.starts_at > now})
    floors = [
        Floor(bell - early - lead + DEAD_MAN, min(pool.most, max(pool.least, need(bell)))) for bell in bells
    ]
    return [floor for floor in floors if floor.at > now + TAKEN_BACK]


def _act(
    pool: MachinePool, machines: Machines, seen: Seen, decision: Decision, crew: Crew, *, now: datetime
) -> None:
    """More: first whoever is still being emptied. Fewer: emptied now, released when they say that they are."""
    more = decision.new - decision.old
    leaving = crew.leaving
    if more > 0:
        back = crew.take_back(more)
        leaving = leaving - back
        if more > len(back):
            machines.ask_for(seen.asked_for + more - len(back))
    elif more < 0:
        leaving = leaving | crew.empty(-more, now=now)
    classroom.note_leaving(pool=pool, names=leaving)
    gone = crew.emptied() & leaving
    if gone and more <= 0:
        machines.release(gone)
        log.info("Released by the pool %s: %s", pool, ", ".join(sorted(gone)))
