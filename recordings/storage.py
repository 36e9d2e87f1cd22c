"""The one place where recordings are kept."""

import time
from functools import cache
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

from common.storage import FolderStorage, Storage
from common.storage.place import open_bucket, open_folder

SALT = "recordings.media"


@cache
def storage() -> Storage:
    """The configured storage."""
    return open_bucket() if settings.STORAGE_BACKEND == "s3" else folder()


@cache
def folder() -> FolderStorage:
    return open_folder(base_url=reverse("media"), signer=sign)


def sign(claims: dict[str, str | int]) -> str:
    return signing.dumps(claims, salt=SALT)


def bearer_link(key: str, *, expires_seconds: int) -> str:
    """Absolute, and opens by itself, as a link of the S3 storage does: for players that have no session here."""
    if settings.STORAGE_BACKEND == "s3":
        return storage().url(key, expires_seconds=expires_seconds)
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
