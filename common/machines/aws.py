"""An auto-scaling group. Terraform owns its bounds, we own the number between them.

Every machine is born protected from scale-in (`protect_from_scale_in`); to release some, their protection is taken
away and then the number is lowered, so that the group can choose only them. The group's own hook then holds each one
until the agent on it has finished and uploaded what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from common.machines.contract import Floor, Machine, Seen
from common.refusals import Refused, Unavailable

PREFIX = "darasa-"
AT_ONCE = 50  # instances in one call
MOST_FLOORS = 100  # a group takes 125 scheduled actions
BUSY = frozenset({"ScalingActivityInProgress", "Throttling", "ThrottlingException", "ResourceContention"})


@cache
def connect(service: str, region: str, endpoint_url: str | None = None) -> Any:
    """By the machine's own role, unless the environment has keys. Once a process: making one takes 0.2 s."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 3})
    session: Any = boto3.session.Session(region_name=region)
    return session.client(service, endpoint_url=endpoint_url, config=config)


class AwsAsg:
    def __init__(self, group: str, *, region: str, endpoint_url: str | None = None) -> None:
        self._group = group
        self._groups = connect("autoscaling", region, endpoint_url)
        self._instances = connect("ec2", region, endpoint_url)

    def look(self) -> Seen:
        with translated():
            group = self._describe()
            alive = {one["InstanceId"]: one["LifecycleState"] for one in group["Instances"]}
            addresses = self._addresses_of(list(alive))
        return Seen(
            asked_for=group["DesiredCapacity"],
            least=group["MinSize"],
            most=group["MaxSize"],
            machines=tuple(
                Machine(name, addresses.get(name, ""), state.startswith("Terminat"))
                for name, state in alive.items()
            ),
        )

    def ask_for(self, number: int) -> None:
        with translated():
            group = self._describe()
            if not group["DesiredCapacity"] <= number <= group["MaxSize"]:
                raise Refused("out_of_bounds")
            self._set_number(number)

    def release(self, names: Collection[str]) -> None:
        with translated():
            group = self._describe()
            here = [one["InstanceId"] for one in group["Instances"] if one["InstanceId"] in set(names)]
            number = group["DesiredCapacity"] - len(here)
            if number < group["MinSize"]:
                raise Refused("out_of_bounds")
            for begin in range(0, len(here), AT_ONCE):
                self._groups.set_instance_protection(
                    AutoScalingGroupName=self._group,
                    InstanceIds=here[begin : begin + AT_ONCE],
                    ProtectedFromScaleIn=False,
                )
            self._set_number(number)

    def announce(self, floors: Sequence[Floor]) -> None:
        """New ones first: between two announcements there is never a moment without a floor."""
        wanted = {f"{PREFIX}{floor.at:%Y%m%dT%H%M}": floor for floor in floors[:MOST_FLOORS]}
        with translated():
            known = self._announced()
            for name, floor in wanted.items():
                if known.get(name) != floor.least:
                    self._groups.put_scheduled_update_group_action(
                        AutoScalingGroupName=self._group,
                        ScheduledActionName=name,
                        StartTime=floor.at,
                        # Not MinSize: that would stay behind, and hold the number up when we are back. What is
                        # protected from scale-in stays, also when the number is below what there is.
                        DesiredCapacity=floor.least,
                    )
            for name in known.keys() - wanted.keys():
                self._groups.delete_scheduled_action(
                    AutoScalingGroupName=self._group, ScheduledActionName=name
                )

    def _set_number(self, number: int) -> None:
        self._groups.set_desired_capacity(
            AutoScalingGroupName=self._group, DesiredCapacity=number, HonorCooldown=False
        )

    def _describe(self) -> Any:
        found = self._groups.describe_auto_scaling_groups(AutoScalingGroupNames=[self._group])
        if not found["AutoScalingGroups"]:
            raise Refused("no_such_group")
        return found["AutoScalingGroups"][0]

    def _addresses_of(self, names: list[str]) -> dict[str, str]:
        if not names:
            return {}
        pages = self._instances.get_paginator("describe_instances").paginate(InstanceIds=names)
        found = (one for page in pages for row in page["Reservations"] for one in row["Instances"])
        return {one["InstanceId"]: one.get("PrivateIpAddress", "") for one in found}

    def _announced(self) -> dict[str, int]:
        pages = self._groups.get_paginator("describe_scheduled_actions").paginate(
            AutoScalingGroupName=self._group
        )
        found = (one for page in pages for one in page["ScheduledUpdateGroupActions"])
        return {
            one["ScheduledActionName"]: one.get("DesiredCapacity", -1)
            for one in found
            if one["ScheduledActionName"].startswith(PREFIX)
        }


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = str(error.response.get("Error", {}).get("Code", ""))
        if status >= 500 or code in BUSY:
            raise Unavailable("cloud_busy") from error
        raise Refused("cloud_refused") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise Unavailable("cloud_unreachable") from error
