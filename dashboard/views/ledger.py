"""Every lesson of a week and what became of its recording, as a page and as CSV; and having one composed again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_audit
from accounts.models import Institution
from accounts.queries import week_begins
from accounts.rules import may_see_institution
from classroom.models import Lesson
from classroom.recurrence import place
from dashboard.calendar_grid import span_of
from dashboard.doors import page_of, person_of, try_to
from dashboard.views.audit import find_school
from dashboard.views.people_list import csv_response
from recordings import actions
from recordings.clock import Span
from recordings.gaps import EARLY_END, LATE_START, NO_RECORDER, UNKNOWN
from recordings.ledger import (
    MEANINGS,
    Times,
    count_states,
    lessons_of_ledger,
    recordings_with_originals,
    times_of,
    with_times,
)
from recordings.models import EndCause, LedgerState, Reason, Reconciliation, RecordingState
from recordings.queries import is_reconciler_late, recording_for_door
from recordings.rules import may_read_own_ledger, may_repair_recordings

PAGE_SIZE = 25
CSV_LINES = 10_000
# Of the drawing: its width, and the top of each of its four stripes.
WIDTH, STRIPE = 1000.0, 8
AGAIN = (LedgerState.FAILED, LedgerState.DAMAGED, LedgerState.LATE)
LANES = {"planned": 0, "inside": 10, "recorded": 20, "published": 30}


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the drawing of one lesson; gaps go through the two lower stripes."""

    kind: str
    x: float
    y: int
    width: float
    height: int = STRIPE


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line of the table below the drawing."""

    kind: str
    label: str | Promise
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    lesson: Lesson
    state: str
    label: str
    meaning: str | Promise
    advice: str | Promise
    times: Times
    bars: list[Bar]
    stretches: list[Stretch]
    may_compose_again: bool

    @property
    def missing_count(self) -> int:
        """For the grammar of the sentence; the sentence itself says tenths too."""
        return math.ceil(self.times.missing_minutes)

    @property
    def reason(self) -> str:
        recording = getattr(self.lesson, "recording", None)
        return str(recording.get_reason_display()) if recording else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be read is as if it were not there."""

    first: date
    last: date
    state: str
    q: str

    def week(self, days: int) -> str:
        return f"{self.first + timedelta(days=days):%Y-%m-%d}"

    @property
    def before(self) -> str:
        return self.week(-7)

    @property
    def after(self) -> str:
        return self.week(7)


@require_safe
@login_required
def ledger(request: HttpRequest, school: str) -> HttpResponse:
    institution = find_school(person_of(request), school, may_read_own_ledger)
    now, asked = timezone.now(), _read(request, institution)
    week = _of_week(institution, asked, now)
    page = page_of(request, with_times(_narrow(week, asked)), PAGE_SIZE)
    lessons = list(page.object_list)
    counts = count_states(week)
    context = {
        "school": institution,
        "asked": asked,
        "page_obj": page,
        "rows": _rows(lessons, now),
        "counts": [(state, LedgerState(state).label, counts[state]) for state in counts if counts[state]],
        "total": sum(counts.values()),
        "states": LedgerState.choices,
        "books": Reconciliation.objects.first(),
        "is_late": is_reconciler_late(now),
    }
    return render(request, "dashboard/ledger.html", context)


def _read(request: HttpRequest, institution: Institution) -> Asked:
    today = timezone.localdate()
    try:
        on = parse_date(request.GET.get("on", "")) or today
    except ValueError:
        on = today
    span = span_of("week", on if 1970 < on.year < 2200 else today, week_begins=week_begins(institution))
    state = request.GET.get("state", "")
    known = state if state in LedgerState.values else ""
    return Asked(span.first, span.last, known, request.GET.get("q", "").strip()[:80])


def _of_week(institution: Institution, asked: Asked, now: datetime) -> QuerySet[Lesson, Any]:
    zone = ZoneInfo(institution.time_zone)
    first, _utc = place(datetime.combine(asked.first, time()), zone)
    after, _utc = place(datetime.combine(asked.last + timedelta(days=1), time()), zone)
    lessons = lessons_of_ledger(institution, now=now)
    return lessons.filter(starts_at__gte=first, starts_at__lt=after).order_by("starts_at", "pk")


def _narrow(lessons: QuerySet[Lesson, Any], asked: Asked) -> QuerySet[Lesson, Any]:
    if asked.state:
        lessons = lessons.filter(Q(ledger=asked.state))
    if asked.q:
        lessons = lessons.filter(Q(title__icontains=asked.q) | Q(course__title__icontains=asked.q))
    return lessons


def _rows(lessons: list[Lesson], now: datetime) -> list[Row]:
    ids = [lesson.recording.pk for lesson in lessons if hasattr(lesson, "recording")]
    saved = recordings_with_originals(ids)
    return [_row(lesson, now, saved) for lesson in lessons]


