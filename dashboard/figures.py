"""Usage in figures, by month. PostgreSQL does the counting: three questions, whatever the range and the school.
Who came in a month that is over is remembered for a day.

A month begins at midnight where the institution is. A lesson belongs to the month in which it was to start;
it was held when somebody came. Two tabs of one person at the same time are one person's time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import product
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, QuerySet
from django.db.models.functions import TruncMonth
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.models import Institution
from classroom.models import Course, Peak

# Wide enough for every time zone; the exact month is asked for beside it.
MARGIN = timedelta(days=1)
SETTLED = timedelta(days=2)
REMEMBERED_SECONDS, MARK_BYTES = 24 * 3600, 8


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one place and one month, or of all of them. Participants are different people, so they do not add up."""

    lessons: int = 0
    minutes: float = 0
    participants: int = 0
    person_minutes: float = 0
    published: int = 0
    failed: int = 0
    recorded_seconds: float = 0
    bytes: int = 0
    peak: int = 0
    """The most people at once at one institution; counted every minute, so not for courses and not for all."""

    @property
    def person_hours(self) -> float:
        return self.person_minutes / 60

    @property
    def recorded_hours(self) -> float:
        return self.recorded_seconds / 3600


_BY_INSTITUTION = "lesson.institution_id"

# (place or None for all, first of the month or None for all) → figures
Table = dict[tuple[UUID | None, date | None], Figures]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures: by institution, or by course for a teacher. `places` are ids to names, in order."""

    column: str
    places: dict[UUID, str]

    @classmethod
    def of_institutions(cls, institutions: QuerySet[Institution]) -> Scope:
        return cls(_BY_INSTITUTION, dict(institutions.order_by("name", "pk").values_list("pk", "name")))

    @classmethod
    def of_courses(cls, courses: QuerySet[Course]) -> Scope:
        return cls("lesson.course_id", dict(courses.order_by("title", "pk").values_list("pk", "title")))


_CHOSEN = """
WITH chosen AS MATERIALIZED (
  SELECT lesson.id, {column} AS place, lesson.status, lesson.opened_at, lesson.ended_at,
    date_trunc('month', lesson.starts_at AT TIME ZONE institution.time_zone)::date AS month
  FROM classroom_lesson lesson JOIN accounts_institution institution ON institution.id = lesson.institution_id
  WHERE {column} = ANY(%(places)s) AND lesson.starts_at >= %(after)s AND lesson.starts_at < %(before)s
    AND lesson.starts_at >= %(first)s::timestamp AT TIME ZONE institution.time_zone
    AND lesson.starts_at < %(next)s::timestamp AT TIME ZONE institution.time_zone
)"""
_EACH_AND_ALL = " GROUP BY GROUPING SETS ((place, month), (place), (month), ())"
_HELD = """
SELECT place, month,
  count(*) FILTER (WHERE opened_at IS NOT NULL) AS lessons,
  coalesce(sum(extract(epoch FROM ended_at - opened_at)) / 60, 0)::float AS minutes
FROM chosen WHERE status = 'ended'
"""
# Only of who was in a room several times are the stays laid over each other, which is dear.
# Both ends belong to a stay, so that whoever left at once was there too.
_PRESENT = """
, came AS MATERIALIZED (
  SELECT place, month, room_id, person_id, joined_at,
    greatest(joined_at, coalesce(left_at, last_seen_at)) AS left_at
  FROM chosen JOIN classroom_room room ON room.lesson_id = chosen.id
    JOIN classroom_presence presence ON presence.room_id = room.id
), again AS MATERIALIZED (
  SELECT room_id, person_id FROM came GROUP BY room_id, person_id HAVING count(*) > 1
), lasted AS (
  SELECT place, month, person_id, sum(left_at - joined_at) AS stay FROM came GROUP BY place, month, person_id
  UNION ALL
  SELECT place, month, person_id, (
    SELECT sum(upper(laid) - lower(laid)) FROM unnest(range_agg(tstzrange(joined_at, left_at, '[]'))) AS laid
  ) - sum(left_at - joined_at)
  FROM came JOIN again USING (room_id, person_id) GROUP BY place, month, room_id, person_id
)
SELECT place, month, person_id, extract(epoch FROM sum(stay))::float AS seconds
FROM lasted JOIN accounts_person person ON person.id = person_id AND NOT person.is_guest
GROUP BY place, month, person_id
"""
_RECORDED = """
SELECT place, month,
  count(*) FILTER (WHERE recording.state = 'published') AS published,
  count(*) FILTER (WHERE recording.state = 'failed' AND recording.reason <> 'nobody_came') AS failed,
  coalesce(sum(recording.duration_seconds) FILTER (WHERE recording.state = 'published'), 0)::float
    AS recorded_seconds,
  coalesce(sum(recording.size_bytes) FILTER (WHERE recording.state = 'published'), 0)::bigint AS bytes
