"""Somebody who is told the whole once, and then puts together what they hear."""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from asgiref.sync import sync_to_async

from accounts.models import Person
from tests.wire.test_authorisation import Headers, Wire, come
from tests.wire.test_breakouts import headers_of

SECONDS = 20
Told = dict[str, Any]
# What a fact does to what one knew; None for what tells of a moment and leaves nothing behind.
Fold = Callable[[Told, Told], None] | None
Folds = Mapping[str, Fold]


class Witness:
    """`known` is the data of the last snapshot with all that was heard since, up to word `seq`."""

    def __init__(self, wire: Wire, folds: Folds, ping: str) -> None:
        self.wire, self.folds, self.ping = wire, folds, ping
        self.heard: list[Told] = []
        self.known: Told = {}
        self.seq = -1
        self._begin(wire.first)

    def _begin(self, snapshot: Told) -> None:
        self.heard.append(snapshot)
        self.known, self.seq = copy.deepcopy(snapshot["data"]), snapshot["seq"]

    async def say(self, word: str, ref: str = "", **data: Any) -> str:
        """Answered, with or without a refusal, once this returns the `ref`, and what it caused at once was said."""
        ref = ref or str(uuid.uuid4())
        await self.wire.say(word, data, ref)
        return ref

    async def hear(self, type_: str, **expected: Any) -> Told:
        async with asyncio.timeout(SECONDS):
            while True:
                message = await self.listen()
                if message["type"] == type_ and expected.items() <= message["data"].items():
                    return message

    async def listen(self) -> Told:
        message = await self.wire.next()
        if message["type"] in self.wire.vocabulary.snapshots:
            self._begin(message)
        else:
            self._follow(message)
        return message

    def _follow(self, message: Told) -> None:
        self.heard.append(message)
        if "seq" in message:
            if message["seq"] <= self.seq:
                return  # the snapshot was newer than its number, or it is an answer said twice
            assert message["seq"] == self.seq + 1, f"{message['type']}: something is missing before it"
            self.seq = message["seq"]
        fold = self.folds[message["type"]]
        if fold is not None:
            fold(self.known, copy.deepcopy(message["data"]))

    async def settle(self) -> None:
        """What the layer carried so far is behind this answer."""
        ref = await self.say(self.ping)
        async with asyncio.timeout(SECONDS):
            while (await self.listen()).get("ref") != ref:
                pass

    async def reach(self, seq: int) -> None:
        async with asyncio.timeout(SECONDS):
            while self.seq < seq:
                await self.listen()

    async def agree(self, whole: Told, fact: str) -> None:
        """What is told "as it is by now" may still be on its way; nothing but a word may bring it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while any(self.known[name] != value for name, value in whole.items()):
                    await self.listen()
        differ = {
            name: (self.known[name], value) for name, value in whole.items() if self.known[name] != value
        }
        assert not differ, f"after {fact}, what is known and what the whole says: {differ}"


@asynccontextmanager
async def witnesses(
    path: str, folds: Folds, ping: str, *people: Person, kind: type[Witness] = Witness
) -> AsyncIterator[list[Witness]]:
    async with AsyncExitStack() as stack:
        yield [kind(await stack.enter_async_context(open_wire(path, one)), folds, ping) for one in people]


@asynccontextmanager
async def open_wire(path: str, person: Person | None, headers: Headers | None = None) -> AsyncIterator[Wire]:
    if headers is None:
        assert person is not None
        headers = await sync_to_async(headers_of)(person)
    async with come(path, headers) as wire:
        assert wire is not None, path
        yield wire


Cases = Mapping[str, Callable[[], Awaitable[None]]]


async def walk(cases: Cases, everybody: list[Witness], check: Callable[[str], Awaitable[None]]) -> None:
    """Make each fact be said, in this order; after each of them everybody knows what the whole says."""
    told = everybody[0].wire.vocabulary
    assert set(cases) | told.snapshots == told.facts.keys(), "each fact of the vocabulary has its case"
    for fact, act in cases.items():
        before = [len(one.heard) for one in everybody]
        await act()
        await check(fact)
        new = [
            message["type"]
            for one, count in zip(everybody, before, strict=True)
            for message in one.heard[count:]
        ]
        assert fact in new, f"{fact} was not said: {sorted(set(new))}"
