"""Nothing of one zone is ever written into another: every way that we know to get there is tried, and refused."""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import Institution
from classroom.models import Lesson
from common.refusals import Refused
from common.storage import Storage
from common.storage.place import open_bucket
from common.storage.promises import keep_promise, read_promises
from common.storage.zones import Zone
from config.celery import app
from recordings import actions
from recordings.adoption import adopt_folders
from recordings.models import Capture, Orphan, Recording, RecordingState
from recordings.pipeline import advance
from recordings.residency import route_by_zone
from recordings.storage import prefix_of, storage_for
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson
from tests.s3 import forget_buckets
from whiteboard.storage import storage as board_storage

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
REGIONS = {"eu-films": "eu-central-1", "af-films": "af-south-1", "own-films": "eu-west-1"}
ZONES = {
    "eu": {"region": "eu-central-1", "allowed_regions": ["eu-west-1"]},
    "af": {"region": "af-south-1", "allowed_regions": []},
}


class Zones:
    """Two zones with a bucket each, at a server that speaks as AWS does."""

    def __init__(self, endpoint: str, settings: Any) -> None:
        self.endpoint, self.settings = endpoint, settings
        for bucket, region in REGIONS.items():
            self.make(bucket, region)
        self.say("eu-films@eu-central-1", "af-films@af-south-1")

    def client(self, region: str) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )

    def make(self, bucket: str, region: str) -> None:
        client = self.client(region)
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def say(self, eu: str, af: str) -> None:
        """What S3_ZONES says from now on."""
        self.settings.S3_ZONES = f"eu={eu}@{self.endpoint} af={af}@{self.endpoint}"
        open_bucket.cache_clear()

    def keys_in(self, bucket: str) -> list[str]:
        found = self.client(REGIONS[bucket]).list_objects_v2(Bucket=bucket).get("Contents", [])
        return [one["Key"] for one in found]


@pytest.fixture
def zones(s3_server: str, settings: Any, tmp_path: Path) -> Iterator[Zones]:
    forget_buckets(s3_server)
    settings.STORAGE_BACKEND = "s3"
    settings.ZONES_FILE = tmp_path / "zones.json"
    settings.ZONES_FILE.write_text(json.dumps({"zones": ZONES}))
    settings.S3 = settings.S3 | {
        "S3_BUCKET": "own-films",
        "S3_REGION": "eu-west-1",
        "S3_ENDPOINT_URL": s3_server,
        "S3_ACCESS_KEY_ID": "a",
        "S3_SECRET_ACCESS_KEY": "b",
    }
    board_storage.cache_clear()
    yield Zones(s3_server, settings)
    forget_buckets(s3_server)
    open_bucket.cache_clear()
    board_storage.cache_clear()


@pytest.fixture
def schools(cast: Cast) -> tuple[Institution, Institution]:
    """One in each zone."""
    for school, zone in ((cast.school, "eu"), (cast.elsewhere, "af")):
        school.region = zone
        school.save()
    return cast.school, cast.elsewhere


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(b"moving pictures")
    return path


def put(store: Storage, key: str, film: Path) -> None:
    store.put(key, film, content_type="video/mp4")


