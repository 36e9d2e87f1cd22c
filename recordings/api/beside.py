"""What a player shows beside the video: the board's edits and pictures, captions, preview pictures."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from common.refusals import Refused
from recordings.api.doors import link_to, watchable
from recordings.board_log import board_log, compressed, edits_of
from recordings.models import Captions, RenditionKind
from recordings.queries import ready_rendition
from recordings.thumbnails import Sheets, to_webvtt
from recordings.vtt import Cue, write_vtt
from whiteboard.models import BoardFile, WorkState
from whiteboard.queries import board_of
from whiteboard.storage import storage as board_storage


@require_safe
def board(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """The edits of the lesson's board, compressed; the same bytes as long as the lesson has the same edits."""
    recording = watchable(request, lesson_id, early=True)
    edits = edits_of(recording)
    etag = f'"{edits[-1].seq if edits else 0}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content_type="application/octet-stream")
        log = board_log(edits)
        if "br" in request.headers.get("Accept-Encoding", ""):
            response["Content-Encoding"], log = "br", compressed(log)
        response.content = log
    response["ETag"] = etag
    response["Vary"] = "Accept-Encoding, Cookie"
    return _private(response)


@require_safe
def board_picture(request: HttpRequest, lesson_id: UUID, file_id: UUID, page: int) -> HttpResponse:
    """A slide or an image of that board; for guardians too, who never stood at the board itself."""
    recording = watchable(request, lesson_id, early=True)
    of_lesson = board_of(recording.lesson)
    file = BoardFile.objects.filter(board=of_lesson, pk=file_id, state=WorkState.READY).first()
    picture = file.picture(page) if file else None
    if file is None or picture is None:
        raise Http404
    try:
        content = b"".join(board_storage().read(file.key_of(picture)))
    except Refused as refusal:
        raise Http404 from refusal
    response = HttpResponse(content, content_type="image/webp")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
def captions_track(request: HttpRequest, lesson_id: UUID, language: str) -> HttpResponse:
    recording = watchable(request, lesson_id)
    captions = Captions.objects.filter(recording=recording, language=language).first()
    if captions is None:
        raise Http404
    rows = captions.cues.values_list("starts_seconds", "ends_seconds", "text")
    text = write_vtt(Cue(*row) for row in rows)
    return _private(HttpResponse(text, content_type="text/vtt; charset=utf-8"))


@require_safe
def thumbnails_track(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Which part of which sheet shows which seconds, as players know it: WebVTT with `#xywh=`."""
    recording = watchable(request, lesson_id)
    rendition = ready_rendition(recording, RenditionKind.THUMBNAILS)
    if rendition is None:
        raise Http404
    sheets = Sheets(**rendition.about)
    text = to_webvtt(sheets, reverse("recording_thumbnail_sheet", args=[lesson_id]))
    return _private(HttpResponse(text, content_type="text/vtt; charset=utf-8"))


@require_safe
def thumbnail_sheet(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    recording = watchable(request, lesson_id)
    rendition = ready_rendition(recording, RenditionKind.THUMBNAILS)
    sheet = next(iter(rendition.extra_keys), None) if rendition else None
    if sheet is None:
        raise Http404
    return redirect(link_to(recording, sheet))


def _private(response: HttpResponse) -> HttpResponse:
    """Who may see it changes: asked for each time."""
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
