"""The light pack of a recording: asked for, followed, cancelled, fetched."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import record_look
from recordings import actions
from recordings.api.doors import RecordingView, link_to, person_behind, watchable
from recordings.models import Recording, RenditionKind
from recordings.queries import ready_rendition, rendition_of


class PackView(RecordingView):
    """`{state, percent, size_bytes}`; `state` is empty as long as nobody has asked for one."""

    def get(self, request: Request, lesson_id: UUID) -> Response:
        return Response(about(self.find(request, lesson_id, published=True)))

    def post(self, request: Request, lesson_id: UUID) -> Response:
        recording = self._find_published(request, lesson_id)
        actions.ask_for_pack(recording=recording, by=person_behind(request), now=timezone.now())
        return Response(about(recording), status=202)

    def delete(self, request: Request, lesson_id: UUID) -> Response:
        recording = self._find_published(request, lesson_id)
        actions.cancel_pack(recording=recording, by=person_behind(request))
        return Response(about(recording))

    def _find_published(self, request: Request, lesson_id: UUID) -> Recording:
        recording = self.find(request, lesson_id, published=True)
        if not recording.is_published:
            raise Http404
        return recording


def about(recording: Recording) -> dict[str, Any]:
    pack = rendition_of(recording, RenditionKind.PACK)
    if pack is None:
        return {"state": "", "percent": 0, "size_bytes": None}
    return {"state": pack.state, "percent": pack.percent, "size_bytes": pack.size_bytes}


@require_safe
def pack_file(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """On to a link that works for minutes."""
    recording = watchable(request, lesson_id)
    pack = ready_rendition(recording, RenditionKind.PACK)
    if pack is None:
        raise Http404
    record_look(
        "recording.pack_fetched",
        institution=recording.lesson.institution,
        by=person_behind(request),
        target=f"recording:{recording.pk}",
        now=timezone.now(),
    )
    return redirect(link_to(recording, pack.object_key))
