"""Layer F: Darasa drives the cell that was applied, by the settings that its machines find there, as their role may."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

import config.cell
from accounts.models import Institution, Person
from classroom import actions as classroom
from classroom.actions import schedule_lesson
from classroom.models import Bridge, Lesson, MachinePool, PoolKind, ScalingDecision, ScalingReason
from classroom.queries import found_addresses
from common.machines import Machine, read_places, read_spot
from common.machines.aws import AwsAsg
from common.refusals import Refused, Unavailable
from common.storage import Storage
from common.storage.contract import sha256_of
from common.storage.place import open_bucket
from common.storage.s3 import PART_SIZE
from common.storage.uploads import Upload, write_note
from config import checks, env
from config.celery import app
from recordings import actions, cell
from recordings.fleet import known_addresses
from recordings.models import Capture, Engine, Recorder, RecorderState, Recording
from recordings.scaling import scale_all
from recordings.storage import storage_for
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson
from tests.infra.asked import Asked, Ear, refused
from tests.infra.cell import ACCOUNT, BUCKETS, ENTRY, NAME, REGION, ZONE, Applied
from tests.infra.terraform import SOURCE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]
# Not Django's own: the image's script makes DATABASE_URL and REDIS_URL of them and of what is secret.
OF_THE_IMAGE = ("DARASA_", "AWS_", "DATABASE_", "BROKER_", "CHANNELS_")
KEY = "web-machine"
MINUTE = timedelta(minutes=1)
JIBRI, BRIDGES = f"{NAME}-jibri", f"{NAME}-jvb-blue"
FAR = "darasa-production-af-recordings"
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def told(applied: Applied) -> dict[str, str]:
    """What a web machine of the cell finds."""
    return applied.told("app")


@pytest.fixture(scope="module")
def ear(applied: Applied) -> Ear:
    return Ear(applied.stand_in.url)


@pytest.fixture(autouse=True)
def in_the_cell(
    applied: Applied, told: Mapping[str, str], ear: Ear, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Settings are read from the cell's own words by Darasa's own table; where AWS is, the environment says, as it may
    anywhere. Only the store's address is added to its zone: a bucket has no host name of its own at the stand-in."""
    for name, value in (applied.stand_in.environment() | {"AWS_ACCESS_KEY_ID": KEY}).items():
        monkeypatch.setenv(name, value)
    for name in ("ZONE", "WORK_ZONES", "STORAGE_BACKEND", "RECORDER_ENGINE", "RECORDER_CAPACITY", "S3_ZONES"):
        setattr(settings, name, read(name, told, monkeypatch))
    for name in ("MACHINE_POOLS", "MACHINE_DEPARTURES", "MACHINE_FIGURES"):
        setattr(settings, name, read(name, told, monkeypatch))
    settings.S3_ZONES += f"@{applied.stand_in.url}"
    own = {name: read(name, told, monkeypatch) for name in ("S3_BUCKET", "S3_REGION")}
    settings.S3 = settings.S3 | own | {"S3_ENDPOINT_URL": applied.stand_in.url}
    open_bucket.cache_clear()
    yield
    open_bucket.cache_clear()


