"""Darasa in the cell that was applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Institution, Person
from common.machines.aws import AwsAsg
from common.storage.place import open_bucket
from tests.conftest import Cast
from tests.infra.adapters.scenes import (
    JIBRI,
    KEY,
    Scene,
    read,
)
from tests.infra.asked import Ear
from tests.infra.cell import REGION, ZONE, Applied


@pytest.fixture(scope="package")
def told(applied: Applied) -> dict[str, str]:
    """What a web machine of the cell finds."""
    return applied.told("app")


@pytest.fixture(scope="package")
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


@pytest.fixture
def scene(jibris: AwsAsg, school: Institution) -> Scene:
    return Scene()
