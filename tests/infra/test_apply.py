"""Layer E: a whole cell is applied, with its states in its own bucket, against a stand-in for AWS."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.infra.cell import ACCOUNT, BUCKETS, CELL, ENTRY, ENV, NAME, REGION, ZONE, Applied
from tests.infra.source import blocks_of
from tests.infra.stand_in import GAPS
from tests.infra.terraform import SOURCE

# Whichever test is first waits for the cell.
pytestmark = pytest.mark.timeout(1800)
Record = Callable[[str, object], None]


def test_everything_that_is_written_is_there_or_a_named_gap(
    applied: Applied, record_property: Record
) -> None:
    written = {block.type for block in blocks_of(SOURCE) if block.kind == "resource"}
    there = Counter(one["type"] for one in applied.resources())
    assert written - set(there) == set(GAPS) - {"aws_s3_bucket_policy"}
    assert set(there) <= written
    record_property("resources", sum(there.values()))
    record_property("gaps", sum(count for count, _ in GAPS.values()))


def test_the_states_lie_in_the_cells_own_bucket_sealed(applied: Applied) -> None:
    s3 = applied.client("s3")
    keys = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKETS["state"])["Contents"]}
    assert keys == {f"{CELL}/foundation", f"{CELL}/runtime"}
    assert s3.get_bucket_versioning(Bucket=BUCKETS["state"])["Status"] == "Enabled"
    assert s3.head_object(Bucket=BUCKETS["state"], Key=f"{CELL}/runtime")["ServerSideEncryption"] == "aws:kms"


def test_two_never_apply_at_once(applied: Applied) -> None:
    s3, key = applied.client("s3"), f"{CELL}/runtime.tflock"
    lock = {
        "ID": "1",
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": "somebody",
        "Version": "1.11.4",
        "Path": key,
    }
    s3.put_object(
        Bucket=BUCKETS["state"], Key=key, Body=json.dumps(lock | {"Created": "2026-01-01T00:00:00Z"}).encode()
    )
    refused = applied.terraform.run(
        applied.root("runtime"), "plan", "-input=false", "-no-color", "-refresh=false"
    )
    s3.delete_object(Bucket=BUCKETS["state"], Key=key)
    assert refused.returncode == 1
    assert "Error acquiring the state lock" in refused.stdout


def test_no_state_holds_a_secret(applied: Applied) -> None:
    for one in applied.resources():
        values = one["values"]
        for name in (
            "password",
            "auth_token",
            "secret_string",
            "secret_binary",
            "private_key",
            "random_password",
        ):
            assert not values.get(name), f"{one['address']}: {name}"
    assert not [one for one in applied.resources() if one["type"] == "aws_secretsmanager_secret_version"]
    secrets = applied.client("secretsmanager")
    names = {
        entry["Name"] for entry in secrets.list_secrets()["SecretList"] if entry["Name"].startswith(NAME)
    }
    assert len(names) == 8
    assert applied.unfilled == names


# What would tell a secret, had it a value. What only says where one is (…_arn, …_id) may stand there.
SECRET = re.compile(
    r"(?i)(password|passwd|auth_token|secret_string|secret_binary|secret_key|private_key|credentials)$"
)


def test_no_state_as_it_lies_there_tells_a_secret_in_any_of_its_versions(
    applied: Applied, record_property: Record
) -> None:
    """The files themselves, with all that providers write beside what they show; the database's password is looked for
    by its value, which the stand-in has made as RDS would."""
    s3, secrets = applied.client("s3"), applied.client("secretsmanager")
    versions = s3.list_object_versions(Bucket=BUCKETS["state"])["Versions"]
    states = [
        s3.get_object(Bucket=BUCKETS["state"], Key=one["Key"], VersionId=one["VersionId"])["Body"]
        .read()
        .decode()
        for one in versions
    ]
    states += [path.read_text() for path in (applied.tree / "bootstrap").glob("*.tfstate*")]
    assert len(states) >= 3
    told = [line for state in states if state for line in _telling(json.loads(state))]
    assert told == []
    [database] = applied.of_type("aws_db_instance")
    kept = secrets.get_secret_value(SecretId=database["master_user_secret"][0]["secret_arn"])["SecretString"]
    password = json.loads(kept)["password"]
    assert len(password) >= 8
    assert not [state for state in states if password in state]
    record_property("versions of states read", len(states))


def _telling(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _telling(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _telling(inner, name)
    elif value and isinstance(value, str) and SECRET.search(name):
        yield name


def test_every_alarm_that_was_applied_has_its_line_in_the_runbook(applied: Applied) -> None:
    page = (SOURCE.parent / "docs/operations/terraform.md").read_text().partition("## Alarms")[2]
    known = set(re.findall(r"`([a-z-]+)(?:<kind>)?`", page))
    names = {
        one["alarm_name"].removeprefix(f"{NAME}-") for one in applied.of_type("aws_cloudwatch_metric_alarm")
    }
    assert {name for name in names if name not in known and not name.startswith("none-")} == set()
    assert "none-" in known
    assert names >= {name for name in known if "-" in name.strip("-")} - {"none-workers"}
    assert all(one["alarm_actions"] for one in applied.of_type("aws_cloudwatch_metric_alarm"))


def test_every_bucket_is_in_the_zone_closed_and_sealed(applied: Applied) -> None:
    s3 = applied.client("s3")
    for kind, name in BUCKETS.items():
        assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == REGION
        assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {
            True
        }
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        [rule] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        sealed = rule["ApplyServerSideEncryptionByDefault"]
        assert sealed["SSEAlgorithm"] == ("AES256" if kind == "logs" else "aws:kms")
    kinds = {
        one["values"]["kms_key_id"] for one in applied.resources() if one["type"] == "aws_efs_file_system"
    }
    assert all(key.startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:") for key in kinds)


def test_no_role_may_more_than_is_named(applied: Applied, record_property: Record) -> None:
    """Actions are whole words; everything as a resource only under a condition; nothing of another cell."""
    statements = [
        (one["address"], statement)
        for one in applied.resources()
        if one["type"] == "aws_iam_role_policy"
        for statement in json.loads(one["values"]["policy"])["Statement"]
    ]
    for address, statement in statements:
        actions, resources = _list(statement["Action"]), _list(statement["Resource"])
        assert not [action for action in actions if "*" in action], address
        for resource in resources:
            assert resource != "*" or statement.get("Condition"), address
            assert (
                resource == "*"
                or f":{REGION}:{ACCOUNT}:" in resource
                or resource.startswith(f"arn:aws:s3:::{NAME}-")
            )
    assert len(statements) > 30
    record_property("statements", len(statements))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_the_manifest_says_what_is_there(applied: Applied) -> None:
    manifest = json.loads(
        applied.client("ssm").get_parameter(Name=f"/vc/{CELL}/manifest")["Parameter"]["Value"]
    )
    assert (manifest["zone"], manifest["region"], manifest["account_id"]) == (ZONE, REGION, ACCOUNT)
    assert manifest["buckets"] == {kind: name for kind, name in BUCKETS.items() if kind != "state"}
    assert manifest["queue"] == ENTRY["queue"]
    groups = applied.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    there = {group["AutoScalingGroupName"]: (group["MinSize"], group["MaxSize"]) for group in groups}
    assert there == {pool["asg"]: (pool["min"], pool["max"]) for pool in manifest["pools"].values()}
    assert manifest["drain_queue_url"].endswith(f"/{NAME}-drain")


def test_the_number_is_somebody_elses_and_scheduled_actions_hold_without_them(applied: Applied) -> None:
    scaling, jibri = applied.client("autoscaling"), f"{NAME}-jibri"
    scaling.set_desired_capacity(AutoScalingGroupName=jibri, DesiredCapacity=3)
    scaling.put_scheduled_update_group_action(
        AutoScalingGroupName=jibri,
        ScheduledActionName="floor-1",
        StartTime=datetime.now(UTC) + timedelta(hours=1),
        MinSize=5,
    )
    root, plan = applied.root("runtime"), "of-recorders.plan"
    applied.terraform.do(
        root, "plan", "-input=false", f"-out={plan}", "-target=module.runtime.module.jibri_pool"
    )
    changes = json.loads(applied.terraform.do(root, "show", "-json", plan))["resource_changes"]
    [change] = [
        one["change"]
        for one in changes
        if one["address"].endswith("jibri_pool.module.pool.aws_autoscaling_group.this")
    ]
    assert change["before"]["desired_capacity"] == change["after"]["desired_capacity"] == 3
    [group] = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[jibri])["AutoScalingGroups"]
    assert (group["DesiredCapacity"], len(group["Instances"])) == (3, 3)
    [hook] = scaling.describe_lifecycle_hooks(AutoScalingGroupName=jibri)["LifecycleHooks"]
    assert hook["LifecycleTransition"] == "autoscaling:EC2_INSTANCE_TERMINATING"


def _changed(applied: Applied, folder: Path, layer: str, *changes: tuple[str, str]) -> Path:
    """The root's folder in a copy of the tree, with no state: `changes` are made to its text."""
    shutil.copytree(applied.tree, folder / "terraform", symlinks=True)
    root = folder / "terraform" / "live" / CELL / layer
    text = re.sub(r'  backend "s3" \{.*?\n  \}\n', "", (root / "main.tf").read_text(), flags=re.S)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (root / "main.tf").write_text(text)
    shutil.rmtree(root / ".terraform", ignore_errors=True)
    return root


