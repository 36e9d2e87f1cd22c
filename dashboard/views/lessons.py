"""The timetable and one lesson."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, F, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Person
from accounts.queries import institutions_of
from classroom import actions, rules
from classroom.models import Lesson, LessonStatus
from classroom.queries import lessons_for, standing_in
from dashboard.doors import person_of
from dashboard.forms import LessonForm
from recordings.models import Recording
from recordings.rules import may_watch

PAGE_SIZE = 20


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    query = request.GET.get("q", "").strip()
    page = Paginator(_found(person, query, request.GET.get("when", "")), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "groups": group_by_day(list(page.object_list)),
        "query": query,
        "when": request.GET.get("when", ""),
        "live": lessons_for(person).filter(status=LessonStatus.LIVE).order_by("starts_at")[:3],
        "may_schedule": LessonForm(person).fields["course"].queryset.exists(),  # type: ignore[attr-defined]
        "now": timezone.now(),
    }
    return render(request, "dashboard/home.html", context)


def _found(person: Person, query: str, when: str) -> QuerySet[Lesson]:
    """Coming lessons first, the nearest on top; the past behind them, the latest on top."""
    lessons = lessons_for(person).select_related("recording").exclude(status=LessonStatus.CANCELLED)
    if query:
        lessons = lessons.filter(Q(title__icontains=query) | Q(course__title__icontains=query))
    ended = Q(status=LessonStatus.ENDED)
    if when in {"past", "coming"}:
        lessons = lessons.filter(ended) if when == "past" else lessons.exclude(ended)
    is_past = Case(When(ended, then=True), default=False)
    coming_at = Case(When(ended, then=None), default=F("starts_at"))
    return lessons.order_by(is_past, coming_at.asc(nulls_last=True), "-starts_at", "pk")


def group_by_day(lessons: list[Lesson]) -> list[tuple[str, list[Lesson]]]:
    """Lessons under "Live now", "Today", "Tomorrow", "Later" and "Past", empty groups left out."""
    today = timezone.localdate()
    groups: dict[str, list[Lesson]] = {
        key: [] for key in (_("Live now"), _("Today"), _("Tomorrow"), _("Later"), _("Past"))
    }
    live, now_, tomorrow, later, past = groups
    for lesson in lessons:
        days = (timezone.localtime(lesson.starts_at).date() - today).days
        if lesson.status == LessonStatus.ENDED:
            groups[past].append(lesson)
        elif lesson.status == LessonStatus.LIVE:
            groups[live].append(lesson)
        else:
            groups[now_ if days <= 0 else tomorrow if days == 1 else later].append(lesson)
    return [(label, members) for label, members in groups.items() if members]


def use_zone_of(person: Person) -> None:
    institution = institutions_of(person).first()
    if institution:
        timezone.activate(ZoneInfo(institution.time_zone))


@require_safe
@login_required
def lesson(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    return render(request, "dashboard/lesson.html", _lesson_context(person, find_lesson(person, lesson_id)))


def find_lesson(person: Person, lesson_id: UUID) -> Lesson:
    """The lesson if `person` may see it; else the 404 of one that does not exist."""
    lesson = lessons_for(person).select_related("recording").filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404
    return lesson


def _lesson_context(person: Person, lesson: Lesson) -> dict[str, Any]:
    standing = standing_in(person, lesson)
    recording: Recording | None = getattr(lesson, "recording", None)
    open_ = rules.doors_are_open(lesson, now=timezone.now())
    return {
        "lesson": lesson,
        "standing": standing,
        "doors": {"open": open_, "at": lesson.doors_open_at},
        "may_enter": standing is not None and open_,
        "may_read_register": rules.may_read_register(person, lesson),
        "recording": recording,
        "may_watch": recording is not None and may_watch(person, recording),
    }


@require_http_methods(["GET", "POST"])
@login_required
def schedule(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    form = LessonForm(person, request.POST or None)
    if not form.fields["course"].queryset.exists():  # type: ignore[attr-defined]
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = actions.schedule_lesson(
            course=data["course"],
            title=data["title"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            created_by=person,
        )
        return redirect("lesson", lesson_id=made.pk)
    return render(request, "dashboard/schedule.html", {"form": form}, status=400 if form.errors else 200)
