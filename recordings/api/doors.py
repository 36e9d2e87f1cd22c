"""Who stands before a recording's doors. Whoever may not watch gets the 404 of a thing that does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import Person
from common.api.parsing import StrictJSONParser
from recordings.models import Recording, RenditionKind
from recordings.queries import ready_rendition, recording_for_door
from recordings.rules import may_follow_recording, may_watch
from recordings.storage import storage_for


class RecordingView(APIView):
    authentication_classes = [SessionAuthentication]
    permission_classes: list[Any] = []
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]

    def find(self, request: Request, lesson_id: UUID, *, published: bool) -> Recording:
        recording = recording_for_door(lesson_id)
        rule = _may_see if published else _may_follow
        if recording is None or not rule(person_behind(request), recording):
            raise Http404
        return recording


def person_behind(request: Request | HttpRequest) -> Person:
    """Who asks; Http404 when nobody is signed in."""
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


def watchable(request: HttpRequest, lesson_id: UUID, *, early: bool = False) -> Recording:
    """`early`: for staff also while it is being composed, beside what was filmed."""
    recording = recording_for_door(lesson_id)
    if recording is None or not may_watch(person_behind(request), recording):
        raise Http404
    if not recording.is_published and not (early and ready_rendition(recording, RenditionKind.RAW)):
        raise Http404
    return recording


def link_to(recording: Recording, key: str) -> str:
    """Works for minutes: asked for at every look."""
    return storage_for(recording.lesson.institution).url(key, expires_seconds=settings.MEDIA_LINK_SECONDS)


def _may_see(person: Person, recording: Recording) -> bool:
    return may_watch(person, recording)


def _may_follow(person: Person, recording: Recording) -> bool:
    return may_follow_recording(person, recording.lesson)
