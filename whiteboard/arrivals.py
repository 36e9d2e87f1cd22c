"""Who comes to boards, looked at together; the boards of breakout rooms are made for the first who come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from classroom.models import Room
from classroom.porter import Caller, Scope, look_at
from common.sockets.batches import Batched
from whiteboard.actions import open_breakout_boards
from whiteboard.queries import breakouts_without_board, rooms_of_boards
from whiteboard.rules import standing_at_board


@dataclass(frozen=True, slots=True)
class Admitted:
    """As what `person` comes: see `board.Command`."""

    board_id: UUID
    room: Room
    person: Any
    standing: str


def admit_each(asked: Sequence[tuple[Scope, str]]) -> list[Admitted | None]:
    """None for who may not see the board, and for no such board."""
    wanted = {UUID(board_id) for _, board_id in asked}
    made = rooms_of_boards(wanted)
    unmade = breakouts_without_board(wanted - set(made))
    rooms = made | unmade
    known = [(scope, rooms[UUID(board_id)]) for scope, board_id in asked if UUID(board_id) in rooms]
    callers = iter(look_at(known))
    admitted = [
        _admit(next(callers), UUID(board_id)) if UUID(board_id) in rooms else None for _, board_id in asked
    ]
    lessons = {one.room.lesson_id for one in admitted if one is not None and one.board_id in unmade}
    for lesson_id in lessons:
        open_breakout_boards(lesson_id=lesson_id, now=timezone.now())
    return admitted


def _admit(caller: Caller, board_id: UUID) -> Admitted | None:
    standing = standing_at_board(caller.person, caller.lesson, caller.standing)
    return Admitted(board_id, caller.room, caller.person, standing) if standing else None


arrivals = Batched(admit_each)
