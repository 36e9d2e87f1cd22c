from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as some

from classroom.seating import deal, fill, lone_rooms, rooms_for, settle, smallest

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


@some.composite
def classes(draw: some.DrawFn) -> tuple[list[UUID], set[UUID], dict[UUID, int], set[UUID], int]:
    """Everybody, who of them is a guest, a division by hand of some of them, who of them is not there, rooms."""
    everybody = [UUID(int=number) for number in range(draw(some.integers(0, 14)))]
    chosen = some.sets(some.sampled_from(everybody)) if everybody else some.just(set[UUID]())
    rooms = draw(some.integers(2, 5))
    by_hand = {person: draw(some.integers(1, rooms)) for person in sorted(draw(chosen))}
    return everybody, draw(chosen), by_hand, draw(chosen) & set(by_hand), rooms


Class = tuple[list[UUID], set[UUID], dict[UUID, int], set[UUID], int]


@given(classes(), some.integers(0, 2**31))
def test_no_room_holds_a_guest_and_exactly_one_student(lesson: Class, seed: int) -> None:
    everybody, guests, by_hand, away, rooms = lesson
    numbers = range(1, rooms + 1)
    settled = settle(by_hand, set(everybody) - set(by_hand), numbers, seed=seed, guests=guests, away=away)
    for division, missing in ((deal(everybody, rooms, seed=seed, guests=guests), set()), (settled, away)):
        for number in numbers:
            here = {person for person, seat in division.items() if seat == number}
            beside = here - guests
            assert not (here & guests and len(beside) == 1)
            assert not (here & guests and beside and len(beside - missing) < 2)
        assert set(everybody) - set(division) <= guests, "every student has a seat"
    assert {one: settled[one] for one in by_hand if one not in guests} == {
        one: number for one, number in by_hand.items() if one not in guests
    }


@given(classes(), some.integers(0, 2**31))
def test_who_comes_late_leaves_no_guest_alone_with_one_student(lesson: Class, seed: int) -> None:
    everybody, guests, by_hand, away, rooms = lesson
    late = set(everybody) - set(by_hand)
    placed = fill(by_hand, late, range(1, rooms + 1), seed=seed, guests=guests, away=away)
    before = lone_rooms(by_hand, guests, away=away)
    assert lone_rooms(by_hand | placed, guests, away=away) <= before
    students = {number for person, number in placed.items() if person not in guests}
    assert all(
        len([one for one, seat in (by_hand | placed).items() if seat == number and one not in guests]) != 1
        or not any(seat == number for one, seat in (by_hand | placed).items() if one in guests)
        for number in students
    )


def test_a_guest_comes_last_and_only_where_two_students_are() -> None:
    guest, *students = PEOPLE[:5]
    assert deal([guest, *students[:2]], 2, seed=1, guests={guest}).get(guest) is None
    assert guest in deal([guest, *students[:3]], 2, seed=1, guests={guest})
    seated = {students[0]: 1, students[1]: 1}
    assert fill(seated, [guest], [1, 2], seed=1, guests={guest}) == {guest: 1}
    assert fill(seated, [guest], [1, 2], seed=1, guests={guest}, away={students[0]}) == {}


def test_a_student_who_comes_late_is_not_sent_to_a_guest_who_waits_alone() -> None:
    guest, first, second = PEOPLE[:3]
    assert fill({guest: 1, first: 2}, [second], [1, 2], seed=1, guests={guest}) == {second: 2}
    assert fill({guest: 1}, [second], [1], seed=1, guests={guest}) == {}
