"""Where recordings are kept: the one place that chooses a store."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts.models import Institution
from common.storage import FolderStorage, Storage
from common.storage.place import open_bucket, open_folder
from common.storage.zones import read_zones

if TYPE_CHECKING:
    from recordings.models import Recording

SALT = "recordings.media"


def storage_for(institution: Institution) -> Storage:
    """The one way to an institution's files: those of a zone are kept in the zone's own bucket."""
    return _bucket_of(institution.region)


@cache
def storage() -> Storage:
    """The default one, for what belongs to no institution."""
    return _bucket_of("")


def prefix_of(recording: Recording) -> str:
    """What the keys of everything that is kept of it begin with."""
    return f"{recording.lesson.institution.slug}/{recording.lesson_id}/"


def every_storage() -> list[Storage]:
    """Each once: the default and the zones'. In a cell the default one is its zone's."""
    zones = read_zones(settings.S3_ZONES) if settings.STORAGE_BACKEND == "s3" else {}
    own = (settings.S3["S3_BUCKET"], settings.S3["S3_ENDPOINT_URL"])
    default = [] if own in {(zone.bucket, zone.endpoint_url) for zone in zones.values()} else [""]
    return [_bucket_of(zone) for zone in (*default, *zones)]


def _bucket_of(zone: str) -> Storage:
    return open_bucket(zone) if settings.STORAGE_BACKEND == "s3" else folder()


@cache
def folder() -> FolderStorage:
    return open_folder(base_url=reverse("media"), signer=sign)


def sign(claims: dict[str, str | int]) -> str:
    return signing.dumps(claims, salt=SALT)


def bearer_link(institution: Institution, key: str, *, expires_seconds: int) -> str:
    """Absolute, and opens by itself, as a link of the S3 storage does: for players that have no session here."""
    if settings.STORAGE_BACKEND == "s3":
        return storage_for(institution).url(key, expires_seconds=expires_seconds)
    token = sign({"key": key, "until": int(time.time()) + expires_seconds, "bearer": 1})
    return f"{settings.PUBLIC_URL}{reverse('media')}?{urlencode({'token': token})}"


def is_bearer_link(token: str) -> bool:
    """Whether holding the link is enough; says nothing about whether it still works."""
    try:
        return "bearer" in signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return False


def read_link(token: str) -> str | None:
    """The key of a link of the folder storage that still works; None for anything else."""
    try:
        claims = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return str(claims["key"]) if claims["until"] > time.time() else None
