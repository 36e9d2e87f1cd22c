"""A clock, lessons and recorders for the pools; the names that the cell was applied with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from classroom.models import MachinePool, PoolKind, ScalingDecision
from config import env
from recordings import actions
from recordings.fleet import known_addresses
from recordings.scaling import scale_all
from tests.infra.asked import Asked, Ear
from tests.infra.cell import NAME, Applied
from tests.recordings.pools import MINUTE, Clock

KEY = "web-machine"
JIBRI, BRIDGES = f"{NAME}-jibri", f"{NAME}-jvb-blue"
FAR = "darasa-production-af-recordings"
Record = Callable[[str, object], None]


def read(name: str, told: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    [setting] = [one for one in env.TABLE if one.name == name]
    monkeypatch.setenv(name, told[name])
    return setting.read()


class Scene(Clock):
    """What the loop decided."""

    def __init__(self) -> None:
        super().__init__()
        # The cloud keeps floors for the future only.
        self.now += MINUTE

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


def group_of(applied: Applied, name: str) -> Any:
    [group] = applied.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    return group


def heard(applied: Applied, ear: Ear) -> list[Asked]:
    groups = {
        group["AutoScalingGroupName"]: {
            "arn": group["AutoScalingGroupARN"],
            **{tag["Key"]: tag["Value"] for tag in group["Tags"]},
        }
        for group in applied.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    }
    return ear.asked_by(KEY, groups=groups)
