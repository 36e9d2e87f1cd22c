"""All pools promise the same; the auto-scaling group is asked at a server that speaks as AWS does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from common.machines import (
    FakeMachines,
    Figure,
    Floor,
    Machines,
    Place,
    StaticMachines,
    read_places,
    read_spot,
)
from common.machines.aws import AwsAsg
from common.machines.aws_words import AwsDepartures, AwsGauges
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


@pytest.mark.parametrize("word", ["queue", "@eu-central-1", "a queue@eu-central-1"])
def test_a_place_of_the_cloud_names_its_region(word: str) -> None:
    assert read_spot("") is None
    assert read_spot("https://sqs/1/drain@eu-central-1") == ("https://sqs/1/drain", "eu-central-1")
    with pytest.raises(ValueError, match="not like"):
        read_spot(word)


@pytest.fixture
def queue(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    forget_buckets(s3_server)
    client: Any = boto3.client("sqs", region_name=REGION, endpoint_url=s3_server)
    yield client, client.create_queue(QueueName="drain")["QueueUrl"]
    forget_buckets(s3_server)


def left_in(queue: tuple[Any, str]) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = queue[0].get_queue_attributes(QueueUrl=queue[1], AttributeNames=names)["Attributes"]
    return sum(int(told[name]) for name in names)


LEAVES = {
    "LifecycleHookName": "drain",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "AutoScalingGroupName": GROUP,
    "EC2InstanceId": "i-1",
    "LifecycleActionToken": "token",
}
NO_DEPARTURES = {
    "the trial word of a new hook": json.dumps({"Event": "autoscaling:TEST_NOTIFICATION"}),
    "a machine that comes": json.dumps(
        LEAVES | {"LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}
    ),
    "half a word": json.dumps({"LifecycleTransition": LEAVES["LifecycleTransition"]}),
    "no word at all": "good morning",
}


@pytest.mark.parametrize("what", NO_DEPARTURES)
def test_what_is_no_departure_is_struck_off(queue: tuple[Any, str], s3_server: str, what: str) -> None:
    client, url = queue
    client.send_message(QueueUrl=url, MessageBody=NO_DEPARTURES[what])
    assert AwsDepartures(url, region=REGION, endpoint_url=s3_server).heard() == []
    assert left_in(queue) == 0


def test_a_departure_comes_again_until_it_was_answered(queue: tuple[Any, str], s3_server: str) -> None:
    client, url = queue
    client.send_message(QueueUrl=url, MessageBody=json.dumps(LEAVES))
    departures = AwsDepartures(url, region=REGION, endpoint_url=s3_server)
    [one] = departures.heard()
    assert (one.machine, one.group) == ("i-1", GROUP)
    with pytest.raises(Unavailable):  # this server knows no answer, as a cloud that is busy
        departures.let_go(one)
    assert left_in(queue) == 1


def test_figures_reach_the_clouds_alarms_in_their_unit(queue: tuple[Any, str], s3_server: str) -> None:
    AwsGauges("Darasa/cell", region=REGION, endpoint_url=s3_server).tell(
        [Figure("IdleRecorders", 3), Figure("BridgeStressPercent", 41.5, GROUP)]
    )
    watch: Any = boto3.client("cloudwatch", region_name=REGION, endpoint_url=s3_server)
    told = watch.get_metric_statistics(
        Namespace="Darasa/cell",
        MetricName="BridgeStressPercent",
        Dimensions=[{"Name": "Pool", "Value": GROUP}],
        StartTime=datetime.now(UTC) - timedelta(minutes=5),
        EndTime=datetime.now(UTC) + timedelta(minutes=5),
        Period=60,
        Statistics=["Average"],
    )["Datapoints"]
    assert [(one["Average"], one["Unit"]) for one in told] == [(41.5, "Percent")]
    assert {one["MetricName"] for one in watch.list_metrics()["Metrics"]} == {
        "IdleRecorders",
        "BridgeStressPercent",
    }


def test_a_cloud_that_is_away_hears_no_figures(queue: tuple[Any, str]) -> None:
    with pytest.raises(Unavailable):
        AwsGauges("Darasa/cell", region=REGION, endpoint_url="http://127.0.0.1:9").tell([Figure("A", 1)])
