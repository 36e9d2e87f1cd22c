"""Doors to live streams: the pass that a page renews while it may watch, and the pieces behind it.

A piece is looked up in no database: the cookie's word says for which broadcast it is and how long. With nginx in
front the pieces come from the disk, and `gate` alone is asked (docs/operations/streaming.md).
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Person
from classroom import actions as rooms
from classroom.models import Lesson, Standing
from common.api.parsing import StrictJSONParser
from common.refusals import Refused
from common.sockets.limits import Bucket
from common.storage.flow import flow
from common.storage.folder import open_file_range
from recordings.models import Broadcast, BroadcastState
from recordings.rules import may_watch_stream
from recordings.streaming import passes
from recordings.streaming.host import shelf_of

KINDS = {"m3u8": "application/vnd.apple.mpegurl", "m4s": "video/iso.segment", "mp4": "video/mp4"}
NAME = re.compile(r"[a-z]{2,8}(-\d{1,6}(-\d{6})?)?\.(m3u8|m4s|mp4)")
PIECE = re.compile(r"/streams/(?P<broadcast>[0-9a-f-]{36})/(?P<name>[^/]+)")
# A player asks for a list and a piece a second, and for a whole list of pieces when it begins.
A_SECOND, AT_ONCE = 20.0, 150.0
MOST_BUCKETS = 10_000
_buckets: OrderedDict[str, Bucket] = OrderedDict()


class WatchSerializer(serializers.Serializer[Any]):
    viewer = serializers.UUIDField()
    leaving = serializers.BooleanField(default=False)


class PassView(APIView):
    """What there is to see, and for the next minute the right to load it. Asking is also how a viewer is counted."""

    authentication_classes = [SessionAuthentication]
    permission_classes: list[Any] = []
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]

    def post(self, request: Request, lesson_id: UUID) -> Response:
        person, lesson, standing = _find_watched(request, lesson_id)
        data = WatchSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        viewer, now = data.validated_data["viewer"], timezone.now()
        if data.validated_data["leaving"]:
            rooms.leave_stream(room=lesson.room, person=person, viewer=viewer, now=now)
            return Response(status=204)
        rooms.watch_stream(room=lesson.room, person=person, standing=standing, viewer=viewer, now=now)
        return _answer(lesson, holder=str(viewer))


def _find_watched(request: Request, lesson_id: UUID) -> tuple[Person, Lesson, Standing]:
    lesson = Lesson.objects.select_related("institution", "broadcast").filter(pk=lesson_id).first()
    if lesson is None or not isinstance(request.user, Person):
        raise Http404
    standing = may_watch_stream(request.user, lesson, now=timezone.now())
    if standing is None:
        raise Http404
    return request.user, lesson, standing


def _answer(lesson: Lesson, *, holder: str) -> Response:
    broadcast = getattr(lesson, "broadcast", None)
    response = Response(told_of(lesson, broadcast) | {"renew_seconds": passes.RENEW_SECONDS})
    response["Cache-Control"] = "private, no-store"
    if broadcast is not None and not lesson.is_over:
        passes.hand_out(response, broadcast=broadcast.pk, holder=holder)
    return response


def told_of(lesson: Lesson, broadcast: Broadcast | None) -> dict[str, Any]:
    """`{state, src, sound}`, the shape of frontend/src/live/page.ts; `src` once there is something to see."""
    if lesson.is_over:
        return {"state": "over", "src": None, "sound": None}
    if broadcast is None or broadcast.shown_at is None:
        return {"state": "not_started", "src": None, "sound": None}
    is_live = broadcast.state == BroadcastState.LIVE
    return {
        "state": "live" if is_live else "interrupted",
        "src": reverse("stream_piece", args=[broadcast.pk, "index.m3u8"]),
        "sound": reverse("stream_piece", args=[broadcast.pk, "sound.m3u8"]),
    }


@require_safe
async def piece(request: HttpRequest, broadcast_id: UUID, name: str) -> HttpResponseBase:
    held = passes.read_pass(request.COOKIES.get(passes.COOKIE, ""), broadcast_id)
    if held is None or not NAME.fullmatch(name):
        raise Http404
    if not _may_ask(held.holder):
        return HttpResponse(status=429, headers={"Retry-After": "2"})
    try:
        return await sync_to_async(_serve, thread_sensitive=False)(request, shelf_of(broadcast_id) / name)
    except Refused as refusal:
        if refusal.code == "bad_range":
            return HttpResponse(status=416)
        raise Http404 from refusal


def _serve(request: HttpRequest, path: Path) -> HttpResponseBase:
    header = request.headers.get("Range")
    part = open_file_range(path, header)
    kind = KINDS[path.suffix[1:]]
    if path.suffix == ".m3u8":
        # Small, and written anew each second: all of it at once.
        response: HttpResponseBase = HttpResponse(b"".join(part.chunks), content_type=kind)
        response["Cache-Control"] = "private, no-cache"
    else:
        response = StreamingHttpResponse(flow(part.chunks), content_type=kind)
        response["Cache-Control"] = "private, max-age=600, immutable"
    response["Content-Length"] = str(part.length)
    response["Accept-Ranges"] = "bytes"
    if header is not None:
        response.status_code = 206
        response["Content-Range"] = part.content_range
    return response


def _may_ask(holder: str) -> bool:
    """Of this process; the oldest are forgotten, so that nobody fills the memory with names."""
    bucket = _buckets.pop(holder, None) or Bucket(A_SECOND, AT_ONCE, last=time.monotonic())
    _buckets[holder] = bucket
    if len(_buckets) > MOST_BUCKETS:
        _buckets.popitem(last=False)
    return bucket.take(time.monotonic())


@require_safe
async def gate(request: HttpRequest) -> HttpResponse:
    """For nginx's `auth_request`: 204 lets the piece out that `X-Original-URI` names, 403 does not, and nginx makes
    of any other word a fault of the server. It decides for the cookie that comes with the question, so asking it
    directly tells nobody more than they know."""
    match = PIECE.fullmatch(urlsplit(request.headers.get("X-Original-URI", "")).path)
    if match is None or not NAME.fullmatch(match["name"]):
        return HttpResponse(status=403)
    try:
        broadcast = UUID(match["broadcast"])
    except ValueError:
        return HttpResponse(status=403)
    held = passes.read_pass(request.COOKIES.get(passes.COOKIE, ""), broadcast)
    return HttpResponse(status=403 if held is None else 204)
