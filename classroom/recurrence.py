"""When a series meets: a rule of RFC 5545 in local time, then the zone. No clock, no database.

The rule is a subset: FREQ=DAILY|WEEKLY|MONTHLY; INTERVAL; BYDAY (with a number only in MONTHLY: `2TU`);
and exactly one of COUNT and UNTIL, the latter as a day. The wall time is what the school agreed on,
so the rule runs in local time and the zone comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

MOST_OCCURRENCES = 200
LONGEST_SERIES = timedelta(days=731)
LONGEST_LESSON = timedelta(hours=12)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES: dict[str, Literal[1, 2, 3]] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
}
_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "COUNT", "UNTIL"})
_BY_DAY = re.compile(r"(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_DAY = re.compile(r"[0-9]{8}", re.ASCII)


class BadRule(ValueError):
    """This rule cannot be a series; `code` is a stable word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Edge(StrEnum):
    """What the change of clocks does to a wall time. A gap is moved forward by its length; of a fold's two, the first."""

    NONE = ""
    GAP = "gap"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Rule:
    frequency: str
    interval: int = 1
    by_day: tuple[str, ...] = ()
    count: int | None = None
    until: date | None = None

    @property
    def text(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        parts += [f"INTERVAL={self.interval}"] if self.interval > 1 else []
        parts += [f"BYDAY={','.join(self.by_day)}"] if self.by_day else []
        parts += [f"COUNT={self.count}"] if self.count else []
        parts += [f"UNTIL={self.until:%Y%m%d}"] if self.until else []
        return ";".join(parts)

    def ending(self, until: date) -> Rule:
        """The same rule, with another last day instead of its count or its end."""
        return replace(self, count=None, until=until)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `starts_at` up to, but not including, `ends_at`."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting of a series. `on` is the day that the rule names, which also identifies it."""

    on: date
    starts_at: datetime
    ends_at: datetime
    edge: Edge = Edge.NONE
    holiday: str = ""

    @property
    def interval(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What a rule yields: `kept` take place, `skipped` fall on a holiday, which they name."""

    kept: tuple[Occurrence, ...]
    skipped: tuple[Occurrence, ...]

    @property
    def in_order(self) -> list[Occurrence]:
        return sorted((*self.kept, *self.skipped), key=lambda one: one.on)


def parse_rule(text: str) -> Rule:
    """Raises BadRule("bad_rule"), and BadRule("unbounded") for a rule without an end."""
    pairs = [part.partition("=") for part in text.strip().upper().removeprefix("RRULE:").split(";")]
    parts = {name: value for name, _, value in pairs}
    if len(parts) != len(pairs) or not parts.keys() <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        raise BadRule("bad_rule")
    rule = Rule(
        frequency=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1")),
        by_day=_by_day(parts["BYDAY"], parts["FREQ"]) if "BYDAY" in parts else (),
        count=_number(parts["COUNT"]) if "COUNT" in parts else None,
        until=_day(parts["UNTIL"]) if "UNTIL" in parts else None,
    )
    _check_end(rule)
    return rule


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise BadRule("bad_rule")
    return int(text)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    raise BadRule("bad_rule")


def _by_day(text: str, frequency: str) -> tuple[str, ...]:
    days = tuple(text.split(","))
    found = [_BY_DAY.fullmatch(day) for day in days]
    numbered = any(match and match[1] for match in found)
    if not all(found) or len(set(days)) != len(days) or (numbered and frequency != "MONTHLY"):
        raise BadRule("bad_rule")
    return days


def _check_end(rule: Rule) -> None:
    if rule.count is None and rule.until is None:
        raise BadRule("unbounded")
    if rule.count is not None and rule.until is not None:
        raise BadRule("bad_rule")
    if rule.count is not None and rule.count > MOST_OCCURRENCES:
        raise BadRule("too_many")


def zone_of(name: str) -> ZoneInfo:
    """Raises BadRule("unknown_zone")."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadRule("unknown_zone") from None


def place(wall: datetime, zone: ZoneInfo) -> tuple[datetime, Edge]:
    """The instant, in UTC, of a naive wall time in `zone`, and whether the clocks change just then.

    PEP 495: with `fold=0` a time in a gap takes the offset before it, which lands behind the gap, moved
    by its length; a time that comes twice takes the first.
    """
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    before, after = first.utcoffset() or timedelta(), second.utcoffset() or timedelta()
    edge = Edge.NONE if before == after else Edge.GAP if after > before else Edge.FOLD
    return first.replace(tzinfo=None, fold=0).replace(tzinfo=UTC) - before, edge


def expand(
    rule: Rule, *, first_on: date, at: time, seconds: int, zone: ZoneInfo, holidays: Mapping[date, str]
) -> Expansion:
    """Every meeting of `rule` from `first_on`, at the wall time `at`.

    COUNT counts the days of the rule, as RFC 5545 does, so those on holidays are among them.
    Raises BadRule: "bad_length", "no_occurrences", "too_many", "too_long" (more than two years).
    """
    if not 0 < seconds <= LONGEST_LESSON.total_seconds():
        raise BadRule("bad_length")
    days = list(_days(rule, first_on))
    if not days:
        raise BadRule("no_occurrences")
    if len(days) > MOST_OCCURRENCES:
        raise BadRule("too_many")
    try:
        found = [_meet(day, at, seconds, zone, holidays.get(day, "")) for day in days]
    except OverflowError:
        raise BadRule("too_long") from None
    return Expansion(
        kept=tuple(one for one in found if not one.holiday),
        skipped=tuple(one for one in found if one.holiday),
    )


def _days(rule: Rule, first_on: date) -> Iterator[date]:
    """One more than is allowed at most. The horizon also ends the search of a rule that never meets."""
    horizon = date.fromordinal(min(first_on.toordinal() + LONGEST_SERIES.days, date.max.toordinal()))
    if rule.until and rule.until > horizon:
        raise BadRule("too_long")
    found = rrule.rrule(
        _FREQUENCIES[rule.frequency],
        dtstart=datetime.combine(first_on, time()),
        interval=rule.interval,
        byweekday=[_weekday(day) for day in rule.by_day] or None,
        until=datetime.combine(rule.until or horizon, time()),
    )
    days = [moment.date() for moment in islice(found, rule.count or MOST_OCCURRENCES + 1)]
    if rule.count and 0 < len(days) < rule.count:
        raise BadRule("too_long")
    yield from days


def _weekday(day: str) -> rrule.weekday:
    number = int(day[:-2] or 0)
    return rrule.weekday(WEEKDAYS.index(day[-2:]), number or None)


def _meet(on: date, at: time, seconds: int, zone: ZoneInfo, holiday: str) -> Occurrence:
    starts_at, edge = place(datetime.combine(on, at), zone)
    return Occurrence(on, starts_at, starts_at + timedelta(seconds=seconds), edge, holiday)


def days_between(spans: Iterable[tuple[date, date, str]]) -> dict[date, str]:
    """`(first day, last day, name)` as a dictionary from each day to its name."""
    return {
        date.fromordinal(number): name
        for first, last, name in spans
        for number in range(first.toordinal(), last.toordinal() + 1)
    }
