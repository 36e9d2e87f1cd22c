"""What was written in a lesson, for those who held it; and what worried somebody, for the head."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_look
from classroom import actions
from classroom.models import Concern, Lesson
from classroom.queries import chat_of, concerns_of
from classroom.rules import may_read_chat, may_read_concerns
from dashboard.doors import find_administered, find_in, page_of, person_of, try_to
from dashboard.rows import lesson_row
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.people_list import csv_response

PAGE_SIZE = 50
CONCERNS_PAGE = 20


@require_safe
@login_required
def lesson_chat(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    lesson = _read(request, lesson_id, "chat.read")
    query = request.GET.get("q", "").strip()
    context = {
        "lesson": lesson_row(lesson, now=timezone.now()),
        "mode": lesson.get_chat_mode_display(),
        "q": query,
        "page_obj": page_of(request, chat_of(lesson, query), PAGE_SIZE),
    }
    return render(request, "dashboard/lesson_chat.html", context)


def _read(request: HttpRequest, lesson_id: UUID, act: str) -> Lesson:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_read_chat(person, lesson):
        raise PermissionDenied
    now = timezone.now()
    record_look(act, institution=lesson.institution, by=person, target=f"lesson:{lesson.pk}", now=now)
    return lesson


@require_safe
@login_required
def lesson_chat_csv(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    return csv_response(list(_rows(_read(request, lesson_id, "chat.exported"))), "chat")


def _rows(lesson: Lesson) -> Iterator[tuple[object, ...]]:
    yield (_("Sent at"), _("Name"), _("Role"), _("To"), _("Message"), _("Deleted"))
    for message in chat_of(lesson):
        is_deleted = message.deleted_at is not None
        yield (
            timezone.localtime(message.sent_at).strftime("%Y-%m-%d %H:%M:%S"),
            message.name,
            message.get_standing_display(),
            _("Teachers") if message.to_staff else _("Everybody"),
            "" if is_deleted else message.text,
            _("yes") if is_deleted else _("no"),
        )


@require_safe
@login_required
def concerns(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_read_concerns)
    target = f"institution:{school.pk}"
    record_look("concerns.read", institution=school, by=person_of(request), target=target, now=timezone.now())
    query = request.GET.get("q", "").strip()
    page = page_of(request, concerns_of(school, query), CONCERNS_PAGE)
    return render(request, "dashboard/concerns.html", {"school": school, "q": query, "page_obj": page})


@require_POST
@login_required
def concern_seen(request: HttpRequest, institution_id: UUID, concern_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_read_concerns)
    mine = Concern.objects.filter(lesson__institution=school).select_related("lesson__institution")
    concern, me = find_in(mine, concern_id), person_of(request)
    try_to(
        request,
        lambda: actions.mark_concern_seen(concern=concern, by=me, now=timezone.now()),
        _("It is marked as seen."),
    )
    return redirect("concerns", school.pk)