def audit() -> tuple[int, dict[str, Any], str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("residency_audit", stdout=out, stderr=err)
    except SystemExit as left:
        return int(left.code or 0), json.loads(out.getvalue()), err.getvalue()
    return 0, json.loads(out.getvalue()), err.getvalue()


# What somebody may have set up wrongly: each turns one thing round, and nothing may be written then.


def wrong_region(zones: Zones) -> None:
    zones.say("af-films@eu-central-1", "spare-films@af-south-1")


def swapped_manifest(zones: Zones) -> None:
    zones.say("af-films@af-south-1", "eu-films@eu-central-1")


def region_beyond_the_promise(zones: Zones) -> None:
    zones.make("us-films", "us-west-2")
    zones.say("us-films@us-west-2", "af-films@af-south-1")


def replica_outside(zones: Zones) -> None:
    rule = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::af-films"},
    }
    role = "arn:aws:iam::123456789012:role/copies"
    zones.client("eu-central-1").put_bucket_replication(
        Bucket="eu-films", ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


def zone_without_a_bucket(zones: Zones) -> None:
    zones.settings.S3_ZONES = f"af=af-films@af-south-1@{zones.endpoint}"
    open_bucket.cache_clear()


def bucket_is_gone(zones: Zones) -> None:
    zones.client("eu-central-1").delete_bucket(Bucket="eu-films")


MUTATIONS: dict[str, tuple[Callable[[Zones], None], str]] = {
    "a bucket in the wrong region": (wrong_region, "wrong_region"),
    "a swapped manifest": (swapped_manifest, "wrong_region"),
    "a region that was not promised": (region_beyond_the_promise, "wrong_region"),
    "a replica outside": (replica_outside, "replica_outside"),
    "a zone without a bucket": (zone_without_a_bucket, "unknown_zone"),
    "a bucket that is gone": (bucket_is_gone, "refused|no_such"),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_whatever_was_set_up_wrongly_is_refused_and_nothing_written(
    zones: Zones, schools: tuple[Institution, Institution], film: Path, mutation: str, count: Any
) -> None:
    """Neither recordings nor files of boards."""
    mutate, code = MUTATIONS[mutation]
    mutate(zones)
    school, _ = schools
    with pytest.raises(Refused, match=code):
        put(storage_for(school), f"{school.slug}/lesson/film.mp4", film)
    with pytest.raises(Refused, match=code):
        put(board_storage(), f"{school.slug}/boards/page.webp", film)
    assert zones.keys_in("af-films") == []
    count("residency mutation refused", mutation)


def test_as_it_should_be_each_zone_has_its_own(
    zones: Zones, schools: tuple[Institution, Institution], film: Path
) -> None:
    for school in schools:
        put(storage_for(school), f"{school.slug}/lesson/film.mp4", film)
        put(board_storage(), f"{school.slug}/boards/page.webp", film)
    assert zones.keys_in("eu-films") == ["here/boards/page.webp", "here/lesson/film.mp4"]
    assert zones.keys_in("af-films") == ["there/boards/page.webp", "there/lesson/film.mp4"]
    code, told, _ = audit()
    assert (code, told["wrong"], told["bucket"]) == (0, 0, 2)


def test_what_somebody_copied_across_is_found(
    zones: Zones, schools: tuple[Institution, Institution], film: Path, count: Any
) -> None:
    school, _ = schools
    put(storage_for(school), f"{school.slug}/lesson/film.mp4", film)
    source = {"Bucket": "eu-films", "Key": "here/lesson/film.mp4"}
    zones.client("af-south-1").copy_object(Bucket="af-films", Key="here/lesson/film.mp4", CopySource=source)
    code, told, said = audit()
    assert code == 1
    assert told["wrong"] == 1
    assert "elsewhere: object here of zone eu, at here/lesson/film.mp4" in said
    count("residency mutation refused", "a copy across zones")


def test_the_audit_names_a_bucket_that_lies_elsewhere_and_a_film_that_is_gone(
    zones: Zones, schools: tuple[Institution, Institution], held: Lesson
) -> None:
    now, key = timezone.now(), "here/lesson/film.mp4"
    Recording.objects.create(
        lesson=held, state=RecordingState.PUBLISHED, state_at=now, published_at=now, video_key=key
    )
    assert "not_there: recording" in audit()[2]
    replica_outside(zones)
    open_bucket.cache_clear()
    assert "replica_outside: bucket eu-films of zone eu" in audit()[2]


@pytest.mark.deep
def test_our_code_has_no_way_to_copy_and_two_doors_to_the_cloud() -> None:
    """Whoever copies within the cloud decides by names alone where something goes."""
    packages = ("accounts", "classroom", "whiteboard", "quizzes", "recordings", "attendance", "housekeeping")
    files = [
        path for name in (*packages, "dashboard", "common", "config") for path in (ROOT / name).rglob("*.py")
    ]
    clouds, copies = set(), set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import) and any(one.name.startswith("boto") for one in node.names):
                clouds.add(path.relative_to(ROOT).as_posix())
            if isinstance(node, ast.Attribute) and node.attr in {"copy_object", "upload_part_copy"}:
                copies.add(path.relative_to(ROOT).as_posix())
    assert clouds == {"common/storage/s3.py", "common/machines/aws.py"}
    assert copies == set()


# Rows.


@pytest.fixture
def held(cast: Cast) -> Lesson:
    return hold_lesson(cast, ended_at=timezone.now() - timedelta(days=1))


def test_a_school_with_stored_recordings_cannot_leave_its_region(held: Lesson) -> None:
    school = Institution.objects.filter(pk=held.institution_id)
    school.update(region="eu")
    recording = Recording.objects.create(lesson=held, state_at=timezone.now())
    school.update(region="af")
    Recording.objects.filter(pk=recording.pk).update(video_key="here/film.mp4")
    with pytest.raises(IntegrityError, match="recording_in_region"), connection.cursor() as cursor:
        school.update(region="eu")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# Workers.


def test_a_recording_of_another_zone_is_neither_adopted_nor_composed_here(
    held: Lesson, settings: Any, tmp_path: Path, count: Any
) -> None:
    Institution.objects.filter(pk=held.institution_id).update(region="eu")
    recording = Recording.objects.create(lesson=held, state=RecordingState.CAPTURED, state_at=timezone.now())
    folder = settings.RECORDINGS_DIR / "session"
    folder.mkdir(parents=True)
    (folder / f"{held.room.name}_2026-11-21-10-00-00.mp4").write_bytes(b"film")
    (folder / "finalized").touch()
    settings.ZONE = "af"
    assert adopt_folders(now=timezone.now()) == 0
    assert not Capture.objects.filter(session_id="session").exists()
    orphan = Orphan.objects.get(name="session")  # kept aside, for somebody to look at
    with pytest.raises(Refused, match="wrong_zone"):
        actions.assign_orphan(orphan=orphan, lesson=held, by=held.created_by, now=timezone.now())
    advance(recording.pk)
    recording.refresh_from_db()
    assert recording.state == RecordingState.CAPTURED
    settings.ZONE = "eu"
    assert adopt_folders(now=timezone.now()) == 1
    count("residency mutation refused", "a recording of another zone")


def test_work_on_recordings_goes_to_the_zones_own_queue_and_never_to_a_common_one(
    held: Lesson, settings: Any
) -> None:
    Institution.objects.filter(pk=held.institution_id).update(region="eu")
    recording = Recording.objects.create(lesson=held, state_at=timezone.now())

    def queue_of(name: str) -> str:
        route = app.amqp.router.route({}, name, args=(str(recording.pk),))
        return str(route["queue"].name)

    assert queue_of("recordings.advance") == "media"
    settings.WORK_ZONES = ["eu", "af"]
    assert queue_of("recordings.advance") == "recordings.eu"
    assert queue_of("recordings.make_chunks") == "recordings.eu"
    assert queue_of("recordings.reconcile") == "outward"
    settings.WORK_ZONES = ["af"]
    with pytest.raises(KeyError, match="eu"):
        route_by_zone("recordings.advance", [str(recording.pk)], {}, {})


def test_the_promises_are_those_of_terraform(tmp_path: Path) -> None:
    promises = read_promises(ROOT / "terraform" / "zones.json")
    zones = json.loads((ROOT / "terraform" / "zones.json").read_text())["zones"]
    assert set(promises) == set(zones)
    for name, zone in zones.items():
        for environment in zone["environments"].values():
            bucket = environment["buckets"]["recordings"]
            mine = Zone(bucket, zone["region"])
            assert keep_promise(name, mine, promises) == environment["account_id"]
            for other in set(zones) - {name}:
                with pytest.raises(Refused, match="wrong_region"):
                    keep_promise(other, mine, promises)
    assert read_promises(tmp_path / "none.json") == {}
    (tmp_path / "bad.json").write_text('{"zones": {"eu": {}}}')
    with pytest.raises(ValueError, match="region"):
        read_promises(tmp_path / "bad.json")


def test_what_is_stored_is_below_its_institution(held: Lesson) -> None:
    recording = Recording(lesson=held)
    assert prefix_of(recording).startswith(f"{held.institution.slug}/")