def read(name: str, told: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    [setting] = [one for one in env.TABLE if one.name == name]
    monkeypatch.setenv(name, told[name])
    return setting.read()


@pytest.fixture
def school(cast: Cast) -> Institution:
    cast.school.region = ZONE
    cast.school.save()
    return cast.school


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_superuser("admin@platform.test", "correct horse battery", name="Admin")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(b"moving pictures")
    return path


@pytest.fixture
def jibris(applied: Applied) -> Iterator[AwsAsg]:
    """The group of recorders, at its least number and without announcements again afterwards."""
    groups = applied.client("autoscaling")
    group = AwsAsg(JIBRI, region=REGION, endpoint_url=applied.stand_in.url)
    yield group
    group.announce([])
    here = groups.describe_auto_scaling_groups(AutoScalingGroupNames=[JIBRI])["AutoScalingGroups"][0]
    names = [one["InstanceId"] for one in here["Instances"]]
    for begin in range(0, len(names), 50):
        groups.set_instance_protection(
            AutoScalingGroupName=JIBRI, InstanceIds=names[begin : begin + 50], ProtectedFromScaleIn=False
        )
    groups.set_desired_capacity(AutoScalingGroupName=JIBRI, DesiredCapacity=here["MinSize"])
    left = [one.name for one in group.look().machines]
    groups.set_instance_protection(AutoScalingGroupName=JIBRI, InstanceIds=left, ProtectedFromScaleIn=True)


# What the machines find.


def test_every_word_that_a_machine_finds_is_a_setting_of_darasas(
    applied: Applied, told: Mapping[str, str]
) -> None:
    known = {setting.name for setting in env.TABLE}
    for role in ("app", "workers"):
        words = {name for name in applied.told(role) if not name.startswith(OF_THE_IMAGE)}
        assert words - known == set(), role
    assert checks.check_machine_pools() == []
    assert {one.group for one in read_places(told["MACHINE_POOLS"].split(",")) if one.group} == {
        JIBRI,
        BRIDGES,
    }
    assert applied.told("workers")["DARASA_QUEUES"] == f"media,{ENTRY['queue']}"


def test_the_words_are_those_of_the_manifest_and_of_zones_json(
    applied: Applied, told: Mapping[str, str]
) -> None:
    manifest = json.loads(
        applied.client("ssm").get_parameter(Name=told["DARASA_MANIFEST"])["Parameter"]["Value"]
    )
    assert told["S3_ZONES"] == f"{ZONE}={manifest['buckets']['recordings']}@{manifest['region']}"
    assert read_spot(told["MACHINE_DEPARTURES"]) == (manifest["drain_queue_url"], REGION)
    assert read_spot(told["MACHINE_FIGURES"]) == (manifest["metrics"], REGION)
    assert {pool["asg"] for pool in manifest["pools"].values()} >= {JIBRI, BRIDGES}
    assert int(told["RECORDER_CAPACITY"]) == manifest["pools"]["jibri"]["max"]


SECRETS = {
    "secret-key": "k" * 50,
    "jitsi": "j" * 40,
    "jibri-hooks": "h" * 40,
    "jitsi-hooks": json.dumps({"JITSI_HOOK_TOKEN": "t" * 40, "JITSI_EVENT_SECRET": "s" * 40}),
    "mail": json.dumps({"EMAIL_HOST": "mail.eu", "EMAIL_HOST_PASSWORD": "secret"}),
}


@pytest.fixture
def filled(applied: Applied) -> None:
    """Somebody has filled the secrets that Terraform made empty."""
    client = applied.client("secretsmanager")
    for name, value in SECRETS.items():
        client.put_secret_value(SecretId=f"{NAME}/{name}", SecretString=value)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("role", ["app", "workers"])
def test_a_machine_learns_the_rest_by_its_own_role(role: str, applied: Applied) -> None:
    told = applied.told(role)
    learnt = config.cell.learn(
        told, config.cell.AwsPapers(REGION), json.loads((SOURCE / "zones.json").read_text())
    )
    assert (learnt["SECRET_KEY"], learnt["EMAIL_HOST_PASSWORD"]) == ("k" * 50, "secret")
    where = f"{re.escape(told['DATABASE_HOST'])}:5432/darasa"
    assert re.fullmatch(rf"postgresql://\w+:[^@/]+@{where}", learnt["DATABASE_URL"])
    assert not [value for value in SECRETS.values() if value in "".join(told.values())]


@pytest.mark.usefixtures("filled")
def test_a_machine_does_not_start_on_a_swapped_manifest(applied: Applied, record_property: Record) -> None:
    ssm, told = applied.client("ssm"), applied.told("app")
    own = ssm.get_parameter(Name=told["DARASA_MANIFEST"])["Parameter"]["Value"]
    swapped = json.loads(own.replace(NAME, "darasa-production-af"))
    ssm.put_parameter(Name=told["DARASA_MANIFEST"], Value=json.dumps(swapped), Type="String", Overwrite=True)
    with pytest.raises(Refused, match="wrong_cell"):
        config.cell.learn(
            told, config.cell.AwsPapers(REGION), json.loads((SOURCE / "zones.json").read_text())
        )
    ssm.put_parameter(Name=told["DARASA_MANIFEST"], Value=own, Type="String", Overwrite=True)
    record_property("residency mutations refused", 1)


# The store.


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


# The pools.


class Scene:
    """A clock that the test turns, and what the loop decided."""

    def __init__(self) -> None:
        # The cloud keeps floors for the future only.
        self.now = timezone.now().replace(second=0, microsecond=0) + MINUTE

    def look(self, later: timedelta = MINUTE) -> ScalingDecision:
        self.now += later
        assert scale_all(now=self.now) == 2
        return ScalingDecision.objects.filter(pool__kind=PoolKind.RECORDERS).latest("decided_at")

    @property
    def pool(self) -> MachinePool:
        return MachinePool.objects.get(kind=PoolKind.RECORDERS)

    def boot(self) -> None:
        """The loop finds the machines that came; they answer, and are free."""
        self.look()
        actions.register_recorders(addresses=known_addresses(), now=self.now)
        self.hear_from_all()

    def hear_from_all(self) -> None:
        Recorder.objects.exclude(state=RecorderState.BUSY).update(state=RecorderState.IDLE, seen_at=self.now)


@pytest.fixture
def scene(jibris: AwsAsg, school: Institution) -> Scene:
    return Scene()


def plan_lessons(cast: Cast, number: int, starts_at: datetime, length: timedelta = 45 * MINUTE) -> None:
    for _ in range(number):
        schedule_lesson(
            course=cast.course,
            title="Algebra",
            starts_at=starts_at,
            ends_at=starts_at + length,
            created_by=cast.teacher,
        )


def take_up(scene: Scene, lesson: Lesson) -> Recorder:
    recorder = Recorder.objects.filter(state=RecorderState.IDLE, drained_at__isnull=True).first()
    assert recorder is not None
    recording = Recording.objects.create(lesson=lesson, state_at=scene.now)
    Capture.objects.create(
        recording=recording,
        engine=Engine.JIBRI,
        session_id=f"s-{lesson.pk}",
        recorder=recorder,
        wanted_at=scene.now,
    )
    Recorder.objects.filter(pk=recorder.pk).update(state=RecorderState.BUSY)
    return recorder


def group_of(applied: Applied, name: str) -> Any:
    [group] = applied.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return group


def test_recorders_come_before_the_bell_and_every_number_has_its_reason(
    applied: Applied, cast: Cast, scene: Scene
) -> None:
    plan_lessons(cast, 5, scene.now + 30 * MINUTE)
    quiet = scene.look()
    before = scene.look(20 * MINUTE)
    group = group_of(applied, JIBRI)
    assert quiet.new < 5 <= before.new == group["DesiredCapacity"] == len(group["Instances"])
    assert (before.reason, before.inputs["lessons"]) == (ScalingReason.TIMETABLE, 5)
    assert all(one["ProtectedFromScaleIn"] for one in group["Instances"])
    assert len(found_addresses(PoolKind.RECORDERS, 2222)) == quiet.new
    scene.look()
    assert len(found_addresses(PoolKind.RECORDERS, 2222)) == before.new


def test_bounds_are_those_that_were_applied_and_what_they_cut_off_is_said(
    applied: Applied, cast: Cast, scene: Scene
) -> None:
    most = ENTRY["environments"]["production"]["capacity"]["jibri"]["max"]
    plan_lessons(cast, most + 9, scene.now + 5 * MINUTE)
    decision = scene.look()
    assert decision.new == group_of(applied, JIBRI)["DesiredCapacity"] == most
    assert decision.short > 0
    with pytest.raises(Refused, match="out_of_bounds"):
        AwsAsg(JIBRI, region=REGION).ask_for(most + 1)


def test_only_free_recorders_go_after_their_last_word_and_the_busy_one_stays(
    applied: Applied, cast: Cast, scene: Scene
) -> None:
    plan_lessons(cast, 4, scene.now + 5 * MINUTE, 20 * MINUTE)
    scene.look()
    scene.boot()
    busy = take_up(scene, Lesson.objects.all()[0])
    Lesson.objects.exclude(recording__isnull=False).delete()
    assert scene.look().reason == ScalingReason.HELD
    assert scene.look(5 * MINUTE).reason == ScalingReason.LESS
    leaving, number = set(scene.pool.leaving), group_of(applied, JIBRI)["DesiredCapacity"]
    assert leaving
    assert busy.name not in leaving
    scene.look()
    assert group_of(applied, JIBRI)["DesiredCapacity"] == number  # nobody has said a word since
    scene.hear_from_all()
    scene.look()
    group = group_of(applied, JIBRI)
    left = {one["InstanceId"] for one in group["Instances"]}
    assert group["DesiredCapacity"] == number - len(leaving)
    assert busy.name in left
    assert not left & leaving


def test_somebodys_own_number_holds_until_it_expires(
    applied: Applied, cast: Cast, scene: Scene, admin: Person
) -> None:
    scene.look()
    classroom.wish_number(
        pool=scene.pool, number=7, expires_at=scene.now + 10 * MINUTE, by=admin, now=scene.now
    )
    assert scene.look().reason == ScalingReason.WISH
    assert group_of(applied, JIBRI)["DesiredCapacity"] == 7
    assert scene.look(10 * MINUTE).reason in (ScalingReason.HELD, ScalingReason.STEADY)
    assert scene.pool.wish_number is None


def test_the_next_days_floors_lie_at_the_cloud_if_we_do_not(
    applied: Applied, cast: Cast, scene: Scene, settings: Any
) -> None:
    """Of one pool: the stand-in takes two groups' actions of one name for the same."""
    settings.MACHINE_POOLS = [word for word in settings.MACHINE_POOLS if word.startswith("recorders")]
    bells = {scene.now + 3 * 60 * MINUTE: 3, scene.now + 5 * 60 * MINUTE: 6}
    for bell, number in bells.items():
        plan_lessons(cast, number, bell)
    scene.look()
    laid = applied.client("autoscaling").describe_scheduled_actions(AutoScalingGroupName=JIBRI)
    floors = {
        one["StartTime"]: one["DesiredCapacity"]
        for one in laid["ScheduledUpdateGroupActions"]
        if one["ScheduledActionName"].startswith("darasa-")
    }
    assert len(floors) == 2
    for (at, least), (bell, number) in zip(sorted(floors.items()), bells.items(), strict=True):
        assert bell - 10 * MINUTE < at < bell
        assert least >= number
    assert all(at > datetime.now(UTC) for at in floors)


def test_bridges_are_found_where_they_were_put(applied: Applied, scene: Scene) -> None:
    scene.look()
    group = group_of(applied, BRIDGES)
    addresses = found_addresses(PoolKind.BRIDGES, 8080)
    assert [name for name, _, _ in addresses] == sorted(one["InstanceId"] for one in group["Instances"])
    scene.look()
    classroom.register_bridges(urls=[url for _, url, _ in found_addresses(PoolKind.BRIDGES, 8080)])
    assert Bridge.objects.count() == len(group["Instances"]) >= 1


# Machines that are to go, and the alarms.


def say_that_it_goes(applied: Applied, machine: str) -> None:
    """As a group's hook does: https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html"""
    word = {
        "LifecycleHookName": "drain",
        "AccountId": ACCOUNT,
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "AutoScalingGroupName": JIBRI,
        "Service": "AWS Auto Scaling",
        "Time": "2026-01-01T09:00:00.000Z",
        "EC2InstanceId": machine,
        "LifecycleActionToken": str(uuid4()),
        "Origin": "AutoScalingGroup",
        "Destination": "EC2",
    }
    say_in_queue(applied, word)


def say_in_queue(applied: Applied, word: Mapping[str, str]) -> None:
    queue = applied.told("app")["MACHINE_DEPARTURES"].rpartition("@")[0]
    applied.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(word))


