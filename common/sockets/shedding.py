"""What waits before one socket, and what of it a slow reader is spared; pure.

Most words are kept, in their order. A word with a `name` says how something is by now: while it waits, the next one of
that name takes its place. A kept word is a fence that no later word is put before: who reads slowly ends with the same
picture as who reads at once, only with fewer steps in between.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Weighed(Protocol):
    @property
    def payload(self) -> bytes: ...


W = TypeVar("W", bound=Weighed)


@dataclass(eq=False, slots=True)
class Word(Generic[W]):
    said: W
    name: str


class Line(Generic[W]):
    """`weight` is in bytes."""

    def __init__(self) -> None:
        self._words: deque[Word[W]] = deque()
        self._latest: dict[str, Word[W]] = {}  # of each name, behind the last fence
        self.weight = 0

    def __len__(self) -> int:
        return len(self._words)

    def put(self, said: W, name: str = "") -> None:
        self.weight += len(said.payload)
        latest = self._latest.get(name)
        if latest is not None:
            self.weight -= len(latest.said.payload)
            latest.said = said
            return
        word = Word(said, name)
        self._words.append(word)
        if name:
            self._latest[name] = word
        else:
            self._latest.clear()

    def take(self) -> W:
        word = self._words.popleft()
        if self._latest.get(word.name) is word:
            del self._latest[word.name]
        self.weight -= len(word.said.payload)
        return word.said

    def clear(self) -> None:
        self._words.clear()
        self._latest.clear()
        self.weight = 0
