"""What was promised about each zone: in which regions its things may lie, and whose account keeps its buckets.

Read from `terraform/zones.json`, which made the buckets too: one source for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.refusals import Refused
from common.storage.zones import Zone


@dataclass(frozen=True, slots=True)
class Promise:
    """`accounts` has the owner of each bucket of the zone, in whatever environment."""

    regions: frozenset[str]
    accounts: Mapping[str, str] = field(default_factory=dict)


def read_promises(path: Path) -> dict[str, Promise]:
    """Nothing where there is no such file. ValueError, if there is one that cannot be read."""
    if not path.is_file():
        return {}
    try:
        return {zone: _promise(one) for zone, one in json.loads(path.read_text())["zones"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: {error!r}") from error


def _promise(told: Mapping[str, Any]) -> Promise:
    accounts = {
        bucket: str(environment["account_id"])
        for environment in told.get("environments", {}).values()
        for bucket in environment["buckets"].values()
    }
    return Promise(frozenset({told["region"], *told["allowed_regions"]}), accounts)


def keep_promise(name: str, zone: Zone, promises: Mapping[str, Promise]) -> str:
    """The account that must own the zone's bucket; Refused("wrong_region") for a region that was not promised, or
    for the bucket of another zone. A zone about which nothing was promised is bound by its own region alone."""
    if any(zone.bucket in promise.accounts for other, promise in promises.items() if other != name):
        raise Refused("wrong_region")
    promise = promises.get(name)
    if promise is None:
        return ""
    if zone.region not in promise.regions:
        raise Refused("wrong_region")
    return promise.accounts.get(zone.bucket, "")
