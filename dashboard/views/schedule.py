"""Planning: a new lesson or series, changes, cancellations. What is in the way is shown before anything is saved."""

from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Person
from classroom import actions, rules
from classroom.models import Course, Lesson, LessonStatus
from classroom.queries import courses_scheduled_by
from classroom.timetable import Scope
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.planning import BoardPlan, PlanRow, board_of_plan, rows_of_edit, rows_of_plan
from dashboard.timetable_forms import CancelForm, LessonEditForm, ScheduleForm, blame
from dashboard.views.lessons import find_lesson, use_zone_of


@require_http_methods(["GET", "POST"])
@login_required
def schedule(request: HttpRequest) -> HttpResponse:
    """A lone lesson that nothing speaks against is saved at once; everything else is shown first."""
    person = person_of(request)
    use_zone_of(person)
    courses = list(courses_scheduled_by(person)[:2])
    if not courses:
        raise PermissionDenied
    if request.method != "POST":
        return _show_form(request, ScheduleForm(person, initial=_initial(request, courses)))
    form = ScheduleForm(person, request.POST)
    if not form.is_valid() or "change" in request.POST:
        return _show_form(request, form)
    rows = rows_of_plan(form.plan, form.find_conflicts(), form.zone)
    speaks_up = (
        form.rule or form.cleaned_data["continues_board"] or any(row.notes or row.warnings for row in rows)
    )
    if speaks_up and not _is_confirmed(request, rows):
        return _show_plan(request, form, rows, zone=form.zone, board=_board_of(form))
    try:
        return redirect("lesson", lesson_id=_save(request, form, person).pk)
    except Refused as refused:
        blame(form, refused)
        return _show_form(request, form)