def _row(lesson: Lesson, now: datetime, saved: set[UUID]) -> Row:
    state, times = str(lesson.ledger), times_of(lesson, now=now)  # type: ignore[attr-defined]
    recording = getattr(lesson, "recording", None)
    can = recording is not None and recording.pk in saved
    meaning, advice = MEANINGS[state]
    return Row(
        lesson=lesson,
        state=state,
        label=str(LedgerState(state).label),
        meaning=meaning,
        advice=advice,
        times=times,
        bars=draw(times),
        stretches=list(_stretches(times)),
        may_compose_again=can and state in AGAIN,
    )


def draw(times: Times) -> list[Bar]:
    """Planned, inside, recorded, published, one below the other from the first moment to the last."""
    whole = times.extent
    drawn = {
        "planned": [times.expected],
        "inside": times.inside,
        "recorded": times.captured,
        "published": times.published,
    }
    bars = [_bar(kind, span, whole, LANES[kind]) for kind, spans in drawn.items() for span in spans]
    low, height = LANES["recorded"], LANES["published"] - LANES["recorded"] + STRIPE
    return bars + [_bar("gap", gap.span, whole, low, height) for gap in times.gaps]


def _bar(kind: str, span: Span, whole: Span, y: int, height: int = STRIPE) -> Bar:
    scale = WIDTH / whole.seconds
    x = max(0.0, (span.starts_at - whole.starts_at) * scale)
    # What is too short to be seen is still something.
    return Bar(kind, round(x, 1), y, round(min(max(span.seconds * scale, 2.0), WIDTH - x), 1), height)


def _stretches(times: Times) -> Any:
    causes = _causes()
    for kind, label, spans in (
        ("planned", _("Planned"), [times.expected]),
        ("inside", _("People inside"), times.inside),
        ("recorded", _("Recorded"), times.captured),
        ("published", _("Published"), times.published),
    ):
        yield from (Stretch(kind, label, _at(span.starts_at), _at(span.ends_at)) for span in spans)
    for gap in times.gaps:
        note = str(causes.get(gap.cause, causes[UNKNOWN]))
        yield Stretch("gap", _("Missing"), _at(gap.span.starts_at), _at(gap.span.ends_at), note)


def _causes() -> dict[str, str]:
    known = {str(cause): str(cause.label) for cause in EndCause if cause.value}
    reasons = {str(reason): str(reason.label) for reason in Reason}
    return (
        known
        | reasons
        | {
            NO_RECORDER: _("No recorder came."),
            LATE_START: _("The recorder came late."),
            EARLY_END: _("The recorder ended early."),
            UNKNOWN: _("The recorder was interrupted."),
        }
    )


def _at(epoch_seconds: float) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, tz=UTC)


@require_safe
@login_required
def ledger_csv(request: HttpRequest, school: str) -> HttpResponse:
    """The same week and the same choice, a line for each lesson."""
    person = person_of(request)
    institution = find_school(person, school, may_read_own_ledger)
    now, asked = timezone.now(), _read(request, institution)
    found = with_times(_narrow(_of_week(institution, asked, now), asked))[:CSV_LINES]
    lines = [_cells(_row(lesson, now, set())) for lesson in found]
    with transaction.atomic():
        target, told = f"institution:{institution.pk}", {"lines": len(lines)}
        record_audit("ledger.exported", institution=institution, by=person, target=target, detail=told)
    head = "lesson title course starts_at ends_at state reason inside_minutes recorded_minutes published_minutes missing_minutes missing_because"
    return csv_response([tuple(head.split()), *lines], "recordings")


def _cells(row: Row) -> tuple[object, ...]:
    lesson, times = row.lesson, row.times
    recording = getattr(lesson, "recording", None)
    return (
        lesson.pk,
        lesson.title,
        lesson.course.title,
        timezone.localtime(lesson.starts_at).isoformat(timespec="minutes"),
        timezone.localtime(lesson.ends_at).isoformat(timespec="minutes"),
        row.state,
        recording.reason if recording and recording.state == RecordingState.FAILED else "",
        *(_minutes(spans) for spans in (times.inside, times.captured, times.published)),
        times.missing_minutes,
        "; ".join(f"{gap.cause} {gap.minutes}" for gap in times.gaps),
    )


def _minutes(spans: list[Span]) -> float:
    return round(sum(span.seconds for span in spans) / 60, 1)


@require_POST
@login_required
def again(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    recording = recording_for_door(lesson_id)
    if recording is None or not may_see_institution(person, recording.lesson.institution):
        raise Http404
    if not may_repair_recordings(person, recording.lesson.institution):
        raise PermissionDenied
    done = _("It is being composed again.")
    try_to(
        request,
        lambda: actions.compose_again(recording=recording, by=person, now=timezone.now()),
        done,
    )
    return redirect("recording_ledger", school=recording.lesson.institution.slug)
