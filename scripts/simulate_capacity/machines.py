"""One day of one policy: machines that take minutes to come, lessons that take one each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classroom.capacity import Meeting, State
from scripts.simulate_capacity.policies import Policy, View
from scripts.simulate_capacity.school import CLOSES, DAY, OPENS, Lesson

STEP = timedelta(seconds=10)
LOOK_EVERY = 3
LATE = timedelta(seconds=60)
NEAR = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Boot:
    """How long a machine takes to come; one in a hundred comes after the second try."""

    minutes: float = 4.0
    spread: float = 0.12
    fails: float = 0.01

    def draw(self, chance: random.Random) -> timedelta:
        taken = self.minutes * chance.lognormvariate(0, self.spread)
        return timedelta(minutes=taken * (2.5 if chance.random() < self.fails else 1))


@dataclass(slots=True)
class Outcome:
    """`waits` has the seconds of each recording until it began; `pool` and `work` are drawn."""

    hours: float = 0
    waits: list[float] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)
    work: list[int] = field(default_factory=list)

    @property
    def late(self) -> int:
        return sum(wait > LATE.total_seconds() for wait in self.waits)

    @property
    def lost_minutes(self) -> float:
        return sum(wait for wait in self.waits if wait > LATE.total_seconds()) / 60


@dataclass(slots=True)
class Day:
    lessons: Sequence[Lesson]
    policy: Policy
    boot: Boot
    chance: random.Random
    outcome: Outcome = field(default_factory=Outcome)
    booting: list[datetime] = field(default_factory=list)
    free: int = 0
    at_work: list[Lesson] = field(default_factory=list)
    waiting: list[Lesson] = field(default_factory=list)
    to_come: list[Lesson] = field(default_factory=list)
    over: set[int] = field(default_factory=set)

    @property
    def total(self) -> int:
        return len(self.booting) + self.free + len(self.at_work)

    def run(self) -> Outcome:
        coming = [one for one in self.lessons if one.comes is not None]
        self.to_come = sorted(coming, key=lambda one: one.comes or DAY, reverse=True)
        steps = int((CLOSES - OPENS) / STEP)
        for step in range(steps):
            now = OPENS + step * STEP
            self._pass(now)
            if step % LOOK_EVERY == 0:
                self._resize(self.policy.decide(self._view(now)), now)
            self.outcome.hours += self.total * STEP.total_seconds() / 3600
            if step % 6 == 0:
                self.outcome.pool.append(self.total)
                self.outcome.work.append(len(self.at_work) + len(self.waiting))
        return self.outcome

    def _pass(self, now: datetime) -> None:
        ready = [at for at in self.booting if at <= now]
        self.booting = [at for at in self.booting if at > now]
        done = [one for one in self.at_work if one.goes and one.goes <= now]
        self.over |= {id(one) for one in done}
        self.at_work = [one for one in self.at_work if id(one) not in self.over]
        self.free += len(ready) + len(done)
        while self.to_come and (self.to_come[-1].comes or now) <= now:
            self.waiting.append(self.to_come.pop())
        self._give(now)

    def _give(self, now: datetime) -> None:
        still = []
        for one in self.waiting:
            is_gone = one.goes is not None and one.goes <= now
            if not is_gone and not self.free:
                still.append(one)
                continue
            self.outcome.waits.append((now - (one.comes or now)).total_seconds())
            if is_gone:
                self.over.add(id(one))
            else:
                self.free -= 1
                self.at_work.append(one)
        self.waiting = still

    def _resize(self, number: int, now: datetime) -> None:
        """What boots comes; only what is free goes."""
        more = number - self.total
        self.booting += [now + self.boot.draw(self.chance) for _ in range(more)]
        self.free -= min(self.free, max(0, -more))

    def _view(self, now: datetime) -> View:
        return View(
            now, self.total, len(self.at_work), self.free, len(self.waiting), lambda: self._meetings(now)
        )

    def _meetings(self, now: datetime) -> list[Meeting]:
        running = {id(one) for one in (*self.at_work, *self.waiting)}
        planned = (one for one in self.lessons if one.is_planned and abs(one.starts_at - now) < NEAR)
        unplanned = (one for one in self.at_work if not one.is_planned)
        meetings = [Meeting(one.starts_at, one.ends_at, self._state(one, running)) for one in planned]
        # Whoever meets unplanned says no end: as if it were just over.
        return [*meetings, *(Meeting(one.starts_at, now, State.RUNNING) for one in unplanned)]

    def _state(self, one: Lesson, running: set[int]) -> State:
        if id(one) in running:
            return State.RUNNING
        return State.OVER if id(one) in self.over else State.PLANNED


def ideal_hours(lessons: Sequence[Lesson], boot: Boot) -> float:
    """Of one who knows everything beforehand: each machine is asked for just in time, is kept between two lessons
    when that is shorter than to bring another, and goes at once."""
    held = sorted((one.comes, one.goes) for one in lessons if one.comes and one.goes)
    boots, spent, free = timedelta(minutes=boot.minutes), timedelta(0), list[datetime]()
    for comes, goes in held:
        usable = [at for at in free if at <= comes]
        last = max(usable, default=None)
        if last is not None and comes - last <= boots:
            free.remove(last)
            spent += comes - last
        else:
            spent += boots
        spent += goes - comes
        free.append(goes)
    return spent.total_seconds() / 3600