FROM chosen JOIN recordings_recording recording ON recording.lesson_id = chosen.id
"""


@dataclass(slots=True)
class Turnout:
    """Who came in a month, as marks that lead back to nobody, and for how many seconds in all."""

    people: set[bytes] = field(default_factory=set)
    seconds: float = 0


def figures_of(scope: Scope, *, first: date, last: date) -> Table:
    """Both months are meant by their first day, and are in it."""
    found: dict[tuple[UUID | None, date | None], dict[str, Any]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '32MB'")  # a year of a large school is counted without the disk
        for figures in (_HELD, _RECORDED):
            for row in _ask(cursor, scope.column, scope.places, figures + _EACH_AND_ALL, first, last):
                found.setdefault((row.pop("place"), row.pop("month")), {}).update(row)
        _add_people(found, _find_turnout(cursor, scope, first, last))
    if scope.column == _BY_INSTITUTION:
        _add_peaks(found, scope, first, last)
    return {key: Figures(**row) for key, row in found.items()}


def _find_turnout(
    cursor: CursorWrapper, scope: Scope, first: date, last: date
) -> dict[tuple[UUID, date], Turnout]:
    """Counting people is most of the work, and a month that is over stays as it is: it is counted once a day."""
    months = list(_months_between(first, last))
    found = _recall(scope, months)
    missing = [(place, month) for place in scope.places for month in months if (place, month) not in found]
    if not missing:
        return found
    counted = {key: Turnout() for key in missing}
    places, asked = dict.fromkeys(place for place, _ in missing), sorted({month for _, month in missing})
    for row in _ask(cursor, scope.column, places, _PRESENT, asked[0], asked[-1]):
        one = counted.get((row["place"], row["month"]))
        if one is not None:
            one.people.add(blake2b(row["person_id"].bytes, digest_size=MARK_BYTES).digest())
            one.seconds += row["seconds"]
    _remember(counted)
    return found | counted


def _recall(scope: Scope, months: Sequence[date]) -> dict[tuple[UUID, date], Turnout]:
    keys = {
        _key(place, month): (place, month) for place in scope.places for month in months if _is_over(month)
    }
    with suppress(RedisError, OSError):  # without it everything is counted
        return {
            keys[key]: Turnout(
                {marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES)}, seconds
            )
            for key, (marks, seconds) in cache.get_many(keys).items()
        }
    return {}


def _remember(counted: dict[tuple[UUID, date], Turnout]) -> None:
    kept = {
        _key(place, month): (b"".join(one.people), one.seconds)
        for (place, month), one in counted.items()
        if _is_over(month)
    }
    with suppress(RedisError, OSError):
        cache.set_many(kept, REMEMBERED_SECONDS)


def _key(place: UUID, month: date) -> str:
    return f"turnout.{place}.{month:%Y-%m}"


def _is_over(month: date) -> bool:
    """In every zone, and long enough for its last lesson to have ended."""
    return next_month(month) + SETTLED <= timezone.now().astimezone(UTC).date()


def _add_people(
    found: dict[tuple[UUID | None, date | None], dict[str, Any]], came: dict[tuple[UUID, date], Turnout]
) -> None:
    """Whoever came to two places or in two months is one person of both."""
    people: dict[tuple[UUID | None, date | None], set[bytes]] = defaultdict(set)
    seconds: dict[tuple[UUID | None, date | None], float] = defaultdict(float)
    for (place, month), one in came.items():
        for key in product((place, None), (month, None)):
            people[key] |= one.people
            seconds[key] += one.seconds
    for key, marks in people.items():
        row = found.setdefault(key, {})
        row |= {"participants": len(marks), "person_minutes": seconds[key] / 60}


def _add_peaks(
    found: dict[tuple[UUID | None, date | None], dict[str, Any]], scope: Scope, first: date, last: date
) -> None:
    """Highest of a month and of the whole time. Of several institutions nobody counted how many were inside at
    the same moment, so their month and their sum have none."""
    days = Peak.objects.filter(institution__in=scope.places, day__gte=first, day__lt=next_month(last))
    by_month = days.order_by().annotate(month=TruncMonth("day")).values_list("institution", "month")
    for place, month, people in by_month.annotate(most=Max("people")):
        keys = [(place, month), (place, None)]
        keys += [(None, month), (None, None)] if len(scope.places) == 1 else []
        for key in keys:
            row = found.setdefault(key, {})
            row["peak"] = max(row.get("peak", 0), people)


def _ask(
    cursor: CursorWrapper, column: str, places: Iterable[UUID], figures: str, first: date, last: date
) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "places": list(places),
        "first": first,
        "next": next_month(last),
        "after": datetime.combine(first, time.min, tzinfo=UTC) - MARGIN,
        "before": datetime.combine(next_month(last), time.min, tzinfo=UTC) + MARGIN,
    }
    cursor.execute(_CHOSEN.format(column=column) + figures, values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def _months_between(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def months_before(month: date, count: int) -> list[date]:
    """`count` months, the last of them `month`."""
    number = month.year * 12 + month.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - count + 1, number + 1)]
