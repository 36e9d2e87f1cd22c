"""What every pool of machines promises, whoever runs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Machine:
    """`address` is its private one, empty while it has none. `is_leaving`: its end was asked for already."""

    name: str
    address: str = ""
    is_leaving: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """`asked_for` lies between `least` and `most`, the bounds that the pool itself keeps."""

    asked_for: int
    least: int
    most: int
    machines: tuple[Machine, ...] = ()


@dataclass(frozen=True, slots=True)
class Floor:
    """At `at` so many, if nobody has taken this floor back by then: whoever lives takes it back in time."""

    at: datetime
    least: int


class Machines(Protocol):
    """Every verb raises Unavailable (later) or Refused (no)."""

    def look(self) -> Seen: ...

    def ask_for(self, number: int) -> None:
        """So many from now on: only ever more than before. Refused("out_of_bounds") beyond `most`."""
        ...

    def release(self, names: Collection[str]) -> None:
        """These and no others may go; the number falls by as many. Whoever asks has made sure that they are free."""
        ...

    def announce(self, floors: Sequence[Floor]) -> None:
        """Floors of the hours to come, kept by the pool itself; those of earlier announcements are taken back."""
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """A machine that its group is about to end, and that waits for our word. `ticket` is what the cloud knows it by."""

    machine: str
    group: str
    ticket: Mapping[str, str]


class Departures(Protocol):
    """Every verb raises Unavailable (later) or Refused (no)."""

    def heard(self) -> list[Departure]:
        """Some of those that wait; each comes again after a while, until it was let go."""
        ...

    def hold(self, departure: Departure) -> None:
        """It has something to finish: the cloud waits longer."""
        ...

    def let_go(self, departure: Departure) -> None: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for the cloud's own alarms, of the whole cell or of one `group`."""

    name: str
    value: float
    group: str = ""


class Gauges(Protocol):
    def tell(self, figures: Sequence[Figure]) -> None:
        """Raises Unavailable or Refused."""
        ...
