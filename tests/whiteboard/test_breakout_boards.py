"""The boards of breakout rooms: made for all rooms at once, or for one as somebody comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from classroom import actions
from classroom.actions import Wish
from classroom.models import Division, Lesson, Room, RoomKind
from tests.conftest import Cast
from whiteboard.actions import open_board, open_breakout_boards
from whiteboard.board import Command, decide
from whiteboard.models import Board, Edit
from whiteboard.queries import load_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def rooms(cast: Cast, lesson: Lesson, now: datetime) -> list[Room]:
    actions.plan_breakouts(lesson=lesson, wish=Wish(Division.RANDOM, rooms=2, seed=1), by=cast.teacher)
    actions.open_breakouts(lesson=lesson, minutes=None, by=cast.teacher, now=now)
    return list(Room.objects.filter(lesson=lesson, kind=RoomKind.BREAKOUT))


def test_pupils_have_the_pen_where_no_teacher_is(
    cast: Cast, lesson: Lesson, rooms: list[Room], now: datetime
) -> None:
    open_breakout_boards(lesson_id=lesson.pk, now=now)
    for room in rooms:
        state = load_state(Board.objects.get(room=room).pk)
        [page] = state.pages
        stroke: dict[str, Any] = {
            "id": "i",
            "kind": "rectangle",
            "page": page.id,
            "from": [0, 0],
            "to": [9, 9],
        }
        stroke |= {"color": "#000000", "width": 3, "fill": None}
        drawn = decide(state, Command("item.add", "r", str(cast.amina.pk), stroke, "student"), at=1)
        assert drawn.type == "item.added"


def test_both_ways_make_the_same_board(lesson: Lesson, rooms: list[Room], now: datetime) -> None:
    open_breakout_boards(lesson_id=lesson.pk, now=now)
    at_once = {room.pk: written(room) for room in rooms}
    Board.objects.filter(room__in=rooms).delete()
    for room in rooms:
        open_board(room=room, now=now)
    assert {room.pk: written(room) for room in rooms} == at_once


def written(room: Room) -> list[Any]:
    board = Board.objects.get(room=room)
    rows = list(
        Edit.objects.filter(board=board).order_by("seq").values("seq", "ref", "type", "author", "at", "data")
    )
    assert board.seq == len(rows)
    return rows
