"""What terraform/ says as text, block by block, and what must not stand there. Knows no Terraform.

`terraform fmt` keeps the shape that is read here: a block's head and its closing brace begin their lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = re.compile(
    r'^(?P<kind>resource|data|provider|variable|module) "(?P<first>[\w-]+)"(?: "(?P<second>[\w-]+)")? \{$',
    re.M,
)
# These take what a zone keeps to another region, or to caches all over the world.
OUTWARD = re.compile(
    r"aws_(cloudfront_|globalaccelerator_|s3_bucket_replication_|s3control_multi_region_|efs_replication_|kms_replica_"
    r"|db_instance_automated_backups_replication|rds_global_|elasticache_global_|dynamodb_global_|backup_|ecr_replication_"
    r"|datasync_|dms_)"
)
# These put a secret into the state.
TELLING = re.compile(
    r"aws_(secretsmanager_secret_version|iam_access_key|iam_user|key_pair)|random_(password|string)|tls_"
)
REGION = re.compile(r'"(?:us|eu|af|ap|ca|sa|me|il|mx|cn)-(?:[a-z]+-)+\d[a-z]?"')
SPOT = re.compile(r"spot_price|instance_market_options|spot_allocation_strategy|on_demand_percentage")


@dataclass(frozen=True, slots=True)
class Block:
    path: Path
    kind: str
    type: str
    name: str
    body: str

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}: {self.kind} {self.type} {self.name}"


def blocks_of(tree: Path) -> Iterator[Block]:
    """Of everything that is ours; live roots are compared with zones.json instead."""
    for folder in ("modules", "cells", "bootstrap"):
        for path in sorted((tree / folder).rglob("*.tf")):
            if ".terraform" in path.parts:
                continue
            text = path.read_text()
            for head in HEAD.finditer(text):
                body = text[head.end() : text.find("\n}", head.end())]
                yield Block(path, head["kind"], head["first"], head["second"] or "", body)


def wrongs_of(tree: Path) -> Iterator[str]:
    for block in blocks_of(tree):
        for wrong in _wrongs_of_block(block):
            yield f"{block}: {wrong}"


def _wrongs_of_block(block: Block) -> Iterator[str]:
    if OUTWARD.match(block.type):
        yield "it takes things out of the zone"
    if TELLING.match(block.type):
        yield "it puts a secret into the state"
    if block.kind == "provider" and block.path.parent.name != "bootstrap":
        yield "a provider of its own: which region and account it is for would not stand in the root"
    if re.search(r"^\s*alias\s*=", block.body, re.M) and block.kind == "provider":
        yield "a second provider"
    if re.search(r"^\s*providers?\s*=", block.body, re.M):
        yield "it takes another provider"
    if block.kind in {"resource", "data"} and re.search(r"^  region\s*=", block.body, re.M):
        yield "a resource with a region of its own"
    if re.search(r"multi_region\s*=\s*true", block.body):
        yield "a key that can be copied to other regions"
    if REGION.search(block.body):
        yield "a region by name, where zones.json should say it"
    if SPOT.search(block.body):
        yield "machines that AWS may take back during a lesson"
    if block.kind == "variable" and re.search(r"password|token|private_key|secret_value", block.type):
        yield "a secret as a variable"
    if re.search(r'Action\s*=\s*"\*"', block.body) and 'Effect    = "Deny"' not in block.body:
        yield "a permission for everything"
    if re.search(
        r'publicly_accessible\s*=\s*true|http_tokens\s*=\s*"optional"|acl\s*=\s*"public', block.body
    ):
        yield "open to the world"
