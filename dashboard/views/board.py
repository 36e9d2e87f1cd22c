"""A lesson's board as a page to read, and going on with the last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from classroom.models import Lesson
from classroom.rules import may_enter_room
from dashboard.doors import page_of, person_of, try_to
from dashboard.rows import BoardCard, board_card
from dashboard.texts import lesson_board_texts
from dashboard.views.lessons import find_lesson, use_zone_of
from whiteboard.actions import continue_board
from whiteboard.board import BoardState, is_later
from whiteboard.messages import viewer_of
from whiteboard.models import Board
from whiteboard.queries import board_of, breakout_boards, last_board, load_state, names_of, next_lesson
from whiteboard.rules import board_standing, boards_to_read, may_continue_board


@require_safe
@login_required
def lesson_board(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """One page of the board at a time, drawn by the server, with its texts for whoever cannot see the picture. Where
    there is JavaScript and the lesson is over, the board itself takes their place, for staff to write on."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    standing = board_standing(person, lesson)
    if standing is None:
        raise PermissionDenied
    main, breakouts = board_of(lesson), boards_to_read(person, breakout_boards(lesson))
    board = _choose(request.GET.get("room"), main, breakouts)
    state, viewer = load_state(board.pk), viewer_of(str(person.pk), standing)
    closed_ms, is_bare = board.closed_ms, request.GET.get("added") == "none"
    pages = page_of(request, state.pages, 1)
    shown = next(iter(pages.object_list), None)
    context = {
        "lesson": lesson,
        "board": board,
        "main": main,
        "breakouts": breakouts,
        "page_obj": pages,
        "shown": shown,
        "outline": _outline(state, shown.id, viewer, closed_ms, is_bare=is_bare) if shown else [],
        "authors": sorted(names_of(state.authors(viewer)).values()),
        "has_later": any(is_later(item, closed_ms) for item in state.visible_items(viewer=viewer)),
        "is_bare": is_bare,
        "is_staff": standing == "staff",
        "next": _next(person, lesson, board) if standing == "staff" else None,
    }
    if closed_ms is not None:
        context["page_data"] = page_data(person, board, closed_ms) | {"csrf": get_token(request)}
        context["texts"] = lesson_board_texts()
    return render(request, "dashboard/lesson_board.html", context)


def _choose(room: str | None, main: Board | None, breakouts: Sequence[Board]) -> Board:
    """The one that is asked for; the main room's where none is. Somebody else's room is none at all."""
    wanted = main if room is None else next((one for one in breakouts if str(one.room_id) == room), None)
    if wanted is None:
        raise Http404
    return wanted


def page_data(person: Person, board: Board, closed_ms: int) -> dict[str, Any]:
    """What the page's script needs to know: the shape of `BoardPage` in frontend/src/reading/reading.ts."""
    return {"person": str(person.pk), "board_socket": f"/ws/boards/{board.pk}/", "closed_ms": closed_ms}


def _outline(
    state: BoardState, page: str, viewer: str | None, closed_ms: int | None, *, is_bare: bool
) -> list[dict[str, Any]]:
    """What is written on the page, from the top to the bottom; pictures by what they show."""
    items = [item for item in state.visible_items(page, viewer) if item.get("text") or item.get("alt")]
    items.sort(key=lambda item: (item["box"][1], item["box"][0]))
    lines = [(item.get("text") or item["alt"], is_later(item, closed_ms)) for item in items]
    return [{"text": text, "is_later": later} for text, later in lines if not (later and is_bare)]


def _next(person: Person, lesson: Lesson, board: Board) -> tuple[Lesson, BoardCard] | None:
    """The lesson that can go on with this board, for those who hold it; None when another board is later."""
    coming = next_lesson(lesson)
    if coming is None or last_board(coming) != board:
        return None
    card = board_card(person, coming, may_enter_room(person, coming))
    return (coming, card) if card else None


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
