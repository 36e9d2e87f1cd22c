"""A whole cell, applied once for all tests that ask for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml

from tests.infra.stand_in import StandIn, lay_over, running
from tests.infra.terraform import SOURCE, Terraform, copy_of

ENV, ZONE = "production", "eu"
CELL, NAME = f"{ENV}/{ZONE}", f"darasa-{ENV}-{ZONE}"
ENTRY = json.loads((SOURCE / "zones.json").read_text())["zones"][ZONE]
ACCOUNT, REGION = ENTRY["environments"][ENV]["account_id"], ENTRY["region"]
BUCKETS = ENTRY["environments"][ENV]["buckets"]
IMAGES = ("app", "workers", "shard", "jibri", "turn", "jvb-blue")
PATH_STYLE = "-backend-config=use_path_style=true"


@dataclass(frozen=True, slots=True)
class Applied:
    """`states`: bootstrap, foundation, runtime → what `terraform show` says of it. `unfilled`: secrets that had no value
    when Terraform had done all its work; tests fill them."""

    tree: Path
    stand_in: StandIn
    terraform: Terraform
    states: dict[str, dict[str, Any]]
    unfilled: set[str] = field(default_factory=set)

    def client(self, service: str, region: str = REGION) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.stand_in.url,
            region_name=region,
            aws_access_key_id="anybody",
            aws_secret_access_key="anything",
        )

    def resources(self) -> Iterator[dict[str, Any]]:
        for state in self.states.values():
            yield from _resources_of(state["values"]["root_module"])

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [one["values"] for one in self.resources() if one["type"] == kind]

    def told(self, role: str) -> dict[str, str]:
        """What a machine of this kind finds in /etc/darasa/cell.env, as its launch template was applied."""
        [template] = [one for one in self.of_type("aws_launch_template") if one["name"] == f"{NAME}-{role}"]
        written = yaml.safe_load(base64.b64decode(template["user_data"]))["write_files"]
        [lines] = [one["content"] for one in written if one["path"] == "/etc/darasa/cell.env"]
        return dict(line.split("=", 1) for line in lines.splitlines())

    def root(self, layer: str) -> Path:
        return self.tree / "live" / CELL / layer


def _resources_of(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (one for one in module.get("resources", []) if one["mode"] == "managed")
    for child in module.get("child_modules", []):
        yield from _resources_of(child)


@contextmanager
def applied_cell(terraform: Terraform, folder: Path) -> Iterator[Applied]:
    """Some minutes: bootstrap, foundation, images, runtime."""
    tree = copy_of(folder)
    lay_over(tree, CELL)
    with running(folder, account=ACCOUNT, region=REGION) as stand_in:
        cell = Applied(tree, stand_in, stand_in.terraform(terraform), {})
        cell.terraform.init(tree / "bootstrap")
        _apply(cell, "bootstrap", tree / "bootstrap", f"-var=env={ENV}", f"-var=zone={ZONE}")
        cell.terraform.init(cell.root("foundation"), PATH_STYLE)
        _apply(cell, "foundation", cell.root("foundation"))
        _bake_images(cell)
        cell.terraform.init(cell.root("runtime"), PATH_STYLE)
        _apply(cell, "runtime", cell.root("runtime"))
        cell.unfilled.update(_unfilled(cell))
        yield cell


def _apply(cell: Applied, layer: str, root: Path, *words: str) -> None:
    cell.terraform.do(root, "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=20", *words)
    cell.states[layer] = json.loads(cell.terraform.do(root, "show", "-json"))


def _unfilled(cell: Applied) -> Iterator[str]:
    secrets = cell.client("secretsmanager")
    for entry in secrets.list_secrets()["SecretList"]:
        try:
            secrets.get_secret_value(SecretId=entry["Name"])
        except secrets.exceptions.ResourceNotFoundException:
            yield entry["Name"]


def _bake_images(cell: Applied) -> None:
    image = cell.client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    for role in IMAGES:
        cell.client("ssm").put_parameter(Name=f"/vc/{CELL}/images/{role}", Value=image, Type="String")
