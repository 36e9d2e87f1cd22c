"""AWS, or what a stand-in makes of it: a process of its own on 127.0.0.1, with the account of the cell.

What it cannot do is named here, and laid over a copy of terraform/ by the templates in terraform/ci/.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from common.services import http_ok
from common.services.process import spawn, stop_all, wait_ready
from common.services.urls import free_port
from tests.infra.terraform import Terraform

# Kind of resource → how many of a cell are not made there, and why.
GAPS = {
    "aws_autoscaling_notification": (1, "PutNotificationConfiguration is not implemented"),
    "aws_elasticache_parameter_group": (2, "CreateCacheParameterGroup is not implemented"),
    "aws_elasticache_replication_group": (2, "it is made without its members"),
    "aws_s3_bucket_policy": (
        3,
        "a conditional refusal refuses everything; the one of logs is made without refusals",
    ),
}
OVERLAYS = {
    "provider": ["live/{cell}/foundation", "live/{cell}/runtime", "bootstrap"],
    "recordings": ["modules/recordings"],
    "bootstrap": ["bootstrap"],
    "cache": ["modules/cache"],
    "observability": ["modules/observability"],
}


@dataclass(frozen=True, slots=True)
class StandIn:
    url: str
    region: str

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "anybody",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": self.region,
        }

    def terraform(self, plain: Terraform) -> Terraform:
        return Terraform(plain.binary, plain.environment | self.environment())


@contextmanager
def running(folder: Path, *, account: str, region: str) -> Iterator[StandIn]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    child = spawn(
        "aws",
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        log=folder / "aws.log",
        cwd=folder,
        env=os.environ | {"MOTO_ACCOUNT_ID": account, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
    )
    try:
        wait_ready(child, http_ok(f"{url}/moto-api/data.json"), seconds=60)
        yield StandIn(url, region)
    finally:
        # Never destroyed in order, which takes it minutes: it ends, and all is gone.
        stop_all([child], grace_seconds=1)


def lay_over(tree: Path, cell: str) -> None:
    for name, places in OVERLAYS.items():
        for place in places:
            shutil.copy(
                tree / "ci" / f"{name}.tf.tpl", tree / place.format(cell=cell) / f"{name}_override.tf"
            )
