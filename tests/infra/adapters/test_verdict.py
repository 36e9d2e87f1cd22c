"""What all of that asked for. Comes last: it judges what was heard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.adapters.scenes import (
    FAR,
    JIBRI,
    Record,
    group_of,
    heard,
)
from tests.infra.asked import Asked, Ear, refused
from tests.infra.cell import ACCOUNT, REGION, Applied

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]


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
