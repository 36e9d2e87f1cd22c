"""Copies of the whole school: made, put back, and tried."""

from housekeeping.backups.drill import Trial, try_backup
from housekeeping.backups.making import make_backup, prune_backups
from housekeeping.backups.manifest import BackupError, Manifest, newest_backup
from housekeeping.backups.restoring import restore_backup

__all__ = [
    "BackupError",
    "Manifest",
    "Trial",
    "make_backup",
    "newest_backup",
    "prune_backups",
    "restore_backup",
    "try_backup",
]
