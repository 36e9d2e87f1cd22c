"""A pool in memory that behaves as a cloud does: bounds are kept, and machines leave only when they may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from common.machines.contract import Departure, Figure, Floor, Machine, Seen
from common.refusals import Refused


class FakeMachines:
    """`pass_time` lets what was asked for appear, and what was released be gone."""

    def __init__(self, *, least: int = 0, most: int = 20, network: str = "10.0.0") -> None:
        self._least, self._most, self._network = least, most, network
        self._asked_for, self._born = least, 0
        self._machines: dict[str, Machine] = {}
        self.floors: list[Floor] = []

    def look(self) -> Seen:
        return Seen(self._asked_for, self._least, self._most, tuple(self._machines.values()))

    def ask_for(self, number: int) -> None:
        if not self._asked_for <= number <= self._most:
            raise Refused("out_of_bounds")
        self._asked_for = number

    def release(self, names: Collection[str]) -> None:
        if self._asked_for - len(names) < self._least or not set(names) <= set(self._machines):
            raise Refused("out_of_bounds")
        self._asked_for -= len(names)
        for name in names:
            self._machines[name] = replace(self._machines[name], is_leaving=True)

    def announce(self, floors: Sequence[Floor]) -> None:
        self.floors = list(floors)

    def pass_time(self) -> None:
        self._machines = {name: one for name, one in self._machines.items() if not one.is_leaving}
        while len(self._machines) < self._asked_for:
            self._born += 1
            name = f"m-{self._born}"
            self._machines[name] = Machine(name, f"{self._network}.{self._born}")


class FakeDepartures:
    """Machines wait in `waiting`; `held` and `gone` are the names of those that were answered, in order."""

    def __init__(self, *machines: str) -> None:
        self.waiting = {name: Departure(name, "pool", {}) for name in machines}
        self.held: list[str] = []
        self.gone: list[str] = []

    def heard(self) -> list[Departure]:
        return list(self.waiting.values())

    def hold(self, departure: Departure) -> None:
        self.held.append(departure.machine)

    def let_go(self, departure: Departure) -> None:
        self.gone.append(departure.machine)
        del self.waiting[departure.machine]


class FakeGauges:
    def __init__(self) -> None:
        self.told: list[Figure] = []

    def tell(self, figures: Sequence[Figure]) -> None:
        self.told = list(figures)
