"""Layer A: zones.json, roots and modules, without Terraform."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tfparse import load_from_path

from scripts import terraform_roots
from tests.infra.conftest import INFRA
from tests.infra.source import blocks_of, wrongs_of
from tests.infra.terraform import SOURCE

ZONES: dict[str, Any] = json.loads((SOURCE / "zones.json").read_text())
CELLS = [(env, zone) for zone, entry in ZONES["zones"].items() for env in entry["environments"]]
# Each takes seconds to evaluate; the others differ by what test_every_root_is_as_zones_json_says compares.
TRIED = CELLS if INFRA else [("production", "eu")]
Record = Callable[[str, object], None]
REFUSED = "residency mutations refused"
PUBLIC_PORTS = {("edge", 80), ("edge", 443), ("jvb", 10000), ("turn", 443), ("turn", 3478), ("turn", 49160)}


@cache
def evaluated(env: str, zone: str, layer: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = load_from_path(str(SOURCE / "live" / env / zone / layer))
    return found


def everything(env: str, zone: str, kind: str) -> list[dict[str, Any]]:
    return [one for layer in terraform_roots.LAYERS for one in evaluated(env, zone, layer).get(kind, [])]


def test_zones_json_keeps_zones_apart() -> None:
    assert list(terraform_roots.wrongs_of(ZONES)) == []


def test_every_root_is_as_zones_json_says() -> None:
    files = terraform_roots.rendered(ZONES)
    assert terraform_roots.write(SOURCE / "live", files, only_look=True) == []
    assert len(files) == 2 * len(CELLS)


def test_no_module_takes_anything_out_of_its_zone_or_a_secret_into_its_state() -> None:
    assert list(wrongs_of(SOURCE)) == []
    assert len(list(blocks_of(SOURCE))) > 200


@pytest.mark.parametrize(("env", "zone"), CELLS)
def test_a_root_stands_in_its_zone_only(env: str, zone: str) -> None:
    entry = ZONES["zones"][zone]
    account, bucket = entry["environments"][env]["account_id"], entry["environments"][env]["buckets"]["state"]
    for layer in terraform_roots.LAYERS:
        text = (SOURCE / "live" / env / zone / layer / "main.tf").read_text()
        regions = {
            region
            for other in ZONES["zones"].values()
            for region in other["allowed_regions"]
            if f'"{region}"' in text
        }
        assert regions == {entry["region"]}
        assert text.count(f'"{account}"') == 2
        assert f'bucket              = "{bucket}"' in text
        assert f'key                 = "{env}/{zone}/{layer}"' in text


@pytest.mark.parametrize(("env", "zone"), TRIED)
def test_a_cell_evaluates_to_one_region_and_one_account(env: str, zone: str) -> None:
    for layer in terraform_roots.LAYERS:
        [provider] = evaluated(env, zone, layer)["provider"]
        backends = [
            block["backend"] for block in evaluated(env, zone, layer)["terraform"] if "backend" in block
        ]
        assert len(backends) == 1
        assert provider["region"] == backends[0]["region"] == ZONES["zones"][zone]["region"]
        assert provider["allowed_account_ids"] == backends[0]["allowed_account_ids"]
        assert backends[0]["use_lockfile"] is True
        assert backends[0]["encrypt"] is True


def test_every_bucket_is_closed_versioned_sealed_and_lets_go() -> None:
    """All of them by one `for_each`, so none can be forgotten; what is really there, test_apply.py looks at."""
    of_buckets = {
        block.type: block.body for block in blocks_of(SOURCE) if block.path.parent.name == "recordings"
    }
    for kind in (
        "public_access_block",
        "versioning",
        "server_side_encryption_configuration",
        "lifecycle_configuration",
    ):
        assert "for_each = var.buckets" in " ".join(of_buckets[f"aws_s3_bucket_{kind}"].split()), kind
    closed = of_buckets["aws_s3_bucket_public_access_block"]
    assert closed.count("= true") == 4
    assert "noncurrent_version_expiration" in of_buckets["aws_s3_bucket_lifecycle_configuration"]


@pytest.mark.parametrize(("env", "zone"), TRIED)
def test_only_doors_that_are_meant_to_be_are_open_to_the_world(env: str, zone: str) -> None:
    open_to_all = [
        rule
        for rule in everything(env, zone, "aws_vpc_security_group_ingress_rule")
        if rule.get("cidr_ipv4") == "0.0.0.0/0"
    ]
    where = [rule["__tfmeta"]["path"] for rule in open_to_all]
    doors = {
        (name, rule["from_port"])
        for rule, path in zip(open_to_all, where, strict=True)
        for name in ("edge", "jvb", "turn")
        if f".{name}" in path
    }
    assert doors == PUBLIC_PORTS


@pytest.mark.parametrize(("env", "zone"), TRIED)
def test_every_machine_asks_for_tokens_and_seals_its_disk(env: str, zone: str) -> None:
    templates = everything(env, zone, "aws_launch_template")
    assert {template["name"].removeprefix(f"darasa-{env}-{zone}-") for template in templates} == {
        *("app", "workers", "shard", "jvb-blue", "jibri", "turn")
    }
    for template in templates:
        assert template["metadata_options"]["http_tokens"] == "required"
        assert template["metadata_options"]["http_put_response_hop_limit"] == 1
        assert template["block_device_mappings"]["ebs"]["encrypted"] is True


@pytest.mark.parametrize(("env", "zone"), TRIED)
def test_the_timetable_and_not_terraform_says_how_many_there_are(env: str, zone: str) -> None:
    pools = {
        group["name"].rsplit("-", 1)[-1]: group for group in everything(env, zone, "aws_autoscaling_group")
    }
    capacity = ZONES["zones"][zone]["environments"][env]["capacity"]
    for name, entry in {"jibri": capacity["jibri"], "blue": capacity["jvb"]}.items():
        assert (pools[name]["min_size"], pools[name]["max_size"]) == (entry["min"], entry["max"])
        assert pools[name]["protect_from_scale_in"] is True
        assert pools[name]["suspended_processes"] == ["AZRebalance"]
    assert all("desired_capacity" not in group for group in pools.values())
    assert len(everything(env, zone, "aws_autoscaling_lifecycle_hook")) == len(pools) == 4


def _zones(change: Callable[[dict[str, Any]], None]) -> list[str]:
    zones = copy.deepcopy(ZONES)
    change(zones["zones"])
    return list(terraform_roots.wrongs_of(zones))


MUTATIONS_OF_ZONES: dict[str, Callable[[dict[str, Any]], None]] = {
    "the region of another zone": lambda zones: zones["eu"].update(region="af-south-1"),
    "a replica region of another zone": lambda zones: zones["eu"]["allowed_regions"].append("af-south-1"),
    "an availability zone elsewhere": lambda zones: zones["eu"].update(
        availability_zones=["eu-central-1a", "us-east-1a"]
    ),
    "the bucket of another zone": lambda zones: zones["eu"]["environments"]["production"]["buckets"].update(
        recordings="darasa-production-af-recordings"
    ),
    "the state bucket of another zone": lambda zones: zones["af"]["environments"]["production"][
        "buckets"
    ].update(state="darasa-production-eu-state"),
    "the account of another zone": lambda zones: zones["eu"]["environments"]["production"].update(
        account_id="111111111202"
    ),
    "the manifest of another zone": lambda zones: zones["eu"]["environments"]["production"].update(
        manifest="/vc/production/af/manifest"
    ),
    "the queue of another zone": lambda zones: zones["eu"].update(queue="recordings.af"),
    "caches all over the world": lambda zones: zones["eu"].update(cdn="cloudfront"),
    "a foreign STUN server": lambda zones: zones["eu"].update(stun_turn_hosts=["stun.example.com"]),
    "what was deleted is kept for a year": lambda zones: zones["eu"].update(noncurrent_days=365),
    "one zone twice": lambda zones: zones.update(eutwo=copy.deepcopy(zones["eu"])),
}


@pytest.mark.parametrize("what", MUTATIONS_OF_ZONES)
def test_zones_json_is_refused_with(what: str, record_property: Record) -> None:
    assert _zones(MUTATIONS_OF_ZONES[what])
    record_property(REFUSED, 1)


ROOT = "live/production/eu/foundation/main.tf"
MUTATIONS_OF_ROOTS = {
    "the state of another zone": ('"darasa-production-eu-state"', '"darasa-production-af-state"'),
    "the state of another layer": ('"production/eu/foundation"', '"production/eu/runtime"'),
    "a provider elsewhere": ('"eu-central-1"', '"us-east-1"'),
    "another account": ('["111111111102"]', '["111111111202"]'),
    "any account": ('  allowed_account_ids = ["111111111102"]\n', ""),
    "the cell of another zone": ('zone   = "eu"', 'zone   = "af"'),
    "no lock": ("use_lockfile        = true", "use_lockfile        = false"),
    "a second provider": (
        'module "foundation"',
        'provider "aws" {\n  alias = "far"\n}\n\nmodule "foundation"',
    ),
}


@pytest.mark.parametrize("what", MUTATIONS_OF_ROOTS)
def test_a_root_is_refused_with(what: str, tmp_path: Path, record_property: Record) -> None:
    files = terraform_roots.rendered(ZONES)
    terraform_roots.write(tmp_path, files, only_look=False)
    old, new = MUTATIONS_OF_ROOTS[what]
    root = tmp_path / ROOT.removeprefix("live/")
    assert old in root.read_text()
    root.write_text(root.read_text().replace(old, new))
    assert terraform_roots.write(tmp_path, files, only_look=True) == [ROOT.removeprefix("live/")]
    record_property(REFUSED if what != "no lock" else "other mutations refused", 1)


MUTATIONS_OF_MODULES = {
    "a replication rule": 'resource "aws_s3_bucket_replication_configuration" "far" {\n}\n',
    "a network of caches": 'resource "aws_cloudfront_distribution" "far" {\n}\n',
    "backups in another region": 'resource "aws_db_instance_automated_backups_replication" "far" {\n}\n',
    "a folder that is copied": 'resource "aws_efs_replication_configuration" "far" {\n}\n',
    "a key that may be copied": 'resource "aws_kms_key" "far" {\n  multi_region = true\n}\n',
    "a key copied": 'resource "aws_kms_replica_key" "far" {\n}\n',
    "a provider of a module": 'provider "aws" {\n  alias  = "far"\n}\n',
    "another provider": 'resource "aws_s3_bucket" "far" {\n  provider = aws.far\n}\n',
    "a region of a resource": 'resource "aws_s3_bucket" "far" {\n  region = var.far\n}\n',
    "a region by name": 'resource "aws_s3_bucket" "far" {\n  bucket = "us-east-1"\n}\n',
    "a password in the state": 'resource "random_password" "database" {\n}\n',
    "a secret's value in the state": 'resource "aws_secretsmanager_secret_version" "jitsi" {\n}\n',
    "a secret as a variable": 'variable "database_password" {\n}\n',
    "a role for everything": 'resource "aws_iam_role_policy" "all" {\n  policy = jsonencode({ Action = "*" })\n}\n',
    "recorders that may be taken back": 'resource "aws_launch_template" "spot" {\n  instance_market_options {\n  }\n}\n',
}


# Not about where anything lies.
OTHERS = {
    "a password in the state",
    "a secret's value in the state",
    "a secret as a variable",
    "a role for everything",
    "recorders that may be taken back",
}


@pytest.mark.parametrize("what", MUTATIONS_OF_MODULES)
def test_a_module_is_refused_with(what: str, tmp_path: Path, record_property: Record) -> None:
    (tmp_path / "modules" / "far").mkdir(parents=True)
    (tmp_path / "modules" / "far" / "main.tf").write_text(MUTATIONS_OF_MODULES[what])
    assert list(wrongs_of(tmp_path))
    record_property("other mutations refused" if what in OTHERS else REFUSED, 1)
