"""A plan that is not saved yet, and what it runs into, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from classroom.conflicts import Conflicts, describe_conflicts, isolated
from classroom.models import Course, Lesson
from classroom.recurrence import Edge, Expansion, Interval
from classroom.timetable import PlannedEdit
from whiteboard.queries import lesson_to_go_on_from


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One meeting of a plan. `notes` are to know, `warnings` to decide about; a skipped one does not take place."""

    starts_at: datetime
    ends_at: datetime
    is_skipped: bool
    notes: list[str]
    warnings: list[str]

    @property
    def begins(self) -> str:
        return self._clock(self.starts_at)

    @property
    def ends(self) -> str:
        return self._clock(self.ends_at)

    def _clock(self, at: datetime) -> str:
        """With the zone's name where the clocks change in between: 02:30 CEST – 02:30 CET is an hour."""
        is_changing = self.starts_at.utcoffset() != self.ends_at.utcoffset()
        return f"{at:%H:%M %Z}" if is_changing else f"{at:%H:%M}"


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """Whose board the first lesson goes on with, if any left one; `is_series`: each other one with that before it."""

    source: Lesson | None
    is_series: bool


def board_of_plan(course: Course, plan: Expansion) -> BoardPlan:
    first = plan.kept[0].interval.starts_at
    return BoardPlan(lesson_to_go_on_from(course, first), len(plan.kept) > 1)


def rows_of_plan(plan: Expansion, conflicts: Sequence[Conflicts], zone: ZoneInfo) -> list[PlanRow]:
    """In the order of days, holidays among them."""
    of_day = {one.on: found for one, found in zip(plan.kept, conflicts, strict=True)}
    return [
        _row(
            one.interval,
            zone,
            notes=[
                *_edge_notes(one.edge, one.interval.starts_at.astimezone(zone)),
                *_holiday_notes(one.holiday),
            ],
            conflicts=of_day.get(one.on),
            is_skipped=one.on not in of_day,
        )
        for one in plan.in_order
    ]


def rows_of_edit(planned: Sequence[PlannedEdit], conflicts: Sequence[Conflicts]) -> list[PlanRow]:
    pairs = sorted(zip(planned, conflicts, strict=True), key=lambda pair: pair[0].interval.starts_at)
    rows = []
    for one, found in pairs:
        zone = one.lesson.zone
        local = one.interval.starts_at.astimezone(zone)
        rows.append(_row(one.interval, zone, notes=_edge_notes(one.edge, local), conflicts=found))
    return rows


def _row(
    interval: Interval,
    zone: ZoneInfo,
    *,
    notes: list[str],
    conflicts: Conflicts | None,
    is_skipped: bool = False,
) -> PlanRow:
    return PlanRow(
        starts_at=interval.starts_at.astimezone(zone),
        ends_at=interval.ends_at.astimezone(zone),
        is_skipped=is_skipped,
        notes=notes,
        warnings=[sentence for _code, sentence in describe_conflicts(conflicts, zone)] if conflicts else [],
    )


def _edge_notes(edge: Edge, local: datetime) -> list[str]:
    values = {"time": f"{local:%H:%M}"}
    if edge == Edge.GAP:
        return [_("The clocks go forward that night: it begins at %(time)s.") % values]
    if edge == Edge.FOLD:
        return [_("The clocks go back: %(time)s comes twice, the first counts.") % values]
    return []


def _holiday_notes(holiday: str) -> list[str]:
    return [_("The school is closed: %(name)s.") % {"name": isolated(holiday)}] if holiday else []
