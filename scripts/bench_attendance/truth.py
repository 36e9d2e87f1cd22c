"""How right presence is: a thousand lessons as they were, what each witness tells of them, and what is made of it.

The page opens a little before the video and closes with it; a socket whose network broke was last heard a heartbeat
before. Prosody knows the edges to the second, but of a broken network only when it gives the session up.
"""

from __future__ import annotations

import random
from dataclasses import replace

from attendance.presence import HIBERNATION_SECONDS, JITSI, PAGE, Event, Interval, intervals

LESSONS, LESSON_SECONDS = 1000, 3600.0
PAGE_LOADS_SECONDS, HEARTBEAT_SECONDS, GIVES_UP_SECONDS = 8.0, 5.0, 4.0
WAYS = ("left", "timeout", "destroyed")
Stay = tuple[Interval, str]


def measure(chance: random.Random) -> dict[str, float]:
    """The worst edge in seconds of all lessons: with everything delivered, and with one of the two streams lost."""
    lessons = [live_through(chance) for _ in range(LESSONS)]
    worst = {"all": 0.0, "no_page": 0.0, "no_prosody": 0.0}
    for truth in lessons:
        page, prosody = told_by_page(truth, chance), told_by_prosody(truth, chance)
        for case, told in (("all", page + prosody), ("no_page", prosody), ("no_prosody", page)):
            worst[case] = max(worst[case], worst_edge(_folded(told, chance), truth))
    return {
        "presence_lessons": len(lessons),
        "presence_error_seconds": worst["all"],
        "presence_error_one_lost_seconds": max(worst["no_page"], worst["no_prosody"]),
    }


def live_through(chance: random.Random) -> list[Stay]:
    found, at = list[Stay](), chance.uniform(0, 300)
    while (ends := at + chance.uniform(40, 1200)) <= LESSON_SECONDS:
        found.append((Interval(at, ends), chance.choice(WAYS)))
        at = ends + chance.uniform(100, 600)
    return found


def told_by_page(truth: list[Stay], chance: random.Random) -> list[Event]:
    told = []
    for number, (stay, how) in enumerate(truth):
        unheard = chance.uniform(0, HEARTBEAT_SECONDS) if how == "timeout" else 0.0
        came = stay.starts_at - chance.uniform(0, PAGE_LOADS_SECONDS)
        told.append(Event("a", f"t{number}", "joined", came, PAGE))
        told.append(Event("a", f"t{number}", "left", stay.ends_at - unheard, PAGE))
    return told


def told_by_prosody(truth: list[Stay], chance: random.Random) -> list[Event]:
    told = []
    for number, (stay, how) in enumerate(truth):
        late = HIBERNATION_SECONDS + chance.uniform(0, GIVES_UP_SECONDS) if how == "timeout" else 0.0
        told.append(Event("a", f"v{number}", "joined", stay.starts_at, JITSI))
        told.append(Event("a", f"v{number}", "left", stay.ends_at + late, JITSI, how))
    return told


def _folded(told: list[Event], chance: random.Random) -> list[Interval]:
    """Out of order, and some of it twice."""
    heard = told + [replace(one) for one in told if chance.random() < 0.3]
    chance.shuffle(heard)
    return intervals(heard, LESSON_SECONDS).get("a", [])


def worst_edge(found: list[Interval], truth: list[Stay]) -> float:
    """Stays that nobody told of, or that nobody had, count with their length."""
    real = [stay for stay, _how in truth]
    errors = [0.0]
    for stay in real:
        near = [one for one in found if one.starts_at < stay.ends_at and one.ends_at > stay.starts_at]
        edges = (
            (near[0].starts_at - stay.starts_at, near[-1].ends_at - stay.ends_at) if near else (stay.seconds,)
        )
        errors += [abs(edge) for edge in edges]
    for one in found:
        if not any(one.starts_at < stay.ends_at and one.ends_at > stay.starts_at for stay in real):
            errors.append(one.seconds)
    return max(errors)
