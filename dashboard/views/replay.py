"""The replay page: the player when the video is ready, its progress until then."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.doors import person_of
from dashboard.texts import replay_texts
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.room import lesson_data
from recordings.api.player import progress_of
from recordings.models import Recording
from recordings.rules import may_edit_recording, may_follow_recording, may_look_through


@require_safe
@login_required
def replay(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    recording: Recording | None = getattr(lesson, "recording", None)
    if recording is None or not may_follow_recording(person, lesson):
        raise Http404
    data: dict[str, Any] = {
        "lesson": lesson_data(lesson),
        "progress": progress_of(recording, person),
        "progress_url": reverse("recording_progress", args=[lesson.pk]),
        "position_url": reverse("recording_position", args=[lesson.pk]),
        "notes_url": reverse("recording_notes", args=[lesson.pk]),
        "notes_text_url": reverse("recording_notes_text", args=[lesson.pk]),
        "pack_url": reverse("recording_pack", args=[lesson.pk]),
        "pack_file_url": reverse("recording_pack_file", args=[lesson.pk]),
        "csrf": get_token(request),
    }
    context = {
        "lesson": lesson,
        "page_data": data,
        "texts": replay_texts(),
        "replay": data["progress"].get("replay"),
        "may_edit": may_edit_recording(person, recording),
        "may_look_through": may_look_through(person, lesson.course),
    }
    return render(request, "dashboard/replay.html", context)
