"""The boards of one process: opened for the first visitor, closed behind the last."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from common.refusals import Refused, Unavailable
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


async def test_what_cannot_be_written_holds_up_what_its_author_said_after_it_and_nobody_else(
    cast: Cast, board: Board
) -> None:
    boards, teacher, amina = Boards(), str(cast.teacher.pk), str(cast.amina.pk)
    live = await boards.join(str(board.pk))
    before, between, after, later = page(teacher), page(amina), page(teacher), page(amina)
    broken = Command("page.add", str(uuid.uuid4()), amina, {})  # no page in it: a KeyError
    said = [before, between, broken, after, later]
    answers = await asyncio.gather(*(live.submit(one) for one in said), return_exceptions=True)
    assert [getattr(answer, "is_new", type(answer)) for answer in answers] == [
        True,
        True,
        Unavailable,
        True,
        Unavailable,
    ], "an undo that went before what it undoes would undo something older"
    kept = Edit.objects.filter(ref__in=[one.ref for one in said]).order_by("seq")
    assert [str(ref) async for ref in kept.values_list("ref", flat=True)] == [
        one.ref for one in (before, between, after)
    ]
    await is_written(live, later)
    await boards.leave(live, None)


async def test_what_postgresql_cannot_keep_is_refused_for_good(cast: Cast, board: Board) -> None:
    boards, author = Boards(), str(cast.teacher.pk)
    live = await boards.join(str(board.pk))
    nul, good = page(author, title="a\x00b"), page(author)
    answers = await asyncio.gather(live.submit(nul), live.submit(good), return_exceptions=True)
    assert isinstance(answers[0], Refused)
    assert answers[0].code == "bad_data", "what is put off would be said again for ever"
    assert getattr(answers[1], "is_new", None) is True
    await boards.leave(live, None)


async def is_written(live: LiveBoard, command: Command) -> None:
    outcome = await live.submit(command)
    assert (outcome.is_new, outcome.code) == (True, "")
    assert await Edit.objects.filter(ref=command.ref).aexists()
