"""Whoever is inside a process that is about to end is told so once, and not all at one moment."""

from __future__ import annotations

import asyncio
import time

from common import drain
from common.services.urls import free_port
from common.sockets.leaving import House


class Somebody:
    def __init__(self, house: House) -> None:
        self.house = house
        self.told_at: list[float] = []
        house.inside.add(self)

    def send_away(self) -> None:
        self.told_at.append(time.monotonic())
        self.house.inside.discard(self)


async def emptied(house: House) -> None:
    while house.inside:  # noqa: ASYNC110  as `common.drain` looks, from outside
        await asyncio.sleep(0.01)


async def test_everybody_is_told_once_each_at_a_moment_of_their_own() -> None:
    house = House()
    people = [Somebody(house) for _ in range(20)]
    house.leave()
    house.leave()
    assert house.is_leaving
    await emptied(house)
    assert all(len(one.told_at) == 1 for one in people)
    assert len({one.told_at[0] for one in people}) > 10


async def test_who_has_gone_meanwhile_is_told_nothing() -> None:
    house = House()
    gone, stays = Somebody(house), Somebody(house)
    house.leave()
    house.inside.discard(gone)
    await emptied(house)
    assert (gone.told_at, len(stays.told_at)) == ([], 1)


def test_a_process_that_is_gone_needs_no_emptying() -> None:
    assert drain.ask(free_port()) is None
    assert drain.main(["--pid", str(2**22 + 1), "--seconds", "0"]) == 0
