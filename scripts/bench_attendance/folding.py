"""1,000 people, an hour, ten reconnects each, told by two witnesses: from what was heard to the lines of a register, in the
steps of `attendance.actions.registers` and `.lines`, by the rules that every school begins with."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from accounts.models import Person
from attendance import presence
from attendance.activity import Act, Activity, Claim
from attendance.presence import JITSI, PAGE, Event, Interval
from attendance.queries import Reading
from attendance.queries.readings import Told
from attendance.verdict import Rules, Verdict, Window, judge
from classroom.consumers.room import AGAIN_SECONDS
from classroom.models import Standing

PEOPLE, RECONNECTS, LESSON_SECONDS = 1000, 10, 3600.0
WINDOW = Window(0.0, LESSON_SECONDS)
# What a pupil does in an hour who takes part: so many of each.
ACTS = {"answer": 6, "message": 4, "hand": 2, "edit": 30}

Measured = tuple[float | None, float, float, list[Interval]]


@dataclass(slots=True)
class Heard:
    """Of everybody, in no order."""

    people: list[Person] = field(default_factory=list)
    told: defaultdict[str, Told] = field(default_factory=lambda: defaultdict(Told))

    @property
    def events(self) -> list[Event]:
        return [event for one in self.told.values() for event in one.events]


def measure(chance: random.Random) -> dict[str, float]:
    """Seconds; beside them what sorting the same events once takes."""
    heard = hear(chance)
    events = heard.events
    bare = _timed(lambda: sorted(events, key=lambda event: (event.person, event.at)))
    seconds = middle_of(_timed(lambda: fold_all(heard)) for _ in range(3))
    told = heard.told.values()
    return {
        "fold_people": len(heard.people),
        "fold_events": len(events),
        "fold_claims": sum(len(one.claims) for one in told),
        "fold_acts": sum(len(one.acts) for one in told),
        "fold_seconds": seconds,
        "bare_sort_seconds": bare,
    }


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def middle_of(times: Iterable[float]) -> float:
    ordered = sorted(times)
    return ordered[len(ordered) // 2]


def hear(chance: random.Random, people: int = PEOPLE) -> Heard:
    heard = Heard()
    for number in range(people):
        one = Person(name=f"Student {number}")
        heard.people.append(one)
        _live(chance, str(one.pk), heard.told[str(one.pk)])
    chance.shuffle(heard.people)
    return heard


def _live(chance: random.Random, person: str, told: Told) -> None:
    """A page that tells of itself as ours does: at first, at each change, and again every few minutes."""
    at = 0.0
    for number in range(RECONNECTS + 1):
        ends, tab = at + chance.uniform(150, 290), f"{person}-{number}"
        reason = chance.choice(("silence", ""))
        for door, early in ((PAGE, 3.0), (JITSI, 0.0)):
            why = reason if door == PAGE else "left"
            told.events.append(Event(person, f"{tab}-{door}", "joined", max(0.0, at - early), door))
            told.events.append(Event(person, f"{tab}-{door}", "left", ends + early, door, why))
        away = at + chance.uniform(30, 100)
        said = (
            (at, Activity.ACTIVE),
            (away, chance.choice((Activity.HIDDEN, Activity.IDLE))),
            (away + chance.uniform(5, 40), Activity.ACTIVE),
            (at + AGAIN_SECONDS, Activity.ACTIVE),
        )
        told.claims += [Claim(f"{tab}-{PAGE}", moment, what) for moment, what in said if moment < ends]
        at = ends + chance.uniform(5, 90)
    for kind, times in ACTS.items():
        told.acts += [Act(chance.uniform(0, LESSON_SECONDS), kind) for _ in range(times)]
    for list_ in (told.events, told.claims, told.acts):
        chance.shuffle(list_)


def fold_all(heard: Heard) -> list[tuple[Verdict, Measured]]:
    """A line for each: what a register and the engagement beside it ask."""
    rules, lines = Rules(), list[tuple[Verdict, Measured]]()
    inside, seen = presence.fold(heard.events, LESSON_SECONDS)
    for person in heard.people:
        told = heard.told[str(person.pk)]
        one = Reading.of(person, str(Standing.STUDENT), told, inside, seen, rules)
        measured = (one.active_seconds, one.attentive_seconds(WINDOW), one.inside_seconds(WINDOW), one.losses)
        lines.append((judge(one.stays, WINDOW, rules), measured))
    return lines
