"""Who sits in which breakout room: pure, and the same seed gives the same division."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from uuid import UUID

FEWEST_ROOMS, MOST_ROOMS = 2, 50


def rooms_for(people: int, *, per_room: int) -> int:
    """So many that nobody sits in a room of more than `per_room`, within what is possible."""
    return max(FEWEST_ROOMS, min(MOST_ROOMS, -(-people // max(per_room, 1))))


def deal(people: Iterable[UUID], rooms: int, *, seed: int) -> dict[UUID, int]:
    """Person → number of the room, from 1; the sizes differ by one at most."""
    shuffled = sorted(people)
    Random(seed).shuffle(shuffled)  # noqa: S311  chance, not secrecy
    return {person: place % rooms + 1 for place, person in enumerate(shuffled)}


def fill(
    seated: Mapping[UUID, int], unplaced: Iterable[UUID], numbers: Sequence[int], *, seed: int
) -> dict[UUID, int]:
    """Those who have no room yet come one by one into the smallest."""
    sizes = Counter(dict.fromkeys(numbers, 0))
    sizes.update(number for number in seated.values() if number in sizes)
    placed: dict[UUID, int] = {}
    for person in deal(unplaced, 1, seed=seed):
        placed[person] = smallest(sizes)
        sizes[placed[person]] += 1
    return placed


def smallest(sizes: Mapping[int, int]) -> int:
    """The number of the room with the fewest people; of equals the first."""
    return min(sizes, key=lambda number: (sizes[number], number))
