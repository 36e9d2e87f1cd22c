"""How long an institution keeps what. Pure: no rows, no clock; `now` is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

SHORTEST, LONGEST = 1, 3650


@dataclass(frozen=True, slots=True)
class Periods:
    """Days after a lesson's end: recordings; presences and facts; what recorders left of published recordings."""

    retention_days: int = 180
    facts_days: int = 730
    originals_days: int = 30

    @property
    def recordings(self) -> timedelta:
        return timedelta(days=self.retention_days)

    @property
    def originals(self) -> timedelta:
        return timedelta(days=self.originals_days)

    @property
    def facts(self) -> timedelta:
        return timedelta(days=self.facts_days)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something of a lesson that ended then."""

    id: str
    ended_at: datetime
    is_held: bool = False


def read_periods(policy: Mapping[str, object]) -> Periods:
    """The institution's own days; the usual ones for what is missing or makes no sense."""
    days = {name: _days(policy.get(name), usual) for name, usual in USUAL.items()}
    return Periods(**days)


def _days(value: object, usual: int) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and SHORTEST <= value <= LONGEST else usual  # type: ignore[operator,return-value]


def what_is_due(kept: Iterable[Kept], keep: timedelta, *, now: datetime) -> list[Kept]:
    """What has been kept long enough and is under no hold, the oldest first."""
    due = [one for one in kept if not one.is_held and one.ended_at + keep <= now]
    return sorted(due, key=lambda one: (one.ended_at, one.id))


USUAL = asdict(Periods())
