"""How `make test` divides itself."""

from __future__ import annotations

from collections import Counter

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
