"""What waits for a slow reader: all that is durable, of the rest the newest, and never more than so much."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.sockets.consumer import WireConsumer
from common.sockets.direct import Wire
from common.sockets.outlets import SHED_POINTERS, WITHHOLD, QueuedOutlet, Reader, Said
from common.sockets.shedding import Line

# (what is meant, how it is by now); without a meaning it is durable.
WORDS = st.lists(st.tuples(st.sampled_from(("", "", "hand", "count")), st.integers(0, 999)), max_size=40)
# After which words the reader takes how many.
PAUSES = st.lists(st.integers(0, 3), max_size=40)


@dataclass
class Page:
    """What a browser makes of it: durable words in a row, of the others how it is by now and since which of them."""

    durable: list[int] = field(default_factory=list)
    latest: dict[str, tuple[int, int]] = field(default_factory=dict)

    def hear(self, said: Said) -> None:
        name, value = said.payload.decode().split(":")
        if name:
            self.latest[name] = len(self.durable), int(value)
        else:
            self.durable.append(int(value))


def say(name: str, value: int) -> Said:
    return Said(f"{name}:{value}".encode())


@given(WORDS, PAUSES)
def test_who_reads_slowly_ends_with_the_same_picture_as_who_reads_at_once(
    words: list[tuple[str, int]], pauses: list[int]
) -> None:
    line: Line[Said] = Line()
    quick, slow = Page(), Page()
    for number, (name, value) in enumerate(words):
        quick.hear(say(name, value))
        line.put(say(name, value), name)
        for _ in range(min(pauses[number] if number < len(pauses) else 0, len(line))):
            slow.hear(line.take())
    while line:
        slow.hear(line.take())
    assert slow == quick
    assert line.weight == 0


@given(WORDS)
def test_of_each_name_one_waits_between_two_durable_words_and_the_weight_is_what_waits(
    words: list[tuple[str, int]],
) -> None:
    line: Line[Said] = Line()
    for name, value in words:
        line.put(say(name, value), name)
    weight, waiting = line.weight, [line.take().payload.decode() for _ in range(len(line))]
    assert weight == sum(map(len, waiting))
    since_the_fence: set[str] = set()
    for name in (one.split(":")[0] for one in waiting):
        assert name not in since_the_fence
        since_the_fence = since_the_fence | {name} if name else set()


@dataclass
class Browser:
    """A socket that reads when it is told to."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[bytes] = field(default_factory=list)
    goodbyes: int = 0

    async def take(self, said: Said) -> None:
        await self.gate.wait()
        self.heard.append(said.payload)

    def close(self) -> None:
        self.goodbyes += 1


@pytest.fixture
async def browser() -> Browser:
    return Browser()


async def read_all(outlet: QueuedOutlet, browser: Browser) -> None:
    browser.gate.set()
    await outlet.emptied()


async def test_what_is_told_again_soon_is_dropped_first_and_what_is_durable_still_comes(
    browser: Browser,
) -> None:
    outlet = QueuedOutlet(browser.take)
    reader = Reader(outlet, browser.close)
    reader.tell_if_quick(Said(b"a clap"))
    reader.tell(Said(b"x" * SHED_POINTERS))
    reader.tell_if_quick(Said(b"another clap"))
    reader.tell(Said(b"a message"))
    await read_all(outlet, browser)
    assert [said[:9] for said in browser.heard] == [b"a clap", b"x" * 9, b"a message"]
    reader.tell_if_quick(Said(b"a third one"))
    await outlet.emptied()
    assert browser.heard[-1] == b"a third one"
    outlet.stop()


async def test_counts_that_wait_are_replaced_by_their_newest(browser: Browser) -> None:
    outlet = QueuedOutlet(browser.take)
    reader = Reader(outlet, browser.close)
    for count in range(100_000):
        reader.tell(Said(f"{count} answers".encode()), "tally")
    assert outlet.backlog() == len("99999 answers")
    await read_all(outlet, browser)
    assert browser.heard[-1] == b"99999 answers"
    outlet.stop()


async def test_who_reads_nothing_is_let_go_once_and_costs_no_more_memory(browser: Browser) -> None:
    outlet = QueuedOutlet(browser.take)
    reader = Reader(outlet, browser.close)
    most = 0
    for _ in range(3 * WITHHOLD // 1000):
        reader.tell(Said(b"x" * 1000))
        reader.tell(Said(b"x" * 1000), "counts")
        reader.tell_if_quick(Said(b"x" * 1000))
        most = max(most, outlet.backlog())
    assert (browser.goodbyes, browser.heard) == (1, [])
    assert WITHHOLD < most <= WITHHOLD + 1000
    assert outlet.backlog() == 0
    await outlet.emptied()  # whoever says goodbye does not wait for what nobody reads


async def test_a_class_that_is_larger_than_the_limit_is_shown_whole_to_who_comes(browser: Browser) -> None:
    outlet = QueuedOutlet(browser.take)
    reader = Reader(outlet, browser.close)
    reader.tell(Said(b"x" * (2 * WITHHOLD)))
    await read_all(outlet, browser)
    assert (browser.goodbyes, len(browser.heard)) == (0, 1)
    outlet.stop()


class Cut(Wire):
    """The connection of a server that is known."""

    def __init__(self) -> None:
        self.aborted = 0

    def abort(self) -> None:
        self.aborted += 1


class ShortGoodbye(WireConsumer):
    goodbye_seconds = 0.01


async def test_who_does_not_even_hear_the_goodbye_is_cut_off_and_hears_nothing_more(browser: Browser) -> None:
    async def never(message: dict[str, object]) -> None:
        await browser.gate.wait()

    consumer = ShortGoodbye()
    consumer.scope, consumer.base_send = {"server_send": never}, never
    outlet = consumer.make_outlet()
    consumer.reader = Reader(outlet, consumer.close_slow)
    consumer.wire = cut = Cut()
    await consumer.say({"type": "chat.sent"})
    await consumer.close(4001)
    await consumer.say({"type": "chat.sent"})
    await consumer.close(1013)
    assert (cut.aborted, outlet.backlog()) == (1, len(b'{"type":"chat.sent"}'))
    outlet.stop()
