"""The policies that are compared: ours, and those of reactive autoscalers, each told the same every half minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Protocol

from classroom.capacity import Habits, Meeting, Pace, Pool, plan, recorders_needed
from scripts.simulate_capacity.school import DAY

MOST = 60


@dataclass(frozen=True, slots=True)
class View:
    """What an autoscaler may know at a moment. Only ours looks at `meetings`."""

    now: datetime
    total: int
    at_work: int
    free: int
    waiting: int
    meetings: Callable[[], Sequence[Meeting]]


class Policy(Protocol):
    name: str

    def decide(self, view: View) -> int: ...


@dataclass(slots=True)
class Timetable:
    """The function that the server runs."""

    name: str = "timetable"
    most: int = MOST
    habits: Habits = field(default_factory=Habits)
    pace: Pace = field(default_factory=Pace)
    _since: datetime | None = None

    def decide(self, view: View) -> int:
        meetings = view.meetings()
        need = partial(
            recorders_needed,
            meetings,
            now=view.now,
            window=timedelta(seconds=self.pace.lead_seconds),
            habits=self.habits,
        )
        pool = Pool(
            asked_for=view.total,
            at_work=view.at_work,
            least=0,
            most=self.most,
            waiting=view.waiting,
            less_since=self._since,
        )
        decision = plan(view.now, meetings, pool, need=need, habits=self.habits, pace=self.pace)
        self._since = decision.less_since
        return decision.new


@dataclass(slots=True)
class Static:
    name: str = "static 60"
    number: int = MOST

    def decide(self, view: View) -> int:
        return self.number


@dataclass(slots=True)
class Window:
    """Somebody wrote into a table: so many in school hours."""

    name: str = "hand-set window 45"
    number: int = 45
    least: int = 2

    def decide(self, view: View) -> int:
        hours = timedelta(hours=7, minutes=30), timedelta(hours=16)
        return self.number if hours[0] <= view.now - DAY < hours[1] else max(self.least, view.at_work)


@dataclass(slots=True)
class IdleCount:
    """Jitsi's autoscaler: when too few were free at each of `up` looks, `step` more; fewer after `down` looks."""

    name: str
    wanted_free: int
    step: int
    up: int
    down: int
    grace: timedelta
    _few: int = 0
    _many: int = 0
    _looked: datetime | None = None
    _grown: datetime | None = None

    def decide(self, view: View) -> int:
        if self._looked and view.now - self._looked < timedelta(seconds=60):
            return view.total
        self._looked = view.now
        self._few = self._few + 1 if view.free < self.wanted_free else 0
        self._many = self._many + 1 if view.free > 2 * self.wanted_free else 0
        may_grow = self._grown is None or view.now - self._grown >= self.grace
        if self._few >= self.up and may_grow:
            self._few, self._grown = 0, view.now
            return min(MOST, view.total + self.step)
        if self._many >= self.down:
            self._many = 0
            return max(1, view.total - 1)
        return max(1, view.total)


@dataclass(slots=True)
class Busy:
    """As Kubernetes would: so many that 80 percent are at work, two more in two minutes at most."""

    name: str = "80 % busy, +2 in 2 min"
    share: float = 0.8
    _grown: datetime | None = None
    _less_since: datetime | None = None

    def decide(self, view: View) -> int:
        wanted = max(2, ceil((view.at_work + view.waiting) / self.share))
        if wanted > view.total:
            self._less_since = None
            if self._grown and view.now - self._grown < timedelta(minutes=2):
                return view.total
            self._grown = view.now
            return min(wanted, view.total + 2, MOST)
        self._less_since = self._less_since or view.now
        return wanted if view.now - self._less_since >= timedelta(minutes=5) else view.total


def all_policies(*, unplanned: float = 1.0, show_up: float = 0.9, boot_minutes: float = 4.0) -> list[Policy]:
    """New ones for each day. Ours has learnt the habits of the school and the machines from earlier days; once it has
    misjudged all three: twice as many lessons not held, half as many unplanned, machines that boot in three quarters."""
    return [
        Static(),
        IdleCount("jitsi-autoscaler defaults", 1, 1, 5, 20, timedelta(seconds=300)),
        IdleCount("reactive, tuned", 5, 5, 1, 10, timedelta(0)),
        Busy(),
        Window(),
        Timetable(
            habits=Habits(show_up=show_up, unplanned_per_hour=unplanned),
            pace=_pace(boot_minutes),
        ),
        Timetable(
            name="timetable, misjudged",
            habits=Habits(show_up=max(0.5, 2 * show_up - 1), unplanned_per_hour=unplanned / 2),
            pace=_pace(boot_minutes * 0.75),
        ),
    ]


def _pace(boot_minutes: float) -> Pace:
    return Pace(lead_seconds=boot_minutes * 60 * 1.25 + 30)
