"""Days and weeks as the calendar's pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext

from classroom.models import LessonStatus

VIEWS = ("month", "week", "day")
HUES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """`state` is one of scheduled, live, past, cancelled; `hue` is the course's colour, 0 to 7.

    `of_day` is how many there are on its day, of which not all need be at hand; 0: all are.
    """

    id: UUID
    title: str
    course: str
    teacher: str
    starts_at: datetime
    ends_at: datetime
    state: str
    hue: int
    address: str
    of_day: int = 0

    # A month has a hundred and more: each in a handful of steps, where filters of the template take dozens.
    @property
    def begins(self) -> str:
        return f"{self.starts_at:%H:%M}"

    @property
    def ends(self) -> str:
        return f"{self.ends_at:%H:%M}"

    @property
    def instant(self) -> str:
        return self.starts_at.isoformat()


@dataclass(slots=True)
class Day:
    """`more` entries are not shown here, but on the day's own page, at `address`."""

    on: date
    address: str
    is_today: bool
    is_outside: bool
    holiday: str
    entries: list[Entry] = field(default_factory=list)
    more: int = 0

    @property
    def instant(self) -> str:
        return self.on.isoformat()

    @property
    def number(self) -> str:
        return str(self.on.day)

    @property
    def name(self) -> str:
        """The weekday and the date, as one says them."""
        spoken = {"weekday": WEEKDAYS[self.on.weekday()], "date": date_format(self.on, "DATE_FORMAT")}
        return gettext("%(weekday)s, %(date)s") % spoken


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a view shows, around the one that was asked for."""

    view: str
    on: date
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> date:
        return self._beside(-1)

    @property
    def after(self) -> date:
        return self._beside(1)

    def _beside(self, direction: int) -> date:
        if self.view != "month":
            return self.on + timedelta(days=direction * (7 if self.view == "week" else 1))
        middle = self.on.replace(day=15) + timedelta(days=30 * direction)
        return middle.replace(day=1)


def span_of(view: str, on: date, *, week_begins: int) -> Span:
    """`week_begins`: 1 Monday to 7 Sunday."""
    if view == "day":
        return Span(view, on, on, on)
    first, last = (on, on) if view == "week" else (on.replace(day=1), _last_of_month(on))
    first -= timedelta(days=(first.isoweekday() - week_begins) % 7)
    last += timedelta(days=6 - (last.isoweekday() - week_begins) % 7)
    return Span(view, on, first, last)


def _last_of_month(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def hue_of(course_id: UUID) -> int:
    return course_id.int % HUES


def state_of(status: str, ends_at: datetime, now: datetime) -> str:
    if status in {LessonStatus.CANCELLED, LessonStatus.LIVE}:
        return status
    return "past" if status == LessonStatus.ENDED or ends_at < now else "scheduled"


def fill_days(
    span: Span,
    entries: Iterable[Entry],
    *,
    today: date,
    holidays: Mapping[date, str],
    most: int,
    address_of: Callable[[date], str],
) -> list[Day]:
    """Every day of the span with `most` entries at most."""
    of_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_day[entry.starts_at.date()].append(entry)
    days = []
    for on in span.days:
        found = of_day[on]
        # "1 more" would take the place of the one.
        shown = found if _count(found) <= most + 1 else found[:most]
        is_outside = span.view == "month" and on.month != span.on.month
        days.append(
            Day(
                on,
                address_of(on),
                on == today,
                is_outside,
                holidays.get(on, ""),
                shown,
                more=_count(found) - len(shown),
            )
        )
    return days


def _count(found: list[Entry]) -> int:
    return max(found[0].of_day, len(found)) if found else 0
