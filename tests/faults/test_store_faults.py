"""A store that is busy, slow, cuts, loses its answer or keeps half: one whole object in the end, or the local file
stays. Small files go at once, larger ones in parts, and each part and the end of them may suffer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from common.refusals import Refused, Unavailable
from common.storage.s3 import PART_SIZE, S3Storage
from common.storage.uploads import note_of
from tests.faults.fault_s3 import FaultS3, fault_s3
from tests.tiers import sampled

pytestmark = [pytest.mark.fault]
KEY = "here/lesson/0123456789abcdef.mp4"
FILM = b"film" * 1000


@pytest.fixture
def store() -> Iterator[FaultS3]:
    with fault_s3() as server:
        yield server


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return path


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts."""
    path = tmp_path_factory.mktemp("long") / "film.mp4"
    path.write_bytes(os.urandom(2 * PART_SIZE + 7))
    return path


def put(store: FaultS3, film: Path, **how: Any) -> str:
    bucket = S3Storage(
        "films",
        region="us-east-1",
        endpoint_url=store.url,
        access_key="a",
        secret_key="b",
        path_style=True,
        **how,
    )
    return bucket.put(KEY, film, content_type="video/mp4").sha256


def holds(store: FaultS3) -> list[bytes]:
    return [body for body, _claims in store.objects.values()]


@pytest.mark.parametrize("fault", ["busy", "cut", "partial", "lost"])
def test_it_is_tried_again_and_kept_once(store: FaultS3, film: Path, fault: str) -> None:
    store.faults = [fault]
    put(store, film)
    assert holds(store) == [FILM]
    assert store.puts == 2


def test_one_that_stays_busy_is_for_later_and_nothing_is_lost(store: FaultS3, film: Path) -> None:
    store.faults = ["busy"] * 10
    with pytest.raises(Unavailable):
        put(store, film)
    assert film.read_bytes() == FILM
    store.faults = []
    put(store, film)
    assert holds(store) == [FILM]


def test_half_an_object_is_found_out_by_reading_and_never_taken_for_whole(store: FaultS3, film: Path) -> None:
    store.faults = ["half"]
    with pytest.raises(Unavailable, match="store_damaged_it"):
        put(store, film)
    with pytest.raises(Refused, match="key_taken"):
        put(store, film)


def test_other_bytes_of_the_same_length_are_found_out_by_reading(store: FaultS3, film: Path) -> None:
    put(store, film)
    [key] = store.objects
    store.objects[key] = (b"x" * len(FILM), store.objects[key][1])
    with pytest.raises(Refused, match="key_taken"):
        put(store, film)


# Where in an upload of three parts: the first part, one in the middle, the last, the end that makes one of them.
PLACES = {"the first part": 0, "a later part": 1, "the last part": 2, "the end": 3}


@pytest.mark.parametrize("place", sampled(PLACES, every=2))
@pytest.mark.parametrize("fault", ["busy", "slow", "cut", "lost"])
def test_of_an_upload_in_parts_only_what_suffered_is_sent_again(
    store: FaultS3, long_film: Path, fault: str, place: str
) -> None:
    store.faults = [""] * PLACES[place] + [fault]
    put(store, long_film)
    is_kept_whole(store, long_film)
    again = [PLACES[place] + 1] if fault == "lost" and place != "the end" else []
    assert sorted(store.sent) == sorted([1, 2, 3, *again])


@pytest.mark.parametrize("place", list(PLACES)[:3])
@pytest.mark.parametrize("fault", ["partial", "half"])
def test_a_part_of_which_half_arrives_is_no_part(
    store: FaultS3, long_film: Path, fault: str, place: str
) -> None:
    store.faults = [""] * PLACES[place] + [fault]
    if fault == "half":  # the store says so: this try is over, and the next one goes on
        with pytest.raises((Refused, Unavailable)):
            put(store, long_film)
        assert holds(store) == []
    put(store, long_film)
    is_kept_whole(store, long_film)
    assert sorted(store.sent) == [1, 2, 3]


def test_a_store_that_answers_too_late_is_for_later_and_what_arrived_is_not_sent_again(
    store: FaultS3, long_film: Path
) -> None:
    store.faults = ["", *["slow"] * 4]  # a try and three more
    with pytest.raises(Unavailable):
        put(store, long_film, timeout_seconds=0.3)
    assert long_film.exists()
    assert holds(store) == []
    store.faults = []
    put(store, long_film)
    is_kept_whole(store, long_film)
    assert store.sent.count(1) == 1


def test_a_whole_of_parts_that_is_half_is_found_out_by_reading(store: FaultS3, long_film: Path) -> None:
    store.faults = ["", "", "", "half"]
    with pytest.raises(Unavailable, match="store_damaged_it"):
        put(store, long_film)
    with pytest.raises(Refused, match="key_taken"):
        put(store, long_film)
    assert long_film.exists()


def is_kept_whole(store: FaultS3, film: Path) -> None:
    """One object, nothing begun beside it, no note of what was begun."""
    assert holds(store) == [film.read_bytes()]
    assert store.uploads == {}
    assert not note_of(film).exists()
