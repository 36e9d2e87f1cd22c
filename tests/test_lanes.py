"""How `make test` divides itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import lanes


@pytest.mark.parametrize("name", [*lanes.HEAVY, *lanes.LIGHT, *lanes.MEDIA, *lanes.ALONE, *lanes.LONG])
def test_each_place_that_is_named_is_there(name: str) -> None:
    assert (lanes.TESTS / name).exists()


def test_each_kind_has_a_worker_and_sound_and_pictures_only_one() -> None:
    takers = Counter(kind for lane in lanes.LANES.values() for kind in lane)
    assert set(takers) == set(lanes.KINDS)
    assert takers["media"] == takers["alone"] == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("accounts/test_people.py", "light"),
        ("journeys/test_accessibility.py", "light"),
        ("journeys/test_quiz.py", "heavy"),
        ("journeys/test_lesson.py", "media"),
        ("recordings/embedded/test_capture.py", "media"),
        ("faults/test_jibri_loss.py", "alone"),
        ("recordings/test_manifests.py", "light"),
    ],
)
def test_a_file_has_the_kind_of_the_nearest_place(path: str, kind: str) -> None:
    assert lanes.kind_of(path) == kind


def test_a_run_loads_the_files_of_its_kinds_and_whatever_is_no_test() -> None:
    wanted = {
        name: lanes.is_wanted(lanes.TESTS / name, "alone,media")
        for name in (
            "faults/test_jibri_loss.py",
            "journeys/test_lesson.py",
            "accounts/test_people.py",
            "faults",
        )
    }
    assert list(wanted.values()) == [True, True, False, True]


def test_every_worker_loads_all_files_and_begins_with_its_own_part() -> None:
    files = [Path(str(number)) for number in range(10)]
    orders = [lanes.in_turn(files, worker, 4) for worker in range(4)]
    assert all(sorted(order) == files for order in orders)
    assert [order[0].name for order in orders] == ["0", "2", "5", "7"]
