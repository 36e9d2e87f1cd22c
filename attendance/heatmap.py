"""Students and minutes: a picture, what changed between two, and who needs somebody now. Pure.

A cell is one letter; the browser draws it, with a sign of its own beside its colour. What is sent is only what changed,
and the old picture with what was heard gives the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attendance.activity import Act, Activity, Stretch
from attendance.presence import Interval
from attendance.trace import AWAY, MINUTE_SECONDS, state_in

LETTERS = {
    Activity.ACTIVE: "a",
    Activity.UNMEASURED: "u",
    Activity.SILENT: "s",
    Activity.IDLE: "i",
    Activity.HIDDEN: "h",
    Activity.DISCONNECTED: "x",
    AWAY: "-",
}
# Somebody who is there did something: answered, wrote, drew, raised a hand.
ACTED = "A"
NOTHING_YET = " "
HIDDEN_SECONDS, IDLE_SECONDS, GONE_SECONDS, UNANSWERED_SECONDS = 180.0, 300.0, 60.0, 30.0
BREAKS, BREAKS_WITHIN_SECONDS = 3, 600.0


@dataclass(frozen=True, slots=True)
class Need:
    """`code` names a sentence; `since` is in seconds."""

    code: str
    since: float


@dataclass(frozen=True, slots=True)
class Row:
    person: str
    name: str
    cells: str
    now: str
    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    starts_at: float
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is going on besides: since when a hand is up, and since when a quiz waits for this person's answer."""

    now: float
    starts_at: float
    late_after: float
    hand_since: float | None = None
    unanswered_since: float | None = None


def draw_cells(told: Sequence[Stretch], acts: Sequence[Act], starts_at: float, now: float) -> str:
    """One letter a minute, the last one so far."""
    count = max(0, -int(-(now - starts_at) // MINUTE_SECONDS))
    acted = {int((act.at - starts_at) // MINUTE_SECONDS) for act in acts}
    letters = []
    for number in range(count):
        begin = starts_at + number * MINUTE_SECONDS
        letter = LETTERS[state_in(told, begin, min(begin + MINUTE_SECONDS, now))]
        letters.append(ACTED if number in acted else letter)
    return "".join(letters)


def state_now(told: Sequence[Stretch], now: float) -> tuple[str, float]:
    """What somebody does now, and since when; away since the end of the last stretch, or since ever."""
    if told and told[-1].ends_at >= now:
        return str(told[-1].activity), told[-1].starts_at
    return AWAY, told[-1].ends_at if told else 0.0


def needs_of(
    told: Sequence[Stretch], stays: Sequence[Interval], open_stays: Sequence[Interval], moment: Moment
) -> tuple[Need, ...]:
    """The most pressing first."""
    state, since = state_now(told, moment.now)
    held = moment.now - since
    found = []
    if moment.hand_since is not None:
        found.append(Need("hand_up", moment.hand_since))
    if not stays:
        if moment.now >= moment.late_after:
            found.append(Need("not_here", moment.starts_at))
        return tuple(found)
    if state == AWAY and held >= GONE_SECONDS:
        found.append(Need("gone", since))
    broke = [
        stay.ends_at for stay in open_stays if moment.now - BREAKS_WITHIN_SECONDS <= stay.ends_at < moment.now
    ]
    if len(broke) >= BREAKS:
        found.append(Need("rough_link", broke[0]))
    if state == Activity.HIDDEN and held >= HIDDEN_SECONDS:
        found.append(Need("hidden", since))
    if state == Activity.SILENT:
        found.append(Need("silent", since))
    if state == Activity.IDLE and held >= IDLE_SECONDS:
        found.append(Need("idle", since))
    waits = moment.unanswered_since
    if state != AWAY and waits is not None and moment.now - waits >= UNANSWERED_SECONDS:
        found.append(Need("no_answer", waits))
    return tuple(found)


def snapshot(picture: Picture) -> dict[str, Any]:
    return {"starts_at": round(picture.starts_at * 1000), "rows": [_whole(row) for row in picture.rows]}


def _whole(row: Row) -> dict[str, Any]:
    return {
        "person": row.person,
        "name": row.name,
        "cells": row.cells,
        "now": row.now,
        "needs": _told(row.needs),
    }


def _told(needs: Sequence[Need]) -> list[list[Any]]:
    return [[need.code, round(need.since * 1000)] for need in needs]


def changes(old: Picture, new: Picture) -> dict[str, Any] | None:
    """What `apply` makes the new one of; None for nothing. Of another class or another beginning: a snapshot.

    `cells` is minute → letter → places of rows; `now` is letter → places; `needs` is place → all of them.
    """
    if _frame(old) != _frame(new):
        return snapshot(new)
    cells: dict[str, dict[str, list[int]]] = {}
    now: dict[str, list[int]] = {}
    needs: dict[str, list[list[Any]]] = {}
    for place, (before, after) in enumerate(zip(old.rows, new.rows, strict=True)):
        if before.cells != after.cells:
            for minute in _differing(before.cells, after.cells):
                cells.setdefault(str(minute), {}).setdefault(after.cells[minute], []).append(place)
        if before.now != after.now:
            now.setdefault(after.now, []).append(place)
        if before.needs != after.needs:
            needs[str(place)] = _told(after.needs)
    told = {"cells": cells, "now": now, "needs": needs}
    return {name: value for name, value in told.items() if value} or None


def _frame(picture: Picture) -> tuple[float, list[tuple[str, str]]]:
    return picture.starts_at, [(row.person, row.name) for row in picture.rows]


def _differing(before: str, after: str) -> list[int]:
    padded = before.ljust(len(after), NOTHING_YET)
    return [minute for minute, letter in enumerate(after) if padded[minute] != letter]


def apply(old: dict[str, Any], heard: dict[str, Any]) -> dict[str, Any]:
    """A snapshot and what was heard since; the browser does the same in frontend/src/heatmap/heatmap.ts."""
    if "rows" in heard:
        return heard
    rows = [dict(row) for row in old["rows"]]
    for minute, letters in heard.get("cells", {}).items():
        for letter, places in letters.items():
            for place in places:
                cells = rows[place]["cells"].ljust(int(minute), NOTHING_YET)
                rows[place]["cells"] = cells[: int(minute)] + letter + cells[int(minute) + 1 :]
    for letter, places in heard.get("now", {}).items():
        for place in places:
            rows[place]["now"] = letter
    for place, needs in heard.get("needs", {}).items():
        rows[int(place)]["needs"] = needs
    return {"starts_at": old["starts_at"], "rows": rows}
