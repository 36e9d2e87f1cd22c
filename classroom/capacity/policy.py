"""From a timetable to a number of machines: what the loop, the simulator and the tests run. No clock, no database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classroom.capacity.demand import Habits, Meeting

Need = Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast numbers may change."""

    lead_seconds: float = 330
    """From asking for a machine to its first word, nearly always: the 95th percentile, and a margin."""
    hold_seconds: float = 180
    """Nothing is taken away before less has been enough for so long."""
    most_removed: int = 10
    """At one look. Growth has no such limit: a bell needs all of them at once."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's own number, until it expires: exactly so many, whatever the timetable says."""

    number: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pool:
    """What is: `asked_for` machines were asked for last, `at_work` do something, `waiting` lessons have none.

    `unknown` are those whose last word is too old; they may be at work, so they are never free.
    """

    asked_for: int
    at_work: int
    least: int
    most: int
    waiting: int = 0
    unknown: int = 0
    less_since: datetime | None = None
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`old` to `new`. `needed` is what the timetable asks for, also above what there can be: then `short` are missing."""

    old: int
    new: int
    needed: int
    short: int
    reason: str
    less_since: datetime | None


def plan(
    now: datetime, meetings: Sequence[Meeting], pool: Pool, *, need: Need, habits: Habits, pace: Pace
) -> Decision:
    """`need(moment)` says how many machines `meetings` take then.

    Out at once, in only after less has been enough for a while, and never below what is at work.
    """
    wanted = max(need(moment) for moment in moments_of(now, meetings, habits=habits, pace=pace))
    wanted = max(wanted, pool.at_work + pool.waiting)
    if pool.wish and now < pool.wish.expires_at:
        return _decide(pool, wanted, max(pool.wish.number, pool.at_work + pool.unknown), "wish", None)
    if wanted >= pool.asked_for:
        return _decide(pool, wanted, wanted, _why_more(pool, wanted), None)
    since = pool.less_since or now
    if pool.unknown:
        return _decide(pool, wanted, pool.asked_for, "unknown", since)
    if now - since < timedelta(seconds=pace.hold_seconds):
        return _decide(pool, wanted, pool.asked_for, "held", since)
    fewer = max(wanted, pool.at_work, pool.asked_for - pace.most_removed)
    return _decide(pool, wanted, fewer, "less", since)


def moments_of(now: datetime, meetings: Sequence[Meeting], *, habits: Habits, pace: Pace) -> list[datetime]:
    """Now, and each moment before a machine that is asked for now would come at which a lesson may begin:
    between two of them the need only falls."""
    early, until = timedelta(seconds=habits.early_seconds), now + timedelta(seconds=pace.lead_seconds)
    begins = {one.starts_at - early for one in meetings}
    return [now, *sorted(moment for moment in begins if now < moment <= until)]


def _why_more(pool: Pool, wanted: int) -> str:
    if wanted == pool.asked_for:
        return "steady"
    return "waiting" if wanted == pool.at_work + pool.waiting and pool.waiting else "timetable"


def _decide(pool: Pool, needed: int, number: int, reason: str, since: datetime | None) -> Decision:
    """Within Terraform's bounds; what they cut off is said, not hidden."""
    new = min(max(number, pool.least), pool.most)
    return Decision(pool.asked_for, new, needed, max(0, needed - pool.most), reason, since)
