"""Bringing pictures and slides to a board, following how they come along, and looking at them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.http import parse_etags
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.refusals import Refused
from whiteboard import actions
from whiteboard.actions.files import HEAD_BYTES, kind_of
from whiteboard.api.doors import Visit, answer_refusals, visit_of
from whiteboard.models import BoardFile, FileKind
from whiteboard.rules import may_bring_images, may_bring_slides
from whiteboard.storage import storage

CHUNK = 256 * 1024


@require_http_methods(["GET", "HEAD", "POST"])
@answer_refusals
def board_files(request: HttpRequest, board_id: UUID) -> HttpResponseBase:
    """The files of a board that staff brought or that are one's own; by POST, the body is another one."""
    visit = visit_of(request, board_id)
    if request.method == "POST":
        return JsonResponse(about(_take_in(request, visit)), status=201)
    files = BoardFile.objects.filter(board=visit.board)
    shown = files if visit.is_staff else files.filter(uploaded_by=visit.person)
    return JsonResponse({"files": [about(file) for file in shown]})


def _take_in(request: HttpRequest, visit: Visit) -> BoardFile:
    """Refused before the body is looked at, if it can be; the name is only for reading."""
    if not may_bring_images(visit.person, visit.board, visit.standing):
        raise Refused("forbidden")
    most = settings.BOARD_FILE_MAX_MB * 1_000_000
    if _length(request) > most:
        raise Refused("too_big")
    after = _uuid(request.GET.get("after", ""))
    settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix="upload-", dir=settings.WORK_DIR) as file:
        head = _copy(request, file, most)
        kind, media_type = kind_of(head, (request.content_type or "").lower())
        if kind == FileKind.SLIDES and not may_bring_slides(visit.standing):
            raise Refused("forbidden")
        return actions.add_file(
            board=visit.board,
            path=Path(file.name),
            title=request.GET.get("name", ""),
            kind=kind,
            media_type=media_type,
            by=visit.person,
            now=timezone.now(),
            after_page=after,
        )


def _length(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdigit() and len(said) < 16 else 0


def _copy(request: HttpRequest, file: Any, most: int) -> bytes:
    """Piece by piece into a file; the first bytes of it."""
    head, size = b"", 0
    try:
        while piece := request.read(CHUNK):
            size += len(piece)
            if size > most:
                raise Refused("too_big")
            head = head or piece[:HEAD_BYTES]
            file.write(piece)
    except (UnreadablePostError, RequestDataTooBig) as error:
        raise Refused("bad_data") from error
    file.flush()
    return head


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Refused("bad_data") from error


@require_safe
@answer_refusals
def board_file(request: HttpRequest, board_id: UUID, file_id: UUID) -> HttpResponseBase:
    """How a file comes along; asked again every second or so until it is finished."""
    return JsonResponse(about(_file(visit_of(request, board_id), file_id)))


@require_POST
@answer_refusals
def board_file_cancel(request: HttpRequest, board_id: UUID, file_id: UUID) -> HttpResponseBase:
    visit = visit_of(request, board_id)
    file = _file(visit, file_id)
    if not (visit.is_staff or file.uploaded_by_id == visit.person.pk):
        raise Refused("forbidden")
    actions.cancel_file(file=file, now=timezone.now())
    file.refresh_from_db()
    return JsonResponse(about(file))


def _file(visit: Visit, file_id: UUID) -> BoardFile:
    file = BoardFile.objects.filter(board=visit.board, pk=file_id).first()
    if file is None:
        raise Http404
    return file


@require_safe
@answer_refusals
def board_picture(request: HttpRequest, board_id: UUID, file_id: UUID, page: int) -> HttpResponseBase:
    """One page as it is shown. What it holds never changes, who may see it does: so it is asked for each time."""
    visit = visit_of(request, board_id)
    file = _file(visit, file_id)
    picture = file.picture(page) if file.is_ready else None
    if picture is None:
        raise Http404
    etag = f'"{picture.name}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(b"".join(storage().read(file.key_of(picture))), content_type="image/webp")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="page.webp"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def about(file: BoardFile) -> dict[str, Any]:
    """The shape in docs/wire.md."""
    links = [
        reverse("board_picture", args=[file.board_id, file.pk, page]) for page in range(1, file.pages + 1)
    ]
    ready = [
        {"src": src, "width": picture[1], "height": picture[2]}
        for src, picture in zip(links, file.pictures, strict=False)
        if file.is_ready
    ]
    return {
        "id": str(file.pk),
        "kind": file.kind,
        "title": file.title,
        "state": file.state,
        "percent": file.percent,
        "error": file.error or None,
        "pages": file.pages,
        "pictures": ready,
    }
