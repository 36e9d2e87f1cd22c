"""Who stands before a board's doors, and how they are told no. Whoever may not see the board is told that there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse

from accounts.models import Person
from common.refusals import Refused, Unavailable
from whiteboard.arrivals import admit_each
from whiteboard.models import Board
from whiteboard.queries import board_for_door

STATUSES = {
    "not_found": 404,
    "forbidden": 403,
    "slow_down": 429,
    "too_big": 413,
    "bad_type": 415,
    "too_late": 409,
    "board_full": 409,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody before one board; `standing` as the board socket has it."""

    board: Board
    person: Person
    standing: str

    @property
    def is_staff(self) -> bool:
        return self.standing == "staff"


def visit_of(request: HttpRequest, board_id: UUID) -> Visit:
    """As the socket admits them: by session, or as the guest that `?guest=` names."""
    scope = {
        "query_string": request.META.get("QUERY_STRING", "").encode("latin-1", "replace"),
        "cookies": request.COOKIES,
        "user": request.user,
        "session": request.session,
    }
    (admitted,) = admit_each([(scope, str(board_id))])
    board = board_for_door(board_id)
    if admitted is None or board is None:
        raise Http404
    return Visit(board, admitted.person, admitted.standing)


View = Callable[..., HttpResponseBase]


def answer_refusals(view: View) -> View:
    """A refusal as `{"error": code}`, in words of docs/wire.md."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(*args, **kwargs)
        except Refused as refusal:
            return told(refusal.code, STATUSES.get(refusal.code, 400))
        except Unavailable:
            return told("unavailable", 503)

    return answered


def told(code: str, status: int) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)