def _initial(request: HttpRequest, courses: list[Course]) -> dict[str, Any]:
    """The key makes a form that is sent twice one lesson; the day comes from the calendar's link."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    return {"key": uuid4(), "day": day, "course": courses[0] if len(courses) == 1 else None, "every": 1}


def _show_form(request: HttpRequest, form: ScheduleForm) -> HttpResponse:
    repeat = ("repeats", "every", "weekdays", "times", "until", "time_zone")
    stream = ("is_streamed", "room_seats")
    context = {
        "form": form,
        "stream_fields": [form[name] for name in stream],
        "has_stream": any(form[name].value() not in {None, False, ""} for name in stream),
        "main_fields": [form[name] for name in ("course", "title", "day", "time", "minutes")],
        "repeat_fields": [form[name] for name in repeat],
        "is_open": bool(form["repeats"].value() or form["time_zone"].value()),
    }
    return render(request, "dashboard/schedule.html", context, status=400 if form.errors else 200)


def _is_confirmed(request: HttpRequest, rows: list[PlanRow]) -> bool:
    has_warnings = any(row.warnings for row in rows)
    return "confirm" in request.POST and (not has_warnings or "accept" in request.POST)


def _show_plan(
    request: HttpRequest, form: Form, rows: list[PlanRow], *, zone: ZoneInfo, board: BoardPlan | None = None
) -> HttpResponse:
    """The second step, by the clocks where the lessons are. Whoever confirms without having accepted the
    warnings is told so.
    """
    refused = "confirm" in request.POST
    context = {
        "hidden_fields": [field.as_hidden() for field in form],
        "title": form.cleaned_data["title"],
        "zone": zone.key if zone.key != str(timezone.get_current_timezone()) else "",
        "rows": rows,
        "board": board,
        "count": sum(not row.is_skipped for row in rows),
        "skipped": sum(row.is_skipped for row in rows),
        "warned": sum(bool(row.warnings) for row in rows),
        "must_accept": refused,
    }
    with timezone.override(zone):
        return render(request, "dashboard/plan.html", context, status=400 if refused else 200)


def _board_of(form: ScheduleForm) -> BoardPlan | None:
    data = form.cleaned_data
    return board_of_plan(data["course"], form.plan) if data["continues_board"] else None


def _save(request: HttpRequest, form: ScheduleForm, person: Person) -> Lesson:
    """The lesson, or the first of the series."""
    data, zone = form.cleaned_data, form.zone.key
    if form.rule is None:
        interval = form.plan.kept[0].interval
        return actions.schedule_lesson(
            course=data["course"],
            title=data["title"],
            starts_at=interval.starts_at,
            ends_at=interval.ends_at,
            created_by=person,
            time_zone=zone,
            key=data["key"],
            is_streamed=data["is_streamed"],
            room_seats=data["room_seats"],
            continues_board=data["continues_board"],
        )
    series = actions.schedule_series(
        course=data["course"],
        title=data["title"],
        rule=form.rule.text,
        first_on=data["day"],
        at=data["time"],
        seconds=data["minutes"] * 60,
        time_zone=zone,
        created_by=person,
        now=timezone.now(),
        key=data["key"],
        is_streamed=data["is_streamed"],
        room_seats=data["room_seats"],
        continues_board=data["continues_board"],
    )
    lessons = series.lessons.order_by("starts_at")
    count = lessons.count()
    said = ngettext(
        "%(count)s lesson is in the timetable now.", "%(count)s lessons are in the timetable now.", count
    )
    messages.success(request, said % {"count": count})
    return lessons[0]


@require_http_methods(["GET", "POST"])
@login_required
def edit_lesson(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson = _find_changeable(request, person, lesson_id)
    if not _waits(lesson):
        return _refuse_begun(request, lesson)
    form = LessonEditForm(lesson, person, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return _show_edit(request, lesson, form)
    if form.moves:
        rows = rows_of_edit(form.planned, form.find_conflicts())
        speaks_up = form.reach != Scope.THIS or any(row.notes or row.warnings for row in rows)
        if speaks_up and not _is_confirmed(request, rows):
            return _show_plan(request, form, rows, zone=lesson.zone)
    return _save_edit(request, lesson, form, person)


def _show_edit(request: HttpRequest, lesson: Lesson, form: LessonEditForm) -> HttpResponse:
    context = {"form": form, "lesson": lesson, "zone": lesson.zone.key}
    return render(request, "dashboard/lesson_edit.html", context, status=400 if form.errors else 200)


def _save_edit(request: HttpRequest, lesson: Lesson, form: LessonEditForm, person: Person) -> HttpResponse:
    try:
        count = actions.edit_lessons(
            lesson=lesson, scope=form.reach, changes=form.changes, by=person, now=timezone.now()
        )
    except Refused as refused:
        blame(form, refused)
        return _show_edit(request, lesson, form)
    said = ngettext("%(count)s lesson was changed.", "%(count)s lessons were changed.", count)
    messages.success(request, said % {"count": count} if count else _("Nothing was different."))
    return redirect("lesson", lesson_id=lesson.pk)


@require_http_methods(["GET", "POST"])
@login_required
def cancel_lesson(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson = _find_changeable(request, person, lesson_id)
    if not _waits(lesson):
        return _refuse_begun(request, lesson)
    form = CancelForm(lesson, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.cancel_lessons(
                lesson=lesson,
                scope=form.reach,
                reason=form.cleaned_data["reason"],
                by=person,
                now=timezone.now(),
            )
        except Refused as refused:
            blame(form, refused)
        else:
            said = ngettext("%(count)s lesson was cancelled.", "%(count)s lessons were cancelled.", count)
            messages.success(request, said % {"count": count})
            return redirect("lesson", lesson_id=lesson.pk)
    context = {"form": form, "lesson": lesson}
    return render(request, "dashboard/lesson_cancel.html", context, status=400 if form.errors else 200)


def _find_changeable(request: HttpRequest, person: Person, lesson_id: UUID) -> Lesson:
    """404 for who may not see it, 403 for who may not change it."""
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not rules.may_change_lesson(person, lesson):
        raise PermissionDenied
    return lesson


def _waits(lesson: Lesson) -> bool:
    return lesson.status == LessonStatus.SCHEDULED and lesson.starts_at > timezone.now()


def _refuse_begun(request: HttpRequest, lesson: Lesson) -> HttpResponse:
    messages.error(request, _("This lesson has begun or is over; it stays as it is."))
    return redirect("lesson", lesson_id=lesson.pk)
