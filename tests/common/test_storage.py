"""One contract, both stores."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
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
from tests.s3 import forget_buckets

BUCKET = "recordings"


@pytest.fixture(scope="module")
def endpoint(s3_server: str) -> Iterator[str]:
    forget_buckets(s3_server)
    yield s3_server
    forget_buckets(s3_server)


def vendor(endpoint: str) -> Any:
    session = boto3.session.Session("someone", "something", region_name="eu-central-1")
    return session.client("s3", endpoint_url=endpoint)


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
