"""The boards of one process: opened for the first visitor, closed behind the last."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from common.refusals import Unavailable
from tests.conftest import Cast
from whiteboard.board import Command
from whiteboard.live import Boards, LiveBoard
from whiteboard.models import Board, Edit

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_newcomer_keeps_the_board_open_while_the_last_reader_leaves(cast: Cast, board: Board) -> None:
    boards, key = Boards(linger_seconds=0), str(board.pk)
    first = await boards.join(key)
    newcomer, _ = await asyncio.gather(boards.join(key), boards.leave(first, None))
    assert boards.boards[key] is newcomer
    assert list(newcomer.hub._listeners.values()) == [newcomer], "it still hears what others say"
    await boards.leave(newcomer, None)
    await asyncio.sleep(0.01)
    assert boards.boards == {}
    assert newcomer.hub._listeners == {}


def page(author: str, **data: str) -> Command:
    ref = str(uuid.uuid4())
    return Command("page.add", ref, author, {"page": ref, "title": "Next", **data})


async def test_a_batch_that_fails_for_whatever_reason_is_told_to_its_senders_and_the_board_goes_on(
    cast: Cast, board: Board
) -> None:
    boards, author = Boards(), str(cast.teacher.pk)
    live = await boards.join(str(board.pk))
    good, broken = (
        page(author),
        Command("page.add", str(uuid.uuid4()), author, {}),
    )  # no page in it: a KeyError
    answers = await asyncio.gather(live.submit(good), live.submit(broken), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable, Unavailable]
    assert not await Edit.objects.filter(ref=good.ref).aexists(), "nothing was acknowledged, nothing is kept"
    await is_written(live, good)
    await boards.leave(live, None)


async def is_written(live: LiveBoard, command: Command) -> None:
    outcome = await live.submit(command)
    assert (outcome.is_new, outcome.code) == (True, "")
    assert await Edit.objects.filter(ref=command.ref).aexists()