def test_a_machine_that_is_to_go_waits_for_its_lesson_and_then_is_let_go(
    applied: Applied, cast: Cast, scene: Scene, ear: Ear
) -> None:
    """The hook that was applied says so into the queue that was applied. The stand-in does not know what is answered
    then (CompleteLifecycleAction, RecordLifecycleActionHeartbeat): that it is asked is heard, that it obeys is not."""
    hooks = applied.client("autoscaling").describe_lifecycle_hooks(AutoScalingGroupName=JIBRI)
    [hook] = hooks["LifecycleHooks"]
    assert (hook["LifecycleHookName"], hook["DefaultResult"]) == ("drain", "CONTINUE")
    plan_lessons(cast, 1, scene.now + 5 * MINUTE)
    scene.look()
    scene.boot()
    busy = take_up(scene, Lesson.objects.get())
    free = Recorder.objects.exclude(pk=busy.pk).values_list("name", flat=True).first() or "i-unknown"
    say_in_queue(applied, {"Event": "autoscaling:TEST_NOTIFICATION"})
    say_that_it_goes(applied, busy.name)
    assert cell.answer_departures() == 0
    say_that_it_goes(applied, free)
    assert (
        cell.answer_departures() == 0
    )  # the stand-in's answer is an error, so the word stays for the next look
    actions_heard = [one.action for one in heard(applied, ear)]
    assert "autoscaling:RecordLifecycleActionHeartbeat" in actions_heard
    assert "autoscaling:CompleteLifecycleAction" in actions_heard
    assert "sqs:DeleteMessage" in actions_heard  # of the trial word


