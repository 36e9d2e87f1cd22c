"""Layer B: what an outside scanner finds. What it asks for and we do not do is written here, with the reason.

The scanner pins other versions than ours, so it lives in an environment of its own: `make infra` makes it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.terraform import ROOT, SOURCE

SCANNER = ROOT / "var" / "infra" / "checkov" / "bin" / "checkov"
REASONS = {
    "CKV_AWS_144": "Replication to another region contradicts residency.",
    "CKV2_AWS_38": "The key of DNSSEC must lie in us-east-1, outside every zone.",
    "CKV2_AWS_39": "The log of DNS queries must lie in us-east-1, outside every zone.",
    "CKV2_AWS_31": "It would keep addresses and paths of pupils; the load balancer's log has what is needed, for a year.",
    "CKV2_AWS_34": "Names and addresses, nothing secret; whoever may read the manifest needs no key for it.",
    "CKV2_AWS_57": "Turned by hand between school days: Prosody, bridges and recorders want the new one at once.",
    "CKV2_AWS_62": "Darasa knows what it has laid there.",
    "CKV2_AWS_76": "The rules are there; the scanner does not follow the association.",
    "CKV_AWS_18": "The bucket of states is there before any other that could take its log.",
    "CKV_AWS_31": "A password known to Terraform would stand in the state; TLS and two security groups instead.",
    "CKV_AWS_91": "The door inside has no TLS, of which alone AWS would keep a log; the network's log knows who used it.",
    "CKV_AWS_161": "RDS keeps and turns the password itself.",
    "CKV_AWS_157": "In production it is so; staging has one.",
    "CKV2_AWS_50": "In production it is so; staging has one.",
    "CKV_AWS_260": "Port 80 answers with the address on 443, nothing else.",
    "CKV_AWS_338": "Logs of machines are kept for 30 days: they know when somebody was where.",
    "CKV_AWS_378": "TLS ends at the load balancer; behind it only the cell's own network.",
    "CKV_AWS_385": "The only other principals are AWS's own, of this account.",
    "CKV_AWS_79": "The launch template asks for tokens; the scanner does not look into it.",
    "CKV_AWS_8": "The launch template seals the disk.",
    "CKV_AWS_126": "The launch template says so.",
    "CKV_AWS_135": "The launch template says so.",
    "CKV2_AWS_41": "The launch template has the role.",
}


def test_the_scanner_finds_nothing_but_what_was_decided(
    record_property: Callable[[str, object], None],
) -> None:
    if not SCANNER.exists():
        pytest.skip("no scanner: `make infra` installs it")
    found = _scan()
    failed = {check["check_id"] for check in found["results"]["failed_checks"]}
    assert {check for check in failed if check not in REASONS} == set()
    assert {check for check in REASONS if check not in failed} == set(), "decided, but no longer found"
    record_property("checks", found["summary"]["passed"])
    record_property("decided", len(REASONS))


def _scan() -> dict[str, Any]:
    told = subprocess.run(
        [
            SCANNER,
            "-d",
            SOURCE,
            "--framework",
            "terraform",
            "--skip-download",
            "--compact",
            "--quiet",
            "-o",
            "json",
        ],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=600,
        check=False,
    ).stdout
    found: dict[str, Any] = json.loads(told)
    return found
