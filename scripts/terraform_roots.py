"""Write terraform/live/ from terraform/zones.json: one root a cell and layer, with a literal state backend.

python -m scripts.terraform_roots            writes
python -m scripts.terraform_roots --check    says what is not as it would be written; exit 1

Nothing is chosen when Terraform starts: which state, region and account a root is for stands in it, for reviewers
and for the tests. zones.json itself is read hard first.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

TERRAFORM = Path(__file__).resolve().parent.parent / "terraform"
LAYERS = ("foundation", "runtime")
BUCKETS = {"recordings", "raw", "logs", "state"}
POOLS = {"app", "workers", "jvb", "jibri"}
CDNS = {"none", "regional"}
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
ROOT = """\
# Written from zones.json by `make terraform-roots`; do not edit.

terraform {{
  required_version = ">= 1.10.0, < 2.0.0"

  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }}
  }}

  backend "s3" {{
    bucket              = "{bucket}"
    key                 = "{env}/{zone}/{layer}"
    region              = "{region}"
    encrypt             = true
    kms_key_id          = "alias/{bucket}"
    use_lockfile        = true
    allowed_account_ids = ["{account}"]
  }}
}}

provider "aws" {{
  region              = "{region}"
  allowed_account_ids = ["{account}"]

  default_tags {{
    tags = {{
      "darasa:env"   = "{env}"
      "darasa:zone"  = "{zone}"
      "darasa:layer" = "{layer}"
    }}
  }}
}}

module "{layer}" {{
  source = "../../../../cells/{layer}"
  env    = "{env}"
  zone   = "{zone}"
}}

output "{layer}" {{
  value = module.{layer}
}}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if something would change"
    )
    chosen = parser.parse_args(arguments)
    zones = json.loads((TERRAFORM / "zones.json").read_text())
    if wrongs := list(wrongs_of(zones)):
        print("\n".join(f"zones.json: {wrong}" for wrong in wrongs), file=sys.stderr)
        return 1
    stale = write(TERRAFORM / "live", rendered(zones), only_look=chosen.check)
    print("\n".join(stale) or "As zones.json says.")
    return int(chosen.check and bool(stale))


def rendered(zones: dict[str, Any]) -> dict[str, str]:
    """Path below live/ → text."""
    return {
        f"{env}/{name}/{layer}/main.tf": ROOT.format(
            env=env,
            zone=name,
            layer=layer,
            region=zone["region"],
            account=entry["account_id"],
            bucket=entry["buckets"]["state"],
        )
        for name, zone in zones["zones"].items()
        for env, entry in zone["environments"].items()
        for layer in LAYERS
    }


def write(live: Path, files: dict[str, str], *, only_look: bool) -> list[str]:
    """Paths that were or would be changed."""
    there = {path.relative_to(live).as_posix(): path for path in live.rglob("main.tf")}
    stale = [name for name, text in files.items() if name not in there or there[name].read_text() != text]
    strays = sorted(set(there) - set(files))
    if not only_look:
        for name in stale:
            (live / name).parent.mkdir(parents=True, exist_ok=True)
            (live / name).write_text(files[name])
        # The folder may still hold a lock file; whether its cell may go is somebody's decision, not this script's.
        for name in strays:
            there[name].unlink()
    return stale + strays


def wrongs_of(zones: dict[str, Any]) -> Iterator[str]:
    """Everything by which two zones, or two environments, could come to share what must be apart."""
    named: list[tuple[str, dict[str, Any]]] = list(zones["zones"].items())
    for name, zone in named:
        yield from _wrongs_of_zone(name, zone)
    environments = [entry for _, zone in named for entry in zone["environments"].values()]
    homes = [region for _, zone in named for region in zone["allowed_regions"]]
    shared = {
        "region": homes,
        "account": [entry["account_id"] for entry in environments],
        "bucket": [bucket for entry in environments for bucket in entry["buckets"].values()],
        "domain": [entry["domain"] for entry in environments],
        "manifest": [entry["manifest"] for entry in environments],
        "queue": [zone["queue"] for _, zone in named],
        "residency group": [zone["residency_group"] for _, zone in named],
    }
    for what, values in shared.items():
        yield from (f"two have the {what} {value}" for value, times in Counter(values).items() if times > 1)


def _wrongs_of_zone(name: str, zone: dict[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"[a-z]{2,8}", name):
        yield f"{name}: a zone's name is two to eight letters"
    if not all(REGION.fullmatch(region) for region in [zone["region"], *zone["allowed_regions"]]):
        yield f"{name}: that is no region"
    if zone["region"] not in zone["allowed_regions"]:
        yield f"{name}: it stands outside its allowed regions"
    places = zone["availability_zones"]
    if len(set(places)) != 2 or not all(place[:-1] == zone["region"] for place in places):
        yield f"{name}: two availability zones of its own region are wanted"
    if zone["queue"] != f"recordings.{name}":
        yield f"{name}: its queue is recordings.{name}"
    if zone["cdn"] not in CDNS:
        yield f"{name}: a network of caches at large keeps copies outside the zone"
    if not 1 <= zone["noncurrent_days"] <= 90 or zone["retention_days"] < 1:
        yield f"{name}: what was deleted must be gone some day"
    if strangers := [host for host in zone["stun_turn_hosts"] if not host.startswith(f"turn.{name}.")]:
        yield f"{name}: foreign STUN and TURN hosts {strangers} would see who meets whom"
    for env, entry in zone["environments"].items():
        yield from _wrongs_of_environment(name, env, entry)


def _wrongs_of_environment(zone: str, env: str, entry: dict[str, Any]) -> Iterator[str]:
    where = f"{env} in {zone}"
    if not re.fullmatch(r"\d{12}", entry["account_id"]):
        yield f"{where}: an account has twelve digits"
    if entry["buckets"] != {kind: f"darasa-{env}-{zone}-{kind}" for kind in BUCKETS}:
        yield f"{where}: its buckets bear its name"
    if entry["manifest"] != f"/vc/{env}/{zone}/manifest":
        yield f"{where}: its manifest bears its name"
    bounds = entry["capacity"]
    if set(bounds) != POOLS or not all(0 <= pool["min"] <= pool["max"] for pool in bounds.values()):
        yield f"{where}: every pool has a least and a most"


if __name__ == "__main__":
    sys.exit(main())
