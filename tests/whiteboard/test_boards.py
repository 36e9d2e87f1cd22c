"""The boards of one process: opened for the first visitor, closed behind the last."""

from __future__ import annotations

import asyncio

import pytest

from tests.conftest import Cast
from whiteboard.live import Boards
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_newcomer_keeps_the_board_open_while_the_last_reader_leaves(cast: Cast, board: Board) -> None:
    boards, key = Boards(), str(board.pk)
    first = await boards.join(key)
    newcomer, _ = await asyncio.gather(boards.join(key), boards.leave(first, None))
    assert boards.boards[key] is newcomer
    assert list(newcomer.hub._listeners.values()) == [newcomer], "it still hears what others say"
    await boards.leave(newcomer, None)
    assert boards.boards == {}
    assert newcomer.hub._listeners == {}
