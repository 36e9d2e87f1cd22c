"""Doors to recordings: progress, position, and the bytes themselves.

Whoever may not watch gets the 404 of a thing that does not exist. Access is checked at every request;
the links handed out work for minutes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import record_look
from accounts.models import Person
from common.refusals import Refused
from common.storage import Ranged
from common.storage.flow import flow
from recordings import actions
from recordings.api.doors import RecordingView, link_to, person_behind, watchable
from recordings.board_log import has_board, spans_of
from recordings.chapters import Chapter, to_webvtt
from recordings.languages import name_of_language
from recordings.models import Captions, Recording, Rendition, RenditionKind, RenditionState
from recordings.queries import position_of, ready_renditions, recording_for_door, recording_of_key
from recordings.rules import may_watch
from recordings.storage import folder, is_bearer_link, read_link

# Instead of the video, for weak links.
SMALLER = (RenditionKind.LOW, RenditionKind.AUDIO)
KINDS = {
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "jpg": "image/jpeg",
    "vtt": "text/vtt",
    "zip": "application/zip",
}


class ProgressView(RecordingView):
    """How a recording comes along; with `replay` once it can be watched."""

    def get(self, request: Request, lesson_id: UUID) -> Response:
        recording = self.find(request, lesson_id, published=False)
        return Response(progress_of(recording, person_behind(request)))


def progress_of(recording: Recording, person: Person) -> dict[str, Any]:
    """`{state, percent, step, reason, ready, replay?, early?}`, the shape of frontend/src/replay/page.ts."""
    allowed = may_watch(person, recording)
    ready = recording.is_published and allowed
    progress = {
        "state": recording.state,
        "percent": recording.percent,
        "step": recording.step,
        "reason": recording.reason,
        "ready": ready,
    }
    if ready:
        return progress | {"replay": _replay(recording, person)}
    early = recording.renditions.filter(kind=RenditionKind.RAW, state=RenditionState.READY).first()
    return progress | ({"early": _early(recording, early)} if allowed and early else {})


def _early(recording: Recording, raw: Rendition) -> dict[str, Any]:
    """What the recorder filmed, while the video is being composed; `starts_at` in epoch seconds."""
    address = f"{reverse('recording_video', args=[recording.lesson_id])}?as={raw.kind}"
    starts = raw.about.get("starts_at", 0.0)
    spans = [[starts, starts + raw.about.get("duration_seconds", 0.0)]]
    return {"src": address, "board": _board(recording, spans), **raw.about}


def _replay(recording: Recording, person: Person) -> dict[str, Any]:
    lesson = recording.lesson_id
    ready = {one.kind: one for one in ready_renditions(recording)}
    return {
        "src": reverse("recording_video", args=[lesson]),
        "smaller": _ladder(lesson, ready.get(RenditionKind.LADDER))
        | {
            kind: f"{reverse('recording_video', args=[lesson])}?as={kind}"
            for kind in SMALLER
            if kind in ready
        },
        "poster": reverse("recording_poster", args=[lesson]),
        "duration_seconds": recording.duration_seconds,
        "chapters": [
            {"at_seconds": row.starts_seconds, "title": row.title, "kind": row.kind}
            for row in recording.chapters.all()
        ],
        "gaps": recording.gaps,
        "board": _board(recording, spans_of(recording)),
        "captions": [_captions(lesson, row) for row in recording.captions.all()],
        "thumbnails": _thumbnails(lesson, ready.get(RenditionKind.THUMBNAILS)),
        "position_seconds": position_of(recording, person),
    }


def _ladder(lesson_id: UUID, rendition: Rendition | None) -> dict[str, str]:
    return {"auto": reverse("recording_ladder", args=[lesson_id, "master.m3u8"])} if rendition else {}


def _board(recording: Recording, spans: list[list[float]]) -> dict[str, Any] | None:
    if not has_board(recording.lesson):
        return None
    picture = reverse("recording_picture", args=[recording.lesson_id, UUID(int=0), 0])
    return {
        "src": reverse("recording_board", args=[recording.lesson_id]),
        "pictures": picture.removesuffix(f"{UUID(int=0)}/0"),
        "spans": spans,
    }


def _captions(lesson_id: UUID, row: Captions) -> dict[str, Any]:
    return {
        "language": row.language,
        "label": name_of_language(row.language),
        "is_automatic": row.is_automatic,
        "src": reverse("recording_captions", args=[lesson_id, row.language]),
    }


def _thumbnails(lesson_id: UUID, rendition: Rendition | None) -> dict[str, Any] | None:
    if rendition is None:
        return None
    return {"src": reverse("recording_thumbnail_sheet", args=[lesson_id]), **rendition.about}


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
    """On to a fresh signed link; asked again whenever the player needs one. `?as=low` is a rendition of it."""
    recording, key = _asked_for(request, lesson_id)
    record_look(
        "recording.watched",
        institution=recording.lesson.institution,
        by=person_behind(request),
        target=f"recording:{recording.pk}",
        now=timezone.now(),
    )
    return redirect(link_to(recording, key))


def _asked_for(request: HttpRequest, lesson_id: UUID) -> tuple[Recording, str]:
    """`?as=` names the kind of a rendition, `&part=` one of its other files; without, it is the video itself."""
    kind, part = request.GET.get("as", ""), request.GET.get("part", "")
    recording = recording_for_door(lesson_id)
    if recording is None or not may_watch(person_behind(request), recording):
        raise Http404
    rendition = recording.renditions.filter(kind=kind, state=RenditionState.READY).first() if kind else None
    if kind and rendition and (recording.is_published or kind == RenditionKind.RAW):
        keys = {key.rpartition("/")[2]: key for key in rendition.extra_keys} | {"": rendition.object_key}
        if part in keys:
            return recording, keys[part]
    if kind or not recording.is_published:
        raise Http404
    return recording, recording.video_key


@require_safe
def poster_image(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    recording = watchable(request, lesson_id)
    return redirect(link_to(recording, recording.poster_key))


@require_safe
def chapters_track(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    recording = watchable(request, lesson_id)
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
    recording = recording_of_key(key)
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
