"""`manage.py backup`: the whole school into a folder of its own, and the oldest ones away."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from psycopg import Error as PostgresError

from common.services import ServiceError
from common.services.dumps import Database
from housekeeping.backups import BackupError, make_backup, prune_backups


class Command(BaseCommand):
    help = "Copies database and folder store into a new folder below BACKUP_DIR. Secrets are not among it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--into", type=Path, default=settings.BACKUP_DIR, help="instead of BACKUP_DIR")
        parser.add_argument(
            "--keep", type=int, default=0, metavar="N", help="delete all but the newest N afterwards"
        )

    def handle(self, *args: Any, into: Path, keep: int, **options: Any) -> None:
        if keep < 0:
            raise CommandError("--keep takes a number of backups.")
        try:
            now = timezone.now().astimezone(UTC).replace(microsecond=0)
            folder, made = make_backup(into, database=Database.of_settings(connection.settings_dict), now=now)
            gone = prune_backups(into, keep=keep) if keep and not made.damaged else []
        except (BackupError, ServiceError, PostgresError) as failure:
            raise CommandError(str(failure)) from failure
        for key in made.damaged:
            self.stderr.write(f"Damaged in the store, copied as it is: {key}")
        told = {"backup": "damaged" if made.damaged else "ok", "folder": str(folder)}
        counts = {
            "bytes": sum(part.size for part in made.parts.values()),
            "rows": sum(made.survey.rows.values()),
        }
        self.stdout.write(json.dumps(told | counts | {"deleted": len(gone), "damaged": len(made.damaged)}))
        if made.damaged:
            sys.exit(1)
