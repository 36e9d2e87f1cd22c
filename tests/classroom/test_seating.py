from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from classroom.seating import deal, fill, rooms_for, smallest

people = some.sets(some.uuids(), max_size=80)
PEOPLE = [UUID(int=number) for number in range(20)]


@given(people, some.integers(2, 50), some.integers(0, 2**31))
def test_rooms_differ_by_one_person_at_most_and_nobody_is_lost(
    inside: set[UUID], rooms: int, seed: int
) -> None:
    dealt = deal(inside, rooms, seed=seed)
    sizes = {number: list(dealt.values()).count(number) for number in range(1, rooms + 1)}
    assert set(dealt) == inside
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_the_same_seed_gives_the_same_rooms_and_another_seed_others() -> None:
    assert deal(PEOPLE, 4, seed=7) == deal(reversed(PEOPLE), 4, seed=7)
    assert deal(PEOPLE, 4, seed=7) != deal(PEOPLE, 4, seed=8)


def test_whoever_has_no_room_comes_into_the_smallest() -> None:
    seated = {PEOPLE[0]: 1, PEOPLE[1]: 1, PEOPLE[2]: 2}
    placed = fill(seated, PEOPLE[3:6], [1, 2, 3], seed=1)
    assert sorted(placed.values()) == [2, 3, 3]
    assert smallest({1: 2, 2: 1, 3: 1}) == 2


def test_there_are_as_many_rooms_as_people_need_between_two_and_fifty() -> None:
    assert [rooms_for(number, per_room=4) for number in (0, 4, 9, 200, 1000)] == [2, 2, 3, 50, 50]
