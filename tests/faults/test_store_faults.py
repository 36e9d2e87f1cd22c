"""A store that is busy, cuts, loses its answer or keeps half: one whole object in the end, or the local file stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.refusals import Refused, Unavailable
from common.storage.s3 import S3Storage
from tests.faults.fault_s3 import FaultS3, fault_s3

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


def put(store: FaultS3, film: Path) -> str:
    bucket = S3Storage(
        "films", region="us-east-1", endpoint_url=store.url, access_key="a", secret_key="b", path_style=True
    )
    return bucket.put(KEY, film, content_type="video/mp4").sha256


def holds(store: FaultS3) -> list[bytes]:
    return [body for body, _claims in store.objects.values()]


@pytest.mark.parametrize("fault", ["busy", "cut", "lost"])
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
