"""Many sockets ask at about the same time: PostgreSQL is asked once for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from common.sockets.consumer import in_thread, spawn

A = TypeVar("A")
R = TypeVar("R")
MOST = 100


class Batched(Generic[A, R]):
    """`answer` takes what was asked and gives one answer each, in their order; it runs in a thread.

    Whoever asks while nothing is under way is answered at once and alone; who asks meanwhile comes into the next
    batch. Nothing is kept: each answer was read after its question was asked.
    """

    def __init__(self, answer: Callable[[list[A]], Sequence[R]]) -> None:
        self.answer = answer
        self.loop: asyncio.AbstractEventLoop | None = None
        self._begin()

    def _begin(self) -> None:
        self.waiting: list[tuple[A, asyncio.Future[R]]] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self.is_running = False

    async def ask(self, one: A) -> R:
        loop = asyncio.get_running_loop()
        if self.loop is not loop:  # tests run several loops in turn
            self.loop = loop
            self._begin()
        future: asyncio.Future[R] = loop.create_future()
        self.waiting.append((one, future))
        if not self.is_running:
            self.is_running = True
            spawn(self._run(), self.tasks)
        return await future

    async def _run(self) -> None:
        try:
            while self.waiting:
                batch, self.waiting = self.waiting[:MOST], self.waiting[MOST:]
                await self._answer(batch)
        finally:
            self.is_running = False

    async def _answer(self, batch: list[tuple[A, asyncio.Future[R]]]) -> None:
        try:
            answers = await in_thread(self.answer)([one for one, _ in batch])
        except Exception as failure:
            for _, future in batch:
                if not future.done():
                    future.set_exception(failure)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():  # whoever asked may be gone
                future.set_result(answer)
