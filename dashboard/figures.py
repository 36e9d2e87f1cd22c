"""Usage in figures, by month. PostgreSQL does the counting: three questions, whatever the range and the school.

A month begins at midnight where the institution is. A lesson belongs to the month in which it was to start;
it was held when somebody came. Two tabs of one person at the same time are one person's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, QuerySet
from django.db.models.functions import TruncMonth

from accounts.models import Institution
from classroom.models import Course, Peak

# Wide enough for every time zone; the exact month is asked for beside it.
MARGIN = timedelta(days=1)


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


_SHAPE = """
WITH chosen AS MATERIALIZED (
  SELECT lesson.id, {column} AS place, lesson.status, lesson.opened_at, lesson.ended_at,
    date_trunc('month', lesson.starts_at AT TIME ZONE institution.time_zone)::date AS month
  FROM classroom_lesson lesson JOIN accounts_institution institution ON institution.id = lesson.institution_id
  WHERE {column} = ANY(%(places)s) AND lesson.starts_at >= %(after)s AND lesson.starts_at < %(before)s
    AND lesson.starts_at >= %(first)s::timestamp AT TIME ZONE institution.time_zone
    AND lesson.starts_at < %(next)s::timestamp AT TIME ZONE institution.time_zone
){figures}
GROUP BY GROUPING SETS ((place, month), (place), (month), ())
"""
_HELD = """
SELECT place, month,
  count(*) FILTER (WHERE opened_at IS NOT NULL) AS lessons,
  coalesce(sum(extract(epoch FROM ended_at - opened_at)) / 60, 0)::float AS minutes
FROM chosen WHERE status = 'ended'
"""
# Nearly everybody is in a room once: only of the others are the stays laid over each other, which is dear.
# Both ends belong to a stay, so that whoever left at once was there too.
_PRESENT = """
, visited AS MATERIALIZED (
  SELECT room.id AS room_id, place, month FROM chosen JOIN classroom_room room ON room.lesson_id = chosen.id
), again AS MATERIALIZED (
  SELECT room_id, person_id FROM classroom_presence WHERE room_id IN (SELECT room_id FROM visited)
  GROUP BY room_id, person_id HAVING count(*) > 1
), stays AS (
  SELECT room_id, person_id, {left} - joined_at AS lasted FROM classroom_presence
  WHERE (room_id, person_id) NOT IN (SELECT room_id, person_id FROM again)
  UNION ALL
  SELECT room_id, person_id, upper(stay) - lower(stay) FROM (
    SELECT room_id, person_id, unnest(range_agg(tstzrange(joined_at, {left}, '[]'))) AS stay
    FROM classroom_presence JOIN again USING (room_id, person_id) GROUP BY room_id, person_id
  ) laid
)
SELECT place, month,
  count(DISTINCT person_id) AS participants,
  coalesce(sum(seconds) / 60, 0)::float AS person_minutes
FROM (
  SELECT place, month, person_id, extract(epoch FROM sum(lasted)) AS seconds
  FROM stays JOIN visited USING (room_id)
    JOIN accounts_person person ON person.id = person_id AND NOT person.is_guest
  GROUP BY place, month, person_id
) people
""".replace("{left}", "greatest(joined_at, coalesce(left_at, last_seen_at))")
_RECORDED = """
SELECT place, month,
  count(*) FILTER (WHERE recording.state = 'published') AS published,
  count(*) FILTER (WHERE recording.state = 'failed' AND recording.reason <> 'nobody_came') AS failed,
  coalesce(sum(recording.duration_seconds) FILTER (WHERE recording.state = 'published'), 0)::float
    AS recorded_seconds,
  coalesce(sum(recording.size_bytes) FILTER (WHERE recording.state = 'published'), 0)::bigint AS bytes
FROM chosen JOIN recordings_recording recording ON recording.lesson_id = chosen.id
"""


def figures_of(scope: Scope, *, first: date, last: date) -> Table:
    """Both months are meant by their first day, and are in it."""
    found: dict[tuple[UUID | None, date | None], dict[str, Any]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '32MB'")  # a year of a large school is counted without the disk
        for figures in (_HELD, _PRESENT, _RECORDED):
            for row in _ask(cursor, scope, figures, first, last):
                found.setdefault((row.pop("place"), row.pop("month")), {}).update(row)
    if scope.column == _BY_INSTITUTION:
        _add_peaks(found, scope, first, last)
    return {key: Figures(**row) for key, row in found.items()}


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


def _ask(cursor: CursorWrapper, scope: Scope, figures: str, first: date, last: date) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "places": list(scope.places),
        "first": first,
        "next": next_month(last),
        "after": datetime.combine(first, time.min, tzinfo=UTC) - MARGIN,
        "before": datetime.combine(next_month(last), time.min, tzinfo=UTC) + MARGIN,
    }
    cursor.execute(_SHAPE.format(column=scope.column, figures=figures), values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def months_before(month: date, count: int) -> list[date]:
    """`count` months, the last of them `month`."""
    number = month.year * 12 + month.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(number - count + 1, number + 1)]
