"""The store that the settings name; folder or S3."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from common.storage.contract import Storage
from common.storage.folder import FolderStorage, Signer


def open_folder(*, base_url: str, signer: Signer) -> FolderStorage:
    return FolderStorage(settings.STORAGE_DIR, base_url=base_url, signer=signer)


@cache
def open_bucket() -> Storage:
    # boto3 takes half a second.
    from common.storage.s3 import S3Storage

    return S3Storage(
        settings.S3["S3_BUCKET"],
        region=settings.S3["S3_REGION"],
        endpoint_url=settings.S3["S3_ENDPOINT_URL"] or None,
        access_key=settings.S3["S3_ACCESS_KEY_ID"] or None,
        secret_key=settings.S3["S3_SECRET_ACCESS_KEY"] or None,
        path_style=bool(settings.S3["S3_ENDPOINT_URL"]),
    )
