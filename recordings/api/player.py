"""Doors to recordings: progress, position, and the bytes themselves.

Whoever may not watch gets the 404 of a thing that does not exist. Access is checked at every request;
the links handed out work for minutes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import record_look
from accounts.models import Person
from common.api.parsing import StrictJSONParser
from common.refusals import Refused
from common.storage import Ranged
from common.storage.flow import flow
from recordings import actions
from recordings.chapters import Chapter, to_webvtt
from recordings.models import Recording
from recordings.queries import position_of, recording_for_door
from recordings.rules import may_follow_recording, may_watch
from recordings.storage import folder, is_bearer_link, read_link, storage

KINDS = {"mp4": "video/mp4", "jpg": "image/jpeg", "zip": "application/zip"}


class RecordingView(APIView):
    authentication_classes = [SessionAuthentication]
    permission_classes: list[Any] = []
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]

    def find(self, request: Request, lesson_id: UUID, *, published: bool) -> Recording:
        recording = recording_for_door(lesson_id)
        rule = may_watch if published else _may_follow
        if recording is None or not rule(person_behind(request), recording):
            raise Http404
        return recording


def person_behind(request: Request | HttpRequest) -> Person:
    """Who asks; Http404 when nobody is signed in."""
    if not isinstance(request.user, Person):
        raise Http404
    return request.user


def _may_follow(person: Person, recording: Recording) -> bool:
    return may_follow_recording(person, recording.lesson)


class ProgressView(RecordingView):
    """How a recording comes along; with `replay` once it can be watched."""

    def get(self, request: Request, lesson_id: UUID) -> Response:
        recording = self.find(request, lesson_id, published=False)
        return Response(progress_of(recording, person_behind(request)))


def progress_of(recording: Recording, person: Person) -> dict[str, Any]:
    """`{state, percent, step, reason, ready, replay?}`, the shape of frontend/src/replay/page.ts."""
    ready = recording.is_published and may_watch(person, recording)
    progress = {
        "state": recording.state,
        "percent": recording.percent,
        "step": recording.step,
        "reason": recording.reason,
        "ready": ready,
    }
    return progress | ({"replay": _replay(recording, person)} if ready else {})


def _replay(recording: Recording, person: Person) -> dict[str, Any]:
    return {
        "src": reverse("recording_video", args=[recording.lesson_id]),
        "poster": reverse("recording_poster", args=[recording.lesson_id]),
        "duration_seconds": recording.duration_seconds,
        "chapters": [
            {"at_seconds": row.starts_seconds, "title": row.title} for row in recording.chapters.all()
        ],
        "gaps": recording.gaps,
        "position_seconds": position_of(recording, person),
    }


class PositionSerializer(serializers.Serializer[Any]):
    position_seconds = serializers.FloatField(min_value=0, max_value=1_000_000)


class PositionView(RecordingView):
    """Remembers where somebody stopped watching."""

    def post(self, request: Request, lesson_id: UUID) -> Response:
        recording = self.find(request, lesson_id, published=True)
        data = PositionSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        actions.remember_position(
            recording=recording,
            person=person_behind(request),
            position_seconds=data.validated_data["position_seconds"],
        )
        return Response(status=204)


@require_safe
def video(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """On to a fresh signed link; asked again whenever the player needs one."""
    recording = _watchable(request, lesson_id)
    record_look(
        "recording.watched",
        institution=recording.lesson.institution,
        by=person_behind(request),
        target=f"recording:{recording.pk}",
        now=timezone.now(),
    )
    return redirect(_link(recording.video_key))


@require_safe
def poster_image(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    return redirect(_link(_watchable(request, lesson_id).poster_key))


def _link(key: str) -> str:
    return storage().url(key, expires_seconds=settings.MEDIA_LINK_SECONDS)


def _watchable(request: HttpRequest, lesson_id: UUID) -> Recording:
    recording = recording_for_door(lesson_id)
    if recording is None or not recording.is_published or not may_watch(person_behind(request), recording):
        raise Http404
    return recording


@require_safe
def chapters_track(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    recording = _watchable(request, lesson_id)
    found = [Chapter(row.starts_seconds, row.ends_seconds, row.title) for row in recording.chapters.all()]
    return HttpResponse(to_webvtt(found), content_type="text/vtt; charset=utf-8")


@require_safe
async def media(request: HttpRequest) -> HttpResponseBase:
    """The bytes behind a link of the folder storage, with byte ranges; only a link made by the API opens alone."""
    token = request.GET.get("token", "")
    key = read_link(token)
    if key is None or not (is_bearer_link(token) or await _may_open(request, key)):
        raise Http404
    try:
        part = folder().open_range(key, request.headers.get("Range"))
    except Refused as refusal:
        if refusal.code == "bad_range":
            return HttpResponse(status=416)
        raise Http404 from refusal
    return stream(part, key, partial="Range" in request.headers)


async def _may_open(request: HttpRequest, key: str) -> bool:
    return await sync_to_async(_may_have)(await request.auser(), key)


def _may_have(person: Any, key: str) -> bool:
    if not isinstance(person, Person):
        return False
    recording = Recording.objects.select_related("lesson").filter(video_key=key).first()
    recording = recording or Recording.objects.select_related("lesson").filter(poster_key=key).first()
    return recording is not None and may_watch(person, recording)


def stream(part: Ranged, key: str, *, partial: bool) -> StreamingHttpResponse:
    kind = KINDS.get(key.rpartition(".")[2], "application/octet-stream")
    response = StreamingHttpResponse(flow(part.chunks), status=206 if partial else 200, content_type=kind)
    response["Content-Length"] = str(part.length)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=300"
    if partial:
        response["Content-Range"] = part.content_range
    return response
