"""One line of a register: why it says what it says, and putting it right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_look
from accounts.models import Person
from attendance import actions, rules
from attendance.activity import Act
from attendance.models import EngagementLine, Excuse, RegisterEntry, RegisterStatus
from attendance.presence import STREAM
from attendance.queries import LessonReading, read_lesson, register_of
from attendance.trace import MINUTE_SECONDS, Span
from classroom.actions.audience import AWAY
from classroom.models import Fact, Lesson
from classroom.rules import may_read_register
from common.refusals import Refused
from dashboard.doors import person_of, try_to
from dashboard.presence_words import say_acts, say_fact, say_signal, say_state
from dashboard.rows import lesson_row
from dashboard.views.lessons import find_lesson, use_zone_of


@require_safe
@login_required
def register_line(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    reader = person_of(request)
    lesson = _find(reader, lesson_id)
    if not rules.may_read_line(reader, lesson, person_id):
        raise PermissionDenied
    now, by_staff = timezone.now(), may_read_register(reader, lesson)
    if by_staff:
        target = f"lesson:{lesson.pk}"
        record_look("register.read", institution=lesson.institution, by=reader, target=target, now=now)
    line = next((one for one in register_of(lesson, now=now) if one.person.pk == person_id), None)
    if line is None:
        raise Http404
    may_correct = rules.may_correct_register(reader, lesson)
    # Nothing before anybody came.
    reading = read_lesson(lesson, now=now) if lesson.opened_at else None
    context = {
        "lesson": lesson_row(lesson, now=now),
        "line": line,
        "spans": _spans(reading, person_id) if reading else [],
        "believed_seconds": _believed_seconds(reading, person_id) if reading else None,
        "corrections": _corrections(line.entry),
        "excuse": Excuse.objects.filter(lesson=lesson, person=person_id, withdrawn_at=None).first(),
        "signals": _signals(lesson, person_id),
        "statuses": RegisterStatus.choices,
        "may_correct": may_correct and lesson.is_over and line.entry is not None and line.status,
        "may_excuse": may_correct and line.standing == "student",
        "back": by_staff,
    }
    return render(request, "dashboard/register_line.html", context)


def _find(person: Person, lesson_id: UUID) -> Lesson:
    use_zone_of(person)
    return find_lesson(person, lesson_id)


def _believed_seconds(reading: LessonReading, person_id: UUID) -> int | None:
    """Of whoever watched the stream: how long they count as there after their page was heard of last."""
    one = reading.people.get(person_id)
    has_watched = one is not None and any(visit.door == STREAM for visit in one.seen)
    return round(AWAY.total_seconds()) if has_watched else None


def _spans(reading: LessonReading, person_id: UUID) -> list[dict[str, Any]]:
    """Nothing any more once the facts are gone."""
    one = reading.people.get(person_id)
    if one is None or not reading.facts:
        return []
    evidence: dict[str, Fact | Act] = {**{act.key: act for act in one.acts}, **reading.facts}
    return [_span(span, reading.window.starts_at, evidence) for span in one.trace(reading.window)]


def _span(span: Span, starts_at: float, evidence: dict[str, Fact | Act]) -> dict[str, Any]:
    begins_at = datetime.fromtimestamp(starts_at, tz=UTC) + timedelta(seconds=span.first * MINUTE_SECONDS)
    return {
        "begins_at": begins_at,
        # A lesson's minutes begin with it, which is seldom when the clock's do.
        "clock": "H:i:s" if begins_at.second else "H:i",
        "ends_at": begins_at + timedelta(seconds=(span.last - span.first + 1) * MINUTE_SECONDS),
        "minutes": span.last - span.first + 1,
        "state": span.state,
        "label": say_state(span.state),
        "facts": _because(evidence[key] for key in span.facts if key in evidence),
    }


def _because(found: Iterable[Fact | Act]) -> list[dict[str, Any]]:
    """As it happened, not as it was found; messages or strokes on end are one line, with the time of the first."""
    lines: list[dict[str, Any]] = []
    for kind, some in groupby(sorted(found, key=_moment), key=lambda one: isinstance(one, Act) and one.kind):
        told = list(some)
        if kind:
            lines.append({"at": _moment(told[0]), "words": say_acts(str(kind), len(told))})
        else:
            lines += [{"at": _moment(one), "words": say_fact(one)} for one in told if isinstance(one, Fact)]
    return lines


def _moment(one: Fact | Act) -> datetime:
    return datetime.fromtimestamp(one.at, tz=UTC) if isinstance(one, Act) else one.at


def _corrections(entry: RegisterEntry | None) -> list[Any]:
    return list(entry.corrections.select_related("by", "undone_by")) if entry else []


def _signals(lesson: Lesson, person_id: UUID) -> dict[str, Any] | None:
    line = EngagementLine.objects.filter(lesson=lesson, person=person_id).first()
    if line is None:
        return None
    return {"score": line.score, "lines": [say_signal(signal) for signal in line.signals]}


@require_POST
@login_required
def correct(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "")

    def act(entry: RegisterEntry, by: Person, now: datetime) -> object:
        return actions.correct_entry(entry=entry, status=status, reason=reason, by=by, now=now)

    return _change(request, lesson_id, person_id, act, _("The register is corrected."))


@require_POST
@login_required
def undo(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    def act(entry: RegisterEntry, by: Person, now: datetime) -> object:
        return actions.undo_correction(entry=entry, by=by, now=now)

    return _change(request, lesson_id, person_id, act, _("The correction is taken back."))


def _change(
    request: HttpRequest,
    lesson_id: UUID,
    person_id: UUID,
    act: Callable[[RegisterEntry, Person, datetime], object],
    done: str,
) -> HttpResponse:
    by, lesson = _may_correct(request, lesson_id)

    def carry_out() -> object:
        entry = RegisterEntry.objects.filter(lesson=lesson, person=person_id, standing="student").first()
        if entry is None:
            raise Refused("not_settled")
        return act(entry, by, timezone.now())

    try_to(request, carry_out, done)
    return redirect("register_line", lesson.pk, person_id)


@require_POST
@login_required
def excuse(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    """Give one, or with `withdraw` take it back."""
    by, lesson = _may_correct(request, lesson_id)
    person, now = Person(pk=person_id), timezone.now()
    if "withdraw" in request.POST:
        try_to(
            request,
            lambda: actions.withdraw_excuse(lesson=lesson, person=person, by=by, now=now),
            _("The excuse is taken back."),
        )
    else:
        reason = request.POST.get("reason", "")[:300]
        try_to(
            request,
            lambda: actions.excuse_absence(lesson=lesson, person=person, reason=reason, by=by, now=now),
            _("The absence is excused."),
        )
    return redirect("register_line", lesson.pk, person_id)


def _may_correct(request: HttpRequest, lesson_id: UUID) -> tuple[Person, Lesson]:
    by = person_of(request)
    lesson = _find(by, lesson_id)
    if not rules.may_correct_register(by, lesson):
        raise PermissionDenied
    return by, lesson
