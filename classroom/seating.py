"""Who sits in which breakout room: pure, and the same seed gives the same division.

No guest sits alone with one student. Who holds the lesson comes and goes, so they do not count as company.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from random import Random
from uuid import UUID

FEWEST_ROOMS, MOST_ROOMS = 2, 50
FEWEST_BESIDE_A_GUEST = 2


def rooms_for(people: int, *, per_room: int) -> int:
    """So many that nobody sits in a room of more than `per_room`, within what is possible."""
    return max(FEWEST_ROOMS, min(MOST_ROOMS, -(-people // max(per_room, 1))))


def deal(people: Iterable[UUID], rooms: int, *, seed: int, guests: Collection[UUID] = ()) -> dict[UUID, int]:
    """Person → number of the room, from 1; the sizes differ by one at most. Then the guests, as `fill` has them."""
    everybody = set(people)
    dealt = _deal(everybody - set(guests), rooms, seed=seed)
    late = everybody & set(guests)
    return dealt | fill(dealt, late, range(1, rooms + 1), seed=seed, guests=guests)


def _deal(people: Iterable[UUID], rooms: int, *, seed: int) -> dict[UUID, int]:
    shuffled = sorted(people)
    Random(seed).shuffle(shuffled)  # noqa: S311  chance, not secrecy
    return {person: place % rooms + 1 for place, person in enumerate(shuffled)}


def fill(
    seated: Mapping[UUID, int],
    unplaced: Iterable[UUID],
    numbers: Sequence[int],
    *,
    seed: int,
    guests: Collection[UUID] = (),
    away: Collection[UUID] = (),
) -> dict[UUID, int]:
    """Those who have no room yet come one by one into the smallest, guests last.

    `guests`: who of all is one; `away`: who has a seat and is not there. A guest comes only where two students are,
    and nobody comes as the only student to guests. Whom no room suits is left out.
    """
    sizes, company = Counter(seated.values()), _students(seated, guests, away)
    hosts, placed = _guests(seated, guests), dict[UUID, int]()
    for person in sorted(_deal(unplaced, 1, seed=seed), key=lambda one: one in guests):
        is_guest = person in guests
        fewest = FEWEST_BESIDE_A_GUEST if is_guest else 1
        fitting = {
            number: sizes[number]
            for number in numbers
            if company[number] >= fewest or not (is_guest or hosts[number])
        }
        if fitting:
            placed[person] = number = smallest(fitting)
            sizes[number] += 1
            (hosts if is_guest else company)[number] += 1
    return placed


def settle(
    seated: Mapping[UUID, int],
    late: Iterable[UUID],
    numbers: Sequence[int],
    *,
    seed: int,
    guests: Collection[UUID] = (),
    away: Collection[UUID] = (),
) -> dict[UUID, int]:
    """Everybody's seat as the rooms open: students stay where they were put, then those without a seat, and guests
    last, who keep theirs only where it suits."""
    late, hosted = set(late), set(guests)
    places = {one: number for one, number in seated.items() if one not in hosted}
    places |= fill(places, late - hosted, numbers, seed=seed, away=away)
    wanted = places | {one: number for one, number in seated.items() if one in hosted}
    lone = lone_rooms(wanted, hosted, away=away)
    kept = {one: number for one, number in wanted.items() if one not in hosted or number not in lone}
    unplaced = (set(wanted) - set(kept)) | (late & hosted)
    return kept | fill(kept, unplaced, numbers, seed=seed, guests=hosted, away=away)


def lone_rooms(
    seated: Mapping[UUID, int], guests: Collection[UUID], *, away: Collection[UUID] = ()
) -> set[int]:
    """Where guests sit with one student, or would as soon as one of those comes who are `away`."""
    known, there = _students(seated, guests, ()), _students(seated, guests, away)
    return {
        number
        for number in _guests(seated, guests)
        if known[number] and there[number] < FEWEST_BESIDE_A_GUEST
    }


def _students(seated: Mapping[UUID, int], guests: Collection[UUID], away: Collection[UUID]) -> Counter[int]:
    return Counter(number for one, number in seated.items() if one not in guests and one not in away)


def _guests(seated: Mapping[UUID, int], guests: Collection[UUID]) -> Counter[int]:
    return Counter(number for one, number in seated.items() if one in guests)


def smallest(sizes: Mapping[int, int]) -> int:
    """The number of the room with the fewest people; of equals the first."""
    return min(sizes, key=lambda number: (sizes[number], number))
