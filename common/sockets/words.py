"""The vocabulary of a kind of socket: what clients may say there, and all that they are ever told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# What answers a command that cannot be carried out, on every socket.
REFUSAL = "error"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`commands` is word → shape of its data. Facts are `numbered`, with a `seq`, or `passing`, without one;
    `snapshots` are those of the numbered that say the whole, or all that is missing. ValueError for a word twice."""

    commands: Mapping[str, Any]
    snapshots: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.numbered & self.passing or not self.snapshots <= self.numbered:
            raise ValueError("A fact is numbered or passing, and what says the whole is numbered.")
        if self.facts & self.commands.keys():
            raise ValueError("A command is imperative, a fact past tense.")

    @property
    def facts(self) -> frozenset[str]:
        return self.numbered | self.passing | {REFUSAL}

    def __iter__(self) -> Iterator[str]:
        yield from self.commands
        yield from sorted(self.facts)
