"""Which zone has which bucket. Pure: read from one setting."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<zone>[a-z0-9-]{1,40})=(?P<bucket>[a-z0-9][a-z0-9.-]{2,62})@(?P<region>[a-z0-9-]{2,40})"
    r"(?:@(?P<endpoint>https?://\S+))?"
)


@dataclass(frozen=True, slots=True)
class Zone:
    bucket: str
    region: str
    endpoint_url: str = ""


def read_zones(text: str) -> dict[str, Zone]:
    """`zone=bucket@region[@endpoint]`, separated by spaces; ValueError names what cannot be read.

    Two zones never share a bucket: what is kept in one could not be told from the other's.
    """
    zones: dict[str, Zone] = {}
    for word in text.split():
        found = _LINE.fullmatch(word)
        if found is None or found["zone"] in zones:
            raise ValueError(word)
        zones[found["zone"]] = Zone(found["bucket"], found["region"], found["endpoint"] or "")
    if len({(zone.bucket, zone.endpoint_url) for zone in zones.values()}) < len(zones):
        raise ValueError("two zones with one bucket")
    return zones


def origins_of(text: str) -> list[str]:
    """From where browsers fetch; nothing while the setting cannot be read, which a system check refuses."""
    try:
        zones = read_zones(text).values()
    except ValueError:
        return []
    return sorted({zone.endpoint_url or f"https://*.s3.{zone.region}.amazonaws.com" for zone in zones})
