"""Reading a board without its socket: as data, and page by page as pictures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from whiteboard.api.doors import Visit, visit_of
from whiteboard.board import BoardState, is_later
from whiteboard.messages import viewer_of, you
from whiteboard.queries import load_state, names_of
from whiteboard.rules import may_take_along


@require_safe
def board_snapshot(request: HttpRequest, board_id: UUID) -> HttpResponseBase:
    """What `board.opened` says, for whoever may read the board, also long after the lesson."""
    visit = _visit(request, board_id)
    state = load_state(board_id)
    return _private(JsonResponse({"seq": state.seq, "data": _data(visit, state)}))


def _data(visit: Visit, state: BoardState) -> dict[str, Any]:
    person = str(visit.person.pk)
    viewer = viewer_of(person, visit.standing)
    about = you(person, visit.standing, state, is_over=visit.board.closed_ms is not None)
    return {**state.snapshot(viewer), "people": names_of(state.authors(viewer)), "view": None, "you": about}


@require_safe
def board_page(request: HttpRequest, board_id: UUID, page_id: UUID) -> HttpResponseBase:
    """One page as SVG, drawn here: it needs no script, and nothing in it can act. `?added=none` leaves out what came
    after the lesson."""
    return _picture(request, board_id, str(page_id))


@require_safe
def board_current_page(request: HttpRequest, board_id: UUID) -> HttpResponseBase:
    """The same of the page that is open at this moment: who looks at many boards asks for one thing of each."""
    return _picture(request, board_id, None)


def _picture(request: HttpRequest, board_id: UUID, page_id: str | None) -> HttpResponseBase:
    """What a caller holds already is told by the board's row alone: the board itself is not read for that."""
    visit = _visit(request, board_id)
    closed_ms, is_bare = visit.board.closed_ms, request.GET.get("added") == "none"
    etag = f'"{visit.board.seq}-{visit.standing}{"-bare" * is_bare}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _private(HttpResponse(status=304), etag)
    state = load_state(board_id)
    wanted = page_id or state.current_page
    page = next((page for page in state.pages if page.id == wanted), None)
    if page is None:
        raise Http404
    # What draws is imported late: the web process rarely needs it.
    from whiteboard.drawing.svg import write_page
    from whiteboard.exporting import pictures_of

    items = state.visible_items(page.id, viewer_of(str(visit.person.pk), visit.standing))
    shown = [item for item in items if not (is_bare and is_later(item, closed_ms))]
    drawn = "".join(write_page(shown, page.background, pictures_of(board_id), page.title, closed_ms))
    response = HttpResponse(drawn, content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
    )
    return _private(response, etag)


def _visit(request: HttpRequest, board_id: UUID) -> Visit:
    visit = visit_of(request, board_id)
    if not may_take_along(visit.person):
        raise Http404
    return visit


def _private(response: HttpResponse, etag: str = "") -> HttpResponse:
    """What it holds may change, and who may see it: it is asked for each time."""
    response["Cache-Control"] = "private, no-cache" if etag else "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    if etag:
        response["ETag"] = etag
    return response
