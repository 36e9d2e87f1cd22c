"""The one place where recordings are kept."""

from functools import cache

from django.conf import settings
from django.core import signing
from django.urls import reverse

from common.storage import FolderStorage, S3Storage, Storage

SALT = "recordings.media"


@cache
def storage() -> Storage:
    """The configured storage."""
    if settings.STORAGE_BACKEND == "s3":
        return S3Storage(
            bucket=settings.S3["S3_BUCKET"],
            endpoint_url=settings.S3["S3_ENDPOINT_URL"] or None,
            region=settings.S3["S3_REGION"],
            access_key_id=settings.S3["S3_ACCESS_KEY_ID"] or None,
            secret_access_key=settings.S3["S3_SECRET_ACCESS_KEY"] or None,
        )
    return folder()


@cache
def folder() -> FolderStorage:
    return FolderStorage(settings.STORAGE_DIR, sign=sign_link)


def sign_link(key: str, expires_seconds: int, filename: str | None) -> str:
    """A link to our own media view that works for `expires_seconds`."""
    token = signing.dumps({"key": key, "for": expires_seconds}, salt=SALT)
    return reverse("media", args=[token])


def read_link(token: str) -> str | None:
    """The key of a link that still works; None for anything else."""
    try:
        claims = signing.loads(token, salt=SALT)
        signing.loads(token, salt=SALT, max_age=claims["for"])
    except signing.BadSignature:
        return None
    return str(claims["key"])
