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
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Person, Role
from accounts.queries import active_memberships, institutions_of
from classroom import actions, rules
from classroom.models import STAFF, Lesson, LessonStatus
from classroom.queries import lessons_for
from dashboard.doors import person_of
from dashboard.forms import LessonForm, courses_to_schedule
from dashboard.lobby import door_card
from dashboard.rows import group_rows, lesson_row, recording_card

PAGE_SIZE = 20


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    query, now = request.GET.get("q", "").strip(), timezone.now()
    page = Paginator(_found(person, query), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [lesson_row(lesson, now=now) for lesson in page.object_list]
    context = {
        "groups": group_rows(rows),
        "page_obj": page,
        "q": query,
        "changing": any(row.is_changing for row in rows),
        "may_schedule": courses_to_schedule(person).exists(),
        "may_meet": active_memberships(person).filter(role__in=(Role.TEACHER, Role.HEAD)).exists(),
    }
    return render(request, "dashboard/home.html", context)


def _found(person: Person, query: str) -> QuerySet[Lesson]:
    """Coming lessons first, the nearest on top; the past behind them, the latest on top."""
    lessons = lessons_for(person).select_related("recording").exclude(status=LessonStatus.CANCELLED)
    if query:
        teacher = Q(course__enrolments__person__name__icontains=query, course__enrolments__standing__in=STAFF)
        found = Lesson.objects.filter(Q(title__icontains=query) | Q(course__title__icontains=query) | teacher)
        lessons = lessons.filter(pk__in=found.values("pk"))
    ended = Q(status=LessonStatus.ENDED)
    is_past = Case(When(ended, then=True), default=False)
    coming_at = Case(When(ended, then=None), default=F("starts_at"))
    return lessons.order_by(is_past, coming_at.asc(nulls_last=True), "-starts_at", "pk")


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
    now = timezone.now()
    return {
        "lesson": lesson_row(lesson, now=now),
        "doors": {
            "are_open": rules.doors_are_open(lesson, now=now),
            "opens_at": timezone.localtime(lesson.doors_open_at),
        },
        "may_enter": rules.may_enter_room(person, lesson) is not None,
        "may_read_register": rules.may_read_register(person, lesson),
        "door": door_card(person, lesson, now=now),
        "recording": recording_card(getattr(lesson, "recording", None)),
    }


@require_http_methods(["GET", "POST"])
@login_required
def schedule(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    if not courses_to_schedule(person).exists():
        raise PermissionDenied
    form = LessonForm(person, request.POST or None)
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
