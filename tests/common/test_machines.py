"""All pools promise the same; the auto-scaling group is asked at a server that speaks as AWS does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from common.machines import FakeMachines, Floor, Machines, Place, StaticMachines, read_places
from common.machines.aws import AwsAsg
from common.refusals import Refused, Unavailable
from tests.s3 import forget_buckets

REGION, GROUP = "eu-central-1", "jibri-eu"
TOMORROW = datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=1)


@pytest.fixture
def group(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsAsg]:
    """As Terraform makes it: from none to six, protected from scale-in."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    forget_buckets(s3_server)
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=s3_server)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.create_launch_template(
        LaunchTemplateName="jibri", LaunchTemplateData={"ImageId": image, "InstanceType": "t3.medium"}
    )
    boto3.client("autoscaling", region_name=REGION, endpoint_url=s3_server).create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=0,
        MaxSize=6,
        LaunchTemplate={"LaunchTemplateName": "jibri"},
        AvailabilityZones=[f"{REGION}a"],
        NewInstancesProtectedFromScaleIn=True,
    )
    yield AwsAsg(GROUP, region=REGION, endpoint_url=s3_server)
    forget_buckets(s3_server)


@pytest.fixture(params=["aws", "fake"])
def pool(request: pytest.FixtureRequest) -> tuple[Machines, Callable[[], None]]:
    """And what lets time pass there."""
    if request.param == "fake":
        fake = FakeMachines(most=6)
        return fake, fake.pass_time
    return request.getfixturevalue("group"), lambda: None


def test_what_is_asked_for_comes_and_has_an_address(pool: tuple[Machines, Callable[[], None]]) -> None:
    machines, pass_time = pool
    assert machines.look().asked_for == 0
    machines.ask_for(3)
    pass_time()
    seen = machines.look()
    assert (seen.asked_for, seen.least, seen.most) == (3, 0, 6)
    assert len({one.address for one in seen.machines if one.address}) == 3


def test_only_the_ones_that_were_named_go(pool: tuple[Machines, Callable[[], None]]) -> None:
    machines, pass_time = pool
    machines.ask_for(4)
    pass_time()
    names = [one.name for one in machines.look().machines]
    machines.release(names[1:3])
    pass_time()
    seen = machines.look()
    assert seen.asked_for == 2
    assert {one.name for one in seen.machines if not one.is_leaving} == {names[0], names[3]}


@pytest.mark.parametrize("number", [7, 1])
def test_bounds_are_kept_and_asking_never_takes_away(
    pool: tuple[Machines, Callable[[], None]], number: int
) -> None:
    machines, pass_time = pool
    machines.ask_for(2)
    pass_time()
    with pytest.raises(Refused):
        machines.ask_for(number)
    assert machines.look().asked_for == 2


def test_floors_lie_at_the_cloud_and_old_ones_are_taken_back(group: AwsAsg, s3_server: str) -> None:
    client = boto3.client("autoscaling", region_name=REGION, endpoint_url=s3_server)

    def told() -> list[tuple[datetime, int]]:
        actions = client.describe_scheduled_actions(AutoScalingGroupName=GROUP)["ScheduledUpdateGroupActions"]
        return sorted((one["StartTime"], one["DesiredCapacity"]) for one in actions)

    bells = [Floor(TOMORROW + timedelta(hours=hour), number) for hour, number in ((0, 4), (2, 6), (5, 0))]
    group.announce(bells)
    assert told() == [(one.at, one.least) for one in bells]
    group.announce(bells[1:])
    assert told() == [(one.at, one.least) for one in bells[1:]]


def test_a_group_that_is_not_there_is_refused_and_a_cloud_that_is_away_is_for_later(
    group: AwsAsg, s3_server: str
) -> None:
    with pytest.raises(Refused, match="no_such_group"):
        AwsAsg("another", region=REGION, endpoint_url=s3_server).look()
    with pytest.raises(Unavailable):
        AwsAsg(GROUP, region=REGION, endpoint_url="http://127.0.0.1:9").look()


def test_machines_set_up_by_hand_stay_as_they_are() -> None:
    machines = StaticMachines(4)
    machines.ask_for(4)
    machines.announce([Floor(TOMORROW, 9)])
    assert (machines.look().asked_for, machines.look().most) == (4, 4)
    with pytest.raises(Refused):
        machines.ask_for(5)
    with pytest.raises(Refused):
        machines.release(["one"])


def test_the_setting_names_groups_and_the_rest_is_set_up_by_hand() -> None:
    assert read_places(["recorders@eu=asg:jibri-eu@eu-central-1"]) == [
        Place("recorders", "eu", "jibri-eu", "eu-central-1"),
        Place("bridges"),
    ]
    assert read_places([]) == [Place("recorders"), Place("bridges")]


@pytest.mark.parametrize(
    "words", [["recorders=12"], ["cars=asg:a@b1"], ["bridges=asg:a@eu", "bridges=asg:b@eu"]]
)
def test_a_setting_that_cannot_be_read_names_itself(words: list[str]) -> None:
    with pytest.raises(ValueError, match=r"not like|twice"):
        read_places(words)
