"""How many recorders the timetable of the next seven days needs, half hour by half hour, and how many there will be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from classroom.models import Lesson, LessonStatus
from dashboard.charts import Steps, count_at_once, draw_steps
from recordings.models import Recorder, RecorderState

STEP = timedelta(minutes=30)
DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """The first half hour of a day that needs most."""

    at: datetime
    most: int
    is_short: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    chart: Steps
    available: int
    days: list[Day]

    @property
    def worst(self) -> Day | None:
        """The first of the half hours that need most; None when nothing is planned."""
        worst = max(self.days, key=lambda day: day.most, default=None)
        return worst if worst and worst.most else None


def forecast_of(*, now: datetime, zone: ZoneInfo) -> Forecast:
    """Every planned lesson owes a recording, from its start to its end."""
    begins = now - timedelta(minutes=now.minute % 30, seconds=now.second, microseconds=now.microsecond)
    ends = begins + timedelta(days=DAYS)
    planned = Lesson.objects.filter(starts_at__lt=ends, ends_at__gt=begins).exclude(
        status__in=(LessonStatus.CANCELLED, LessonStatus.ENDED)
    )
    spans = planned.order_by().values_list("starts_at", "ends_at").annotate(number=Count("pk"))
    counts = count_at_once(spans, begins, ends, STEP)
    available = count_available()
    moments = [((begins + place * STEP).astimezone(zone), count) for place, count in enumerate(counts)]
    days = [
        _day(list(halves), available) for _, halves in groupby(moments, key=lambda moment: moment[0].date())
    ]
    return Forecast(draw_steps(counts, available), available, days)


def _day(halves: list[tuple[datetime, int]], available: int) -> Day:
    at, most = max(halves, key=lambda half: half[1])
    return Day(at, most, most > available)


def count_available() -> int:
    """Those that answer and are not drained; what the settings promise where no Jibri is known at all."""
    known = Recorder.objects.exclude(base_url="")
    if not known.exists():
        return int(settings.RECORDER_CAPACITY)
    return known.filter(drained_at__isnull=True).exclude(state=RecorderState.SILENT).count()
