"""The store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Institution
from common.refusals import Refused
from common.storage import Storage
from common.storage.contract import sha256_of
from common.storage.place import open_bucket
from common.storage.s3 import PART_SIZE
from common.storage.uploads import Upload, write_note
from config.celery import app
from recordings.models import Recording
from recordings.storage import storage_for
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson
from tests.infra.adapters.scenes import FAR, Record, heard
from tests.infra.asked import Ear
from tests.infra.cell import ACCOUNT, BUCKETS, ENTRY, REGION, ZONE, Applied
from tests.recordings.pools import MINUTE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]


def keys_in(applied: Applied, bucket: str) -> list[str]:
    return [one["Key"] for one in applied.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def put(store: Storage, key: str, film: Path) -> None:
    store.put(key, film, content_type="video/mp4")


def test_a_film_is_kept_in_the_zones_own_bucket_sealed_by_its_key(
    applied: Applied, school: Institution, film: Path
) -> None:
    store, key = storage_for(school), f"{school.slug}/lesson/film.mp4"
    put(store, key, film)
    assert b"".join(store.read(key)) == b"moving pictures"
    kept = applied.client("s3").head_object(Bucket=BUCKETS["recordings"], Key=key)
    assert kept["ServerSideEncryption"] == "aws:kms"
    assert store.url(key, expires_seconds=60).startswith(f"{applied.stand_in.url}/{BUCKETS['recordings']}/")
    store.delete(key)
    assert store.head(key) is None


def test_a_large_film_goes_in_parts_and_what_was_begun_is_given_up(
    applied: Applied, school: Institution, tmp_path: Path
) -> None:
    path, key = tmp_path / "long", f"{school.slug}/lesson/long.mp4"
    path.write_bytes(bytes(9 * 1024 * 1024))
    store, bucket, s3 = storage_for(school), BUCKETS["recordings"], applied.client("s3")
    sum_ = sha256_of(path)
    about: dict[str, Any] = {"ChecksumAlgorithm": "SHA256", "Metadata": {"sha256": sum_}}
    begun = s3.create_multipart_upload(Bucket=bucket, Key=key, **about)["UploadId"]
    write_note(path, Upload(bucket, key, sum_, PART_SIZE, upload_id=begun))  # by one that was killed
    put(store, key, path)
    assert [one.size for one in store.listed(f"{school.slug}/lesson/")] == [9 * 1024 * 1024]
    s3.create_multipart_upload(Bucket=bucket, Key=f"{school.slug}/left")
    assert store.drop_unfinished(before=timezone.now() + MINUTE) == 1
    store.delete(key)


def test_whose_bucket_it_is_the_store_asks_before_its_first_byte(
    applied: Applied, school: Institution, film: Path, ear: Ear
) -> None:
    put(storage_for(school), f"{school.slug}/owned.mp4", film)
    asked = [one for one in heard(applied, ear) if one.resource == f"arn:aws:s3:::{BUCKETS['recordings']}"]
    owners = [
        one.headers.get("x-amz-expected-bucket-owner") for one in asked if one.action == "s3:ListBucket"
    ]
    assert ACCOUNT in owners
    storage_for(school).delete(f"{school.slug}/owned.mp4")


def make_bucket(applied: Applied, name: str, region: str) -> None:
    s3 = applied.client("s3", region)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def a_bucket_elsewhere(applied: Applied, settings: Any) -> None:
    make_bucket(applied, "moved", "eu-west-1")
    settings.S3_ZONES = f"{ZONE}=moved@{REGION}@{applied.stand_in.url}"


def the_bucket_of_another_zone(applied: Applied, settings: Any) -> None:
    make_bucket(applied, FAR, "af-south-1")
    settings.S3_ZONES = f"{ZONE}={FAR}@af-south-1@{applied.stand_in.url}"


def another_zones_words(applied: Applied, settings: Any) -> None:
    settings.S3_ZONES = f"af={FAR}@af-south-1@{applied.stand_in.url}"


def a_region_that_was_not_promised(applied: Applied, settings: Any) -> None:
    settings.S3_ZONES = f"{ZONE}={BUCKETS['recordings']}@us-east-1@{applied.stand_in.url}"


def a_copy_outside(applied: Applied, settings: Any) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/copies"
    make_bucket(applied, "copies", "us-west-2")
    rule: Any = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::copies"},
    }
    applied.client("s3").put_bucket_replication(
        Bucket=BUCKETS["recordings"], ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


MUTATIONS: dict[str, tuple[Callable[[Applied, Any], None], str]] = {
    "a bucket elsewhere": (a_bucket_elsewhere, "wrong_region"),
    "the bucket of another zone": (the_bucket_of_another_zone, "wrong_region"),
    "another zone's words": (another_zones_words, "unknown_zone"),
    "a region that was not promised": (a_region_that_was_not_promised, "wrong_region"),
    "a copy outside": (a_copy_outside, "replica_outside"),
}


@pytest.fixture
def as_it_was(applied: Applied) -> Iterator[None]:
    yield
    s3 = applied.client("s3")
    s3.delete_bucket_replication(Bucket=BUCKETS["recordings"])
    for name in {one["Name"] for one in s3.list_buckets()["Buckets"]} & {"moved", "copies", FAR}:
        s3.delete_bucket(Bucket=name)


@pytest.mark.usefixtures("as_it_was")
@pytest.mark.parametrize("what", MUTATIONS)
def test_nothing_is_written_and_it_is_refused_with(
    what: str, applied: Applied, school: Institution, film: Path, settings: Any, record_property: Record
) -> None:
    before = keys_in(applied, BUCKETS["recordings"])
    mutate, code = MUTATIONS[what]
    mutate(applied, settings)
    open_bucket.cache_clear()
    with pytest.raises(Refused, match=code):
        put(storage_for(school), f"{school.slug}/lesson/film.mp4", film)
    assert keys_in(applied, BUCKETS["recordings"]) == before
    record_property("residency mutations refused", 1)


def audit(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("residency_audit", *words, stdout=out, stderr=io.StringIO())
    except SystemExit as left:
        return int(left.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.usefixtures("as_it_was")
def test_auditors_read_where_everything_really_lies(
    applied: Applied, cast: Cast, school: Institution, film: Path, settings: Any
) -> None:
    cast.elsewhere.region = "af"
    cast.elsewhere.save()
    the_bucket_of_another_zone(applied, settings)
    settings.S3_ZONES = (
        f"{ZONE}={BUCKETS['recordings']}@{REGION}@{applied.stand_in.url} "
        f"af={FAR}@af-south-1@{applied.stand_in.url}"
    )
    open_bucket.cache_clear()
    put(storage_for(school), f"{school.slug}/lesson/film.mp4", film)
    code, said = audit()
    assert (code, json.loads(said)["bucket"], json.loads(said)["wrong"]) == (0, 2, 0)
    applied.client("s3").put_object(Bucket=BUCKETS["recordings"], Key=f"{cast.elsewhere.slug}/film.mp4")
    code, said = audit("--csv")
    wrong = [line for line in csv.DictReader(io.StringIO(said)) if line["trouble"]]
    assert code == 1
    assert {(line["what"], line["zone"], line["trouble"]) for line in wrong} == {
        ("object", "af", "elsewhere")
    }
    for key in (f"{cast.elsewhere.slug}/film.mp4", f"{school.slug}/lesson/film.mp4"):
        applied.client("s3").delete_object(Bucket=BUCKETS["recordings"], Key=key)


def test_every_queue_has_its_workers_and_the_zones_recordings_their_own(
    applied: Applied, school: Institution, cast: Cast, settings: Any
) -> None:
    lesson = hold_lesson(cast, ended_at=timezone.now() - timedelta(days=1))
    recording = Recording.objects.create(lesson=lesson, state_at=timezone.now())
    route = app.amqp.router.route({}, "recordings.advance", args=(str(recording.pk),))
    assert route["queue"].name == ENTRY["queue"]
    taken = {role: set(applied.told(role)["DARASA_QUEUES"].split(",")) for role in ("app", "workers")}
    assert ENTRY["queue"] in taken["workers"]
    named = {str(one["queue"]) for one in settings.TASK_QUEUES.values()}
    assert taken["app"] | taken["workers"] == {"celery", ENTRY["queue"], *named}
    assert settings.TASK_QUEUES["recordings.scale"]["queue"] in taken["app"], "only web machines may scale"
