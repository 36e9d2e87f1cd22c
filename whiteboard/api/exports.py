"""Copies of a whole board: asked for, followed, fetched. Each is for whoever asked for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_look
from common.refusals import Refused
from common.storage.flow import flow
from whiteboard import actions
from whiteboard.api.doors import Visit, answer_refusals, visit_of
from whiteboard.models import BoardExport, Format
from whiteboard.models.exports import MEDIA_TYPES, STAFF_LAYER
from whiteboard.rules import may_take_along
from whiteboard.storage import storage


@require_POST
@answer_refusals
def board_exports(request: HttpRequest, board_id: UUID) -> HttpResponseBase:
    """Ask for one: `format` is `pdf`, `png` or `svg`, in the address or in the form; `added=none` leaves out what came
    after the lesson."""
    visit = _visit(request, board_id)
    wanted = request.GET.get("format") or request.POST.get("format", "")
    if wanted not in Format.values:
        raise Refused("bad_data")
    layer = STAFF_LAYER if visit.is_staff else str(visit.person.pk)
    export = actions.request_export(
        board=visit.board,
        format=wanted,
        layer=layer,
        with_added=request.GET.get("added") != "none",
        by=visit.person,
        now=timezone.now(),
    )
    return JsonResponse(about(export), status=202)


@require_safe
@answer_refusals
def board_export(request: HttpRequest, board_id: UUID, export_id: UUID) -> HttpResponseBase:
    return JsonResponse(about(_own(_visit(request, board_id), export_id)))


@require_safe
@answer_refusals
def board_export_file(request: HttpRequest, board_id: UUID, export_id: UUID) -> HttpResponseBase:
    visit = _visit(request, board_id)
    export = _own(visit, export_id)
    if not export.is_ready:
        raise Http404
    lesson = visit.board.room.lesson
    record_look(
        "board.exported",
        institution=lesson.institution,
        by=visit.person,
        target=f"lesson:{lesson.pk}",
        now=timezone.now(),
    )
    pieces = storage().read(export.key)
    response = StreamingHttpResponse(flow(pieces), content_type=MEDIA_TYPES[Format(export.format)])
    suffix = export.key.rpartition(".")[2]
    name = content_disposition_header(as_attachment=True, filename=f"{lesson.title[:80]}.{suffix}")
    response["Content-Disposition"] = name or "attachment"
    response["Content-Length"] = str(export.size_bytes)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _visit(request: HttpRequest, board_id: UUID) -> Visit:
    visit = visit_of(request, board_id)
    if not may_take_along(visit.person):
        raise Http404
    return visit


def _own(visit: Visit, export_id: UUID) -> BoardExport:
    export = BoardExport.objects.filter(board=visit.board, pk=export_id, requested_by=visit.person).first()
    if export is None:
        raise Http404
    return export


def about(export: BoardExport) -> dict[str, Any]:
    """The shape in docs/wire.md."""
    link = reverse("board_export_file", args=[export.board_id, export.pk])
    return {
        "id": str(export.pk),
        "format": export.format,
        "state": export.state,
        "percent": export.percent,
        "error": export.error or None,
        "src": link if export.is_ready else None,
        "follow": reverse("board_export", args=[export.board_id, export.pk]),
    }
