"""The store that the settings name; folder or S3, and in which bucket a zone's things are kept."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings

from common.refusals import Refused
from common.storage.contract import Storage
from common.storage.folder import FolderStorage, Signer
from common.storage.promises import keep_promise, read_promises
from common.storage.zones import Zone, read_zones


def open_folder(*, base_url: str, signer: Signer) -> FolderStorage:
    return FolderStorage(settings.STORAGE_DIR, base_url=base_url, signer=signer)


# The region of an institution about which nothing was promised.
ANYWHERE = ("", "local")


@cache
def open_bucket(zone: str = "") -> Storage:
    """The zone's own bucket. Where there are zones, one that `S3_ZONES` does not name is Refused("unknown_zone"):
    nothing of it is kept in a bucket that happens to be there."""
    zones = read_zones(settings.S3_ZONES)
    chosen = zones.get(zone)
    if zones and chosen is None and zone not in ANYWHERE:
        raise Refused("unknown_zone")
    owner = keep_promise(zone, chosen, read_promises(settings.ZONES_FILE)) if chosen else ""
    # boto3 takes half a second.
    from common.storage.s3 import S3Storage

    return S3Storage(
        **_place(chosen),
        access_key=settings.S3["S3_ACCESS_KEY_ID"] or None,
        secret_key=settings.S3["S3_SECRET_ACCESS_KEY"] or None,
        strict_region=chosen is not None,
        owner=owner,
    )


def _place(zone: Zone | None) -> dict[str, Any]:
    bucket, region, endpoint = (
        (zone.bucket, zone.region, zone.endpoint_url)
        if zone
        else (settings.S3["S3_BUCKET"], settings.S3["S3_REGION"], settings.S3["S3_ENDPOINT_URL"])
    )
    return {
        "bucket": bucket,
        "region": region,
        "endpoint_url": endpoint or None,
        "path_style": bool(endpoint),
    }
