"""Machines that are to go, and the alarms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from classroom.models import Lesson
from recordings import cell
from recordings.models import Recorder
from tests.conftest import Cast
from tests.infra.adapters.scenes import BRIDGES, JIBRI, Scene, heard
from tests.infra.asked import Ear
from tests.infra.cell import ACCOUNT, NAME, Applied
from tests.recordings.pools import MINUTE, plan_lessons, take_up

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]


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
