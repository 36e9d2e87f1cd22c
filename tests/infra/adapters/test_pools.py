"""The pools."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import Person
from classroom import actions as classroom
from classroom.models import Bridge, Lesson, PoolKind, ScalingReason
from classroom.queries import found_addresses
from common.machines import Machine
from common.machines.aws import AwsAsg
from common.refusals import Refused, Unavailable
from tests.conftest import Cast
from tests.infra.adapters.scenes import BRIDGES, JIBRI, Scene, group_of
from tests.infra.cell import ENTRY, REGION, Applied
from tests.recordings.pools import MINUTE, plan_lessons, take_up

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]


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


def test_a_machine_that_is_no_more_is_no_machine(jibris: AwsAsg) -> None:
    assert Machine("i-gone") not in jibris.look().machines
    with pytest.raises(Unavailable):
        AwsAsg(JIBRI, region=REGION, endpoint_url="http://127.0.0.1:9").look()