OTHER = "af-south-1"
REFUSED = {
    "the region of another zone": ("foundation", [(f'"{REGION}"', f'"{OTHER}"')], "is kept in"),
    "the account of another zone": ("foundation", [(f'"{ACCOUNT}"', '"111111111202"')], "not allowed"),
    "any account, and the cell of another zone": (
        "foundation",
        [
            (f'  allowed_account_ids = ["{ACCOUNT}"]\n', ""),
            (f'zone   = "{ZONE}"', 'zone   = "af"'),
            (f'"{REGION}"', f'"{OTHER}"'),
        ],
        "which is not that of",
    ),
    "the cell of another zone": ("runtime", [(f'zone   = "{ZONE}"', 'zone   = "af"')], "is kept in"),
    "a zone that there is not": ("runtime", [(f'zone   = "{ZONE}"', 'zone   = "moon"')], "no such zone"),
    "another environment": ("runtime", [(f'env    = "{ENV}"', 'env    = "staging"')], "which is not that of"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_plan_is_refused_with(what: str, applied: Applied, tmp_path: Path, record_property: Record) -> None:
    layer, changes, sentence = REFUSED[what]
    root = _changed(applied, tmp_path, layer, *changes)
    applied.terraform.init(root)
    refused = applied.terraform.run(root, "plan", "-input=false", "-no-color")
    assert refused.returncode == 1
    assert sentence in " ".join(re.sub("[│╷╵]", " ", refused.stdout).split())
    record_property("residency mutations refused", 1)


SWAPPED: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "cell": (
        lambda told: told["cell"].update(zone="af", name="darasa-production-af"),
        "not that of this cell",
    ),
    "key": (
        lambda told: told.update(kms_key_arn=f"arn:aws:kms:{OTHER}:111111111202:key/1"),
        "a key of another region or account",
    ),
    "bucket": (
        lambda told: told["buckets"].update(recordings="darasa-production-af-recordings"),
        "does not give to this cell",
    ),
}


@pytest.mark.parametrize("what", SWAPPED)
def test_a_runtime_is_refused_on_a_foundation_with_another_cells(
    what: str, applied: Applied, tmp_path: Path, record_property: Record
) -> None:
    ssm, name = applied.client("ssm"), f"/vc/{CELL}/foundation"
    own = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    change, sentence = SWAPPED[what]
    swapped = json.loads(own)
    change(swapped)
    root = _changed(applied, tmp_path, "runtime")
    applied.terraform.init(root)
    ssm.put_parameter(Name=name, Value=json.dumps(swapped), Type="String", Overwrite=True)
    refused = applied.terraform.run(root, "plan", "-input=false", "-no-color")
    ssm.put_parameter(Name=name, Value=own, Type="String", Overwrite=True)
    assert refused.returncode == 1
    assert sentence in " ".join(re.sub("[│╷╵]", " ", refused.stdout).split())
    record_property("residency mutations refused", 1)
