"""A fixed number of machines that people set up by hand: nothing comes and nothing goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from common.machines.contract import Floor, Seen
from common.refusals import Refused


class StaticMachines:
    def __init__(self, number: int) -> None:
        self._number = number

    def look(self) -> Seen:
        return Seen(asked_for=self._number, least=self._number, most=self._number)

    def ask_for(self, number: int) -> None:
        if number != self._number:
            raise Refused("out_of_bounds")

    def release(self, names: Collection[str]) -> None:
        if names:
            raise Refused("out_of_bounds")

    def announce(self, floors: Sequence[Floor]) -> None:
        """Nobody is there who could keep them."""
