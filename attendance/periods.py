"""Weeks and months as a school counts them, and the hours in which it writes to nobody. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEK, MONTH = "week", "month"
# Notes that are gathered go at this hour of the school's day, when lessons are over.
DIGEST_HOUR = 16


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_on` until the day before `until_on`."""

    every: str
    since_on: date
    until_on: date

    @property
    def last_on(self) -> date:
        return self.until_on - timedelta(days=1)


def period_of(every: str, day: date, week_begins: int) -> Period:
    """The week or month in which `day` lies; `week_begins` 1 Monday to 7 Sunday."""
    if every == MONTH:
        since = day.replace(day=1)
        return Period(MONTH, since, (since + timedelta(days=32)).replace(day=1))
    since = day - timedelta(days=(day.isoweekday() - week_begins) % 7)
    return Period(WEEK, since, since + timedelta(days=7))


def period_before(period: Period) -> Period:
    before = period.last_on if period.every == MONTH else period.since_on
    return period_of(period.every, period.since_on - timedelta(days=1), before.isoweekday())


def next_loud(moment: datetime, quiet_from: int, quiet_until: int) -> datetime:
    """`moment`, or the end of the quiet hours in which it lies; its zone is the school's. The same hour twice means
    that there are none."""
    hour = moment.hour
    wraps = quiet_from > quiet_until
    is_quiet = (
        (hour >= quiet_from or hour < quiet_until) if wraps else quiet_from <= hour < quiet_until
    ) and quiet_from != quiet_until
    if not is_quiet:
        return moment
    is_tomorrow = wraps and hour >= quiet_from
    return _at(moment.date() + timedelta(days=is_tomorrow), quiet_until, moment)


def next_digest(moment: datetime, every: str, week_begins: int) -> datetime:
    """When what is gathered goes: the next afternoon, or that of the first day of the next week."""
    if every == WEEK:
        return _at(period_of(WEEK, moment.date(), week_begins).until_on, DIGEST_HOUR, moment)
    today = _at(moment.date(), DIGEST_HOUR, moment)
    return today if moment < today else _at(moment.date() + timedelta(days=1), DIGEST_HOUR, moment)


def _at(day: date, hour: int, moment: datetime) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=moment.tzinfo)
