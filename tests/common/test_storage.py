"""One contract, both stores."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest

from common.refusals import Refused, Unavailable
from common.services.urls import free_port
from common.storage import FolderStorage, Storage
from common.storage.s3 import S3Storage
from common.storage.uploads import Upload, note_of, read_note, write_note
from common.storage.zones import Zone, origins_of, read_zones
from tests.s3 import forget_buckets

BUCKET = "recordings"


@pytest.fixture(scope="module")
def endpoint(s3_server: str) -> Iterator[str]:
    forget_buckets(s3_server)
    yield s3_server
    forget_buckets(s3_server)


def vendor(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="someone",
        aws_secret_access_key="something",
    )


def bucket_at(endpoint: str) -> S3Storage:
    client = vendor(endpoint)
    known = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    if BUCKET not in known:
        place = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return S3Storage(
        BUCKET,
        region="eu-central-1",
        endpoint_url=endpoint,
        access_key="someone",
        secret_key="something",
        path_style=True,
    )


def folder_at(path: Path) -> FolderStorage:
    return FolderStorage(path, base_url="/files/", signer=lambda claims: f"{claims['key']}|{claims['until']}")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return folder_at(tmp_path / "store")
    return bucket_at(request.getfixturevalue("endpoint"))


@pytest.fixture
def made(tmp_path: Path) -> Callable[[bytes], Path]:
    def make(content: bytes) -> Path:
        path = tmp_path / f"{hashlib.sha256(content).hexdigest()[:12]}.bin"
        path.write_bytes(content)
        return path

    return make


def key_named(name: str) -> str:
    return f"school/{os.urandom(6).hex()}/{name}"


@pytest.mark.parametrize("size", [0, 11, 20 * 1024 * 1024 + 7])
def test_what_was_put_is_there(store: Storage, made: Callable[[bytes], Path], size: int) -> None:
    content, key = os.urandom(size), key_named("lesson.mp4")
    stored = store.put(key, made(content), content_type="video/mp4")
    assert (stored.key, stored.size, stored.sha256) == (key, size, hashlib.sha256(content).hexdigest())
    assert store.head(key) == stored


@pytest.mark.parametrize("size", [9, 9 * 1024 * 1024])
def test_the_same_again_succeeds_and_other_bytes_are_refused(
    store: Storage, made: Callable[[bytes], Path], size: int
) -> None:
    key, content = key_named("a.mp4"), os.urandom(size)
    first = store.put(key, made(content), content_type="video/mp4")
    assert store.put(key, made(content), content_type="video/mp4") == first
    with pytest.raises(Refused) as refusal:
        store.put(key, made(os.urandom(size)), content_type="video/mp4")
    assert refusal.value.code == "key_taken"
    assert store.head(key) == first


class ForgetfulDisk(FolderStorage):
    """Takes everything, and shows half of it."""

    def _copy_in(self, source: Path, target: Path, wanted: str) -> None:
        super()._copy_in(source, target, wanted)
        os.truncate(target, target.stat().st_size // 2)


def test_a_folder_is_believed_only_after_it_was_read_back(
    tmp_path: Path, made: Callable[[bytes], Path]
) -> None:
    disk = ForgetfulDisk(tmp_path / "store", base_url="/files/", signer=lambda claims: "")
    film = made(b"film" * 1000)
    with pytest.raises(Unavailable, match="store_damaged_it"):
        disk.put("school/film.mp4", film, content_type="video/mp4")
    assert disk.head("school/film.mp4") is None, "half an object has no name"
    assert film.exists()


def test_a_folder_that_holds_other_bytes_by_now_is_not_taken_for_whole(
    tmp_path: Path, made: Callable[[bytes], Path]
) -> None:
    """Its note of the SHA-256 is a claim: what counts is what lies there."""
    store, film = folder_at(tmp_path / "store"), made(b"film" * 1000)
    store.put("school/film.mp4", film, content_type="video/mp4")
    kept = tmp_path / "store" / "objects" / "school" / "film.mp4"
    kept.write_bytes(b"x" * 4000)
    with pytest.raises(Refused, match="key_taken"):
        store.put("school/film.mp4", film, content_type="video/mp4")
    assert kept.read_bytes() == b"x" * 4000


def test_what_is_deleted_is_gone_and_may_be_deleted_again(
    store: Storage, made: Callable[[bytes], Path]
) -> None:
    key = key_named("a.txt")
    store.put(key, made(b"x"), content_type="text/plain")
    store.delete(key)
    store.delete(key)
    assert store.head(key) is None


@pytest.mark.parametrize(
    "key", ["../x", "a/../b", "/a", "a//b", "", ".hidden", "a\\b", "a\0b", "a/.", "x" * 2000]
)
def test_a_key_cannot_leave_the_store(store: Storage, made: Callable[[bytes], Path], key: str) -> None:
    path = made(b"x")
    for verb in (
        lambda: store.put(key, path, content_type="text/plain"),
        lambda: store.head(key),
        lambda: store.url(key, expires_seconds=1),
        lambda: store.delete(key),
    ):
        with pytest.raises(Refused):
            verb()


def test_the_folder_signs_its_addresses(tmp_path: Path, made: Callable[[bytes], Path]) -> None:
    store = folder_at(tmp_path)
    store.put("a/b.mp4", made(b"x"), content_type="video/mp4")
    token = parse_qs(urlsplit(store.url("a/b.mp4", expires_seconds=60)).query)["token"][0]
    key, _, until = token.partition("|")
    assert key == "a/b.mp4"
    assert 55 < int(until) - time.time() <= 60


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, b"0123456789"),
        ("bytes=2-4", b"234"),
        ("bytes=7-", b"789"),
        ("bytes=-3", b"789"),
        ("bytes=5-500", b"56789"),
        ("lines=1-2", b"0123456789"),
    ],
)
def test_the_folder_serves_ranges(
    tmp_path: Path, made: Callable[[bytes], Path], header: str | None, expected: bytes
) -> None:
    store = folder_at(tmp_path)
    store.put("a", made(b"0123456789"), content_type="text/plain")
    ranged = store.open_range("a", header)
    assert (b"".join(ranged.chunks), ranged.length, ranged.total) == (expected, len(expected), 10)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=5-2", "bytes=99-100"])
def test_the_folder_refuses_ranges_outside(
    tmp_path: Path, made: Callable[[bytes], Path], header: str
) -> None:
    store = folder_at(tmp_path)
    store.put("a", made(b"0123456789"), content_type="text/plain")
    with pytest.raises(Refused, match="bad_range"):
        store.open_range("a", header)


def test_a_folder_without_its_sums_counts_again(tmp_path: Path, made: Callable[[bytes], Path]) -> None:
    store = folder_at(tmp_path)
    stored = store.put("a/b", made(b"0123456789"), content_type="text/plain")
    (tmp_path / "sums/a/b").unlink()
    assert store.head("a/b") == stored


def test_an_s3_address_downloads_under_any_name_and_expires(
    endpoint: str, made: Callable[[bytes], Path]
) -> None:
    store, key = bucket_at(endpoint), key_named("a.mp4")
    store.put(key, made(b"film"), content_type="video/mp4")
    url = store.url(key, expires_seconds=60, filename='Bruchrechnung "½" – سلام.mp4')
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["60"]
    answer = httpx.get(url)
    assert answer.content == b"film"
    assert "filename*=UTF-8''Bruchrechnung%20%22" in answer.headers["Content-Disposition"]


def test_a_failed_upload_leaves_no_parts_behind(endpoint: str, made: Callable[[bytes], Path]) -> None:
    store, key = bucket_at(endpoint), key_named("big.mp4")
    store.put(key, made(b"first"), content_type="video/mp4")
    with pytest.raises(Refused, match="key_taken"):
        store.put(key, made(os.urandom(9 * 1024 * 1024)), content_type="video/mp4")
    assert not vendor(endpoint).list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_a_store_that_is_away_is_unavailable(made: Callable[[bytes], Path]) -> None:
    store = S3Storage(
        BUCKET,
        region="eu-central-1",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        access_key="a",
        secret_key="b",
        path_style=True,
    )
    with pytest.raises(Unavailable, match="store_unreachable"):
        store.put("a/b", made(b"x"), content_type="text/plain")
    with pytest.raises(Unavailable):
        store.head("a/b")


def test_a_missing_bucket_is_a_refusal(endpoint: str, made: Callable[[bytes], Path]) -> None:
    store = S3Storage(
        "elsewhere",
        region="eu-central-1",
        endpoint_url=endpoint,
        access_key="a",
        secret_key="b",
        path_style=True,
    )
    with pytest.raises(Refused, match="no_such_bucket"):
        store.put("a/b", made(b"x"), content_type="text/plain")


class Wire:
    """Between us and the store; counts what is uploaded, and can die in the middle as a process does."""

    def __init__(self, store: S3Storage, die_after: int = 1_000) -> None:
        self.parts, self.die_after = 0, die_after
        store._client.meta.events.register("before-send.s3.UploadPart", self.sent)

    def sent(self, **_: Any) -> None:
        if self.parts == self.die_after:
            raise KeyboardInterrupt
        self.parts += 1


def test_an_upload_that_was_killed_goes_on_where_it_stood(
    endpoint: str, made: Callable[[bytes], Path]
) -> None:
    path, key, store = made(os.urandom(33 * 1024 * 1024)), key_named("long.mp4"), bucket_at(endpoint)
    Wire(store, die_after=3)
    with pytest.raises(KeyboardInterrupt):
        store.put(key, path, content_type="video/mp4")
    again = bucket_at(endpoint)
    rest = Wire(again)
    kept = again.put(key, path, content_type="video/mp4")
    assert rest.parts == 2
    assert kept.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not note_of(path).exists()
    assert b"".join(again.read(key)) == path.read_bytes()


def test_a_part_that_the_store_lost_is_sent_again(endpoint: str, made: Callable[[bytes], Path]) -> None:
    path, key, store = made(os.urandom(17 * 1024 * 1024)), key_named("lost.mp4"), bucket_at(endpoint)
    Wire(store, die_after=2)
    with pytest.raises(KeyboardInterrupt):
        store.put(key, path, content_type="video/mp4")
    note = json.loads(note_of(path).read_text())
    vendor(endpoint).abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=note["upload_id"])
    again = bucket_at(endpoint)
    sent = Wire(again)
    again.put(key, path, content_type="video/mp4")
    assert sent.parts == 3


def test_other_bytes_under_the_same_name_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    first = Upload("bucket", "key", "sum", 8, "an upload", {1: ("etag", "sum")})
    write_note(path, first)
    assert read_note(path, Upload("bucket", "key", "sum", 8)) == first
    other = Upload("bucket", "key", "another sum", 8)
    assert read_note(path, other) is other
    note_of(path).write_text("[]")
    assert read_note(path, other) is other


def test_uploads_that_nobody_came_back_for_are_given_up(endpoint: str) -> None:
    client, store = vendor(endpoint), bucket_at(endpoint)
    client.create_multipart_upload(Bucket=BUCKET, Key=key_named("left.mp4"))
    begun = client.list_multipart_uploads(Bucket=BUCKET)["Uploads"][0]["Initiated"]
    assert store.drop_unfinished(before=begun - timedelta(hours=1)) == 0
    assert client.list_multipart_uploads(Bucket=BUCKET).get("Uploads")
    assert store.drop_unfinished(before=begun + timedelta(hours=1)) >= 1
    assert not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_a_list_names_what_begins_so_in_the_order_of_keys(
    store: Storage, made: Callable[[bytes], Path]
) -> None:
    base = key_named("list")
    keys = [f"{base}/{name}" for name in ("a.mp4", "a/b.mp4", "c.mp4")]
    for key in reversed(keys):
        store.put(key, made(b"film"), content_type="video/mp4")
    found = store.listed(f"{base}/")
    assert [one.key for one in found] == sorted(keys)
    assert {one.size for one in found} == {4}
    assert [one.key for one in store.listed(f"{base}/", after=found[0].key, most=1)] == [found[1].key]
    assert store.listed(f"{base}/nothing/") == []


def test_a_bucket_in_another_region_gets_nothing(endpoint: str, made: Callable[[bytes], Path]) -> None:
    bucket_at(endpoint)
    store = S3Storage(
        BUCKET,
        region="eu-west-3",
        endpoint_url=endpoint,
        access_key="a",
        secret_key="b",
        path_style=True,
        strict_region=True,
    )
    key = key_named("elsewhere.mp4")
    with pytest.raises(Refused, match="wrong_region"):
        store.put(key, made(b"film"), content_type="video/mp4")
    assert bucket_at(endpoint).head(key) is None


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_addresses_name_the_region_and_bear_the_new_signature(region: str) -> None:
    store = S3Storage(BUCKET, region=region, access_key="a", secret_key="b")
    address = urlsplit(store.url("a/b.mp4", expires_seconds=300))
    assert address.hostname == f"{BUCKET}.s3.{region}.amazonaws.com"
    assert parse_qs(address.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert parse_qs(address.query)["X-Amz-Expires"] == ["300"]


@pytest.mark.parametrize("text", ["north", "north=b", "n=bucket-a@eu-west-1 m=bucket-a@eu-west-2"])
def test_zones_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_zones(text)
    assert origins_of(text) == []


def test_each_zone_has_its_bucket() -> None:
    zones = read_zones("north=north-films@eu-north-1  south=south-films@af-south-1@https://s3.south.example")
    assert zones["north"] == Zone("north-films", "eu-north-1")
    assert zones["south"].endpoint_url == "https://s3.south.example"
