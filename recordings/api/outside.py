"""The door for those who watch a stream by a link, without an account: what there is to see, and for half a minute the
right to load it. A link that is wrong, revoked, too old, or not yet opened by its password is one that does not exist.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import Http404
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from classroom.models import Lesson
from classroom.protection import unpermitted_in
from common.api.parsing import StrictJSONParser
from common.api.throttling import spend
from common.refusals import Refused
from recordings import actions
from recordings.api.streams import WatchSerializer, told_of
from recordings.models import StreamLink
from recordings.streaming import passes

RENEW_SECONDS, LIFETIME_SECONDS = 10, 30
# A whole parish may sit behind one address; one player asks six times a minute, twelve before it begins.
ASKED_AN_ADDRESS = 6000
LOOKED_UP_SECONDS = 5


class OutsidePassView(APIView):
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]

    def post(self, request: Request, token: str) -> Response:
        spend("outside", request.META.get("REMOTE_ADDR", ""), ASKED_AN_ADDRESS)
        now = timezone.now()
        link = actions.find_stream_link(secret=token, now=now)
        if link is None or not passes.may_pass(request.COOKIES.get(passes.DOOR_COOKIE, ""), link):
            raise Http404
        data = WatchSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        viewer = data.validated_data["viewer"]
        if data.validated_data["leaving"]:
            actions.leave_outside(link=link, viewer=viewer, now=now)
            return Response(status=204)
        try:
            actions.count_viewer(link=link, viewer=viewer, now=now)
        except Refused as refusal:
            raise Http404 from refusal
        return _answer(link, holder=f"{link.pk}:{viewer}")


def _answer(link: StreamLink, *, holder: str) -> Response:
    lesson = link.lesson
    broadcast = getattr(lesson, "broadcast", None)
    told = told_of(lesson, broadcast)
    is_kept_back = not lesson.is_over and _is_protected(lesson)
    if is_kept_back and told["src"]:
        told = {"state": "interrupted", "src": None, "sound": None}
    response = Response(told | {"renew_seconds": RENEW_SECONDS, "soon_seconds": RENEW_SECONDS / 2})
    response["Cache-Control"] = "private, no-store"
    if told["src"] and broadcast is not None:
        passes.hand_out(response, broadcast=broadcast.pk, holder=holder, lifetime_seconds=LIFETIME_SECONDS)
    return response


def _is_protected(lesson: Lesson) -> bool:
    """Somebody takes part who must not be seen outside. Looked up every few seconds for all who watch."""
    key = f"outside:protected:{lesson.pk}"
    return bool(cache.get_or_set(key, lambda: bool(unpermitted_in(lesson)), LOOKED_UP_SECONDS))
