"""Where finished files live: a few verbs, a folder or an S3 bucket behind them."""

from common.storage.contract import Listed, Storage, Stored
from common.storage.folder import FolderStorage, Ranged

# S3Storage is imported from common.storage.s3 by whoever needs it: boto3 takes half a second.
__all__ = ["FolderStorage", "Listed", "Ranged", "Storage", "Stored"]
