"""Where finished files live: four verbs, a folder or an S3 bucket behind them."""

from common.storage.contract import Storage, Stored
from common.storage.folder import FolderStorage, Ranged
from common.storage.s3 import S3Storage

__all__ = ["FolderStorage", "Ranged", "S3Storage", "Storage", "Stored"]
