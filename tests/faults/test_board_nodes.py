"""Two web nodes behind one board; one is killed again and again, and Redis forgets and dies meanwhile.

A kill every 10 s for 60 s in `make sweeps`, which alone has it; by itself the file kills thrice, once before each thing
that Redis does. A web process that is killed while people draw is in test_web_loss.py too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from itertools import cycle
from statistics import quantiles

import pytest
from asgiref.sync import sync_to_async

from accounts import actions as people
from accounts.models import Person, Role
from classroom import actions as lessons
from classroom.models import Standing
from tests.conftest import Cast
from tests.faults.conftest import OwnRedis
from tests.faults.drawing import KINDS, Drawer, at_work, everything_agrees, open_to_all, until
from tests.patience import PATIENCE
from tests.processes import House
from tests.tiers import THOROUGH
from tests.wire.conftest import cookie_of
from whiteboard.board import BoardState
from whiteboard.models import Board
from whiteboard.queries import load_state

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.fault,
    pytest.mark.deep,
    pytest.mark.django_db(transaction=True),
]

CLIENTS = 30
SECONDS, EVERY_SECONDS = (60, 10) if THOROUGH else (18, 6)
STROKE_SECONDS = 0.5
RETURN_SECONDS = 5


def make_class(cast: Cast) -> list[Person]:
    """The teacher and a student each for all other clients."""
    students = []
    for number in range(CLIENTS - 1):
        student = people.add_person(
            institution=cast.school,
            email=f"student{number}@here.test",
            name=f"Student {number}",
            role=Role.STUDENT,
            password="correct horse battery",
        )
        lessons.enrol(course=cast.course, person=student, standing=Standing.STUDENT)
        students.append(student)
    return [cast.teacher, *students]


def hash_of(state: BoardState) -> str:
    """As a browser has it, which knows one kind of number and no tuples."""
    board = json.dumps(json.loads(json.dumps([state.seq, state.snapshot()]), parse_int=float), sort_keys=True)
    return hashlib.sha256(board.encode()).hexdigest()


async def disturb(number: int, own_redis: OwnRedis) -> None:
    """After the first kill Redis forgets everything, after the second it goes and comes back empty."""
    if number % 3 == 0:
        await asyncio.to_thread(own_redis.flush)
    elif number % 3 == 1:
        await asyncio.to_thread(own_redis.kill)
        await asyncio.to_thread(own_redis.start)


async def more_answers(drawers: list[Drawer]) -> None:
    enough = sum(len(one.acknowledged) for one in drawers) + CLIENTS
    await until(lambda: sum(len(one.acknowledged) for one in drawers) > enough, 30, "answers")


async def kill_by_turns(nodes: list[House], own_redis: OwnRedis, drawers: list[Drawer]) -> None:
    for number in range(SECONDS // EVERY_SECONDS):
        ends_at = asyncio.get_running_loop().time() + EVERY_SECONDS
        node = nodes[number % 2]
        node.kill("web")
        await until(lambda: all(one.is_there for one in drawers), 30, "everybody's return")
        await disturb(number, own_redis)
        await asyncio.to_thread(node.start_web)
        await more_answers(drawers)
        await asyncio.sleep(max(0.0, ends_at - asyncio.get_running_loop().time()))


async def test_kills_of_nodes_and_losses_of_redis_lose_and_double_no_edit_of_thirty_people(
    cast: Cast, board: Board, nodes: list[House], own_redis: OwnRedis
) -> None:
    await sync_to_async(open_to_all)(board, cast.teacher)
    drawers = [
        kind(
            nodes[number // 2 % 2],
            board,
            await asyncio.to_thread(cookie_of, person),
            nodes[1 - number // 2 % 2],
        )
        for number, (kind, person) in enumerate(
            zip(cycle(KINDS), await sync_to_async(make_class)(cast), strict=False)
        )
    ]
    async with at_work(drawers, pause=STROKE_SECONDS):
        await kill_by_turns(nodes, own_redis, drawers)
    await everything_agrees(drawers, board)
    kept = await sync_to_async(load_state)(board.pk)
    assert {hash_of(one.state()) for one in drawers} == {hash_of(kept)}
    assert sum(one.returns for one in drawers) >= CLIENTS
    for kind in KINDS:
        assert sum(one.live_points for one in drawers if type(one) is kind) > 0, "they saw the others draw"
    absences = [seconds for one in drawers for seconds in one.absences]
    promised = sum(len(one.acknowledged) for one in drawers)
    late = quantiles(absences, n=20)[-1]
    print(f"{promised} acknowledged, {len(absences)} returns, p95 {late:.2f} s, max {max(absences):.2f} s")
    assert late <= PATIENCE * RETURN_SECONDS