def test_the_alarms_that_were_applied_hear_what_the_loop_says(
    applied: Applied, cast: Cast, scene: Scene
) -> None:
    plan_lessons(cast, 70, scene.now + 5 * MINUTE)
    scene.look()
    cell.tell_figures(now=scene.now)
    told = {
        (one["Namespace"], one["MetricName"], *(each["Value"] for each in one["Dimensions"]))
        for one in applied.client("cloudwatch").list_metrics()["Metrics"]
    }
    own = [
        one
        for one in applied.of_type("aws_cloudwatch_metric_alarm")
        if one["namespace"].startswith("Darasa/")
    ]
    assert len(own) == 5
    assert {(one["namespace"], one["metric_name"]) for one in own} <= told
    [busy] = [
        one["target_tracking_configuration"][0]["customized_metric_specification"][0]
        for one in applied.of_type("aws_autoscaling_policy")
        if one["autoscaling_group_name"] == BRIDGES
    ]
    [dimension] = busy["metric_dimension"]
    assert (busy["namespace"], busy["metric_name"], dimension["value"]) in told
    short = applied.client("cloudwatch").get_metric_statistics(
        Namespace=f"Darasa/{NAME}",
        MetricName="CapacityShortfall",
        StartTime=datetime.now(UTC) - 5 * MINUTE,
        EndTime=datetime.now(UTC) + 5 * MINUTE,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert max(one["Maximum"] for one in short) > 0


# What all of that asked for. Stands last: it judges what was heard.


def heard(applied: Applied, ear: Ear) -> list[Asked]:
    groups = {
        group["AutoScalingGroupName"]: {
            "arn": group["AutoScalingGroupARN"],
            **{tag["Key"]: tag["Value"] for tag in group["Tags"]},
        }
        for group in applied.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    }
    return ear.asked_by(KEY, groups=groups)


def role_of(applied: Applied, kind: str) -> list[dict[str, Any]]:
    [policy] = [
        one["policy"] for one in applied.of_type("aws_iam_role_policy") if one["name"] == f"what-{kind}-may"
    ]
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


# The mutations above ask for these on purpose, to be refused before anything is written.
NOT_OURS = ("arn:aws:s3:::moved", f"arn:aws:s3:::{FAR}", "arn:aws:s3:::copies")
# What web machines may, and no test asks for: their image does, or a store that does not say at once where a bucket is.
UNHEARD = {
    "s3:GetBucketLocation",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}


def test_a_web_machines_role_may_all_of_it_and_hardly_more(
    applied: Applied, ear: Ear, record_property: Record
) -> None:
    asked = [one for one in heard(applied, ear) if not one.resource.startswith(NOT_OURS)]
    statements = role_of(applied, "app")
    assert list(refused(asked, statements)) == []
    may = {
        action
        for statement in statements
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert may - {one.action for one in asked} - UNHEARD == set(), "allowed, and never asked for"
    record_property("requests judged by the role", len(asked))
    record_property("kinds of requests", len({one.action for one in asked}))


@pytest.mark.parametrize(
    "without", ["s3:GetReplicationConfiguration", "autoscaling:SetInstanceProtection", "sqs:ReceiveMessage"]
)
def test_a_role_that_lacks_one_permission_is_refused_by_that_judgement(
    without: str, applied: Applied, ear: Ear
) -> None:
    statements = [
        statement | {"Action": [one for one in [statement["Action"]] if one != without]}
        if isinstance(statement["Action"], str)
        else statement | {"Action": [one for one in statement["Action"] if one != without]}
        for statement in role_of(applied, "app")
    ]
    assert any(line.startswith(without) for line in refused(heard(applied, ear), statements))


def test_workers_may_what_their_store_asks_for(applied: Applied, ear: Ear) -> None:
    of_store = [
        one
        for one in heard(applied, ear)
        if one.action.startswith("s3:") and not one.resource.startswith(NOT_OURS)
    ]
    assert of_store
    assert list(refused(of_store, role_of(applied, "workers"))) == []


def test_another_cells_group_is_nothing_to_this_role(applied: Applied) -> None:
    arn = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/darasa-staging-eu-jibri"
    tags = {
        "aws:ResourceTag/darasa:scaled-by": "timetable",
        "aws:ResourceTag/darasa:cell": "darasa-staging-eu",
    }
    foreign = Asked("autoscaling:SetDesiredCapacity", arn, tags)
    own = Asked("autoscaling:SetDesiredCapacity", group_of(applied, JIBRI)["AutoScalingGroupARN"], tags)
    assert list(refused([foreign], role_of(applied, "app"))) == [str(foreign)]
    assert list(refused([own], role_of(applied, "app"))) == [str(own)]  # the tag of another cell


def test_a_machine_that_is_no_more_is_no_machine(jibris: AwsAsg) -> None:
    assert Machine("i-gone") not in jibris.look().machines
    with pytest.raises(Unavailable):
        AwsAsg(JIBRI, region=REGION, endpoint_url="http://127.0.0.1:9").look()
