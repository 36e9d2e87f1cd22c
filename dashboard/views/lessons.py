"""The timetable and one lesson."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, F, Q, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Person, Role
from accounts.queries import active_memberships, institutions_of
from attendance.rules import may_watch_heatmap
from classroom import rules
from classroom.models import STAFF, Enrolment, Expulsion, Lesson, LessonStatus, Standing
from classroom.queries import courses_scheduled_by, join_links_of, lessons_for, standing_in
from dashboard.doors import person_of
from dashboard.lobby import door_card
from dashboard.rows import board_card, group_rows, lesson_row, recording_card
from dashboard.texts import left_behind_texts
from recordings.rules import may_follow_recording

PAGE_SIZE = 20


@require_safe
@login_required
def lessons(request: HttpRequest) -> HttpResponse:
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
        "looking_on": _looking_on(person, page.object_list),
        "may_schedule": courses_scheduled_by(person).exists(),
        "may_meet": active_memberships(person).filter(role__in=(Role.TEACHER, Role.HEAD)).exists(),
    }
    return render(request, "dashboard/lessons.html", context)


def _found(person: Person, query: str) -> QuerySet[Lesson]:
    """Coming lessons first, the nearest on top; the past behind them, the latest on top."""
    lessons = lessons_for(person).select_related("recording").exclude(status=LessonStatus.CANCELLED)
    if query:
        staff = Enrolment.objects.filter(person__name__icontains=query, standing__in=STAFF)
        of_course = Q(course__title__icontains=query) | Q(course__in=staff.values("course"))
        substitute = Q(substitute__name__icontains=query)
        lessons = lessons.filter(Q(title__icontains=query) | of_course | substitute)
    ended = Q(status=LessonStatus.ENDED)
    is_past = Case(When(ended, then=True), default=False)
    coming_at = Case(When(ended, then=None), default=F("starts_at"))
    return lessons.order_by(is_past, coming_at.asc(nulls_last=True), "-starts_at", "pk")


def _looking_on(person: Person, lessons: Iterable[Lesson]) -> set[UUID]:
    """Those of `lessons` that `person` sees without a place in them, as a guardian does."""
    lessons = list(lessons)
    enrolled = Enrolment.objects.filter(person=person, is_active=True)
    courses = set(enrolled.values_list("course_id", flat=True))
    schools = set(active_memberships(person).filter(role=Role.HEAD).values_list("institution_id", flat=True))
    return {
        one.pk
        for one in lessons
        if one.course_id not in courses
        and one.institution_id not in schools
        and one.substitute_id != person.pk
    }


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
    waits = lesson.status == LessonStatus.SCHEDULED and lesson.starts_at > now
    is_cancelled = lesson.status == LessonStatus.CANCELLED
    standing = rules.may_enter_room(person, lesson)
    return {
        "lesson": lesson_row(lesson, now=now),
        "doors": {
            "are_open": rules.doors_are_open(lesson, now=now),
            "opens_at": timezone.localtime(lesson.doors_open_at),
        },
        "may_enter": standing is not None,
        "put_out": _put_out_of(lesson, standing),
        "may_watch": lesson.status == LessonStatus.LIVE and may_watch_heatmap(standing),
        "may_read_register": rules.may_read_register(person, lesson),
        "join_link_count": _count_join_links(person, lesson),
        "door": door_card(person, lesson, now=now),
        "recording": None if is_cancelled else recording_card(getattr(lesson, "recording", None)),
        "may_follow": may_follow_recording(person, lesson),
        "board": board_card(person, lesson, standing),
        "may_change": waits and rules.may_change_lesson(person, lesson),
        "may_lay_out": hasattr(lesson, "recording") and rules.may_change_lesson(person, lesson),
        "cancel_reason": lesson.cancel_reason,
        "has_substitute": lesson.substitute_id is not None,
        "is_streamed": lesson.is_streamed,
        **_left_behind(person, lesson, standing),
        "may_plan_stream": not lesson.is_over and rules.may_decide_at_the_door(standing_in(person, lesson)),
    }


def _left_behind(person: Person, lesson: Lesson, standing: Standing | None) -> dict[str, Any]:
    """The shape of `LessonPage` in frontend/src/room/left_behind.ts: their browser may keep what it could not send."""
    if standing is None or not lesson.is_over:
        return {"left_behind": None}
    page = {
        "lesson": {"id": str(lesson.pk)},
        "person": {"id": str(person.pk)},
        "may_manage": rules.may_end_lesson(standing),
    }
    return {"left_behind": page, "texts": left_behind_texts()}


def _count_join_links(person: Person, lesson: Lesson) -> int:
    return join_links_of(lesson).count() if rules.may_run_courses(person, lesson.institution) else 0


def _put_out_of(lesson: Lesson, standing: Standing | None) -> list[Expulsion]:
    """Whom those who hold the lesson may let back in."""
    if lesson.is_over or not rules.may_moderate(standing):
        return []
    return list(lesson.expulsions.select_related("person").order_by("put_out_at"))
