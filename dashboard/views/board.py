"""A lesson's board as a page to read, and going on with the last one."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboard.doors import page_of, person_of, try_to
from dashboard.views.lessons import find_lesson, use_zone_of
from whiteboard.actions import continue_board
from whiteboard.board import BoardState
from whiteboard.messages import viewer_of
from whiteboard.queries import board_of, load_state, names_of
from whiteboard.rules import board_standing, may_continue_board


@require_safe
@login_required
def lesson_board(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """One page of the board at a time, drawn by the server, with its texts for whoever cannot see the picture."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    standing = board_standing(person, lesson)
    if standing is None:
        raise PermissionDenied
    board = board_of(lesson)
    if board is None:
        raise Http404
    state, viewer = load_state(board.pk), viewer_of(str(person.pk), standing)
    pages = page_of(request, state.pages, 1)
    shown = next(iter(pages.object_list), None)
    context = {
        "lesson": lesson,
        "board": board,
        "page_obj": pages,
        "shown": shown,
        "outline": _outline(state, shown.id, viewer) if shown else [],
        "authors": sorted(names_of(state.authors(viewer)).values()),
    }
    return render(request, "dashboard/lesson_board.html", context)


def _outline(state: BoardState, page: str, viewer: str | None) -> list[str]:
    """What is written on the page, from the top to the bottom; pictures by what they show."""
    items = [item for item in state.visible_items(page, viewer) if item.get("text") or item.get("alt")]
    items.sort(key=lambda item: (item["box"][1], item["box"][0]))
    return [item.get("text") or item["alt"] for item in items]


@require_POST
@login_required
def continue_last_board(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson = find_lesson(person, lesson_id)
    if not may_continue_board(board_standing(person, lesson)):
        raise PermissionDenied
    try_to(
        request,
        lambda: continue_board(lesson=lesson, by=person, now=timezone.now()),
        _("The board now begins with the pages of the last lesson."),
    )
    return redirect("lesson", lesson_id=lesson.pk)
