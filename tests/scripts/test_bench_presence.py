"""What the bench of presence takes for the truth, and how it counts errors."""

from __future__ import annotations

import random

from scripts.bench_presence import LESSON_SECONDS, Play, at_percent, compare


def test_whoever_comes_goes_in_the_end_and_nobody_goes_before_they_came() -> None:
    play = Play("lesson", "room", [str(number) for number in range(200)])
    for at, what, person in sorted(play.steps(random.Random(3))):
        play.note(what, person, at)
    assert len(play.stays) == 200
    assert {len(stays) for stays in play.stays.values()} == {1, 2}
    assert all(
        0 <= since < until <= LESSON_SECONDS for stays in play.stays.values() for since, until in stays
    )


def test_an_error_is_the_distance_and_whoever_is_not_found_is_counted() -> None:
    play = Play("lesson", "room", ["a", "b"], {"a": [[0, 10], [20, 30]], "b": [[0, 1]]})
    errors = compare(play, {"a": [1, 28, 26, 1]})
    assert (errors.came, errors.went, errors.inside) == ([1], [2], [6])
    assert (errors.people_missed, errors.stays_missed) == (1, 1)
    assert [at_percent([3, 1, 2], percent) for percent in (50, 99, 100)] == [2, 3, 3]
