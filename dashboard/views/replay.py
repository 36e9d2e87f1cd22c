"""The replay page: the player when the video is ready, its progress until then."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Person
from classroom.models import Lesson
from dashboard.doors import person_of
from dashboard.texts import replay_texts
from dashboard.views.lessons import find_lesson, use_zone_of
from recordings.api import progress_of
from recordings.models import Recording
from recordings.queries import position_of
from recordings.rules import may_follow_recording, may_watch


@require_safe
@login_required
def replay(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    recording: Recording | None = getattr(lesson, "recording", None)
    if recording is None or not may_follow_recording(person, lesson):
        raise Http404
    data = page_data(person, lesson, recording) | {"csrf": get_token(request)}
    return render(
        request,
        "dashboard/replay.html",
        {"lesson": lesson, "recording": recording, "page_data": data, "texts": replay_texts()},
    )


def page_data(person: Person, lesson: Lesson, recording: Recording) -> dict[str, Any]:
    watchable = recording.is_published and may_watch(person, recording)
    return {
        "ready": watchable,
        "title": lesson.title,
        "progress": progress_of(recording),
        "progress_url": reverse("recording_progress", args=[lesson.pk]),
        "position_url": reverse("recording_position", args=[lesson.pk]),
        "video_url": reverse("recording_video", args=[lesson.pk]),
        "poster_url": reverse("recording_poster", args=[lesson.pk]),
        "chapters_url": reverse("recording_chapters", args=[lesson.pk]),
        "duration_seconds": recording.duration_seconds,
        "position_seconds": position_of(recording, person),
        "chapters": list(recording.chapters.values("starts_seconds", "ends_seconds", "title")),
    }
