"""The vocabulary of a kind of socket: what clients may say there, and all that they are ever told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from common.sockets.told import RefusalTold

# What answers a command that cannot be carried out, on every socket.
REFUSAL = "error"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`commands` and facts are word → shape of its data. Facts are `numbered`, with a `seq`, or `passing`, without one;
    `snapshots` are those of the numbered that say the whole, or all that is missing. ValueError for a word twice."""

    commands: Mapping[str, Any]
    snapshots: frozenset[str] = frozenset()
    numbered: Mapping[str, Any] = field(default_factory=dict)
    passing: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.numbered.keys() & self.passing.keys() or not self.snapshots <= self.numbered.keys():
            raise ValueError("A fact is numbered or passing, and what says the whole is numbered.")
        if self.facts.keys() & self.commands.keys():
            raise ValueError("A command is imperative, a fact past tense.")

    @property
    def facts(self) -> Mapping[str, Any]:
        return {**self.numbered, **self.passing, REFUSAL: RefusalTold}

    def check(self, type_: str, data: object) -> None:
        """Raises KeyError for a fact that is none, msgspec.ValidationError for data of another shape."""
        msgspec.convert(data, self.facts[type_])

    def __iter__(self) -> Iterator[str]:
        yield from self.commands
        yield from sorted(self.facts)
