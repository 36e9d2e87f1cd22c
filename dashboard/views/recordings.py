"""Recordings as pages that need no script: their chapters and captions for those who hold the lesson, and the search."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.refusals import Refused
from dashboard.doors import find_in, page_of, person_of, try_to
from dashboard.recording_forms import CaptionsForm, ChaptersForm
from dashboard.rows import clock_time, lesson_row
from dashboard.views.courses import find_course
from dashboard.views.lessons import find_lesson, use_zone_of
from recordings import actions
from recordings.languages import name_of_language
from recordings.models import Captions, Recording
from recordings.queries import finds_in, published_in
from recordings.rules import may_edit_recording, may_follow_recording, may_look_through
from recordings.vtt import plain

PAGE_SIZE = 25


@require_http_methods(["GET", "POST"])
@login_required
def recording_edit(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Two forms on one page; the button that was pressed says which one it is."""
    recording = _find(request, lesson_id)
    is_captions = request.method == "POST" and "captions" in request.POST
    is_chapters = request.method == "POST" and not is_captions
    chapters = ChaptersForm(recording, request.POST if is_chapters else None)
    captions = CaptionsForm(
        *([request.POST, request.FILES] if is_captions else [None]), initial=_first(recording)
    )
    done = _save_chapters(request, recording, chapters) if is_chapters else False
    done = done or (is_captions and _save_captions(request, recording, captions))
    if done:
        return redirect("recording_edit", lesson_id)
    context = {
        "lesson": lesson_row(recording.lesson, now=timezone.now()),
        "chapters": chapters,
        "rows": [(clock_time(row.starts_seconds), row, field) for row, field in chapters.rows()],
        "form": captions,
        "captions": [(name_of_language(one.language), one) for one in recording.captions.all()],
    }
    wrong = chapters.errors or captions.errors
    return render(request, "dashboard/recording_edit.html", context, status=400 if wrong else 200)


def _find(request: HttpRequest, lesson_id: UUID) -> Recording:
    """404 for a lesson of others, 403 for those of the class who may not."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    recording: Recording | None = getattr(lesson, "recording", None)
    if recording is None or not may_follow_recording(person, lesson):
        raise Http404
    if not may_edit_recording(person, recording):
        raise PermissionDenied
    return recording


def _first(recording: Recording) -> dict[str, str]:
    return {"language": recording.lesson.course.language}


def _save_chapters(request: HttpRequest, recording: Recording, form: ChaptersForm) -> bool:
    if not form.is_valid():
        return False
    number = actions.name_chapters(
        recording=recording, titles=form.titles(), by=person_of(request), now=timezone.now()
    )
    said = ngettext("%(number)s name is saved.", "%(number)s names are saved.", number)
    messages.success(request, said % {"number": number} if number else _("Nothing was changed."))
    return True


def _save_captions(request: HttpRequest, recording: Recording, form: CaptionsForm) -> bool:
    if not form.is_valid():
        return False
    try:
        actions.upload_captions(
            recording=recording,
            language=form.cleaned_data["language"],
            data=form.content(),
            by=person_of(request),
            now=timezone.now(),
        )
    except Refused as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, _("The captions are there for everybody who watches."))
    return True


@require_POST
@login_required
def captions_remove(request: HttpRequest, lesson_id: UUID, captions_id: UUID) -> HttpResponse:
    recording, by = _find(request, lesson_id), person_of(request)
    captions = find_in(Captions.objects.filter(recording=recording), captions_id)
    try_to(request, lambda: actions.remove_captions(captions=captions, by=by), _("The captions are removed."))
    return redirect("recording_edit", lesson_id)


@require_safe
@login_required
def course_recordings(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """All of a course; with `q`, each second in chapters and captions where these words are."""
    course = find_course(request, course_id, may_look_through)
    query = " ".join(request.GET.get("q", "").split())[:200]
    page = page_of(request, finds_in(course, query) if query else published_in(course), PAGE_SIZE)
    context: dict[str, Any] = {"course": course, "q": query, "page_obj": page}
    if query:
        context["finds"] = [_find_row(one) for one in page.object_list]
    else:
        context["rows"] = [(one, clock_time(one.duration_seconds or 0)) for one in page.object_list]
    return render(request, "dashboard/course_recordings.html", context)


def _find_row(found: dict[str, Any]) -> dict[str, Any]:
    at = int(found["at_seconds"])
    return found | {"words": plain(found["words"])[:300], "clock": clock_time(at), "at": at}
