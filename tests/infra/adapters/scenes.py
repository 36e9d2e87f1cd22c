"""A clock, lessons and recorders for the pools; the names that the cell was applied with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from classroom.actions import schedule_lesson
from classroom.models import Lesson, MachinePool, PoolKind, ScalingDecision
from config import env
from recordings import actions
from recordings.fleet import known_addresses
from recordings.models import Capture, Engine, Recorder, RecorderState, Recording
from recordings.scaling import scale_all
from tests.conftest import Cast
from tests.infra.asked import Asked, Ear
from tests.infra.cell import NAME, Applied

KEY = "web-machine"
MINUTE = timedelta(minutes=1)
JIBRI, BRIDGES = f"{NAME}-jibri", f"{NAME}-jvb-blue"
FAR = "darasa-production-af-recordings"
Record = Callable[[str, object], None]


def read(name: str, told: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    [setting] = [one for one in env.TABLE if one.name == name]
    monkeypatch.setenv(name, told[name])
    return setting.read()


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


def heard(applied: Applied, ear: Ear) -> list[Asked]:
    groups = {
        group["AutoScalingGroupName"]: {
            "arn": group["AutoScalingGroupARN"],
            **{tag["Key"]: tag["Value"] for tag in group["Tags"]},
        }
        for group in applied.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    }
    return ear.asked_by(KEY, groups=groups)
